//! From rows to SCIM representations, reading memberships only where the client wants to see them.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::GatewayError;
use crate::domain::entitlements::groups_of;
use crate::model::{DirectoryId, OrganizationId};
use crate::scim::{Document, GroupRef, MemberView, Projection, Rendering, ResourceKind};
use crate::store::groups::GroupRow;
use crate::store::memberships::{MemberKind, MembershipRow};
use crate::store::users::UserRow;
use crate::store::{Conn, StoreError, groups, memberships, referred, users};

/// A resource, rendered and projected, and what its answer's headers need.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub id: String,
    pub version: i64,
    pub value: Value,
}

/// What people and groups are called, by id.
pub(super) type Names = HashMap<String, String>;

/// How a client wants to see resources.
#[derive(Debug, Clone)]
pub(super) struct Lens {
    /// Whose names may be told.
    pub directory: DirectoryId,
    pub base_url: String,
    pub projection: Projection,
}

fn document(kind: ResourceKind, id: &dyn std::fmt::Display, text: &str) -> Result<Document, GatewayError> {
    Ok(Document::from_stored(kind, text)
        .map_err(|error| StoreError::Corrupt(format!("{} {id}: {error}", kind.as_str())))?)
}

/// The stored document of a person.
pub(super) fn user_document(row: &UserRow) -> Result<Document, GatewayError> {
    document(ResourceKind::User, &row.id, &row.document)
}

/// The stored document of a person as if they were deactivated.
pub(super) fn inactive(row: &UserRow) -> Result<Document, GatewayError> {
    let mut stored: Value = serde_json::from_str(&row.document).unwrap_or_default();
    if let Some(attributes) = stored.as_object_mut() {
        attributes.insert("active".to_owned(), Value::Bool(false));
    }
    document(ResourceKind::User, &row.id, &stored.to_string())
}

/// The stored document of a group.
pub(super) fn group_document(row: &GroupRow) -> Result<Document, GatewayError> {
    document(ResourceKind::Group, &row.id, &row.document)
}

/// People as resources.
pub(super) fn users(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: &[UserRow],
    lens: &Lens,
) -> Result<Vec<Rendered>, GatewayError> {
    let mut group_refs: HashMap<String, Vec<GroupRef>> = HashMap::new();
    if lens.projection.wants("groups") {
        let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        let reached = groups_of(conn, organization, &ids)?;
        let mut group_ids: Vec<String> = reached.values().flatten().map(|(group, _)| group.clone()).collect();
        group_ids.sort_unstable();
        group_ids.dedup();
        let names: HashMap<String, String> = groups::names(conn, organization, &group_ids)?.into_iter().collect();
        for (user, of_user) in reached {
            let refs = of_user.into_iter().filter_map(|(group, path)| {
                let display = names.get(&group)?.clone();
                Some(GroupRef { value: group, display: Some(display), direct: path.via.is_empty() })
            });
            group_refs.insert(user, refs.collect());
        }
    }
    let documents = rows.iter().map(user_document).collect::<Result<Vec<_>, _>>()?;
    let names = names(conn, organization, &documents, lens)?;
    let rendered = rows.iter().zip(&documents).map(|(row, document)| {
        let groups = group_refs.remove(&row.id.to_string()).unwrap_or_default();
        one_user(row, document, &groups, &names, lens)
    });
    Ok(rendered.collect())
}

