//! Overrides: one permission, allowed or denied to one person in one scope, as an exception with a reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::entitlements::{Floor, Remit, check_manages, check_may_give, scope_of};
use super::{Gateway, GatewayError};
use crate::access::{self, Effect, Grant, Scope};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, OverrideId, Timestamp, UserId};
use crate::store::overrides::{self, OverrideRow};
use crate::store::{Audited, WriteTx, users};

/// An exception as an admin writes it.
#[derive(Debug, Clone)]
pub struct OverrideDraft {
    pub permission: String,
    pub effect: Effect,
    pub scope: Scope,
    pub reason: String,
    pub until: Option<Timestamp>,
}

/// At most so many exceptions for one person: more than that is a role.
const MAX_OVERRIDES: usize = 200;

impl Gateway {
    /// Puts these exceptions in the place of all that the person had. Whoever allows something, or lifts a denial, must be
    /// able to give it, and manage every scope of what is there and what is wanted; and the last holder of a role that must be held is denied nothing of it.
    pub async fn set_overrides(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
        drafts: Vec<OverrideDraft>,
    ) -> Result<Vec<Value>, GatewayError> {
        if drafts.len() > MAX_OVERRIDES {
            return Err(GatewayError::Invalid(format!(
                "a person has at most {MAX_OVERRIDES} overrides: make it a role"
            )));
        }
        let policy = self.policy(organization).await?;
        for draft in &drafts {
            check(&policy, draft)?;
        }
        let gateway = Arc::clone(self);
        let ids: Vec<OverrideId> = drafts.iter().map(|_| OverrideId::new(by.at, self.chance())).collect();
        self.change(organization, by, move |tx| {
            let person =
                users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
            let stand = overrides::of_user(tx.conn(), organization, user)?;
            let before: Vec<Value> = stand.iter().map(told).collect();
            let author = super::ledger::actor_text(tx.actor());
            let now = tx.now();
            let mut rows: Vec<OverrideRow> = drafts
                .into_iter()
                .zip(ids)
                .map(|(draft, id)| OverrideRow {
                    organization_id: organization.to_string(),
                    id: id.to_string(),
                    user_id: user.to_string(),
                    permission: draft.permission,
                    effect: if draft.effect == Effect::Allow { "allow" } else { "deny" }.to_owned(),
                    scope: draft.scope.to_string(),
                    reason: draft.reason,
                    until: draft.until.map(Timestamp::micros),
                    created_by: author.clone(),
                    created_at: now.micros(),
                })
                .collect();
            rows.sort_by(|a, b| a.order().cmp(&b.order()));
            let after: Vec<Value> = rows.iter().map(told).collect();
            check_exchange(&gateway, tx, &stand, &rows)?;
            if before == after {
                return Ok(Audited::unchanged(after));
            }
            let floor = Floor::below(&gateway, tx, &[user.to_string()])?;
            overrides::replace(tx, user, &rows)?;
            floor.check(&gateway, tx)?;
            let target = Target::new(TargetKind::User, user).named(&person.user_name);
            let event = Event::new(Action::OverrideChanged, target)
                .with_difference(Difference::between(&json!({ "overrides": before }), &json!({ "overrides": after })));
            Ok(Audited::new(after, event))
        })
        .await
    }

    /// A person's exceptions, as far as whoever asks manages them.
    pub async fn list_overrides(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<Value>, GatewayError> {
        let (gateway, by) = (Arc::clone(self), by.clone());
        self.store
            .read(move |conn| {
                users::by_id(conn, organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
                let policy = gateway.policy_in(conn, organization)?;
                let remit = Remit::of(conn, organization, &policy, &by.actor, by.at)?;
                let mut rows = overrides::of_user(conn, organization, user)?;
                rows.retain(|row| scope_of(&row.scope).is_ok_and(|scope| remit.covers(&scope)));
                Ok(rows.iter().map(told).collect())
            })
            .await
    }
}

/// Refuses an exchange of one set of exceptions for another that gives somebody more than whoever does it may give.
fn check_exchange(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    stand: &[OverrideRow],
    wanted: &[OverrideRow],
) -> Result<(), GatewayError> {
    let organization = tx.organization();
    let policy = gateway.read_policy(tx.conn(), organization)?;
    let scopes = stand.iter().chain(wanted).map(|row| scope_of(&row.scope)).collect::<Result<BTreeSet<_>, _>>()?;
    let scopes = if scopes.is_empty() { BTreeSet::from([Scope::Organization]) } else { scopes };
    scopes.iter().try_for_each(|scope| check_manages(tx, &policy, scope))?;
    let is_in = |row: &OverrideRow, rows: &[OverrideRow]| rows.iter().any(|other| told(other) == told(row));
    let allowed = wanted.iter().filter(|row| row.effect == "allow" && !is_in(row, stand));
    let lifted = stand.iter().filter(|row| row.effect == "deny" && !is_in(row, wanted));
    for row in allowed.chain(lifted) {
        let grant = Grant::Permission { permission: &row.permission, scope: &scope_of(&row.scope)? };
        check_may_give(tx, &policy, &grant, row.until.map(Timestamp::from_micros))?;
    }
    Ok(())
}

/// Whether the catalogue knows what the draft speaks of.
fn check(policy: &access::Policy, draft: &OverrideDraft) -> Result<(), GatewayError> {
    let catalogue = &policy.catalogue;
    if catalogue.permission(&draft.permission).is_none() {
        let quoted: String = draft.permission.chars().take(128).collect();
        let nearest = catalogue.nearest_permission(&draft.permission);
        let hint = nearest.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
        return Err(GatewayError::Invalid(format!("`{quoted}` is no permission of this catalogue{hint}")));
    }
    if !catalogue.knows_scope(&draft.scope) {
        return Err(GatewayError::Invalid(format!("`{}` is no scope of this catalogue", draft.scope)));
    }
    if draft.effect == Effect::Deny && !catalogue.allows_deny() {
        return Err(GatewayError::Invalid(
            "this catalogue is additive: nothing narrower may take away what a role gives".to_owned(),
        ));
    }
    if draft.reason.trim().is_empty() || draft.reason.chars().count() > 512 {
        return Err(GatewayError::Invalid("an override has a `reason` of 1 to 512 characters".to_owned()));
    }
    Ok(())
}

/// An exception as admins and the audit see it.
fn told(row: &OverrideRow) -> Value {
    json!({
        "permission": row.permission,
        "effect": row.effect,
        "scope": row.scope,
        "reason": row.reason,
        "until": row.until.map(|until| Timestamp::from_micros(until).rfc3339()),
    })
}
