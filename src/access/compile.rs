//! From policy and facts to a [`CompiledAccess`]: everything that can be known before a question is asked.
//!
//! Made when something about the person or the policy changes, held in a cache, and read by many at once. What time
//! changes is kept in it with its moment, so a compiled access never has to be made again because time has passed.

use std::collections::BTreeMap;

use super::policy::Step;
use super::scope::bucket;
use super::{
    Assignment, Effect, HolderKind, MappingMode, Override, PermissionNumber, PermissionSet, Policy, ResourceRef, Scope,
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
    /// Sorted by bucket.
    shares: Box<[CompiledShare]>,
}

#[derive(Debug, Clone)]
struct CompiledGrant {
    bucket: u64,
    scope: Scope,
    until: Timestamp,
    permissions: PermissionSet,
}

#[derive(Debug, Clone)]
struct CompiledOverride {
    permission: PermissionNumber,
    effect: Effect,
    bucket: u64,
    scope: Scope,
    until: Timestamp,
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
    for assignment in &effective_assignments(policy, facts) {
        let until = forever_unless(assignment.until);
        for (scope, permissions) in given(policy, &assignment.role, &assignment.scope) {
            merged.entry((scope, until)).or_default().union_with(&permissions);
        }
    }
    let mut grants: Vec<CompiledGrant> = merged
        .into_iter()
        .map(|((scope, until), permissions)| CompiledGrant { bucket: scope.bucket(), scope, until, permissions })
        .collect();
    grants.sort_by_key(|grant| grant.bucket);
    let mut overrides: Vec<CompiledOverride> =
        facts.overrides.iter().filter_map(|given| compile_override(policy, given)).collect();
    overrides.sort_by_key(|given| given.permission);
    let mut shares: Vec<CompiledShare> = facts.shares.iter().filter_map(|share| compile_share(policy, share)).collect();
    shares.sort_by_key(|share| share.bucket);
    CompiledAccess { active: facts.active, grants: grants.into(), overrides: overrides.into(), shares: shares.into() }
}

/// The assignments that count: of the derived ones, in `highest_priority`, those of the highest; and the default role
/// where there is no other, for people.
pub(super) fn effective_assignments(policy: &Policy, facts: &SubjectFacts) -> Vec<Assignment> {
    let highest = facts.assignments.iter().filter_map(|assignment| priority(&assignment.source)).max();
    let counts = |assignment: &&Assignment| match policy.mapping_mode {
        MappingMode::Union => true,
        MappingMode::HighestPriority => priority(&assignment.source).is_none_or(|own| Some(own) == highest),
    };
    let mut effective: Vec<Assignment> = facts.assignments.iter().filter(counts).cloned().collect();
    if let Some(role) = policy.default_role().filter(|_| effective.is_empty() && facts.holder == HolderKind::Person) {
        effective.push(Assignment {
            role: role.to_owned(),
            scope: Scope::Organization,
            until: None,
            source: Source::Default,
        });
    }
    effective
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
    let mut given = vec![(scope.clone(), role.permissions)];
    if !role.everywhere.is_empty() {
        given.push((Scope::Organization, role.everywhere));
    }
    given
}

fn compile_override(policy: &Policy, given: &Override) -> Option<CompiledOverride> {
    match given.effect {
        Effect::Deny if !policy.catalogue.allows_deny() => return None,
        Effect::Allow | Effect::Deny => {}
    }
    Some(CompiledOverride {
        permission: policy.catalogue.permission(&given.permission)?,
        effect: given.effect,
        bucket: given.scope.bucket(),
        scope: given.scope.clone(),
        until: forever_unless(given.until),
    })
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
fn forever_unless(until: Option<Timestamp>) -> Timestamp {
    until.unwrap_or(Timestamp::from_micros(i64::MAX))
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
            here.filter(|grant| now < grant.until && grant.scope == step.scope)
                .any(|grant| grant.permissions.contains(permission))
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

    /// Whether `permission` holds in `path`, by role or override, and no deny stands against it.
    pub(super) fn holds(&self, permission: PermissionNumber, path: &[Step], now: Timestamp) -> bool {
        !self.has_override(Effect::Deny, permission, path, now)
            && (self.has_by_role(permission, path, now) || self.has_override(Effect::Allow, permission, path, now))
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
