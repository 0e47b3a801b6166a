//! Shares: a level on one resource, for one person or for all of a group. The members of a members-only resource are
//! those it is shared with. Nobody shares what they may not do to the resource themselves.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::entitlements::{Remit, check_manages, check_may_give, check_may_take, groups_of};
use super::{Gateway, GatewayError};
use crate::access::{Grant, Policy, ResourceRef};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Attribution, GroupId, OrganizationId, ShareId, Timestamp, UserId};
use crate::store::shares::{self, ShareRow};
use crate::store::{Audited, Conn, WriteTx, groups, users};

/// At most so many shares for one person or group: what is compiled for each person stays small.
const MAX_SHARES: i64 = 10_000;
/// A resource's id is the application's own; it is kept to what fits an index.
const MAX_RESOURCE_ID: usize = 256;

/// With whom something is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareHolder {
    User(UserId),
    Group(GroupId),
}

impl ShareHolder {
    fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
        }
    }

    fn id(self) -> String {
        match self {
            Self::User(id) => id.to_string(),
            Self::Group(id) => id.to_string(),
        }
    }
}

/// A share as somebody asks for it.
#[derive(Debug, Clone)]
pub struct ShareDraft {
    pub resource: ResourceRef,
    pub level: String,
    pub holder: ShareHolder,
    pub until: Option<Timestamp>,
}

/// Which shares are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareSelection {
    Resource(ResourceRef),
    /// Theirs, and those of their groups.
    User(UserId),
    Group(GroupId),
}

/// A share as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ShareView {
    pub id: String,
    pub resource: ShownResource,
    pub level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub until: Option<String>,
    pub created_by: String,
}

/// A resource as AuthZEN writes it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ShownResource {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
}

impl From<ShareRow> for ShareView {
    fn from(row: ShareRow) -> Self {
        let (user, group) =
            if row.holder_kind == "user" { (Some(row.holder_id), None) } else { (None, Some(row.holder_id)) };
        Self {
            id: row.id,
            resource: ShownResource { kind: row.resource_kind, id: row.resource_id },
            level: row.level,
            user,
            group,
            until: row.until.map(|until| Timestamp::from_micros(until).rfc3339()),
            created_by: row.created_by,
        }
    }
}

impl Gateway {
    /// Shares a resource. What was shared with the same holder before is replaced; the same again changes nothing.
    pub async fn create_share(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        draft: ShareDraft,
    ) -> Result<ShareView, GatewayError> {
        let gateway = Arc::clone(self);
        if draft.until.is_some_and(|until| until <= by.at) {
            return Err(GatewayError::Invalid("a share ends in the future".to_owned()));
        }
        let id = ShareId::new(by.at, self.chance());
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check(&policy, &draft)?;
            check_holder(tx.conn(), organization, draft.holder)?;
            check_manages(tx, &policy, &policy.place_of(&draft.resource))?;
            let row = draft.row(id, tx);
            let between = (draft.resource.kind.as_str(), draft.resource.id.as_str());
            let before = shares::between(tx.conn(), organization, between, &row.holder_id)?;
            if let Some(before) =
                before.as_ref().filter(|before| before.level == row.level && before.until == row.until)
            {
                return Ok(Audited::unchanged(before.clone().into()));
            }
            let grant = Grant::Share { resource: &draft.resource, level: &draft.level };
            check_may_give(tx, &policy, &grant, draft.until)?;
            let created = event(Action::ShareCreated, &row);
            match before {
                Some(before) => {
                    end(tx, &policy, &before)?;
                    shares::insert(tx, &row)?;
                    let ended = event(Action::ShareEnded, &before);
                    Ok(Audited::several(row.into(), ended, [created]))
                }
                None if shares::count_of_holder(tx.conn(), organization, &row.holder_id)? >= MAX_SHARES => {
                    Err(GatewayError::Invalid(format!(
                        "at most {MAX_SHARES} resources are shared with one person or group: make it a role"
                    )))
                }
                None => {
                    shares::insert(tx, &row)?;
                    Ok(Audited::new(row.into(), created))
                }
            }
        })
        .await
    }

    /// Ends a share: the next decision does without it.
    pub async fn end_share(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ShareId,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let row =
                shares::by_id(tx.conn(), organization, id)?.ok_or_else(|| GatewayError::not_found("share", id))?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_manages(tx, &policy, &policy.place_of(&resource_of(&row)))?;
            end(tx, &policy, &row)?;
            Ok::<_, GatewayError>(Audited::new((), event(Action::ShareEnded, &row)))
        })
        .await
    }

    /// The shares of a resource, a person or a group, oldest first, as far as whoever asks manages them.
    pub async fn list_shares(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        selection: ShareSelection,
    ) -> Result<Vec<ShareView>, GatewayError> {
        let (gateway, by) = (Arc::clone(self), by.clone());
        self.store
            .read(move |conn| {
                let policy = gateway.policy_in(conn, organization)?;
                let remit = Remit::of(conn, organization, &policy, &by.actor, by.at)?;
                let mut rows = match selection {
                    ShareSelection::Resource(resource) => {
                        shares::of_resource(conn, organization, &resource.kind, &resource.id)?
                    }
                    ShareSelection::User(user) => {
                        let id = user.to_string();
                        let reached: HashMap<_, _> = groups_of(conn, organization, std::slice::from_ref(&id))?;
                        let mut holders: Vec<String> =
                            reached.into_values().flatten().map(|(group, _)| group).collect();
                        holders.push(id);
                        shares::of_holders(conn, organization, &holders)?
                    }
                    ShareSelection::Group(group) => shares::of_holders(conn, organization, &[group.to_string()])?,
                };
                rows.retain(|row| remit.covers(&policy.place_of(&resource_of(row))));
                Ok(rows.into_iter().map(ShareView::from).collect())
            })
            .await
    }
}

