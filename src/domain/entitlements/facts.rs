//! Reading what is known about people, in a handful of queries whatever the number of people and groups.

use std::collections::HashMap;
use std::sync::Arc;

use super::policy::{reach_of, scope_of};
use super::record::{GroupRecord, Groups, Held, HeldBy, Membership, PersonRecord, Shared};
use super::ways::MAX_NESTING;
use crate::access::{Effect, Override, ResourceRef, Share, SubjectFacts};
use crate::domain::GatewayError;
use crate::model::{GroupId, OrganizationId, Timestamp};
use crate::store::assignments::AssignmentRow;
use crate::store::memberships::MembershipRow;
use crate::store::overrides::OverrideRow;
use crate::store::shares::ShareRow;
use crate::store::users::{PersonRow, UserRow};
use crate::store::{Conn, StoreError, assignments, groups, memberships, overrides, shares};

/// Everything that decides what a person may do.
pub fn facts_of(conn: &mut Conn, user: &UserRow) -> Result<SubjectFacts, GatewayError> {
    facts_and_groups_of(conn, user).map(|(facts, _)| facts)
}

/// The same, and the names of the groups that the person is in, sorted; none of somebody who is about to go.
pub fn facts_and_groups_of(conn: &mut Conn, user: &UserRow) -> Result<(SubjectFacts, Vec<String>), GatewayError> {
    let known = Known::read(conn, user.organization_id, &[PersonRow::from(user)], Vec::new(), |_| None)?;
    let unread = || StoreError::Corrupt(format!("no record of {}", user.id));
    let record = known.people.first().ok_or_else(unread)?;
    let reached = record.reached(|id| known.groups.get(&id)?.as_deref());
    let shown = reached.iter().filter(|_| !record.is_departing());
    let mut names: Vec<String> = shown.map(|found| found.group.name.clone()).collect();
    names.sort_unstable();
    Ok((record.facts(&reached), names))
}

/// What is known about one of many.
#[derive(Debug, Clone)]
pub struct Standing {
    pub facts: SubjectFacts,
    /// All groups that the person is in, directly and through others.
    pub groups: Vec<GroupId>,
}

/// What [`facts_of`] says, of many people in the same handful of queries; in their order.
pub fn facts_of_many(
    conn: &mut Conn,
    organization: OrganizationId,
    people: &[PersonRow],
) -> Result<Vec<Standing>, GatewayError> {
    let known = Known::read(conn, organization, people, Vec::new(), |_| None)?;
    let standing = |record: &PersonRecord| {
        let reached = record.reached(|id| known.groups.get(&id)?.as_deref());
        Standing { facts: record.facts(&reached), groups: reached.iter().map(|found| found.group.id).collect() }
    };
    Ok(known.people.iter().map(standing).collect())
}

/// What the database holds about some people and the groups they are in.
#[derive(Debug)]
pub struct Known {
    /// In the order in which they were asked for.
    pub people: Vec<PersonRecord>,
    /// Every group that one of them is in, directly or not, and those that were asked for, with all that they are in.
    pub groups: Groups,
}

impl Known {
    /// Reads these people, and the groups `sought`; what is `remembered` of groups is not read again.
    pub fn read(
        conn: &mut Conn,
        organization: OrganizationId,
        people: &[PersonRow],
        sought: Vec<GroupId>,
        mut remembered: impl FnMut(GroupId) -> Option<Option<Arc<GroupRecord>>>,
    ) -> Result<Self, GatewayError> {
        let ids: Vec<String> = people.iter().map(|person| person.id.to_string()).collect();
        let mut memberships = by_holder(memberships::of_members(conn, organization, &ids)?, |row| &row.member_id);
        let own = memberships.values().flatten().filter_map(|row| row.group_id.parse().ok());
        let (mut groups, mut fresh) = (Groups::new(), Vec::new());
        let mut next: Vec<GroupId> = own.chain(sought).collect();
        for _ in 0..MAX_NESTING {
            next.sort_unstable();
            next.dedup();
            next.retain(|id| !groups.contains_key(id));
            if next.is_empty() {
                break;
            }
            let mut above = Vec::new();
            let mut unknown: Vec<String> = Vec::new();
            for id in next {
                let record = remembered(id);
                above.extend(record.iter().flatten().flat_map(|record| record.above.iter().copied()));
                if record.is_none() {
                    unknown.push(id.to_string());
                    fresh.push(id);
                }
                groups.insert(id, record.flatten());
            }
            for row in memberships::of_members(conn, organization, &unknown)? {
                above.extend(row.group_id.parse::<GroupId>().ok());
                memberships.entry(row.member_id.clone()).or_default().push(row);
            }
            next = above;
        }
        let rows = Rows::read(conn, organization, &ids, &fresh, memberships)?;
        groups.extend(rows.groups()?);
        let people = people.iter().map(|row| rows.person(row)).collect::<Result<_, _>>()?;
        Ok(Self { people, groups })
    }
}

/// What decides what people may do, as it stands in the database or once stood there.
#[derive(Debug, Default)]
pub struct Rows {
    /// The groups by id.
    pub names: HashMap<String, String>,
    /// By member, people and groups alike.
    pub memberships: HashMap<String, Vec<MembershipRow>>,
    /// By holder, people and groups alike.
    pub assignments: HashMap<String, Vec<AssignmentRow>>,
    pub overrides: HashMap<String, Vec<OverrideRow>>,
    pub shares: HashMap<String, Vec<ShareRow>>,
}

