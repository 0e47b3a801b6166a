//! Groups: create, read, replace, patch, delete. Their members are in `members`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::members::{self, Membership, leave_groups};
use super::render::{self, Lens, Rendered};
use super::{check_indexed, check_version, is_own, telling, unique};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::directories::DirectoryClient;
use crate::domain::entitlements::{Floor, group_changed};
use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, GroupId, fold};
use crate::scim::{
    self, Document, Leniency, MemberChange, Mode, PatchRequest, Precondition, Projection, ResourceKind, ScimError,
};
use crate::store::groups::{self, GroupRow};
use crate::store::tombstones::{self, TombstoneRow};
use crate::store::{Audited, Change, Conn, StoreError, WriteTx, assignments, memberships, shares, unique_values};

/// A PATCH of a group with more members than this answers 204: to show them would cost what the group does.
const SHOWN_AFTER_PATCH: i64 = 100;

impl Gateway {
    /// `POST /Groups`
    pub async fn create_group(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        body: Value,
        projection: &Projection,
    ) -> Result<Rendered, GatewayError> {
        let intake = scim::intake(ResourceKind::Group, client.dialect, Mode::Create, body)?;
        self.forgave(client, &intake.leniencies);
        let (gateway, client, lens) = (Arc::clone(self), client.clone(), self.lens(client, projection));
        let id = GroupId::new(by.at, self.chance());
        self.change(client.organization, by, move |tx| {
            let display_name = required_display_name(&intake.document)?;
            check_name(tx.conn(), &client, display_name, None)?;
            let floor = Floor::under_gifts(&gateway, tx)?;
            let row = GroupRow {
                organization_id: client.organization,
                id,
                directory_id: Some(client.directory.to_string()),
                display_name: display_name.to_owned(),
                display_name_key: fold(display_name).into_string(),
                external_id: intake.document.external_id().map(str::to_owned),
                document: intake.document.to_stored(),
                version: 1,
                created_at: tx.now(),
                changed_at: tx.now(),
            };
            groups::insert(tx, row.clone())?;
            unique::claim(tx, &id.to_string(), None, &intake.document)?;
            let membership = members::apply(tx, &client, id, &[MemberChange::Add(intake.members.unwrap_or_default())])?;
            gateway.forgave(&client, &membership.leniencies);
            let derived = group_changed(tx, id, Some(&row), &gateway)?;
            floor.check(&gateway, tx)?;
            let difference = Difference::created(&with_members(stored(&row), &membership.joined));
            let event = Event::new(Action::GroupCreated, target(&row)).with_difference(difference);
            let event = telling(event, derived.detail(), &intake.leniencies);
            Ok(Audited::new(render::group(tx.conn(), &row, &lens, None)?, event))
        })
        .await
    }

    /// `GET /Groups/{id}`
    pub async fn read_group(
        self: &Arc<Self>,
        client: &DirectoryClient,
        id: GroupId,
        projection: &Projection,
    ) -> Result<Rendered, GatewayError> {
        let (client, lens) = (client.clone(), self.lens(client, projection));
        self.store
            .read(move |conn| {
                let row = own_group(conn, &client, id)?;
                render::group(conn, &row, &lens, None)
            })
            .await
    }

    /// `PUT /Groups/{id}`
    pub async fn replace_group(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        id: GroupId,
        expected: Precondition,
        body: Value,
        projection: &Projection,
    ) -> Result<Rendered, GatewayError> {
        let (gateway, client, lens) = (Arc::clone(self), client.clone(), self.lens(client, projection));
        self.change(client.organization, by, move |tx| {
            let row = own_group(tx.conn(), &client, id)?;
            check_version("Group", &expected, row.version)?;
            let before = render::group_document(&row)?;
            let intake = scim::intake(ResourceKind::Group, client.dialect, Mode::Replace { before: &before }, body)?;
            gateway.forgave(&client, &intake.leniencies);
            let changes: Vec<MemberChange> = intake.members.map(MemberChange::Replace).into_iter().collect();
            let change = GroupChange {
                action: Action::GroupReplaced,
                document: intake.document,
                members: changes,
                leniencies: intake.leniencies,
            };
            let saved = save(&gateway, tx, &client, &row, &before, change)?;
            show(tx, saved, &lens)
        })
        .await
    }

