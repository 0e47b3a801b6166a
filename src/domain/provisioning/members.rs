//! Who joins and who leaves a group. Costs what the change costs, never what the group does.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::render;
use crate::domain::GatewayError;
use crate::domain::directories::DirectoryClient;
use crate::model::GroupId;
use crate::scim::{Leniency, MemberChange, MemberRef, MemberView, ResourceKind, ScimError};
use crate::store::memberships::{self, MemberKind, MembershipRow};
use crate::store::{Change, WriteTx, groups, users};

/// Who joined and who left, for the audit.
#[derive(Debug, Default)]
pub(super) struct Membership {
    pub joined: Vec<String>,
    pub left: Vec<String>,
    pub leniencies: Vec<Leniency>,
}

impl Membership {
    pub fn is_empty(&self) -> bool {
        self.joined.is_empty() && self.left.is_empty()
    }

    /// Before and after, as far as they differ.
    pub fn difference(&self) -> (Value, Value) {
        (json!({ "members": self.left }), json!({ "members": self.joined }))
    }
}

/// Applies the changes in their order; each sees what the one before it did.
pub(super) fn apply(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    group: GroupId,
    changes: &[MemberChange],
) -> Result<Membership, GatewayError> {
    let mut membership = Membership::default();
    let mut viewed = None;
    for change in changes {
        if !matches!(change, MemberChange::RemoveMatching(_)) {
            viewed = None;
        }
        match change {
            MemberChange::Add(members) => add(tx, client, group, members, &mut membership)?,
            MemberChange::Remove(ids) => {
                let rows = memberships::among(tx.conn(), client.organization, group, ids)?;
                remove(tx, group, &rows, &mut membership)?;
            }
            MemberChange::RemoveMatching(filter) => {
                let all = match viewed.take() {
                    Some(all) => all,
                    None => views(tx, client, group)?,
                };
                let (gone, left): (Vec<_>, Vec<_>) =
                    all.into_iter().partition(|(_, view)| filter.matches(ResourceKind::Group, view));
                let rows: Vec<MembershipRow> = gone.into_iter().map(|(row, _)| row).collect();
                remove(tx, group, &rows, &mut membership)?;
                viewed = Some(left);
            }
            MemberChange::Clear => {
                let rows = memberships::of_group(tx.conn(), client.organization, group)?;
                remove(tx, group, &rows, &mut membership)?;
            }
            MemberChange::Replace(members) => {
                let keep: HashSet<&str> = members.iter().map(|member| member.value.as_str()).collect();
                let mut rows = memberships::of_group(tx.conn(), client.organization, group)?;
                rows.retain(|row| !keep.contains(row.member_id.as_str()));
                remove(tx, group, &rows, &mut membership)?;
                add(tx, client, group, members, &mut membership)?;
            }
        }
    }
    Ok(membership)
}

/// Every member beside what a filter on members is evaluated on.
fn views(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    group: GroupId,
) -> Result<Vec<(MembershipRow, Value)>, GatewayError> {
    let rows = memberships::of_group(tx.conn(), client.organization, group)?;
    let views = render::member_views(tx.conn(), client.organization, rows.clone())?;
    let shown = |view: MemberView| {
        let kind = if view.kind == ResourceKind::Group { "Group" } else { "User" };
        json!({ "members": [{ "value": view.value, "display": view.display, "type": kind }] })
    };
    Ok(rows.into_iter().zip(views.into_iter().map(shown)).collect())
}

/// Takes somebody who goes out of every group; each of those is another version from then on.
pub(super) fn leave_groups(tx: &mut WriteTx<'_>, member: &str, touches: Change) -> Result<(), GatewayError> {
    let organization = tx.organization();
    let rows = memberships::of_members(tx.conn(), organization, &[member.to_owned()])?;
    let parents: Vec<String> = rows.into_iter().map(|row| row.group_id).collect();
    memberships::delete_member(tx, member, touches)?;
    Ok(groups::touch(tx, &parents)?)
}