fn by_holder<R>(rows: Vec<R>, holder: impl Fn(&R) -> &String) -> HashMap<String, Vec<R>> {
    let mut found: HashMap<String, Vec<R>> = HashMap::new();
    for row in rows {
        match found.get_mut(holder(&row)) {
            Some(rows) => rows.push(row),
            None => {
                found.insert(holder(&row).clone(), vec![row]);
            }
        }
    }
    found
}

impl Rows {
    fn read(
        conn: &mut Conn,
        organization: OrganizationId,
        people: &[String],
        groups: &[GroupId],
        memberships: HashMap<String, Vec<MembershipRow>>,
    ) -> Result<Self, GatewayError> {
        let groups: Vec<String> = groups.iter().map(GroupId::to_string).collect();
        let names = groups::names(conn, organization, &groups)?.into_iter().collect();
        let holders: Vec<String> = groups.into_iter().chain(people.iter().cloned()).collect();
        Ok(Self {
            names,
            memberships,
            assignments: by_holder(assignments::of_holders(conn, organization, &holders)?, |row| &row.holder_id),
            overrides: by_holder(overrides::of_users(conn, organization, people)?, |row| &row.user_id),
            shares: by_holder(shares::of_holders(conn, organization, &holders)?, |row| &row.holder_id),
        })
    }

    /// What these say of a person, apart from their groups.
    pub fn person(&self, row: &PersonRow) -> Result<PersonRecord, GatewayError> {
        let id = row.id.to_string();
        let mut memberships: Vec<Membership> = of(&self.memberships, &id).map(membership).collect::<Result<_, _>>()?;
        memberships.sort_unstable_by_key(|membership| membership.group);
        if let Some(row) = of(&self.assignments, &id).find(|row| row.rule_id.is_some()) {
            return Err(corrupt(row, "its holder is no group").into());
        }
        let mut record = PersonRecord::new(row);
        record.memberships = memberships.into();
        record.assignments = of(&self.assignments, &id).map(held).collect::<Result<_, _>>()?;
        record.overrides = of(&self.overrides, &id).map(override_).collect::<Result<_, _>>()?;
        record.shares = of(&self.shares, &id).map(shared).collect::<Result<_, _>>()?;
        Ok(record)
    }

    /// What these say of all groups that have a name.
    pub fn groups(&self) -> Result<Groups, GatewayError> {
        let record = |(id, name): (&String, &String)| {
            let group = self.group(id, name)?;
            Ok((group.id, Some(Arc::new(group))))
        };
        self.names.iter().map(record).collect()
    }

    fn group(&self, id: &str, name: &str) -> Result<GroupRecord, GatewayError> {
        let above = of(&self.memberships, id).map(|row| group_id(&row.group_id));
        let mut above: Vec<GroupId> = above.collect::<Result<_, _>>()?;
        above.sort_unstable();
        Ok(GroupRecord {
            id: group_id(id)?,
            name: name.to_owned(),
            above: above.into(),
            assignments: of(&self.assignments, id).map(held).collect::<Result<_, _>>()?,
            shares: of(&self.shares, id).map(shared).collect::<Result<_, _>>()?,
        })
    }
}

/// The rows of one holder.
fn of<'r, R>(rows: &'r HashMap<String, Vec<R>>, holder: &str) -> impl Iterator<Item = &'r R> {
    rows.get(holder).into_iter().flatten()
}

fn group_id(text: &str) -> Result<GroupId, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("group {text}: no id")))
}

fn membership(row: &MembershipRow) -> Result<Membership, StoreError> {
    Ok(Membership {
        group: group_id(&row.group_id)?,
        since: Timestamp::from_micros(row.created_at),
        request: row.request_id.as_deref().and_then(|id| id.parse().ok()),
    })
}

fn corrupt(row: &AssignmentRow, what: &str) -> StoreError {
    StoreError::Corrupt(format!("assignment {}: {what}", row.id))
}

fn held(row: &AssignmentRow) -> Result<Held, GatewayError> {
    let rule = row.rule_id.as_ref().map(|rule| rule.parse().map_err(|_| corrupt(row, "no rule"))).transpose()?;
    Ok(Held {
        id: row.id.parse().map_err(|_| corrupt(row, "no id"))?,
        scope: scope_of(&row.scope)?,
        until: row.until.map(Timestamp::from_micros),
        by: match rule {
            None => HeldBy::Hand(row.created_by.clone()),
            Some(rule) => HeldBy::Rule { rule, version: row.rule_version.unwrap_or_default(), priority: row.priority },
        },
        role: row.role.clone(),
    })
}

fn override_(row: &OverrideRow) -> Result<Override, GatewayError> {
    Ok(Override {
        permission: row.permission.clone(),
        // What cannot be read denies.
        effect: if row.effect == "allow" { Effect::Allow } else { Effect::Deny },
        scope: reach_of(&row.scope)?,
        until: row.until.map(Timestamp::from_micros),
        reason: row.reason.clone(),
        author: row.created_by.clone(),
    })
}

fn shared(row: &ShareRow) -> Result<Shared, GatewayError> {
    Ok(Shared {
        id: row.id.parse().map_err(|_| StoreError::Corrupt(format!("share {}: no id", row.id)))?,
        share: Share {
            resource: ResourceRef { kind: row.resource_kind.clone(), id: row.resource_id.clone() },
            level: row.level.clone(),
            until: row.until.map(Timestamp::from_micros),
        },
    })
}
