//! What is known about people, read in a handful of queries whatever the number of people and groups.

use std::collections::{HashMap, HashSet};

use super::policy::{reach_of, scope_of};
use crate::access::{Assignment, Effect, HolderKind, Override, ResourceRef, Share, Source, SubjectFacts};
use crate::domain::GatewayError;
use crate::model::{GroupId, OrganizationId, RequestId, Timestamp};
use crate::store::assignments::AssignmentRow;
use crate::store::memberships::MembershipRow;
use crate::store::overrides::OverrideRow;
use crate::store::shares::ShareRow;
use crate::store::users::{PersonRow, UserRow};
use crate::store::{Conn, StoreError, assignments, groups, memberships, overrides, shares};

/// How deep groups may nest. Deeper ones give nothing, so that a chain of groups cannot make decisions slow.
const MAX_NESTING: usize = 16;

/// One way from a person to a group: directly, or through other groups.
#[derive(Debug, Clone)]
pub struct Path {
    /// The groups between the person and this one, the person's own first.
    pub via: Vec<String>,
    /// The person's own membership, where the way begins.
    pub since: Timestamp,
    pub request: Option<String>,
}

/// The groups each of `users` is in, directly and through nesting. Cycle-safe: each group is reached once, by the
/// shortest way.
pub fn groups_of(
    conn: &mut Conn,
    organization: OrganizationId,
    users: &[String],
) -> Result<HashMap<String, Vec<(String, Path)>>, StoreError> {
    reach(users, |members| memberships::of_members(conn, organization, members))
}

/// The same, where `of_members` answers the memberships of some people or groups.
pub fn reach<E>(
    users: &[String],
    mut of_members: impl FnMut(&[String]) -> Result<Vec<MembershipRow>, E>,
) -> Result<HashMap<String, Vec<(String, Path)>>, E> {
    let mut reached: HashMap<String, Vec<(String, Path)>> = HashMap::new();
    let mut frontier: Vec<(String, MembershipRow, Path)> = of_members(users)?
        .into_iter()
        .map(|row| {
            let path = Path {
                via: Vec::new(),
                since: Timestamp::from_micros(row.created_at),
                request: row.request_id.clone(),
            };
            (row.member_id.clone(), row, path)
        })
        .collect();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for _ in 0..MAX_NESTING {
        let mut fresh: Vec<(String, String, Path)> = Vec::new();
        for (user, row, path) in frontier {
            if seen.insert((user.clone(), row.group_id.clone())) {
                reached.entry(user.clone()).or_default().push((row.group_id.clone(), path.clone()));
                fresh.push((user, row.group_id, path));
            }
        }
        let mut ids: Vec<String> = fresh.iter().map(|(_, group, _)| group.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            break;
        }
        let mut above: HashMap<String, Vec<MembershipRow>> = HashMap::new();
        for row in of_members(&ids)? {
            above.entry(row.member_id.clone()).or_default().push(row);
        }
        if above.is_empty() {
            break;
        }
        frontier = fresh
            .into_iter()
            .flat_map(|(user, group, path)| {
                let rows = above.get(&group).cloned().unwrap_or_default();
                rows.into_iter().map(move |row| {
                    let mut path = path.clone();
                    path.via.push(group.clone());
                    (user.clone(), row, path)
                })
            })
            .collect();
    }
    Ok(reached)
}

/// Everything that decides what a person may do. Of somebody whose departure is held only the role counts for whose sake
/// they stay.
pub fn facts_of(conn: &mut Conn, user: &UserRow) -> Result<SubjectFacts, GatewayError> {
    facts_and_groups_of(conn, user).map(|(facts, _)| facts)
}

/// The same, and the names of the groups that the person is in, sorted.
pub fn facts_and_groups_of(conn: &mut Conn, user: &UserRow) -> Result<(SubjectFacts, Vec<String>), GatewayError> {
    let (known, mut reached) = known_about(conn, user.organization_id, &[user.id.to_string()])?;
    let paths = reached.remove(&user.id.to_string()).unwrap_or_default();
    let facts = known.facts(&PersonRow::from(user), &paths)?;
    let is_departing = user.departure.is_some();
    let mut names: Vec<String> = known.names.into_values().filter(|_| !is_departing).collect();
    names.sort_unstable();
    Ok((facts, names))
}

/// What is known about one of many.
#[derive(Debug, Clone)]
pub struct Standing {
    pub facts: SubjectFacts,
    /// The ids of all groups that the person is in, directly and through others.
    pub groups: Vec<String>,
}

/// What [`facts_of`] says, of many people in the same handful of queries; in their order.
pub fn facts_of_many(
    conn: &mut Conn,
    organization: OrganizationId,
    people: &[PersonRow],
) -> Result<Vec<Standing>, GatewayError> {
    let ids: Vec<String> = people.iter().map(|person| person.id.to_string()).collect();
    let (known, mut reached) = known_about(conn, organization, &ids)?;
    people
        .iter()
        .zip(&ids)
        .map(|(person, id)| {
            let paths = reached.remove(id).unwrap_or_default();
            let facts = known.facts(person, &paths)?;
            Ok(Standing { facts, groups: paths.into_keys().collect() })
        })
        .collect()
}

