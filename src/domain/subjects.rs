//! What is remembered about a person, and how it is put together.
//!
//! What somebody may do follows from their own record, the records of their groups and the policy. Each is remembered apart
//! and stamped apart (see `gate`), so whoever is asked about after a change of a group or of the policy is compiled anew
//! from memory; only what has changed is read.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::entitlements::{GroupRecord, Groups, Known, PersonRecord};
use super::gate::Stamp;
use super::usage::Exercised;
use super::{Gateway, GatewayError};
use crate::access::{self, CompiledAccess, Policy, SubjectFacts};
use crate::model::{GroupId, OrganizationId, UserId, fold};
use crate::store::users::{self, PersonRow, UserRow};
use crate::store::{Conn, StoreError};

/// Groups that have changed and are read again along with one that somebody waits for.
const ALONG: usize = 1_000;

/// What is remembered about a person.
#[derive(Debug)]
pub struct Subject {
    own: Arc<Own>,
    /// All groups that the person is in, directly and through others, sorted by id.
    groups: Box<[Arc<GroupRecord>]>,
    pub access: CompiledAccess,
    /// The policy that the access was compiled under.
    pub policy: Arc<Policy>,
    /// Their names, as [`Identity`] has them.
    group_names: Box<str>,
    /// Shared with what was remembered of the person before, if the catalogue is the same.
    pub(super) exercised: Arc<Exercised>,
}

/// What no group and no policy changes.
#[derive(Debug)]
struct Own {
    record: PersonRecord,
    /// The primary e-mail address, or else the first.
    email: Option<Box<str>>,
    session_epoch: i64,
}

/// Who somebody is, as applications behind a proxy are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'s> {
    pub id: UserId,
    pub user_name: &'s str,
    /// The primary e-mail address, or else the first.
    pub email: Option<&'s str>,
    /// The names of all groups, sorted, separated by commas; a comma or percent sign in a name is percent-encoded, so that no
    /// name can pass for two.
    pub groups: &'s str,
}

impl Subject {
    fn new(own: Arc<Own>, before: Option<&Self>, groups: Box<[Arc<GroupRecord>]>, policy: Arc<Policy>) -> Self {
        let facts = own.facts(&groups);
        let access = access::compile(&policy, &facts);
        let is_shown = |_: &&Arc<GroupRecord>| !own.record.is_departing();
        let mut names: Vec<&str> = groups.iter().filter(is_shown).map(|group| group.name.as_str()).collect();
        names.sort_unstable();
        let group_names = names.into_iter().map(listed).collect::<Vec<_>>().join(",").into();
        let same = before.filter(|before| Arc::ptr_eq(&before.policy.catalogue, &policy.catalogue));
        let exercised = same
            .map_or_else(|| Arc::new(Exercised::nothing(&policy.catalogue)), |before| Arc::clone(&before.exercised));
        Self { own, groups, access, policy, group_names, exercised }
    }

    pub fn user(&self) -> UserId {
        self.own.record.user
    }

    pub fn user_name(&self) -> &str {
        &self.own.record.user_name
    }

    /// Whether the person may do anything at all.
    pub fn is_active(&self) -> bool {
        self.own.record.active
    }

    /// Sessions of an older epoch are over.
    pub fn session_epoch(&self) -> i64 {
        self.own.session_epoch
    }

    /// Who this is, as applications behind a proxy are told.
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            id: self.user(),
            user_name: self.user_name(),
            email: self.own.email.as_deref(),
            groups: &self.group_names,
        }
    }

    /// Everything that decides what the person may do.
    pub fn facts(&self) -> SubjectFacts {
        self.own.facts(&self.groups)
    }
}

impl Own {
    fn of(row: &UserRow, record: PersonRecord) -> Self {
        let email = super::provisioning::primary_email(row).map(String::into_boxed_str);
        Self { record, email, session_epoch: row.session_epoch }
    }

    fn facts(&self, groups: &[Arc<GroupRecord>]) -> SubjectFacts {
        let named = |id: GroupId| {
            let at = groups.binary_search_by_key(&id, |group| group.id).ok()?;
            groups.get(at).map(Arc::as_ref)
        };
        self.record.facts(&self.record.reached(named))
    }
}

/// A group's name as it stands in a list with commas.
fn listed(name: &str) -> String {
    name.replace('%', "%25").replace(',', "%2C")
}

