//! What is known about a person, read in a handful of queries whatever the number of groups.

use std::collections::{HashMap, HashSet};

use super::policy::scope_of;
use crate::access::{Assignment, Effect, HolderKind, Override, ResourceRef, Share, Source, SubjectFacts};
use crate::domain::GatewayError;
use crate::model::{GroupId, OrganizationId, RequestId, Timestamp};
use crate::store::assignments::AssignmentRow;
use crate::store::memberships::MembershipRow;
use crate::store::overrides::OverrideRow;
use crate::store::shares::ShareRow;
use crate::store::users::UserRow;
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
    let mut reached: HashMap<String, Vec<(String, Path)>> = HashMap::new();
    let mut frontier: Vec<(String, MembershipRow, Path)> = memberships::of_members(conn, organization, users)?
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
        for row in memberships::of_members(conn, organization, &ids)? {
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
    let organization = user.organization_id;
    let id = user.id.to_string();
    let mut reached: HashMap<String, Path> =
        groups_of(conn, organization, std::slice::from_ref(&id))?.remove(&id).unwrap_or_default().into_iter().collect();
    let group_ids: Vec<String> = reached.keys().cloned().collect();
    let names: HashMap<String, String> = groups::names(conn, organization, &group_ids)?.into_iter().collect();
    // A membership of a group that is gone gives nothing.
    reached.retain(|group, _| names.contains_key(group));
    let mut holders: Vec<String> = reached.keys().cloned().collect();
    holders.push(id);
    let rows = assignments::of_holders(conn, organization, &holders)?;
    let held = rows.iter().map(|row| assignment(row, &reached, &names)).collect::<Result<Vec<_>, _>>()?;
    let exceptions = overrides::of_user(conn, organization, user.id)?;
    let overrides = exceptions.iter().map(override_).collect::<Result<Vec<_>, _>>()?;
    let shares = shares::of_holders(conn, organization, &holders)?.into_iter().map(share).collect();
    let mut group_names: Vec<String> = names.into_values().collect();
    group_names.sort_unstable();
    let mut facts = SubjectFacts {
        user: user.id,
        user_name: user.user_name.clone(),
        holder: if user.service_account { HolderKind::ServiceAccount } else { HolderKind::Person },
        active: user.may_act(),
        assignments: held,
        overrides,
        shares,
    };
    if let Some(kept) = user.kept_roles() {
        facts.assignments.retain(|held| kept.contains(&held.role.as_str()));
        facts.overrides.retain(|given| given.effect == Effect::Deny);
        facts.shares.clear();
        group_names.clear();
    }
    Ok((facts, group_names))
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
        scope: scope_of(&row.scope)?,
        until: row.until.map(Timestamp::from_micros),
        reason: row.reason.clone(),
        author: row.created_by.clone(),
    })
}

fn share(row: ShareRow) -> Share {
    Share {
        resource: ResourceRef { kind: row.resource_kind, id: row.resource_id },
        level: row.level,
        until: row.until.map(Timestamp::from_micros),
    }
}
