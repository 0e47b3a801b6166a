//! What is known about people and groups, cut where changes cut it.
//!
//! A [`PersonRecord`] changes with something of that person's own, a [`GroupRecord`] with something that the group holds or
//! is in. So a rule that touches everybody changes some groups' records, and what everybody may do is put together anew
//! from records that are remembered, without the database.
//!
//! Not here: reading them (`facts`), and for how long they are remembered (`gate`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ways::MAX_NESTING;
use crate::access::{Assignment, Effect, HolderKind, Override, Scope, Share, Source, SubjectFacts};
use crate::model::{AssignmentId, GroupId, RequestId, RuleId, ShareId, Timestamp, UserId};
use crate::store::users::PersonRow;

/// One person, apart from what their groups hold.
#[derive(Debug)]
pub struct PersonRecord {
    pub user: UserId,
    pub user_name: String,
    pub holder: HolderKind,
    pub active: bool,
    /// The only roles that count for somebody who is about to go; none for everybody else.
    kept_roles: Option<Box<[String]>>,
    /// Sorted by group.
    pub(super) memberships: Box<[Membership]>,
    pub(super) assignments: Box<[Held]>,
    pub(super) overrides: Box<[Override]>,
    pub(super) shares: Box<[Shared]>,
}

/// One group: what it gives to whoever is in it, and which groups it is in.
#[derive(Debug)]
pub struct GroupRecord {
    pub id: GroupId,
    pub name: String,
    /// Sorted.
    pub(super) above: Box<[GroupId]>,
    pub(super) assignments: Box<[Held]>,
    pub(super) shares: Box<[Shared]>,
}

/// Groups by id; none where there is no such group any more, and what says that somebody is in it gives nothing.
pub type Groups = HashMap<GroupId, Option<Arc<GroupRecord>>>;

/// That a person is in a group.
#[derive(Debug, Clone)]
pub struct Membership {
    pub group: GroupId,
    pub since: Timestamp,
    pub request: Option<RequestId>,
}

/// A role that a person or a group holds.
#[derive(Debug, Clone)]
pub struct Held {
    pub id: AssignmentId,
    pub role: String,
    pub scope: Scope,
    pub until: Option<Timestamp>,
    pub by: HeldBy,
}

/// Why it is held.
#[derive(Debug, Clone)]
pub enum HeldBy {
    /// Somebody gave it, as the audit names them.
    Hand(String),
    Rule {
        rule: RuleId,
        version: i64,
        priority: i32,
    },
}

/// A share with a person or a group.
#[derive(Debug, Clone)]
pub struct Shared {
    pub id: ShareId,
    pub share: Share,
}

/// A group that a person is in.
#[derive(Debug)]
pub struct Reached<'r> {
    pub group: &'r GroupRecord,
    /// The groups on the way to it, the person's own first.
    via: Vec<&'r GroupRecord>,
    membership: &'r Membership,
}

impl PersonRecord {
    pub(super) fn new(row: &PersonRow) -> Self {
        Self {
            user: row.id,
            user_name: row.user_name.clone(),
            holder: if row.service_account { HolderKind::ServiceAccount } else { HolderKind::Person },
            active: row.may_act(),
            kept_roles: row.kept_roles().map(|roles| roles.into_iter().map(str::to_owned).collect()),
            memberships: Box::default(),
            assignments: Box::default(),
            overrides: Box::default(),
            shares: Box::default(),
        }
    }

    /// The groups that the person is in directly.
    pub fn groups(&self) -> Vec<GroupId> {
        self.memberships.iter().map(|membership| membership.group).collect()
    }

    /// The groups that the person is in, directly or not, each by the shortest way.
    pub fn reached<'r>(&'r self, groups: impl Fn(GroupId) -> Option<&'r GroupRecord>) -> Vec<Reached<'r>> {
        let own = self.memberships.iter();
        let mut next: Vec<Reached<'r>> = own
            .filter_map(|membership| Some(Reached { group: groups(membership.group)?, via: Vec::new(), membership }))
            .collect();
        let (mut reached, mut seen) = (Vec::with_capacity(next.len()), HashSet::with_capacity(next.len()));
        for _ in 0..MAX_NESTING {
            next.retain(|found| seen.insert(found.group.id));
            if next.is_empty() {
                break;
            }
            let above = next.iter().flat_map(|below| {
                let via = || below.via.iter().copied().chain([below.group]).collect();
                let groups = below.group.above.iter().filter_map(|id| groups(*id));
                groups.map(move |group| Reached { group, via: via(), membership: below.membership })
            });
            let above = above.collect();
            reached.extend(next);
            next = above;
        }
        reached
    }

    /// Everything that decides what the person may do. Of somebody whose departure is held only the roles count for whose
    /// sake they stay.
    pub fn facts(&self, reached: &[Reached<'_>]) -> SubjectFacts {
        let mut held: Vec<(AssignmentId, Assignment)> =
            self.assignments.iter().map(|own| own.assignment(None)).collect();
        let mut shared: Vec<&Shared> = self.shares.iter().collect();
        for found in reached {
            held.extend(found.group.assignments.iter().map(|held| held.assignment(Some(found))));
            shared.extend(&found.group.shares);
        }
        held.sort_unstable_by_key(|(id, _)| *id);
        shared.sort_unstable_by_key(|shared| shared.id);
        let mut facts = SubjectFacts {
            user: self.user,
            user_name: self.user_name.clone(),
            holder: self.holder,
            active: self.active,
            assignments: held.into_iter().map(|(_, held)| held).collect(),
            overrides: self.overrides.to_vec(),
            shares: shared.into_iter().map(|shared| shared.share.clone()).collect(),
        };
        if self.kept_roles.is_some() {
            facts.assignments.retain(|held| self.counts(&held.role));
            facts.overrides.retain(|given| given.effect == Effect::Deny);
            facts.shares.clear();
        }
        facts
    }

    /// Whether a role that the person holds counts.
    fn counts(&self, role: &str) -> bool {
        self.kept_roles.as_ref().is_none_or(|kept| kept.iter().any(|key| key == role))
    }

    /// Whether the person is about to go.
    pub fn is_departing(&self) -> bool {
        self.kept_roles.is_some()
    }
}

impl GroupRecord {
    /// The groups that this one is in directly, sorted.
    pub fn above(&self) -> &[GroupId] {
        &self.above
    }
}

impl Held {
    fn assignment(&self, by_way_of: Option<&Reached<'_>>) -> (AssignmentId, Assignment) {
        let source = match (&self.by, by_way_of) {
            (HeldBy::Rule { rule, version, priority }, Some(found)) => Source::Derived {
                rule: *rule,
                rule_version: *version,
                priority: *priority,
                group: found.group.id,
                group_name: found.group.name.clone(),
                via: found.via.iter().map(|group| group.name.clone()).collect(),
                since: found.membership.since,
                cause: found.membership.request,
            },
            (HeldBy::Hand(by), _) => Source::Direct { id: self.id, by: by.clone() },
            // A rule gives to groups alone; `facts` refuses to read anything else.
            (HeldBy::Rule { rule, .. }, None) => Source::Direct { id: self.id, by: format!("rule:{rule}") },
        };
        let held = Assignment { role: self.role.clone(), scope: self.scope.clone(), until: self.until, source };
        (self.id, held)
    }
}
