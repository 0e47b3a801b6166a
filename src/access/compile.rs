//! From policy and facts to a [`CompiledAccess`]: everything that can be known before a question is asked.
//!
//! Made when something about the person or the policy changes, held in a cache, and read by many at once. What time
//! changes is kept in it with its moment, so a compiled access never has to be made again because time has passed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::policy::Step;
use super::pool::Given;
use super::scope::bucket;
use super::{
    Assignment, Effect, HolderKind, Override, PermissionNumber, PermissionSet, Policy, Reach, ResourceRef, Scope,
    Share, Source, SubjectFacts,
};
use crate::model::Timestamp;

/// What one person may do, ready for [`super::decide`].
#[derive(Debug, Clone)]
pub struct CompiledAccess {
    active: bool,
    /// Sorted by bucket.
    grants: Box<[CompiledGrant]>,
    /// Sorted by permission.
    overrides: Box<[CompiledOverride]>,
    bars: Box<[CompiledBar]>,
    /// Sorted by bucket.
    shares: Box<[CompiledShare]>,
}

/// What is the same for many people is shared between them (see [`super::pool`]), so that each one costs little.
#[derive(Debug, Clone)]
struct CompiledGrant {
    bucket: u64,
    scope: Arc<Scope>,
    given: Arc<Given>,
}

#[derive(Debug, Clone)]
struct CompiledOverride {
    permission: PermissionNumber,
    effect: Effect,
    bucket: u64,
    scope: Scope,
    until: Timestamp,
}

/// What no allow override gives here, because of a role that never has it.
#[derive(Debug, Clone)]
pub(super) struct CompiledBar {
    bucket: u64,
    scope: Scope,
    /// Whether it holds below the scope too, which it does where the role is held and not above.
    below: bool,
    until: Timestamp,
    permissions: PermissionSet,
}

#[derive(Debug, Clone)]
struct CompiledShare {
    bucket: u64,
    resource: ResourceRef,
    until: Timestamp,
    permissions: PermissionSet,
}

/// Compiles what `facts` give under `policy`.
pub fn compile(policy: &Policy, facts: &SubjectFacts) -> CompiledAccess {
    let mut merged: BTreeMap<(Scope, Timestamp), PermissionSet> = BTreeMap::new();
    let mut bars = Vec::new();
    for assignment in &effective_assignments(policy, facts) {
        let until = forever_unless(assignment.until);
        bars.extend(compile_bars(policy, assignment, until));
        for (scope, permissions) in given(policy, &assignment.role, &assignment.scope) {
            merged.entry((scope, until)).or_default().union_with(&permissions);
        }
    }
    let mut grants: Vec<CompiledGrant> = merged
        .into_iter()
        .map(|((scope, until), permissions)| CompiledGrant {
            bucket: scope.bucket(),
            scope: policy.pool.scope(scope),
            given: policy.pool.given(Given { until, permissions }),
        })
        .collect();
    grants.sort_by_key(|grant| grant.bucket);
    let mut overrides: Vec<CompiledOverride> =
        facts.overrides.iter().flat_map(|given| compile_override(policy, facts, given)).collect();
    overrides.sort_by_key(|given| given.permission);
    let mut shares: Vec<CompiledShare> = facts.shares.iter().filter_map(|share| compile_share(policy, share)).collect();
    shares.sort_by_key(|share| share.bucket);
    CompiledAccess {
        active: facts.active,
        grants: grants.into(),
        overrides: overrides.into(),
        bars: bars.into(),
        shares: shares.into(),
    }
}

/// The assignments that count, and the default role where it is due: in an additive catalogue to everybody, else to
/// whoever has no assignment that holds for ever. What ends may not take the default role with it, and a compiled access
/// must not depend on the time; so who has nothing but what ends has the default role beside it. It is for people alone.
pub(super) fn effective_assignments(policy: &Policy, facts: &SubjectFacts) -> Vec<Assignment> {
    let mut effective: Vec<Assignment> = counting(policy, facts).cloned().collect();
    let is_settled = !policy.catalogue.is_additive() && effective.iter().any(|held| held.until.is_none());
    if let Some(role) = policy.default_role().filter(|_| !is_settled && facts.holder == HolderKind::Person) {
        effective.push(Assignment {
            role: role.to_owned(),
            scope: Scope::Organization,
            until: None,
            source: Source::Default,
        });
    }
    effective
}

