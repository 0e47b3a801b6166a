//! The gate's memory: what decisions are answered from, and how a revocation reaches it.
//!
//! Everything remembered bears the [`Stamp`] that was current *before* it was read from the database. Publishing a
//! change moves the stamp. A decision compares the two each time, so what was read before a revocation is never used
//! after it, also when a slow reader puts it into the cache late. The write lane publishes after the commit and before
//! anybody is answered: there is no other way for a change to come about, so there is no other way to revoke.
//!
//! Stamps are counters in arrays, found by hash. Two people who share one only cost each other a reload.
//!
//! What somebody may do follows from what is their own, from their groups and from the policy, and each of these is stamped
//! apart: a rule that touches everybody changes groups alone. Whatever of a person is still true is then put together
//! with what is new ([`PeopleMemory::recall_own`]), so such a change costs the database a few groups and not everybody.
//!
//! INVARIANT: a reader takes the stamp before its first query, and a decision reads the counters after it arrived.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use quick_cache::sync::Cache;

use crate::model::{Digest, GroupId, OrganizationId, UserId};
use crate::store::{Change, Publisher};

/// Counters for people, for groups and for secrets; a power of two.
const SLOTS: usize = 1 << 14;
/// Counters for organizations.
const ORGANIZATIONS: usize = 1 << 8;

/// Groups that are kept in mind as changed, at most.
const STIRRED: usize = 10_000;

/// A cache entry and when it was true.
#[derive(Debug)]
struct Remembered<T> {
    value: T,
    stamp: Stamp,
}

/// The state of the counters when something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    everything: u64,
    /// Anything of the organization.
    organization: u64,
    policy: u64,
    /// Any group of the organization.
    groups: u64,
    own: u64,
}

/// The counters that a published change moves.
#[derive(Debug)]
pub struct Counters {
    everything: AtomicU64,
    organizations: Box<[AtomicU64]>,
    policies: Box<[AtomicU64]>,
    /// By organization: any group of it.
    any_group: Box<[AtomicU64]>,
    groups: Box<[AtomicU64]>,
    people: Box<[AtomicU64]>,
    secrets: Box<[AtomicU64]>,
    /// Groups that have changed, for whoever has to read one of them anyway.
    stirred: Mutex<Vec<(OrganizationId, GroupId)>>,
}

fn counters(count: usize) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

/// The counter of these bytes. Ids and digests end in random bytes, so the last eight spread well.
fn counter<'c>(counters: &'c [AtomicU64], bytes: &[u8]) -> Option<&'c AtomicU64> {
    let tail = bytes.last_chunk::<8>().map(|tail| u64::from_be_bytes(*tail))?;
    let slot = usize::try_from(tail).unwrap_or_default() & counters.len().wrapping_sub(1);
    counters.get(slot)
}

fn read(counter: Option<&AtomicU64>) -> u64 {
    counter.map_or(0, |counter| counter.load(Ordering::Acquire))
}

fn bump(counter: Option<&AtomicU64>) {
    if let Some(counter) = counter {
        counter.fetch_add(1, Ordering::AcqRel);
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            everything: AtomicU64::new(0),
            organizations: counters(ORGANIZATIONS),
            policies: counters(ORGANIZATIONS),
            any_group: counters(ORGANIZATIONS),
            groups: counters(SLOTS),
            people: counters(SLOTS),
            secrets: counters(SLOTS),
            stirred: Mutex::default(),
        }
    }
}

impl Counters {
    fn of_user(&self, organization: OrganizationId, user: UserId) -> Stamp {
        Stamp {
            everything: self.everything.load(Ordering::Acquire),
            organization: read(counter(&self.organizations, organization.as_bytes())),
            policy: read(counter(&self.policies, organization.as_bytes())),
            groups: read(counter(&self.any_group, organization.as_bytes())),
            own: read(counter(&self.people, user.as_bytes())),
        }
    }

    fn of_group(&self, organization: OrganizationId, group: GroupId) -> Stamp {
        Stamp {
            everything: self.everything.load(Ordering::Acquire),
            organization: read(counter(&self.organizations, organization.as_bytes())),
            policy: 0,
            groups: 0,
            own: read(counter(&self.groups, group.as_bytes())),
        }
    }

    fn of_organization(&self, organization: OrganizationId) -> Stamp {
        Stamp {
            everything: self.everything.load(Ordering::Acquire),
            organization: read(counter(&self.organizations, organization.as_bytes())),
            policy: read(counter(&self.policies, organization.as_bytes())),
            groups: 0,
            own: 0,
        }
    }

