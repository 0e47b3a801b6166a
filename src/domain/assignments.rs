//! Direct assignments: a role that somebody gave to somebody, rather than one that follows from a group.

use std::sync::Arc;

use serde_json::json;

use super::entitlements::scope_of;
use super::{Gateway, GatewayError};
use crate::access::{self, Grant, HolderKind, HolderLimit, Scope};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{AssignmentId, Attribution, OrganizationId, Timestamp, UserId};
use crate::store::assignments::{self, AssignmentRow};
use crate::store::{Audited, users};

/// An assignment as an admin sees it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AssignmentView {
    pub id: String,
    pub role: String,
    pub scope: String,
    pub until: Option<String>,
    pub created_by: String,
}

impl Gateway {
    /// Gives a role to a person. `giver` is the person who gives it; none for a key of the organization itself.
    #[expect(
        clippy::too_many_arguments,
        reason = "the sentence `who gives whom what, where, until when` has that many parts"
    )]
    pub async fn assign_role(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        giver: Option<UserId>,
        user: UserId,
        role: String,
        scope: Scope,
        until: Option<Timestamp>,
    ) -> Result<AssignmentId, GatewayError> {
        let policy = self.policy(organization).await?;
        if until.is_some_and(|until| until <= by.at) {
            return Err(GatewayError::Invalid("an assignment ends in the future".to_owned()));
        }
        let built_in = policy.catalogue.role(&role);
        if built_in.is_none() && policy.custom_roles.iter().all(|custom| custom.key != role) {
            let quoted: String = role.chars().take(64).collect();
            return Err(GatewayError::Invalid(format!("`{quoted}` is no role here")));
        }
        if built_in.is_some_and(|known| known.holders == HolderLimit::ExactlyOne) {
            return Err(GatewayError::Invalid(format!("`{role}` has exactly one holder: it moves by transfer")));
        }
        if !policy.knows_scope(&scope) {
            return Err(GatewayError::Invalid(format!("`{scope}` is no scope of this catalogue")));
        }
        if let Some(giver) = giver {
            let subject =
                self.subject(organization, giver).await?.ok_or_else(|| GatewayError::not_found("user", giver))?;
            let grant = Grant::Role { role: &role, scope: &scope, to: HolderKind::Person };
            access::may_grant(&policy, &subject.access, &grant, by.at)?;
        }
        let id = AssignmentId::new(by.at, self.chance());
        self.change(organization, by, move |tx| {
            let person =
                users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
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
            let event =
                Event::new(Action::AssignmentCreated, Target::new(TargetKind::User, user).named(&person.user_name))
                    .with_scope(scope.to_string())
                    .with_detail(json!({ "assignment": id, "role": role, "until": until.map(Timestamp::rfc3339) }));
            Ok(Audited::new(id, event))
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
        self.change(organization, by, move |tx| {
            let row = assignments::by_id(tx.conn(), organization, id)?
                .filter(|row| row.rule_id.is_none() && row.holder_id == user.to_string())
                .ok_or_else(|| GatewayError::not_found("assignment", id))?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            super::entitlements::check_may_give(tx, &policy, &row.role, &scope_of(&row.scope)?)?;
            super::entitlements::check_ending(&gateway, tx, &row)?;
            assignments::delete(tx, std::slice::from_ref(&row))?;
            let event = Event::new(Action::AssignmentEnded, Target::new(TargetKind::User, user))
                .with_scope(row.scope.clone())
                .with_detail(json!({ "assignment": id, "role": row.role }));
            Ok(Audited::new((), event))
        })
        .await
    }

    /// A person's direct assignments.
    pub async fn list_assignments(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<AssignmentView>, GatewayError> {
        self.store
            .read(move |conn| {
                users::by_id(conn, organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
                let rows = assignments::of_holders(conn, organization, &[user.to_string()])?;
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