/// The assignments that count: of the derived ones, where the highest priority goes, those that have it.
fn counting<'f>(policy: &Policy, facts: &'f SubjectFacts) -> impl Iterator<Item = &'f Assignment> {
    let highest = facts.assignments.iter().filter_map(|assignment| priority(&assignment.source)).max();
    let by_priority = policy.combines_by_priority();
    facts
        .assignments
        .iter()
        .filter(move |assignment| !by_priority || priority(&assignment.source).is_none_or(|own| Some(own) == highest))
}

/// Where an override holds, and until when. One that reaches wherever the person is assigned holds in each scope of an
/// assignment until the earlier end of the two; the default role is no assignment to anywhere.
pub(super) fn places(policy: &Policy, facts: &SubjectFacts, given: &Override) -> Vec<(Scope, Timestamp)> {
    let until = forever_unless(given.until);
    match (&given.scope, given.effect) {
        (Reach::Scope(scope), _) => vec![(scope.clone(), until)],
        (Reach::Assigned, Effect::Deny) => vec![(Scope::Organization, until)],
        (Reach::Assigned, Effect::Allow) => {
            let assigned = counting(policy, facts).filter(|held| policy.role(&held.role).is_some());
            let mut places: Vec<(Scope, Timestamp)> =
                assigned.map(|held| (held.scope.clone(), until.min(forever_unless(held.until)))).collect();
            places.sort();
            places.dedup();
            places
        }
    }
}

/// What `assignment` keeps overrides from giving: in its scope and below, and in the scopes above it themselves. In an
/// additive catalogue nothing, as nothing takes away there; such overrides are refused when they are made.
pub(super) fn compile_bars(policy: &Policy, assignment: &Assignment, until: Timestamp) -> Vec<CompiledBar> {
    let role = policy.catalogue.role(&assignment.role).filter(|role| !role.never.is_empty());
    let Some(role) = role.filter(|_| !policy.catalogue.is_additive()) else { return Vec::new() };
    let bar = |scope: &Scope| CompiledBar {
        bucket: scope.bucket(),
        below: *scope == assignment.scope,
        scope: scope.clone(),
        until,
        permissions: role.never.clone(),
    };
    policy.scopes.path(&assignment.scope).map(bar).collect()
}

fn priority(source: &Source) -> Option<i32> {
    match source {
        Source::Derived { priority, .. } => Some(*priority),
        Source::Direct { .. } | Source::Default => None,
    }
}

/// What `role`, given in `scope`, gives where: there, and the part of it that reaches everywhere.
pub(super) fn given(policy: &Policy, role: &str, scope: &Scope) -> Vec<(Scope, PermissionSet)> {
    let Some(role) = policy.role(role) else { return Vec::new() };
    let mut given = vec![(scope.clone(), policy.catalogue.holdable(scope, &role.permissions))];
    if !role.everywhere.is_empty() {
        given.push((Scope::Organization, role.everywhere));
    }
    given
}

fn compile_override(policy: &Policy, facts: &SubjectFacts, given: &Override) -> Vec<CompiledOverride> {
    let places = places(policy, facts, given);
    let means_something = |permission: PermissionNumber, scope: &Scope| match given.effect {
        Effect::Allow => policy.catalogue.holdable(scope, &[permission].into_iter().collect()).contains(permission),
        Effect::Deny => true,
    };
    let compiled = |permission: PermissionNumber| {
        let here = places.iter().filter(move |(scope, _)| means_something(permission, scope));
        here.map(move |(scope, until)| CompiledOverride {
            permission,
            effect: given.effect,
            bucket: scope.bucket(),
            scope: scope.clone(),
            until: *until,
        })
    };
    overridden(policy, given).iter().flat_map(compiled).collect()
}

/// The permissions that an override is about: an allow gives what the permission includes, but nothing that is reserved
/// to a role; a deny takes the permission alone.
pub(super) fn overridden(policy: &Policy, given: &Override) -> PermissionSet {
    let catalogue = &policy.catalogue;
    let named: PermissionSet = catalogue.permission(&given.permission).into_iter().collect();
    match given.effect {
        Effect::Allow => catalogue.giveable(&catalogue.whole(&named)),
        Effect::Deny if catalogue.allows_deny() => named,
        Effect::Deny => PermissionSet::new(),
    }
}

fn compile_share(policy: &Policy, share: &Share) -> Option<CompiledShare> {
    let kind = policy.catalogue.resource_type(&share.resource.kind)?;
    Some(CompiledShare {
        bucket: bucket(&(share.resource.kind.as_str(), share.resource.id.as_str())),
        resource: share.resource.clone(),
        until: forever_unless(share.until),
        permissions: kind.level(&share.level)?.clone(),
    })
}

