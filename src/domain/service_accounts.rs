//! Service accounts: programs that hold roles and have keys of their own. They sign in nowhere, come from no directory,
//! are in no group, have no default role, and hold no role that the catalogue keeps from them; never the owner's.

use std::sync::Arc;

use serde_json::{Value, json};

use super::entitlements::{check_may_take, scope_of};
use super::{Gateway, GatewayError};
use crate::access::{Grant, HolderKind};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, UserId};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, Change, api_keys, assignments, overrides, permission_uses, shares};

/// At most so many in an organization.
const MAX_ACCOUNTS: usize = 1_000;
/// Characters of a description.
const MAX_DESCRIPTION: usize = 512;

/// A service account as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ServiceAccountView {
    pub id: UserId,
    pub name: String,
    pub description: String,
    pub created: String,
}

impl From<&UserRow> for ServiceAccountView {
    fn from(row: &UserRow) -> Self {
        let document: Value = serde_json::from_str(&row.document).unwrap_or_default();
        let description = document.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { id: row.id, name: row.user_name.clone(), description, created: row.created_at.rfc3339() }
    }
}

impl Gateway {
    /// Makes a service account, which may nothing yet.
    pub async fn create_service_account(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        name: &str,
        description: &str,
    ) -> Result<ServiceAccountView, GatewayError> {
        let name = super::organizations::checked_name("a service account's name", name)?;
        if description.chars().count() > MAX_DESCRIPTION || description.chars().any(char::is_control) {
            return Err(GatewayError::Invalid(format!(
                "a description is at most {MAX_DESCRIPTION} characters long, without control characters"
            )));
        }
        let document = json!({ "description": description.trim() }).to_string();
        let row = UserRow {
            user_name_key: users::service_account_key(&name),
            service_account: true,
            ..UserRow::new(organization, UserId::new(by.at, self.chance()), &name, document, by.at)
        };
        self.change(organization, by, move |tx| {
            if users::service_accounts(tx.conn(), organization)?.len() >= MAX_ACCOUNTS {
                return Err(GatewayError::Invalid(format!(
                    "an organization has at most {MAX_ACCOUNTS} service accounts"
                )));
            }
            let shown = ServiceAccountView::from(&row);
            let event = Event::new(Action::ServiceAccountCreated, target(&row))
                .with_difference(Difference::created(&told(&shown)));
            users::insert(tx, row, &[]).map_err(|error| {
                let name = shown.name.clone();
                GatewayError::taken(error, || {
                    GatewayError::Taken(format!("there is already a service account named `{name}`"))
                })
            })?;
            Ok(Audited::new(shown, event))
        })
        .await
    }

    /// All service accounts, oldest first.
    pub async fn list_service_accounts(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<ServiceAccountView>, GatewayError> {
        let rows = self.store.read(move |conn| users::service_accounts(conn, organization)).await?;
        Ok(rows.iter().map(ServiceAccountView::from).collect::<Vec<_>>())
    }

    /// The service account with this id, or else of this name.
    pub async fn service_account_named(
        self: &Arc<Self>,
        organization: OrganizationId,
        name: &str,
    ) -> Result<UserId, GatewayError> {
        let name = name.to_owned();
        self.store
            .read(move |conn| {
                let by_id = match name.parse::<UserId>() {
                    Ok(id) => users::by_id(conn, organization, id)?.filter(|row| row.service_account),
                    Err(_) => users::service_account_named(conn, organization, &name)?,
                };
                by_id.map(|row| row.id).ok_or_else(|| GatewayError::not_found("service account", &name))
            })
            .await
    }

    /// Takes a service account away with all that it held; its keys open nothing from now on.
    pub async fn delete_service_account(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: UserId,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let row = users::by_id(tx.conn(), organization, id)?
                .filter(|row| row.service_account)
                .ok_or_else(|| GatewayError::not_found("service account", id))?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let held = assignments::of_holders(tx.conn(), organization, &[id.to_string()])?;
            for one in &held {
                let scope = scope_of(&one.scope)?;
                let grant = Grant::Role { role: &one.role, scope: &scope, to: HolderKind::ServiceAccount };
                // A role that is gone gives nothing that could be missed.
                if policy.knows_role(&one.role) {
                    check_may_take(tx, &policy, &grant)?;
                }
            }
            assignments::delete(tx, &held)?;
            overrides::clear(tx, id)?;
            shares::delete_holder(tx, &id.to_string(), Change::User(organization, id))?;
            let keys = api_keys::revoke_of_user(tx, id)?;
            permission_uses::forget(tx, id)?;
            users::delete(tx, &row)?;
            let event = Event::new(Action::ServiceAccountDeleted, target(&row))
                .with_difference(Difference::deleted(&told(&ServiceAccountView::from(&row))))
                .with_detail(json!({ "keys": keys }));
            Ok::<_, GatewayError>(Audited::new((), event))
        })
        .await
    }
}

/// What somebody or something that holds roles is, for the audit and for the catalogue's limits.
pub(super) fn kinds_of(row: &UserRow) -> (TargetKind, HolderKind) {
    match row.service_account {
        true => (TargetKind::ServiceAccount, HolderKind::ServiceAccount),
        false => (TargetKind::User, HolderKind::Person),
    }
}

fn target(row: &UserRow) -> Target {
    Target::new(TargetKind::ServiceAccount, row.id).named(&row.user_name)
}

fn told(shown: &ServiceAccountView) -> Value {
    json!({ "name": shown.name, "description": shown.description })
}