    /// `PATCH /Groups/{id}`: the version, and the group unless it is too large to be shown.
    pub async fn patch_group(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        id: GroupId,
        expected: Precondition,
        request: PatchRequest,
        projection: &Projection,
    ) -> Result<(i64, Option<Rendered>), GatewayError> {
        let (gateway, client, lens) = (Arc::clone(self), client.clone(), self.lens(client, projection));
        self.change(client.organization, by, move |tx| {
            let row = own_group(tx.conn(), &client, id)?;
            check_version("Group", &expected, row.version)?;
            let before = render::group_document(&row)?;
            let patched = request.apply(&before)?;
            gateway.forgave(&client, &patched.leniencies);
            let change = GroupChange {
                action: Action::GroupPatched,
                document: patched.document,
                members: patched.membership,
                leniencies: patched.leniencies,
            };
            let saved = save(&gateway, tx, &client, &row, &before, change)?;
            let organization = client.organization;
            let is_wanted = client.dialect.patch_answers_body(ResourceKind::Group) || lens.projection.is_chosen();
            let is_large = lens.projection.wants("members")
                && memberships::has_more_than(tx.conn(), organization, id, SHOWN_AFTER_PATCH)?;
            if is_wanted && (!is_large || lens.projection.is_chosen()) {
                return Ok(show(tx, saved, &lens)?.map(|group| (group.version, Some(group))));
            }
            Ok(saved.map(|row| (row.version, None)))
        })
        .await
    }

    /// `DELETE /Groups/{id}`
    pub async fn delete_group(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        id: GroupId,
        expected: Precondition,
    ) -> Result<(), GatewayError> {
        let (gateway, client) = (Arc::clone(self), client.clone());
        self.change(client.organization, by, move |tx| {
            let row = own_group(tx.conn(), &client, id)?;
            check_version("Group", &expected, row.version)?;
            let floor = Floor::below(&gateway, tx, &[id.to_string()])?;
            let event = bury(tx, &row)?;
            floor.check(&gateway, tx)?;
            Ok(Audited::new((), event))
        })
        .await
    }
}

/// The group, if the directory that asks owns it.
fn own_group(conn: &mut Conn, client: &DirectoryClient, id: GroupId) -> Result<GroupRow, GatewayError> {
    groups::by_id(conn, client.organization, id)?
        .filter(|row| is_own(client, row.directory_id.as_deref()))
        .ok_or_else(|| GatewayError::not_found("Group", id))
}

/// What a PUT or PATCH makes of a group.
struct GroupChange {
    action: Action,
    document: Document,
    members: Vec<MemberChange>,
    leniencies: Vec<Leniency>,
}

/// Writes a group's new document and members and all that follows from them; answers the row as it then stands.
fn save(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    row: &GroupRow,
    before: &Document,
    change: GroupChange,
) -> Result<Audited<GroupRow>, GatewayError> {
    let display_name = required_display_name(&change.document)?;
    let only_gives = change.document == *before && change.members.iter().all(is_addition);
    let floor = match only_gives {
        true => Floor::under_gifts(gateway, tx)?,
        false => Floor::below(gateway, tx, &[row.id.to_string()])?,
    };
    let membership = members::apply(tx, client, row.id, &change.members)?;
    gateway.forgave(client, &membership.leniencies);
    if change.document == *before && membership.is_empty() {
        return Ok(Audited::unchanged(row.clone()));
    }
    let mut new = GroupRow {
        display_name: display_name.to_owned(),
        display_name_key: fold(display_name).into_string(),
        external_id: change.document.external_id().map(str::to_owned),
        document: change.document.to_stored(),
        changed_at: tx.now(),
        ..row.clone()
    };
    let is_known_otherwise = new.display_name != row.display_name || new.external_id != row.external_id;
    if new.display_name_key != row.display_name_key {
        check_name(tx.conn(), client, display_name, Some(row.id))?;
    }
    groups::update(tx, &new, new.display_name != row.display_name)?;
    unique::claim(tx, &row.id.to_string(), Some(before), &change.document)?;
    new.version += 1;
    // Mapping rules know a group by its id, name or externalId.
    let derived = if is_known_otherwise { group_changed(tx, row.id, Some(&new), gateway)?.detail() } else { None };
    floor.check(gateway, tx)?;
    let event = Event::new(change.action, target(&new)).with_difference(difference(row, &new, &membership));
    let event = telling(event, derived, &change.leniencies);
    Ok(Audited::new(new, event))
}