/// What the database holds, or held, about some people and the groups they are in, by holder.
#[derive(Debug, Default)]
pub struct Known {
    /// The groups by id.
    pub names: HashMap<String, String>,
    pub assignments: HashMap<String, Vec<AssignmentRow>>,
    pub overrides: HashMap<String, Vec<OverrideRow>>,
    pub shares: HashMap<String, Vec<ShareRow>>,
}

/// The ways of each person to their groups.
type Reached = HashMap<String, HashMap<String, Path>>;

fn known_about(
    conn: &mut Conn,
    organization: OrganizationId,
    people: &[String],
) -> Result<(Known, Reached), GatewayError> {
    let mut reached: Reached = groups_of(conn, organization, people)?
        .into_iter()
        .map(|(person, groups)| (person, groups.into_iter().collect()))
        .collect();
    let mut group_ids: Vec<String> = reached.values().flat_map(|paths| paths.keys().cloned()).collect();
    group_ids.sort_unstable();
    group_ids.dedup();
    let names: HashMap<String, String> = groups::names(conn, organization, &group_ids)?.into_iter().collect();
    // A membership of a group that is gone gives nothing.
    for paths in reached.values_mut() {
        paths.retain(|group, _| names.contains_key(group));
    }
    let holders: Vec<String> = names.keys().chain(people).cloned().collect();
    let known = Known {
        assignments: by_holder(assignments::of_holders(conn, organization, &holders)?, |row| row.holder_id.clone()),
        overrides: by_holder(overrides::of_users(conn, organization, people)?, |row| row.user_id.clone()),
        shares: by_holder(shares::of_holders(conn, organization, &holders)?, |row| row.holder_id.clone()),
        names,
    };
    Ok((known, reached))
}

fn by_holder<R>(rows: Vec<R>, holder: impl Fn(&R) -> String) -> HashMap<String, Vec<R>> {
    let mut found: HashMap<String, Vec<R>> = HashMap::new();
    for row in rows {
        found.entry(holder(&row)).or_default().push(row);
    }
    found
}

impl Known {
    /// What that says about a person whose ways to their groups are these.
    pub fn facts(&self, person: &PersonRow, paths: &HashMap<String, Path>) -> Result<SubjectFacts, GatewayError> {
        let id = person.id.to_string();
        let holders = || paths.keys().chain([&id]);
        let mut held: Vec<&AssignmentRow> = holders().filter_map(|id| self.assignments.get(id)).flatten().collect();
        held.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let mut shared: Vec<&ShareRow> = holders().filter_map(|id| self.shares.get(id)).flatten().collect();
        shared.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let exceptions = self.overrides.get(&id).into_iter().flatten();
        let mut facts = SubjectFacts {
            user: person.id,
            user_name: person.user_name.clone(),
            holder: if person.service_account { HolderKind::ServiceAccount } else { HolderKind::Person },
            active: person.may_act(),
            assignments: held.into_iter().map(|row| assignment(row, paths, &self.names)).collect::<Result<_, _>>()?,
            overrides: exceptions.map(override_).collect::<Result<_, _>>()?,
            shares: shared.into_iter().map(share).collect(),
        };
        if let Some(kept) = person.kept_roles() {
            facts.assignments.retain(|held| kept.contains(&held.role.as_str()));
            facts.overrides.retain(|given| given.effect == Effect::Deny);
            facts.shares.clear();
        }
        Ok(facts)
    }
}

fn assignment(
    row: &AssignmentRow,
    reached: &HashMap<String, Path>,
    names: &HashMap<String, String>,
) -> Result<Assignment, GatewayError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("assignment {}: {what}", row.id));
    let source = match &row.rule_id {
        None => Source::Direct { id: row.id.parse().map_err(|_| corrupt("no id"))?, by: row.created_by.clone() },
        Some(rule) => {
            let path = reached.get(&row.holder_id).ok_or_else(|| corrupt("its holder is not a group of theirs"))?;
            let name = |id: &String| names.get(id).cloned().unwrap_or_else(|| id.clone());
            Source::Derived {
                rule: rule.parse().map_err(|_| corrupt("no rule"))?,
                rule_version: row.rule_version.unwrap_or_default(),
                priority: row.priority,
                group: row.holder_id.parse::<GroupId>().map_err(|_| corrupt("no group"))?,
                group_name: name(&row.holder_id),
                via: path.via.iter().map(name).collect(),
                since: path.since,
                cause: path.request.as_deref().and_then(|id| id.parse::<RequestId>().ok()),
            }
        }
    };
    Ok(Assignment {
        role: row.role.clone(),
        scope: scope_of(&row.scope)?,
        until: row.until.map(Timestamp::from_micros),
        source,
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

fn share(row: &ShareRow) -> Share {
    Share {
        resource: ResourceRef { kind: row.resource_kind.clone(), id: row.resource_id.clone() },
        level: row.level.clone(),
        until: row.until.map(Timestamp::from_micros),
    }
}
