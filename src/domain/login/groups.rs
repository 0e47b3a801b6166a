//! The groups that come with a sign-in: they become groups here, of the connection alone, and give what mapping rules say,
//! as groups from a directory do. At each sign-in the person is put into exactly those that the assertion names.
//!
//! Too many groups to list (Entra's overage) means "not told": everything stays. A directory's groups are never touched.

use std::collections::HashSet;

use serde_json::json;

use super::Stop;
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::Gateway;
use crate::domain::connections::Connection;
use crate::domain::entitlements::{Floor, group_changed};
use crate::domain::provisioning::check_indexed;
use crate::model::{GroupId, fold};
use crate::saml::{Groups, VerifiedAssertion};
use crate::scim::{self, Dialect, Mode, ResourceKind};
use crate::store::groups::{self, GroupRow};
use crate::store::memberships::{self, MemberKind, MembershipRow};
use crate::store::users::UserRow;
use crate::store::{WriteTx, connection_groups};

/// More groups than this are not taken from one sign-in.
const MAX_GROUPS: usize = 1_000;

/// Puts the person into the groups that the assertion names, and takes them out of the connection's others.
pub(super) fn follow(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    connection: &Connection,
    person: &UserRow,
    assertion: &VerifiedAssertion,
) -> Result<Vec<Event>, Stop> {
    let said = assertion.attributes.groups(connection.preset(), connection.choices.group_attribute.as_deref());
    let mut values = match said {
        Groups::Known(values) => values,
        // An identity provider that sends groups leaves the attribute out for somebody who is in none.
        Groups::Absent => Vec::new(),
        Groups::Unknown => return Ok(Vec::new()),
    };
    values.sort_unstable();
    values.dedup();
    if values.len() > MAX_GROUPS {
        return Err(Stop::barred("too_many_groups", format!("the assertion names more than {MAX_GROUPS} groups")));
    }
    check_indexed(values.iter().map(|value| ("group", value.as_str())))
        .map_err(|error| Stop::barred("unusable_name", error.to_string()))?;

    let floor = Floor::below(gateway, tx, &[person.id.to_string()])?;
    let (wanted, mut events) = groups_of(gateway, tx, connection, &values)?;
    let (organization, id) = (connection.row.organization_id, connection.row.id);
    let member_of = memberships::of_members(tx.conn(), organization, &[person.id.to_string()])?;
    let ids: Vec<String> = member_of.iter().map(|row| row.group_id.clone()).collect();
    let ours: HashSet<String> = connection_groups::among(tx.conn(), organization, id, &ids)?.into_iter().collect();
    let joining: Vec<MembershipRow> = wanted
        .iter()
        .filter(|(_, group)| !ours.contains(group))
        .map(|(_, group)| membership(tx, person, group.clone()))
        .collect();
    let leaving: Vec<MembershipRow> = member_of
        .into_iter()
        .filter(|row| ours.contains(&row.group_id) && wanted.iter().all(|(_, group)| *group != row.group_id))
        .collect();
    events.extend(told(Action::MembershipAdded, connection, person, &joining));
    events.extend(told(Action::MembershipRemoved, connection, person, &leaving));
    if !joining.is_empty() {
        memberships::insert(tx, &joining)?;
    }
    for row in leaving {
        let Ok(group) = row.group_id.parse::<GroupId>() else { continue };
        memberships::delete(tx, group, &[row])?;
    }
    floor.check(gateway, tx)?;
    Ok(events)
}

/// What the identity provider calls a group, and the group's id.
type ValueAndId = (String, String);

/// The groups that these values mean, made where there are none yet: value and id; and what was made.
fn groups_of(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    connection: &Connection,
    values: &[String],
) -> Result<(Vec<ValueAndId>, Vec<Event>), Stop> {
    let (organization, id) = (connection.row.organization_id, connection.row.id);
    let mut found = connection_groups::of_values(tx.conn(), organization, id, values)?;
    let known: HashSet<String> = found.iter().map(|(value, _)| value.clone()).collect();
    let mut events = Vec::new();
    for value in values.iter().filter(|value| !known.contains(*value)) {
        let row = new_group(gateway, tx, value)?;
        groups::insert(tx, row.clone())?;
        connection_groups::insert(tx, id, value, row.id)?;
        let derived = group_changed(tx, row.id, Some(&row), gateway)?;
        let detail = json!({ "connection": id, "derived": derived.detail() });
        let told = Difference::created(&json!({ "displayName": value, "externalId": value }));
        let target = Target::new(TargetKind::Group, row.id).named(value);
        events.push(Event::new(Action::GroupCreated, target).with_difference(told).with_detail(detail));
        found.push((value.clone(), row.id.to_string()));
    }
    Ok((found, events))
}

/// A group that is known by what the identity provider calls it: by id and by name alike.
fn new_group(gateway: &Gateway, tx: &WriteTx<'_>, value: &str) -> Result<GroupRow, Stop> {
    let body = json!({ "schemas": [ResourceKind::Group.schema()], "displayName": value, "externalId": value });
    let intake = scim::intake(ResourceKind::Group, Dialect::Generic, Mode::Create, body)
        .map_err(|error| Stop::barred("unusable_name", error.to_string()))?;
    Ok(GroupRow {
        organization_id: tx.organization(),
        id: GroupId::new(tx.now(), gateway.chance()),
        directory_id: None,
        display_name: value.to_owned(),
        display_name_key: fold(value).into_string(),
        external_id: Some(value.to_owned()),
        document: intake.document.to_stored(),
        version: 1,
        created_at: tx.now(),
        changed_at: tx.now(),
    })
}

fn membership(tx: &WriteTx<'_>, person: &UserRow, group: String) -> MembershipRow {
    MembershipRow {
        organization_id: tx.organization().to_string(),
        group_id: group,
        member_id: person.id.to_string(),
        member_kind: MemberKind::User.as_str().to_owned(),
        display: None,
        request_id: tx.attribution().origin.as_ref().map(|origin| origin.request_id.to_string()),
        created_at: tx.now().micros(),
    }
}

/// One event for all groups that were joined or left at once.
fn told(action: Action, connection: &Connection, person: &UserRow, rows: &[MembershipRow]) -> Option<Event> {
    let groups: Vec<&str> = rows.iter().map(|row| row.group_id.as_str()).collect();
    let detail = json!({ "connection": connection.row.id, "groups": groups });
    let target = Target::new(TargetKind::User, person.id).named(&person.user_name);
    (!groups.is_empty()).then(|| Event::new(action, target).with_detail(detail))
}