    /// Secrets are stamped without their organization: who asks does not know it yet. What depends on the
    /// organization is asked of it afterwards.
    fn of_secret(&self, digest: Digest) -> Stamp {
        Stamp {
            everything: self.everything.load(Ordering::Acquire),
            organization: 0,
            policy: 0,
            groups: 0,
            own: read(counter(&self.secrets, digest.as_bytes())),
        }
    }

    fn stir(&self, organization: OrganizationId, group: GroupId) {
        bump(counter(&self.groups, group.as_bytes()));
        // After the group's own: who sees this one moved must not find the group remembered as it was.
        bump(counter(&self.any_group, organization.as_bytes()));
        let mut stirred = self.stirred.lock();
        if stirred.len() < STIRRED {
            stirred.push((organization, group));
        }
    }

    /// Takes some of the groups that have changed since they were last taken, `limit` at most. No more than a hint: each
    /// group's own stamp says whether what is remembered of it is true.
    pub fn stirred(&self, organization: OrganizationId, limit: usize) -> Vec<GroupId> {
        let mut stirred = self.stirred.lock();
        let mut taken = Vec::new();
        stirred.retain(|(of, group)| {
            let is_taken = *of == organization && taken.len() < limit;
            if is_taken {
                taken.push(*group);
            }
            !is_taken
        });
        taken
    }
}

impl Publisher for Counters {
    fn publish(&self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::User(_, user) => bump(counter(&self.people, user.as_bytes())),
                Change::Group(organization, group) => self.stir(*organization, *group),
                Change::Secret(digest) => bump(counter(&self.secrets, digest.as_bytes())),
                Change::Policy(organization) => bump(counter(&self.policies, organization.as_bytes())),
                Change::Organization(organization) => bump(counter(&self.organizations, organization.as_bytes())),
                Change::Everything => bump(Some(&self.everything)),
            }
        }
    }
}

/// How many of each the gate remembers at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    pub people: usize,
    pub secrets: usize,
    pub organizations: usize,
    pub groups: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { people: 100_000, secrets: 100_000, organizations: 1_000, groups: 100_000 }
    }
}

/// Something remembered for each person.
pub struct PeopleMemory<T> {
    counters: Arc<Counters>,
    cache: Cache<(OrganizationId, UserId), Arc<Remembered<T>>>,
}

/// Something remembered for each group.
pub struct GroupMemory<T> {
    counters: Arc<Counters>,
    cache: Cache<(OrganizationId, GroupId), Arc<Remembered<T>>>,
}

/// Something remembered for each secret.
pub struct SecretMemory<T> {
    counters: Arc<Counters>,
    cache: Cache<Digest, Arc<Remembered<T>>>,
}

/// Something remembered for each organization.
pub struct OrganizationMemory<T> {
    counters: Arc<Counters>,
    cache: Cache<OrganizationId, Arc<Remembered<T>>>,
}

