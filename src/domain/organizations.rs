//! Organizations: making one, and its first owner.

use std::sync::Arc;

use serde_json::json;

use super::accounts::{self, Progress};
use super::{Gateway, GatewayError};
use crate::access::{Catalogue, HolderLimit};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{
    Actor, ApiKeyId, AssignmentId, Attribution, Digest, OrganizationId, Origin, Secret, TokenKind, TokenParts, UserId,
    fold,
};
use crate::scim::{self, Dialect, Mode, ResourceKind};
use crate::store::api_keys::{self, ApiKeyRow};
use crate::store::assignments::{self, AssignmentRow};
use crate::store::catalogue_versions;
use crate::store::organizations::{self, OrganizationRow};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, StoreError};

/// Names are shown in lists: no longer than fits a line.
const MAX_NAME: usize = 128;

/// A new organization and the secrets that open it, shown this once.
#[derive(Debug)]
pub struct NewOrganization {
    pub id: OrganizationId,
    pub api_key: Secret,
    pub owner_setup: Secret,
}

/// A name as a person typed it: trimmed, not empty, not too long, without control characters.
pub(super) fn checked_name(what: &str, name: &str) -> Result<String, GatewayError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(GatewayError::Invalid(format!(
            "{what} is 1 to {MAX_NAME} characters long, without control characters"
        )));
    }
    Ok(name.to_owned())
}

impl Gateway {
    /// Makes an organization with its catalogue, an API key of its own and a one-time link for its first owner.
    pub async fn create_organization(
        self: &Arc<Self>,
        name: &str,
        catalogue_text: String,
        catalogue_source: &str,
    ) -> Result<NewOrganization, GatewayError> {
        let name = checked_name("an organization's name", name)?;
        let catalogue = Catalogue::parse(&catalogue_text, catalogue_source)?;
        if let Some(failure) = catalogue.check().first() {
            return Err(GatewayError::Invalid(format!("the catalogue fails its own checks: {failure}")));
        }
        let by = self.attribution(Actor::Operator, None);
        let new = NewOrganization {
            id: OrganizationId::new(by.at, self.chance()),
            api_key: TokenParts::generate(TokenKind::ApiKey, self.chance()),
            owner_setup: TokenParts::generate(TokenKind::OwnerSetup, self.chance()),
        };
        let key_id = ApiKeyId::new(by.at, self.chance());
        let digest = Digest::of(catalogue_text.as_bytes()).hex();
        let (id, key_digest, setup_digest) = (new.id, new.api_key.digest(), new.owner_setup.digest());
        // The highest plan unless it is chosen otherwise: nothing that the catalogue has is missing at first.
        let plan = catalogue.plans().last().cloned();
        self.store
            .write(id, by, move |tx| {
                let now = tx.now();
                let row = OrganizationRow {
                    id,
                    name_key: fold(&name).into_string(),
                    name: name.clone(),
                    catalogue: catalogue_text,
                    plan: plan.clone(),
                    mapping_mode: "union".to_owned(),
                    default_role: None,
                    owner_setup_digest: Some(setup_digest.hex()),
                    version: 1,
                    created_at: now,
                    changed_at: now,
                    mfa_policy: "local".to_owned(),
                    mfa_roles: String::new(),
                };
                catalogue_versions::keep(tx, &row.catalogue)?;
                organizations::insert(tx, row).map_err(|error| {
                    GatewayError::taken(error, || {
                        GatewayError::Taken(format!("there is already an organization named `{name}` here"))
                    })
                })?;
                api_keys::insert(
                    tx,
                    ApiKeyRow {
                        organization_id: id,
                        id: key_id,
                        name: "made with the organization".to_owned(),
                        digest: key_digest.hex(),
                        user_id: None,
                        created_at: now,
                        expires_at: None,
                        revoked_at: None,
                        last_used_at: None,
                    },
                )?;
                let created =
                    Event::new(Action::OrganizationCreated, Target::new(TargetKind::Organization, id).named(&name))
                        .with_detail(json!({ "catalogue": catalogue.key(), "digest": digest, "plan": plan }));
                let key = Event::new(Action::ApiKeyCreated, Target::new(TargetKind::ApiKey, key_id));
                Ok::<_, GatewayError>(Audited::several((), created, [key]))
            })
            .await?;
        Ok(new)
    }