impl Gateway {
    /// What is known about a person, from memory or from the database.
    pub(super) async fn subject(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Arc<Subject>>, GatewayError> {
        if let Some(subject) = self.people.recall(organization, user) {
            return Ok(Some(subject));
        }
        if let Some(subject) = self.put_together(organization, user) {
            return Ok(Some(subject));
        }
        let gateway = Arc::clone(self);
        self.store.read(move |conn| gateway.read_subject(conn, organization, user)).await
    }

    /// The person anew, if all that it takes is remembered.
    fn put_together(&self, organization: OrganizationId, user: UserId) -> Option<Arc<Subject>> {
        let stamp = self.people.stamp(organization, user);
        let known = self.people.recall_own(organization, user, stamp)?;
        let policy = self.policies.recall(organization)?;
        let (mut next, mut groups) = (known.own.record.groups(), Groups::new());
        while let Some(id) = next.pop() {
            if let Entry::Vacant(place) = groups.entry(id) {
                let group = place.insert(self.groups.recall(organization, id)?);
                next.extend(group.iter().flat_map(|group| group.above()));
            }
        }
        Some(self.remember(organization, stamp, Arc::clone(&known.own), Some(&known), &groups, policy))
    }

    /// The person, reading what is not remembered.
    fn read_subject(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Arc<Subject>>, GatewayError> {
        let stamp = self.people.stamp(organization, user);
        let known = self.people.recall_own(organization, user, stamp);
        let row = match known {
            Some(_) => None,
            None => match users::by_id(conn, organization, user)? {
                Some(row) => Some(row),
                None => return Ok(None),
            },
        };
        let policy = self.policy_in(conn, organization)?;
        let mut sought = self.groups.stirred(organization, ALONG);
        if let Some(known) = &known {
            sought.extend(known.own.record.groups());
        }
        let people: Vec<PersonRow> = row.iter().map(PersonRow::from).collect();
        let read = self.read_known(conn, organization, &people, sought)?;
        let own = match (&known, row, read.people.into_iter().next()) {
            (Some(known), _, _) => Arc::clone(&known.own),
            (None, Some(row), Some(record)) => Arc::new(Own::of(&row, record)),
            (None, _, _) => return Err(StoreError::Corrupt(format!("no record of {user}")).into()),
        };
        Ok(Some(self.remember(organization, stamp, own, known.as_deref(), &read.groups, policy)))
    }

    /// Reads people and groups, and remembers the groups.
    fn read_known(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
        people: &[PersonRow],
        sought: Vec<GroupId>,
    ) -> Result<Known, GatewayError> {
        // A group's stamp is taken when it is found not to be remembered, before it is read.
        let mut stamps = Vec::new();
        let read = Known::read(conn, organization, people, sought, |id| {
            let stamp = self.groups.stamp(organization, id);
            let remembered = self.groups.recall(organization, id);
            if remembered.is_none() {
                stamps.push((id, stamp));
            }
            remembered
        })?;
        for (id, stamp) in stamps {
            self.groups.remember(organization, id, stamp, read.groups.get(&id).cloned().flatten());
        }
        Ok(read)
    }

    fn remember(
        &self,
        organization: OrganizationId,
        stamp: Stamp,
        own: Arc<Own>,
        before: Option<&Subject>,
        groups: &Groups,
        policy: Arc<Policy>,
    ) -> Arc<Subject> {
        let reached = own.record.reached(|id| groups.get(&id)?.as_deref());
        let of_theirs = reached.iter().filter_map(|found| groups.get(&found.group.id)?.clone());
        let mut held: Vec<Arc<GroupRecord>> = of_theirs.collect();
        held.sort_unstable_by_key(|group| group.id);
        let user = own.record.user;
        let subject = Arc::new(Subject::new(own, before, held.into(), policy));
        self.people.remember(organization, user, stamp, Arc::clone(&subject));
        subject
    }

    /// Finds a subject by SCIM id or userName.
    pub(super) async fn subject_named(
        self: &Arc<Self>,
        organization: OrganizationId,
        name: &str,
    ) -> Result<Option<Arc<Subject>>, GatewayError> {
        if let Ok(user) = name.parse::<UserId>() {
            return self.subject(organization, user).await;
        }
        let key = (organization, fold(name));
        // A remembered name may have moved to somebody else: it counts only as long as that person still bears it.
        if let Some(user) = self.names.get(&key)
            && let Some(subject) = self.subject(organization, user).await?
            && fold(subject.user_name()) == key.1
        {
            return Ok(Some(subject));
        }
        let name = name.to_owned();
        let found = self.store.read(move |conn| users::by_user_name(conn, organization, &name)).await?;
        let Some(row) = found else { return Ok(None) };
        self.names.insert(key, row.id);
        self.subject(organization, row.id).await
    }
}