fn resource_of(row: &ShareRow) -> ResourceRef {
    ResourceRef { kind: row.resource_kind.clone(), id: row.resource_id.clone() }
}

impl ShareDraft {
    fn row(&self, id: ShareId, tx: &WriteTx<'_>) -> ShareRow {
        ShareRow {
            organization_id: tx.organization().to_string(),
            id: id.to_string(),
            resource_kind: self.resource.kind.clone(),
            resource_id: self.resource.id.clone(),
            holder_kind: self.holder.kind().to_owned(),
            holder_id: self.holder.id(),
            level: self.level.clone(),
            until: self.until.map(Timestamp::micros),
            created_by: super::ledger::actor_text(tx.actor()),
            created_at: tx.now().micros(),
        }
    }
}

/// Takes a share away, if whoever does it gave it themselves or could give it now.
fn end(tx: &mut WriteTx<'_>, policy: &Policy, row: &ShareRow) -> Result<(), GatewayError> {
    if row.created_by != super::ledger::actor_text(tx.actor()) {
        check_may_take(tx, policy, &Grant::Share { resource: &resource_of(row), level: &row.level })?;
    }
    Ok(shares::delete(tx, row)?)
}

/// Whether the catalogue knows what the draft speaks of.
fn check(policy: &Policy, draft: &ShareDraft) -> Result<(), GatewayError> {
    let quoted = |text: &str| text.chars().take(64).collect::<String>();
    let kind = policy.catalogue.resource_type(&draft.resource.kind).ok_or_else(|| {
        GatewayError::Invalid(format!("`{}` is no type of resource of this catalogue", quoted(&draft.resource.kind)))
    })?;
    if kind.level(&draft.level).is_none() {
        let levels: Vec<&str> = kind.levels.iter().map(|(level, _)| level.as_str()).collect();
        let known = if levels.is_empty() { "it is not shared".to_owned() } else { levels.join(", ") };
        return Err(GatewayError::Invalid(format!(
            "`{}` is no level of `{}`: {known}",
            quoted(&draft.level),
            kind.key
        )));
    }
    let id = &draft.resource.id;
    if id.is_empty() || id.chars().count() > MAX_RESOURCE_ID || id.chars().any(char::is_control) {
        return Err(GatewayError::Invalid(format!(
            "a resource's id is 1 to {MAX_RESOURCE_ID} characters long, without control characters"
        )));
    }
    Ok(())
}

fn check_holder(conn: &mut Conn, organization: OrganizationId, holder: ShareHolder) -> Result<(), GatewayError> {
    match holder {
        ShareHolder::User(id) => {
            users::by_id(conn, organization, id)?.ok_or_else(|| GatewayError::not_found("user", id))?;
        }
        ShareHolder::Group(id) => {
            groups::by_id(conn, organization, id)?.ok_or_else(|| GatewayError::not_found("group", id))?;
        }
    }
    Ok(())
}

fn event(action: Action, row: &ShareRow) -> Event {
    let resource = format!("{}:{}", row.resource_kind, row.resource_id);
    Event::new(action, Target::new(TargetKind::Share, &row.id).named(resource)).with_detail(json!({
        "resource": { "type": row.resource_kind, "id": row.resource_id },
        "level": row.level,
        row.holder_kind.as_str(): row.holder_id,
        "until": row.until.map(|until| Timestamp::from_micros(until).rfc3339()),
    }))
}