    /// Which organization a one-time owner link is for, if it still opens anything; with the role it gives.
    pub async fn owner_setup(self: &Arc<Self>, token: &str) -> Result<Option<OwnerSetup>, GatewayError> {
        if TokenParts::check(TokenKind::OwnerSetup, token).is_err() {
            return Ok(None);
        }
        let digest = Digest::of(token.as_bytes());
        let gateway = Arc::clone(self);
        self.store
            .read(move |conn| {
                let Some(row) = organizations::by_owner_setup(conn, digest)? else { return Ok(None) };
                let policy = gateway.policy_in(conn, row.id)?;
                let Some(role) = owner_role(&policy.catalogue) else { return Ok(None) };
                Ok(Some(OwnerSetup { organization: row.id, name: row.name, role, digest }))
            })
            .await
    }

    /// Uses the one-time link up: makes a local account that holds the owner's role, and signs it in. One with a password goes
    /// on to the second factor, if the organization wants one.
    pub async fn claim_ownership(
        self: &Arc<Self>,
        setup: OwnerSetup,
        user_name: &str,
        password: Option<Secret>,
        origin: Option<Origin>,
    ) -> Result<Progress, GatewayError> {
        let body = json!({ "schemas": [ResourceKind::User.schema()], "userName": user_name.trim(), "active": true });
        let intake = scim::intake(ResourceKind::User, Dialect::Generic, Mode::Create, body)?;
        let user_name = intake.document.user_name().unwrap_or_default().to_owned();
        super::provisioning::check_indexed([("userName", user_name.as_str())])?;
        let password = match password {
            Some(password) => Some(self.hash_of_new(password, &user_name).await?),
            None => None,
        };
        let now = self.now();
        let user = UserId::new(now, self.chance());
        let assignment = AssignmentId::new(now, self.chance());
        let by = Attribution { actor: Actor::User(user), origin, at: now, pushed: None };
        let (gateway, organization) = (Arc::clone(self), setup.organization);
        let fresh = self.new_session(organization, user, 0, &by, None);
        self.store
            .write(organization, by, move |tx| {
                organizations::use_owner_setup(tx, organization, setup.digest).map_err(|error| {
                    if matches!(error, StoreError::Stale) {
                        GatewayError::Taken("this link has been used".to_owned())
                    } else {
                        error.into()
                    }
                })?;
                let row = UserRow::new(organization, user, &user_name, intake.document.to_stored(), now);
                let difference = Difference::created(&json!({ "userName": user_name }));
                users::insert(tx, row.clone(), &[]).map_err(|error| {
                    GatewayError::taken(error, || {
                        GatewayError::Taken(format!("the name `{user_name}` is already taken"))
                    })
                })?;
                let held = AssignmentRow {
                    organization_id: organization.to_string(),
                    id: assignment.to_string(),
                    holder_kind: "user".to_owned(),
                    holder_id: user.to_string(),
                    role: setup.role.clone(),
                    scope: "organization".to_owned(),
                    rule_id: None,
                    rule_version: None,
                    priority: 0,
                    until: None,
                    created_by: "owner_setup".to_owned(),
                    created_at: now.micros(),
                };
                assignments::insert(tx, &[held])?;
                let target = Target::new(TargetKind::User, user).named(&user_name);
                super::contracts::uphold(&gateway, tx)?;
                let claimed = Event::new(Action::OwnerClaimed, target.clone())
                    .with_detail(json!({ "role": setup.role, "assignment": assignment }));
                let created = Event::new(Action::UserCreated, target).with_difference(difference);
                let (progress, opened) = accounts::begin(&gateway, tx, &row, password, "/console", fresh)?;
                Ok::<_, GatewayError>(Audited::several(progress, claimed, [created].into_iter().chain(opened)))
            })
            .await
    }
}

/// A one-time owner link that has not been used.
#[derive(Debug, Clone)]
pub struct OwnerSetup {
    pub organization: OrganizationId,
    /// The organization's name.
    pub name: String,
    /// The role that the link gives.
    pub role: String,
    digest: Digest,
}

/// The role of the first owner: one that must have a holder, or else the one with the most permissions.
pub(super) fn owner_role(catalogue: &Catalogue) -> Option<String> {
    let must_be_held = catalogue.roles().iter().find(|role| match role.holders {
        HolderLimit::ExactlyOne | HolderLimit::AtLeastOne => true,
        HolderLimit::Any => false,
    });
    let broadest = || catalogue.roles().iter().max_by_key(|role| role.permissions.len());
    must_be_held.or_else(broadest).map(|role| role.key.clone())
}
