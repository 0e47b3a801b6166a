//! Who gains and who loses by a change, before it is made.
//!
//! The caller gives the facts as they are and as they would be; both sides go through the same [`compile`] and the same
//! order as [`super::decide`], so a preview cannot differ from what then happens.
//!
//! Not here: deriving assignments from a proposed rule set (`mapping`, called by `domain`), and which sessions end.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::policy::Step;
use super::{CompiledAccess, PermissionNumber, PermissionSet, Policy, Scope, SubjectFacts, compile};
use crate::model::{Timestamp, UserId};

/// What changes for one person in one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Change {
    pub user: UserId,
    pub user_name: String,
    pub scope: Scope,
    /// Permission keys, in the order of the catalogue after the change.
    pub gained: Vec<String>,
    /// Permission keys, in the order of the catalogue before the change.
    pub lost: Vec<String>,
}

/// What a change would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// By person, then by scope. Who neither gains nor loses is not here.
    pub changes: Vec<Change>,
}

impl Preview {
    /// Who loses something.
    pub fn losers(&self) -> BTreeSet<UserId> {
        self.changes.iter().filter(|change| !change.lost.is_empty()).map(|change| change.user).collect()
    }

    /// Who gains something.
    pub fn gainers(&self) -> BTreeSet<UserId> {
        self.changes.iter().filter(|change| !change.gained.is_empty()).map(|change| change.user).collect()
    }
}

/// One state of things: a policy and the people under it.
pub type State<'a> = (&'a Policy, &'a [SubjectFacts]);

/// Compares two states at `now`. Somebody who is in one of them alone has nothing in the other.
///
/// Shares are left out: they are about single resources, not scopes.
pub fn preview(before: State<'_>, after: State<'_>, now: Timestamp) -> Preview {
    let mut people: BTreeMap<UserId, (Option<&SubjectFacts>, Option<&SubjectFacts>)> = BTreeMap::new();
    for facts in before.1 {
        people.entry(facts.user).or_default().0 = Some(facts);
    }
    for facts in after.1 {
        people.entry(facts.user).or_default().1 = Some(facts);
    }
    let mut changes = Vec::new();
    for (user, (old, new)) in people {
        let user_name = new.or(old).map(|facts| facts.user_name.clone()).unwrap_or_default();
        let (old_access, new_access) =
            (old.map(|facts| compile(before.0, facts)), new.map(|facts| compile(after.0, facts)));
        for scope in scopes(old).chain(scopes(new)).chain([Scope::Organization]).collect::<BTreeSet<_>>() {
            let had = held(before.0, old_access.as_ref(), &scope, now);
            let has = held(after.0, new_access.as_ref(), &scope, now);
            let gained = without(&has, &had);
            let lost = without(&had, &has);
            if !gained.is_empty() || !lost.is_empty() {
                changes.push(Change { user, user_name: user_name.clone(), scope, gained, lost });
            }
        }
    }
    Preview { changes }
}

/// The scopes that somebody's facts name.
fn scopes(facts: Option<&SubjectFacts>) -> impl Iterator<Item = Scope> {
    let named = |facts: &SubjectFacts| {
        let held = facts.assignments.iter().map(|held| held.scope.clone());
        held.chain(facts.overrides.iter().map(|given| given.scope.widest().clone())).collect::<Vec<_>>()
    };
    facts.map(named).unwrap_or_default().into_iter()
}

/// The keys of what somebody may do in `scope`: alone, or once it is approved.
fn held(policy: &Policy, access: Option<&CompiledAccess>, scope: &Scope, now: Timestamp) -> Vec<String> {
    access.map(|access| policy.catalogue.keys(&access.permissions_in(policy, scope, now))).unwrap_or_default()
}

/// `all` without `some`. By key, because the two sides may have different catalogues.
fn without(all: &[String], some: &[String]) -> Vec<String> {
    let some: BTreeSet<&String> = some.iter().collect();
    all.iter().filter(|key| !some.contains(key)).cloned().collect()
}

impl CompiledAccess {
    /// Everything that is granted in `scope` at `now`, without what shares give and what the plan does not have.
    /// What is held back for approval is in it.
    pub fn permissions_in(&self, policy: &Policy, scope: &Scope, now: Timestamp) -> PermissionSet {
        let path: Vec<Step> = policy.scopes.path(scope).map(Step::new).collect();
        let is_there = policy.knows_scope(scope);
        let counts = |number: &PermissionNumber| {
            is_there
                && self.is_active()
                && !policy.catalogue.members_only().contains(*number)
                && policy.is_unlocked(*number)
                && self.holds(*number, &path, now)
        };
        policy.catalogue.numbers().filter(counts).collect()
    }
}