fn remove(
    tx: &mut WriteTx<'_>,
    group: GroupId,
    rows: &[MembershipRow],
    membership: &mut Membership,
) -> Result<(), GatewayError> {
    if !rows.is_empty() {
        memberships::delete(tx, group, rows)?;
        membership.left.extend(rows.iter().map(|row| row.member_id.clone()));
    }
    Ok(())
}

fn add(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    group: GroupId,
    members: &[MemberRef],
    membership: &mut Membership,
) -> Result<(), GatewayError> {
    let ids: Vec<String> = members.iter().map(|member| member.value.clone()).collect();
    let already: HashSet<String> =
        memberships::among(tx.conn(), client.organization, group, &ids)?.into_iter().map(|row| row.member_id).collect();
    let new: Vec<&MemberRef> = members.iter().filter(|member| !already.contains(&member.value)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let kinds = kinds(tx, client, group, &new)?;
    if new.iter().any(|member| !kinds.contains_key(&member.value)) {
        let how = "names somebody who is not here; the reference was kept, and gives nothing";
        membership.leniencies.push(Leniency::new("unknown_member", "members", how));
    }
    let request_id = tx.attribution().origin.as_ref().map(|origin| origin.request_id.to_string());
    let rows: Vec<MembershipRow> = new
        .into_iter()
        .map(|member| MembershipRow {
            organization_id: client.organization.to_string(),
            group_id: group.to_string(),
            member_id: member.value.clone(),
            member_kind: kinds.get(&member.value).copied().unwrap_or(MemberKind::User).as_str().to_owned(),
            display: member.display.clone(),
            request_id: request_id.clone(),
            created_at: tx.now().micros(),
        })
        .collect();
    memberships::insert(tx, &rows)?;
    membership.joined.extend(rows.into_iter().map(|row| row.member_id));
    Ok(())
}

/// What each new member is: a person or group of the same directory, for a directory may not draw others' people into
/// groups of its own making. One who is nobody here is refused, unless the dialect has to put up with it: then the
/// reference is kept as it was sent, and gives nothing.
fn kinds(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    group: GroupId,
    new: &[&MemberRef],
) -> Result<HashMap<String, MemberKind>, GatewayError> {
    let (organization, directory) = (client.organization, client.directory);
    let ids: Vec<String> = new.iter().map(|member| member.value.clone()).collect();
    let mut kinds: HashMap<String, MemberKind> = HashMap::with_capacity(ids.len());
    kinds.extend(
        users::of_directory(tx.conn(), organization, directory, &ids)?.into_iter().map(|id| (id, MemberKind::User)),
    );
    let mut others: Vec<String> = ids.into_iter().filter(|id| !kinds.contains_key(id)).collect();
    if !others.is_empty() {
        let found = groups::of_directory(tx.conn(), organization, directory, &others)?;
        kinds.extend(found.into_iter().map(|id| (id, MemberKind::Group)));
        others.retain(|id| !kinds.contains_key(id));
    }
    // Somebody else's person or group is never put up with: kept, the reference would give them what the group gives.
    let mut foreign: HashSet<String> = HashSet::new();
    if !others.is_empty() {
        foreign.extend(users::names(tx.conn(), organization, &others)?.into_iter().map(|(id, _)| id));
        foreign.extend(groups::names(tx.conn(), organization, &others)?.into_iter().map(|(id, _)| id));
    }
    for member in new {
        let quoted: String = member.value.chars().take(80).collect();
        match kinds.get(&member.value) {
            None if client.dialect.tolerates_unknown_members() && !foreign.contains(&member.value) => {}
            None => {
                return Err(ScimError::InvalidValue(format!(
                    "`{quoted}` is no User or Group, so it cannot be a member"
                ))
                .into());
            }
            Some(_) if member.value == group.to_string() => {
                return Err(
                    ScimError::InvalidValue(format!("the group `{quoted}` cannot be a member of itself")).into()
                );
            }
            Some(kind) => {
                let is_group = *kind == MemberKind::Group;
                if member.kind.is_some_and(|claimed| (claimed == ResourceKind::Group) != is_group) {
                    return Err(ScimError::InvalidValue(format!(
                        "`{quoted}` is not of the type that the request says"
                    ))
                    .into());
                }
            }
        }
    }
    Ok(kinds)
}