macro_rules! memory {
    ($name:ident, ($($key:ident: $type:ty),+), $cache_key:expr, $stamp:ident) => {
        impl<T: Clone> $name<T> {
            /// An empty memory of at most `capacity` entries.
            pub fn new(counters: Arc<Counters>, capacity: usize) -> Self {
                Self { counters, cache: Cache::new(capacity) }
            }

            /// What is remembered, if it is still true.
            pub fn recall(&self, $($key: $type),+) -> Option<T> {
                let remembered = self.cache.get(&$cache_key)?;
                (remembered.stamp == self.counters.$stamp($($key),+)).then(|| remembered.value.clone())
            }

            /// To be taken before the first query.
            pub fn stamp(&self, $($key: $type),+) -> Stamp {
                self.counters.$stamp($($key),+)
            }

            /// Remembers what was read after `stamp` was taken.
            pub fn remember(&self, $($key: $type),+, stamp: Stamp, value: T) {
                self.cache.insert($cache_key, Arc::new(Remembered { value, stamp }));
            }
        }

        impl<T> std::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

memory!(PeopleMemory, (organization: OrganizationId, user: UserId), (organization, user), of_user);
memory!(GroupMemory, (organization: OrganizationId, group: GroupId), (organization, group), of_group);
memory!(SecretMemory, (digest: Digest), digest, of_secret);
memory!(OrganizationMemory, (organization: OrganizationId), organization, of_organization);

impl<T: Clone> PeopleMemory<T> {
    /// What is remembered of a person, if nothing of their own has changed before `stamp` was taken: their groups and the
    /// policy may be others by now.
    pub fn recall_own(&self, organization: OrganizationId, user: UserId, stamp: Stamp) -> Option<T> {
        let remembered = self.cache.get(&(organization, user))?;
        let then = remembered.stamp;
        let is_own =
            (then.everything, then.organization, then.own) == (stamp.everything, stamp.organization, stamp.own);
        is_own.then(|| remembered.value.clone())
    }
}

impl<T> GroupMemory<T> {
    /// Those of the groups that have changed and of which something is remembered that is no longer true, `limit` at most.
    pub fn stirred(&self, organization: OrganizationId, limit: usize) -> Vec<GroupId> {
        let mut stirred = self.counters.stirred(organization, limit);
        stirred.retain(|group| self.cache.contains_key(&(organization, *group)));
        stirred
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(n: u8) -> OrganizationId {
        format!("018bcfe5-6800-7000-8000-0000000000{n:02x}").parse().unwrap()
    }

    fn user(n: u8) -> UserId {
        format!("018bcfe5-6800-7000-8000-0000000000{n:02x}").parse().unwrap()
    }

    fn memory() -> (Arc<Counters>, PeopleMemory<&'static str>) {
        let counters = Arc::new(Counters::default());
        (counters.clone(), PeopleMemory::new(counters, 10))
    }

    #[test]
    fn what_was_remembered_is_recalled_until_it_changes() {
        let (counters, memory) = memory();
        let stamp = memory.stamp(organization(1), user(1));
        memory.remember(organization(1), user(1), stamp, "may");
        assert_eq!(memory.recall(organization(1), user(1)), Some("may"));
        counters.publish(&[Change::User(organization(1), user(1))]);
        assert_eq!(memory.recall(organization(1), user(1)), None);
    }

    #[test]
    fn what_was_read_before_a_change_and_remembered_after_it_is_not_recalled() {
        let (counters, memory) = memory();
        let stamp = memory.stamp(organization(1), user(1));
        counters.publish(&[Change::User(organization(1), user(1))]);
        memory.remember(organization(1), user(1), stamp, "may");
        assert_eq!(memory.recall(organization(1), user(1)), None);
    }

    #[test]
    fn a_change_of_the_organization_or_of_everything_reaches_each_person() {
        for change in [Change::Policy(organization(1)), Change::Organization(organization(1)), Change::Everything] {
            let (counters, memory) = memory();
            memory.remember(organization(1), user(1), memory.stamp(organization(1), user(1)), "may");
            counters.publish(&[change]);
            assert_eq!(memory.recall(organization(1), user(1)), None);
        }
    }

    fn group(n: u8) -> GroupId {
        format!("018bcfe5-6800-7000-8000-0000000000{n:02x}").parse().unwrap()
    }

    #[test]
    fn a_change_of_a_group_or_of_the_policy_leaves_what_is_a_persons_own() {
        for change in [Change::Group(organization(1), group(1)), Change::Policy(organization(1))] {
            let (counters, memory) = memory();
            memory.remember(organization(1), user(1), memory.stamp(organization(1), user(1)), "may");
            counters.publish(&[change]);
            let stamp = memory.stamp(organization(1), user(1));
            assert_eq!(memory.recall(organization(1), user(1)), None);
            assert_eq!(memory.recall_own(organization(1), user(1), stamp), Some("may"));
        }
    }

    #[test]
    fn a_change_of_the_person_or_of_all_of_the_organization_leaves_nothing_of_their_own() {
        let own = Change::User(organization(1), user(1));
        for change in [own, Change::Organization(organization(1)), Change::Everything] {
            let (counters, memory) = memory();
            memory.remember(organization(1), user(1), memory.stamp(organization(1), user(1)), "may");
            counters.publish(&[change]);
            let stamp = memory.stamp(organization(1), user(1));
            assert_eq!(memory.recall_own(organization(1), user(1), stamp), None);
        }
    }

    #[test]
    fn a_group_is_remembered_until_it_changes_and_read_again_with_what_else_has_changed() {
        let counters = Arc::new(Counters::default());
        let memory = GroupMemory::new(counters.clone(), 10);
        for n in [1, 2] {
            memory.remember(organization(1), group(n), memory.stamp(organization(1), group(n)), "gives");
        }
        counters.publish(&[1, 3].map(|n| Change::Group(organization(1), group(n))));
        assert_eq!(memory.recall(organization(1), group(1)), None);
        assert_eq!(memory.recall(organization(1), group(2)), Some("gives"));
        assert_eq!(memory.stirred(organization(2), 10), []);
        assert_eq!(memory.stirred(organization(1), 10), [group(1)], "nothing is remembered of the third");
        assert_eq!(memory.stirred(organization(1), 10), []);
    }

    #[test]
    fn a_change_of_one_person_leaves_the_others() {
        let (counters, memory) = memory();
        memory.remember(organization(1), user(1), memory.stamp(organization(1), user(1)), "may");
        counters.publish(&[Change::User(organization(1), user(2)), Change::Organization(organization(2))]);
        assert_eq!(memory.recall(organization(1), user(1)), Some("may"));
    }
}