fn is_addition(change: &MemberChange) -> bool {
    match change {
        MemberChange::Add(_) => true,
        MemberChange::Remove(_) | MemberChange::RemoveMatching(_) | MemberChange::Clear | MemberChange::Replace(_) => {
            false
        }
    }
}

/// Renders the group as it stands after its change.
fn show(tx: &mut WriteTx<'_>, saved: Audited<GroupRow>, lens: &Lens) -> Result<Audited<Rendered>, GatewayError> {
    let rendered = render::group(tx.conn(), saved.value(), lens, None)?;
    Ok(saved.map(|_| rendered))
}

/// Takes a group away with all that it gave, and leaves a tombstone.
pub fn bury(tx: &mut WriteTx<'_>, row: &GroupRow) -> Result<Event, GatewayError> {
    let organization = row.organization_id;
    let id = row.id.to_string();
    let held = assignments::of_holders(tx.conn(), organization, std::slice::from_ref(&id))?;
    assignments::delete(tx, &held)?;
    shares::delete_holder(tx, &id, Change::Organization(organization))?;
    memberships::delete_group(tx, row.id)?;
    leave_groups(tx, &id, Change::Organization(organization))?;
    leave_tombstone(tx, row)?;
    groups::delete(tx, row)?;
    let lost: Vec<String> = held.iter().map(|row| format!("{} in {}", row.role, row.scope)).collect();
    Ok(Event::new(Action::GroupDeleted, target(row))
        .with_difference(Difference::deleted(&stored(row)))
        .with_detail(json!({ "lost": lost })))
}

/// Keeps what the audit needs of a group that goes.
pub fn leave_tombstone(tx: &mut WriteTx<'_>, row: &GroupRow) -> Result<(), StoreError> {
    unique_values::clear(tx, &row.id.to_string())?;
    let tombstone = TombstoneRow {
        organization_id: row.organization_id.to_string(),
        id: row.id.to_string(),
        kind: "group".to_owned(),
        directory_id: row.directory_id.clone(),
        name_key: row.display_name_key.clone(),
        external_id: row.external_id.clone(),
        last_state: stored(row).to_string(),
        deleted_by: super::super::ledger::actor_text(tx.actor()),
        deleted_at: tx.now().micros(),
    };
    tombstones::insert(tx, tombstone)
}

fn required_display_name(document: &Document) -> Result<&str, GatewayError> {
    check_indexed(document.display_name().map(|name| ("displayName", name)))?;
    check_indexed(document.external_id().map(|id| ("externalId", id)))?;
    let missing = || ScimError::InvalidValue("`displayName` is required and must not be empty".to_owned());
    Ok(document.display_name().ok_or_else(missing)?)
}

/// Some identity providers take a second group of the same name for a broken server (RFC 7643 allows it).
fn check_name(
    conn: &mut Conn,
    client: &DirectoryClient,
    name: &str,
    except: Option<GroupId>,
) -> Result<(), GatewayError> {
    let is_taken = client.dialect.unique_group_names()
        && groups::name_is_taken(conn, client.organization, client.directory, name, except)?;
    if is_taken {
        let quoted: String = name.chars().take(80).collect();
        return Err(ScimError::Uniqueness(format!("there is already a group named `{quoted}`")).into());
    }
    Ok(())
}

fn target(row: &GroupRow) -> Target {
    Target::new(TargetKind::Group, row.id).named(&row.display_name)
}

fn stored(row: &GroupRow) -> Value {
    serde_json::from_str(&row.document).unwrap_or_else(|_| json!({ "document": row.document }))
}

fn with_members(mut document: Value, members: &[String]) -> Value {
    if let (Some(object), false) = (document.as_object_mut(), members.is_empty()) {
        object.insert("members".to_owned(), json!(members));
    }
    document
}

fn difference(before: &GroupRow, after: &GroupRow, membership: &Membership) -> Option<Difference> {
    let (mut left, mut joined) = (stored(before), stored(after));
    if !membership.is_empty() {
        let (members_before, members_after) = membership.difference();
        for (document, members) in [(&mut left, members_before), (&mut joined, members_after)] {
            if let (Some(document), Value::Object(members)) = (document.as_object_mut(), members) {
                document.extend(members);
            }
        }
    }
    Difference::between(&left, &joined)
}
