//! The `scim_group` table. Who is in a group stands in `membership`, so that no change of one member reads the rest.
//! Lists of groups are in `selection`.

mod selection;

use diesel::prelude::*;

use super::dialect::{batch, native, planned_anew};
use super::tables::scim_group;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{DirectoryId, GroupId, OrganizationId, Timestamp, fold};

pub use selection::{GroupSelection, after, before, count_after, count_selected, of_ids, page};

/// A group as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = scim_group)]
pub struct GroupRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: GroupId,
    pub directory_id: Option<String>,
    pub display_name: String,
    pub display_name_key: String,
    pub external_id: Option<String>,
    pub document: String,
    pub version: i64,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub changed_at: Timestamp,
}

/// One group.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: GroupId) -> Result<Option<GroupRow>, StoreError> {
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// Those of `ids` that exist, with their names.
pub fn names(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(batch(conn)) {
        let these = scim_group::table
            .select((scim_group::id, scim_group::display_name))
            .filter(scim_group::organization_id.eq(organization.to_string()))
            .filter(scim_group::id.eq_any(chunk))
            .filter(planned_anew());
        found.extend(native!(conn, |conn| these.load::<(String, String)>(conn))?);
    }
    Ok(found)
}

/// A group as mapping rules look at it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = scim_group)]
pub struct NamedGroup {
    #[diesel(deserialize_as = String)]
    pub id: GroupId,
    pub external_id: Option<String>,
    pub display_name: String,
}

impl From<&GroupRow> for NamedGroup {
    fn from(row: &GroupRow) -> Self {
        Self { id: row.id, external_id: row.external_id.clone(), display_name: row.display_name.clone() }
    }
}

/// Every group of the organization, for the mapping rules.
pub fn named(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<NamedGroup>, StoreError> {
    Ok(scim_group::table
        .select(NamedGroup::as_select())
        .filter(scim_group::organization_id.eq(organization.to_string()))
        .order(scim_group::id)
        .load(conn)?)
}

/// Every group of the organization, with all there is about it.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<GroupRow>, StoreError> {
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .filter(scim_group::organization_id.eq(organization.to_string()))
        .order(scim_group::id)
        .load(conn)?)
}

/// Whether another group of the directory already bears this name, in any case.
pub fn name_is_taken(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    name: &str,
    except: Option<GroupId>,
) -> Result<bool, StoreError> {
    let holders: Vec<String> = scim_group::table
        .select(scim_group::id)
        .filter(scim_group::organization_id.eq(organization.to_string()))
        .filter(scim_group::display_name_key.eq(fold(name).into_string()))
        .filter(scim_group::directory_id.eq(directory.to_string()))
        .limit(2)
        .load(conn)?;
    Ok(holders.iter().any(|holder| except.is_none_or(|except| *holder != except.to_string())))
}

/// Those of `ids` that the directory owns.
pub fn of_directory(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1_000) {
        let rows = native!(conn, |conn| scim_group::table
            .select(scim_group::id)
            .filter(scim_group::organization_id.eq(organization.to_string()))
            .filter(scim_group::directory_id.eq(directory.to_string()))
            .filter(scim_group::id.eq_any(chunk))
            .filter(planned_anew())
            .load::<String>(conn));
        found.extend(rows?);
    }
    Ok(found)
}

/// How many groups the organization has.
pub fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64, StoreError> {
    Ok(scim_group::table.filter(scim_group::organization_id.eq(organization.to_string())).count().get_result(conn)?)
}

/// Adds a group.
pub fn insert(tx: &mut WriteTx<'_>, row: GroupRow) -> Result<(), StoreError> {
    diesel::insert_into(scim_group::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Writes a group's new state. `row` bears the version that was read; the one that stands is one higher. What a group is
/// called is remembered with each of its members; a change of its members alone is not everybody's concern.
pub fn update(tx: &mut WriteTx<'_>, row: &GroupRow, is_renamed: bool) -> Result<(), StoreError> {
    let touches = is_renamed.then_some(Change::Organization(row.organization_id));
    let changed = diesel::update(
        scim_group::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(scim_group::version.eq(row.version)),
    )
    .set((
        scim_group::display_name.eq(&row.display_name),
        scim_group::display_name_key.eq(&row.display_name_key),
        scim_group::external_id.eq(&row.external_id),
        scim_group::document.eq(&row.document),
        scim_group::version.eq(row.version + 1),
        scim_group::changed_at.eq(row.changed_at.micros()),
    ))
    .execute(tx.writing(touches)?)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Takes a group away, and with it what it gave to its members.
pub fn delete(tx: &mut WriteTx<'_>, row: &GroupRow) -> Result<(), StoreError> {
    let deleted = diesel::delete(
        scim_group::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(scim_group::version.eq(row.version)),
    )
    .execute(tx.writing([Change::Organization(row.organization_id)])?)?;
    if deleted == 1 { Ok(()) } else { Err(StoreError::Stale) }
}
