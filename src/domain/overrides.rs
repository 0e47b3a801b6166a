//! Overrides: one permission, allowed or denied to one person in one scope, as an exception with a reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::entitlements::{Floor, Remit, check_manages, check_may_give, facts_of, reach_of};
use super::{Gateway, GatewayError};
use crate::access::{self, Effect, Grant, Policy, Reach, Scope};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, OverrideId, Timestamp, UserId};
use crate::store::overrides::{self, OverrideRow};
use crate::store::users::UserRow;
use crate::store::{Audited, WriteTx, users};

/// An exception as an admin writes it.
#[derive(Debug, Clone)]
pub struct OverrideDraft {
    pub permission: String,
    pub effect: Effect,
    /// `None`: where the catalogue says.
    pub scope: Option<Reach>,
    /// `None`: whatever it was for, if the same exception stands already.
    pub reason: Option<String>,
    pub until: Option<Timestamp>,
}

/// An exception as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct OverrideView {
    pub id: String,
    pub permission: String,
    /// `allow` or `deny`.
    pub effect: String,
    /// A scope, or `assigned`.
    pub scope: String,
    pub reason: String,
    #[schema(format = DateTime)]
    pub until: Option<String>,
    pub author: String,
    #[schema(format = DateTime)]
    pub created: String,
}

impl From<&OverrideRow> for OverrideView {
    fn from(row: &OverrideRow) -> Self {
        Self {
            id: row.id.clone(),
            permission: row.permission.clone(),
            effect: row.effect.clone(),
            scope: row.scope.clone(),
            reason: row.reason.clone(),
            until: row.until.map(|until| Timestamp::from_micros(until).rfc3339()),
            author: row.created_by.clone(),
            created: Timestamp::from_micros(row.created_at).rfc3339(),
        }
    }
}

/// Why there is an exception that nobody gave a reason for.
const NO_REASON: &str = "set by API";

/// At most so many exceptions for one person: more than that is a role.
const MAX_OVERRIDES: usize = 200;

impl Gateway {
    /// Puts these exceptions in the place of all that the person had. Those that stand already stay as they are, with who
    /// made them and when. Whoever allows something, or lifts a denial, must be able to give it, and manage every scope of
    /// what is there and what is wanted; and the last holder of a role that must be held is denied nothing of it.
    pub async fn set_overrides(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
        drafts: Vec<OverrideDraft>,
    ) -> Result<Vec<OverrideView>, GatewayError> {
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
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let Exchange { kept, gone, new } =
                Exchange::of(tx, &policy, user, stand.clone(), drafts.into_iter().zip(ids));
            let mut rows: Vec<OverrideRow> = kept.into_iter().chain(new.iter().cloned()).collect();
            rows.sort_by(|a, b| a.order().cmp(&b.order()));
            let shown = rows.iter().map(OverrideView::from).collect();
            check_remit(tx, &policy, stand.iter().chain(&rows))?;
            if gone.is_empty() && new.is_empty() {
                return Ok(Audited::unchanged(shown));
            }
            check_exchange(tx, &policy, &person, &gone, &new)?;
            let floor = Floor::below(&gateway, tx, &[user.to_string()])?;
            overrides::exchange(tx, user, &gone, &new)?;
            floor.check(&gateway, tx)?;
            let [before, after] = [&stand, &rows].map(|rows| rows.iter().map(told).collect::<Vec<_>>());
            let target = Target::new(TargetKind::User, user).named(&person.user_name);
            let event = Event::new(Action::OverrideChanged, target)
                .with_difference(Difference::between(&json!({ "overrides": before }), &json!({ "overrides": after })));
            Ok(Audited::new(shown, event))
        })
        .await
    }

    /// A person's exceptions, as far as whoever asks manages them.
    pub async fn list_overrides(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<OverrideView>, GatewayError> {
        let (gateway, by) = (Arc::clone(self), by.clone());
        self.store
            .read(move |conn| {
                users::by_id(conn, organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
                let policy = gateway.policy_in(conn, organization)?;
                let remit = Remit::of(conn, organization, &policy, &by.actor, by.at)?;
                let mut rows = overrides::of_user(conn, organization, user)?;
                rows.retain(|row| reach_of(&row.scope).is_ok_and(|reach| remit.covers(reach.widest())));
                Ok(rows.iter().map(OverrideView::from).collect())
            })
            .await
    }
}

/// What becomes of one person's exceptions.
struct Exchange {
    kept: Vec<OverrideRow>,
    gone: Vec<OverrideRow>,
    new: Vec<OverrideRow>,
}

impl Exchange {
    /// Of those that `stand`, those that a draft asks for stay; the rest goes, and what no standing one is, comes.
    fn of(
        tx: &WriteTx<'_>,
        policy: &Policy,
        user: UserId,
        mut stand: Vec<OverrideRow>,
        drafts: impl Iterator<Item = (OverrideDraft, OverrideId)>,
    ) -> Self {
        let (mut kept, mut new) = (Vec::new(), Vec::new());
        for (draft, id) in drafts {
            let row = OverrideRow {
                organization_id: tx.organization().to_string(),
                id: id.to_string(),
                user_id: user.to_string(),
                effect: if draft.effect == Effect::Allow { "allow" } else { "deny" }.to_owned(),
                scope: draft.reach(policy).to_string(),
                permission: draft.permission,
                reason: draft.reason.clone().unwrap_or_else(|| NO_REASON.to_owned()),
                until: draft.until.map(Timestamp::micros),
                created_by: super::ledger::actor_text(tx.actor()),
                created_at: tx.now().micros(),
            };
            let is_same = |other: &OverrideRow| {
                let facts =
                    |row: &OverrideRow| (row.permission.clone(), row.effect.clone(), row.scope.clone(), row.until);
                facts(other) == facts(&row) && draft.reason.as_ref().is_none_or(|reason| *reason == other.reason)
            };
            match stand.iter().position(is_same) {
                Some(place) => kept.push(stand.swap_remove(place)),
                None => new.push(row),
            }
        }
        Self { kept, gone: stand, new }
    }
}

impl OverrideDraft {
    fn reach(&self, policy: &Policy) -> Reach {
        let reach = self.scope.clone().unwrap_or_else(|| policy.catalogue.reach_without_scope(self.effect));
        match self.effect {
            Effect::Allow => reach,
            // A deny does not depend on what else the person is given.
            Effect::Deny => Reach::Scope(reach.widest().clone()),
        }
    }
}

/// Refuses to look after exceptions in a scope that whoever does it does not manage.
fn check_remit<'r>(
    tx: &mut WriteTx<'_>,
    policy: &Policy,
    rows: impl Iterator<Item = &'r OverrideRow>,
) -> Result<(), GatewayError> {
    let mut scopes = BTreeSet::new();
    for row in rows {
        scopes.insert(reach_of(&row.scope)?.widest().clone());
    }
    if scopes.is_empty() {
        scopes.insert(Scope::Organization);
    }
    scopes.iter().try_for_each(|scope| check_manages(tx, policy, scope))
}

