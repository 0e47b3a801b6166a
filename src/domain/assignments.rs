//! Direct assignments: a role that somebody gave to somebody, rather than one that follows from a group.

use std::sync::Arc;

use serde_json::json;

use super::entitlements::{Floor, Remit, check_manages, check_may_give, check_may_take, scope_of};
use super::provisioning::finish_departures;
use super::service_accounts::kinds_of;
use super::{Gateway, GatewayError};
use crate::access::{Grant, GrantRefusal, HolderKind, HolderLimit, Policy, Scope};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{AssignmentId, Attribution, OrganizationId, Timestamp, UserId};
use crate::store::assignments::{self, AssignmentRow};
use crate::store::{Audited, WriteTx, users};

/// An assignment as an admin sees it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AssignmentView {
    pub id: String,
    pub role: String,
    pub scope: String,
    pub until: Option<String>,
    pub created_by: String,
}

/// A role as somebody wants to give it.
#[derive(Debug, Clone)]
pub struct AssignmentDraft {
    pub role: String,
    pub scope: Scope,
    pub until: Option<Timestamp>,
}

impl AssignmentDraft {
    /// Whether there is such a role and such a scope, and the role is one that is given by hand.
    fn check(&self, policy: &Policy, holder: HolderKind) -> Result<(), GatewayError> {
        let Self { role, scope, .. } = self;
        let built_in = policy.catalogue.role(role);
        if !policy.knows_role(role) {
            let quoted: String = role.chars().take(64).collect();
            return Err(GatewayError::Invalid(format!("`{quoted}` is no role here")));
        }
        if built_in.is_some_and(|known| known.holders == HolderLimit::ExactlyOne) {
            return Err(GatewayError::Invalid(format!("`{role}` has exactly one holder: it moves by transfer")));
        }
        if holder == HolderKind::ServiceAccount && built_in.is_some_and(|known| !known.service_accounts) {
            return Err(GrantRefusal::ServiceAccount(role.clone()).into());
        }
        if !policy.knows_scope(scope) {
            return Err(GatewayError::Invalid(format!("`{scope}` is no scope of this catalogue")));
        }
        Ok(())
    }
}

impl Gateway {
    /// Gives a role to a person or service account, in a scope that the giver manages. Whoever stayed only until somebody else has it goes with that.
    pub async fn assign_role(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
        draft: AssignmentDraft,
    ) -> Result<AssignmentId, GatewayError> {
        if draft.until.is_some_and(|until| until <= by.at) {
            return Err(GatewayError::Invalid("an assignment ends in the future".to_owned()));
        }
        let gateway = Arc::clone(self);
        let id = AssignmentId::new(by.at, self.chance());
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let holder =
                users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
            let (target, to) = kinds_of(&holder);
            draft.check(&policy, to)?;
            let AssignmentDraft { role, scope, until } = draft;
            check_manages(tx, &policy, &scope)?;
            let grant = Grant::Role { role: &role, scope: &scope, to };
            check_may_give(tx, &policy, &grant, until)?;
            let row = AssignmentRow {
                organization_id: organization.to_string(),
                id: id.to_string(),
                holder_kind: "user".to_owned(),
                holder_id: user.to_string(),
                role: role.clone(),
                scope: scope.to_string(),
                rule_id: None,
                rule_version: None,
                priority: 0,
                until: until.map(Timestamp::micros),
                created_by: super::ledger::actor_text(tx.actor()),
                created_at: tx.now().micros(),
            };
            assignments::insert(tx, &[row])?;
            let event = Event::new(Action::AssignmentCreated, Target::new(target, user).named(&holder.user_name))
                .with_scope(scope.to_string())
                .with_detail(json!({ "assignment": id, "role": role, "until": until.map(Timestamp::rfc3339) }));
            let departed = finish_departures(&gateway, tx)?;
            Ok(Audited::several(id, event, departed))
        })
        .await
    }

    /// Ends a direct assignment: the next decision does without it.
    pub async fn end_assignment(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
        id: AssignmentId,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| Ok(Audited::new((), end(&gateway, tx, user, id)?))).await
    }

    /// Somebody's direct assignments, as far as whoever asks manages them.
    pub async fn list_assignments(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<AssignmentView>, GatewayError> {
        let (gateway, by) = (Arc::clone(self), by.clone());
        self.store
            .read(move |conn| {
                users::by_id(conn, organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
                let policy = gateway.policy_in(conn, organization)?;
                let remit = Remit::of(conn, organization, &policy, &by.actor, by.at)?;
                let mut rows = assignments::of_holders(conn, organization, &[user.to_string()])?;
                rows.retain(|row| scope_of(&row.scope).is_ok_and(|scope| remit.covers(&scope)));
                let view = |row: AssignmentRow| AssignmentView {
                    id: row.id,
                    role: row.role,
                    scope: row.scope,
                    until: row.until.map(|until| Timestamp::from_micros(until).rfc3339()),
                    created_by: row.created_by,
                };
                Ok(rows.into_iter().map(view).collect())
            })
            .await
    }
}

/// Ends a direct assignment in this transaction, if whoever does it may.
pub(super) fn end(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    user: UserId,
    id: AssignmentId,
) -> Result<Event, GatewayError> {
    let organization = tx.organization();
    let row = assignments::by_id(tx.conn(), organization, id)?
        .filter(|row| row.rule_id.is_none() && row.holder_id == user.to_string())
        .ok_or_else(|| GatewayError::not_found("assignment", id))?;
    let policy = gateway.read_policy(tx.conn(), organization)?;
    let scope = scope_of(&row.scope)?;
    check_manages(tx, &policy, &scope)?;
    check_may_take(tx, &policy, &Grant::Role { role: &row.role, scope: &scope, to: HolderKind::Person })?;
    let floor = Floor::below(gateway, tx, &[user.to_string()])?;
    assignments::delete(tx, std::slice::from_ref(&row))?;
    floor.check(gateway, tx)?;
    let holder = users::by_id(tx.conn(), organization, user)?;
    let kind = holder.as_ref().map_or(TargetKind::User, |holder| kinds_of(holder).0);
    Ok(Event::new(Action::AssignmentEnded, Target::new(kind, user))
        .with_scope(row.scope.clone())
        .with_detail(json!({ "assignment": id, "role": row.role })))
}