/// What those are called that the documents refer to, as far as they are the directory's own; for a client that wants to
/// see it.
pub(super) fn names(
    conn: &mut Conn,
    organization: OrganizationId,
    documents: &[Document],
    lens: &Lens,
) -> Result<Names, GatewayError> {
    if !lens.projection.wants_names() {
        return Ok(Names::new());
    }
    let of_kind = |wanted| {
        let all = documents.iter().flat_map(Document::references).filter(move |(kind, _)| *kind == wanted);
        let mut ids: Vec<String> = all.map(|(_, id)| id.to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let (people, groups) = (of_kind(ResourceKind::User), of_kind(ResourceKind::Group));
    let mut names = Names::new();
    for (id, document) in referred::people(conn, organization, lens.directory, &people)? {
        names.extend(person_name(&document).map(|name| (id, name)));
    }
    names.extend(referred::groups(conn, organization, lens.directory, &groups)?);
    Ok(names)
}

/// What a person is called: by `displayName`, else the name in full, else the `userName`.
fn person_name(document: &str) -> Option<String> {
    let document: Value = serde_json::from_str(document).ok()?;
    let formatted = || document.get("name")?.get("formatted");
    let name = document.get("displayName").or_else(formatted).or_else(|| document.get("userName"))?;
    name.as_str().map(str::to_owned)
}

/// A person who is in these groups and no others.
fn one_user(row: &UserRow, document: &Document, groups: &[GroupRef], names: &Names, lens: &Lens) -> Rendered {
    let id = row.id.to_string();
    let mut value = Rendering {
        kind: ResourceKind::User,
        id: &id,
        created: row.created_at,
        modified: row.changed_at,
        version: row.version,
        document,
        groups: lens.projection.wants("groups").then_some(groups),
        members: None,
        names,
        base_url: &lens.base_url,
    }
    .render();
    lens.projection.apply(&mut value);
    Rendered { id, version: row.version, value }
}

/// A person who has just come and is in no group yet.
pub(super) fn new_user(row: &UserRow, document: &Document, names: &Names, lens: &Lens) -> Rendered {
    one_user(row, document, &[], names, lens)
}

/// One person as a resource.
pub(super) fn user(conn: &mut Conn, row: &UserRow, lens: &Lens) -> Result<Rendered, GatewayError> {
    users(conn, row.organization_id, std::slice::from_ref(row), lens)?
        .pop()
        .ok_or_else(|| GatewayError::not_found("User", row.id))
}

/// One group as a resource. `only` limits the members that are read to these ids, for a filter that asks about no
/// others.
pub(super) fn group(
    conn: &mut Conn,
    row: &GroupRow,
    lens: &Lens,
    only: Option<&[String]>,
) -> Result<Rendered, GatewayError> {
    let organization = row.organization_id;
    let members = if lens.projection.wants("members") {
        let rows = match only {
            Some(only) => memberships::among(conn, organization, row.id, only)?,
            None => memberships::of_group(conn, organization, row.id)?,
        };
        Some(member_views(conn, organization, rows)?)
    } else {
        None
    };
    let id = row.id.to_string();
    let document = group_document(row)?;
    let names = names(conn, organization, std::slice::from_ref(&document), lens)?;
    let mut value = Rendering {
        kind: ResourceKind::Group,
        id: &id,
        created: row.created_at,
        modified: row.changed_at,
        version: row.version,
        document: &document,
        groups: None,
        members: members.as_deref(),
        names: &names,
        base_url: &lens.base_url,
    }
    .render();
    lens.projection.apply(&mut value);
    Ok(Rendered { id, version: row.version, value })
}

/// Members with their names.
pub(super) fn member_views(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: Vec<MembershipRow>,
) -> Result<Vec<MemberView>, StoreError> {
    let ids: Vec<String> = rows.iter().map(|row| row.member_id.clone()).collect();
    let mut names: HashMap<String, String> = users::names(conn, organization, &ids)?.into_iter().collect();
    if rows.iter().any(|row| row.member_kind == MemberKind::Group.as_str()) {
        names.extend(groups::names(conn, organization, &ids)?);
    }
    Ok(rows
        .into_iter()
        .map(|row| MemberView {
            kind: if row.member_kind == MemberKind::Group.as_str() { ResourceKind::Group } else { ResourceKind::User },
            display: row.display.or_else(|| names.remove(&row.member_id)),
            value: row.member_id,
        })
        .collect())
}