/// The end of time for what has no end.
pub(super) fn forever_unless(until: Option<Timestamp>) -> Timestamp {
    until.unwrap_or(Timestamp::from_micros(i64::MAX))
}

impl CompiledBar {
    /// Whether it keeps overrides from giving `permission` in `path`.
    pub(super) fn reaches(&self, permission: PermissionNumber, path: &[Step], now: Timestamp) -> bool {
        let reached = if self.below { path } else { path.get(..1).unwrap_or_default() };
        now < self.until
            && self.permissions.contains(permission)
            && reached.iter().any(|step| step.bucket == self.bucket && step.scope == self.scope)
    }
}

impl CompiledAccess {
    /// Whether the person is active.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Whether a live assignment in any of `path` has `permission`.
    pub(super) fn has_by_role(&self, permission: PermissionNumber, path: &[Step], now: Timestamp) -> bool {
        path.iter().any(|step| {
            let first = self.grants.partition_point(|grant| grant.bucket < step.bucket);
            let here = self.grants.iter().skip(first).take_while(|grant| grant.bucket == step.bucket);
            here.filter(|grant| now < grant.given.until && *grant.scope == step.scope)
                .any(|grant| grant.given.permissions.contains(permission))
        })
    }

    /// Whether a live override of `permission` with this effect stands in any of `path`.
    pub(super) fn has_override(
        &self,
        effect: Effect,
        permission: PermissionNumber,
        path: &[Step],
        now: Timestamp,
    ) -> bool {
        let first = self.overrides.partition_point(|given| given.permission < permission);
        let same = self.overrides.iter().skip(first).take_while(|given| given.permission == permission);
        same.filter(|given| given.effect == effect && now < given.until)
            .any(|given| path.iter().any(|step| step.bucket == given.bucket && step.scope == given.scope))
    }

    /// Whether a live share of this very resource has `permission`.
    pub(super) fn has_share(
        &self,
        permission: PermissionNumber,
        bucket: u64,
        (kind, id): (&str, &str),
        now: Timestamp,
    ) -> bool {
        let first = self.shares.partition_point(|share| share.bucket < bucket);
        let same = self.shares.iter().skip(first).take_while(|share| share.bucket == bucket);
        same.filter(|share| now < share.until && share.resource.kind == kind && share.resource.id == id)
            .any(|share| share.permissions.contains(permission))
    }

    /// Whether a live allow override gives `permission` in `path`, and no role of the person keeps it from doing so.
    pub(super) fn is_excepted(&self, permission: PermissionNumber, path: &[Step], now: Timestamp) -> bool {
        self.has_override(Effect::Allow, permission, path, now) && !self.is_barred(permission, path, now)
    }

    pub(super) fn is_barred(&self, permission: PermissionNumber, path: &[Step], now: Timestamp) -> bool {
        self.bars.iter().any(|bar| bar.reaches(permission, path, now))
    }

    /// Whether `permission` holds in `path`, by role or override, and no deny stands against it.
    pub(super) fn holds(&self, permission: PermissionNumber, path: &[Step], now: Timestamp) -> bool {
        !self.has_override(Effect::Deny, permission, path, now)
            && (self.has_by_role(permission, path, now) || self.is_excepted(permission, path, now))
    }

    /// Whether there may be a scope in which `permission` holds now, denies aside.
    pub(super) fn may_hold_somewhere(&self, permission: PermissionNumber, now: Timestamp) -> bool {
        let by_role = |grant: &CompiledGrant| now < grant.given.until && grant.given.permissions.contains(permission);
        let by_override = |given: &CompiledOverride| {
            given.permission == permission && given.effect == Effect::Allow && now < given.until
        };
        self.grants.iter().any(by_role) || self.overrides.iter().any(by_override)
    }

    /// Whether `permission` holds in `scope` and nothing denies it there or anywhere below: what can be passed on.
    pub(super) fn holds_throughout(
        &self,
        permission: PermissionNumber,
        scope: &Scope,
        policy: &Policy,
        now: Timestamp,
    ) -> bool {
        let path: Vec<Step> = policy.scopes.path(scope).map(Step::new).collect();
        !self.is_denied_below(permission, scope, policy, now) && self.holds(permission, &path, now)
    }

    /// Whether a live deny of `permission` stands in `scope` or anywhere below.
    pub(super) fn is_denied_below(
        &self,
        permission: PermissionNumber,
        scope: &Scope,
        policy: &Policy,
        now: Timestamp,
    ) -> bool {
        self.overrides.iter().any(|given| {
            given.permission == permission
                && given.effect == Effect::Deny
                && now < given.until
                && policy.scopes.is_within(&given.scope, scope)
        })
    }
}