/// Refuses an exchange of one set of exceptions for another that gives somebody more than whoever does it may give, or what
/// a role of theirs never has.
fn check_exchange(
    tx: &mut WriteTx<'_>,
    policy: &Policy,
    person: &UserRow,
    gone: &[OverrideRow],
    new: &[OverrideRow],
) -> Result<(), GatewayError> {
    let (facts, now) = (facts_of(tx.conn(), person)?, tx.now());
    let allowed = new.iter().filter(|row| row.effect == "allow");
    for row in allowed.clone().chain(gone.iter().filter(|row| row.effect == "deny")) {
        let reach = reach_of(&row.scope)?;
        let grant = Grant::Permission { permission: &row.permission, scope: reach.widest() };
        check_may_give(tx, policy, &grant, row.until.map(Timestamp::from_micros))?;
    }
    for row in allowed {
        if let Some(role) = access::never_given(policy, &facts, &row.permission, &reach_of(&row.scope)?, now) {
            return Err(GatewayError::Forbidden(format!(
                "whoever holds the role `{role}` is never given `{}`: give them another role instead",
                row.permission
            )));
        }
    }
    Ok(())
}

/// Whether the catalogue knows what the draft speaks of.
fn check(policy: &Policy, draft: &OverrideDraft) -> Result<(), GatewayError> {
    let catalogue = &policy.catalogue;
    if catalogue.permission(&draft.permission).is_none() {
        let quoted: String = draft.permission.chars().take(128).collect();
        let nearest = catalogue.nearest_permission(&draft.permission);
        let hint = nearest.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
        return Err(GatewayError::Invalid(format!("`{quoted}` is no permission of this catalogue{hint}")));
    }
    if let Some(reserved) = catalogue.permission(&draft.permission).and_then(|number| catalogue.reserved_to(number))
        && draft.effect == Effect::Allow
    {
        let key = &draft.permission;
        return Err(GatewayError::Forbidden(format!(
            "`{key}` is reserved to the role `{reserved}`: no exception gives it"
        )));
    }
    if let Some(reach) = draft.scope.as_ref().filter(|reach| !policy.knows_scope(reach.widest())) {
        return Err(GatewayError::Invalid(format!("`{reach}` is no scope of this catalogue")));
    }
    if draft.effect == Effect::Deny && !catalogue.allows_deny() {
        return Err(GatewayError::Invalid(
            "this catalogue is additive: nothing narrower may take away what a role gives".to_owned(),
        ));
    }
    if draft.reason.as_ref().is_some_and(|reason| reason.trim().is_empty() || reason.chars().count() > 512) {
        return Err(GatewayError::Invalid("an override has a `reason` of 1 to 512 characters".to_owned()));
    }
    Ok(())
}

/// An exception as the audit sees it, which says itself who did what and when.
fn told(row: &OverrideRow) -> Value {
    json!({
        "permission": row.permission,
        "effect": row.effect,
        "scope": row.scope,
        "reason": row.reason,
        "until": row.until.map(|until| Timestamp::from_micros(until).rfc3339()),
    })
}
