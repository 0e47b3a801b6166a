//! The `scim_group` table. Who is in a group stands in `membership`, so that no change of one member reads the rest.

use diesel::prelude::*;

use super::dialect::{Condition, batch, native, planned_anew, unindexed};
use super::tables::{membership, scim_group};
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{DirectoryId, GroupId, OrganizationId, Timestamp, fold};

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
/// called is remembered; who is in it is each member's own.
pub fn update(tx: &mut WriteTx<'_>, row: &GroupRow, is_renamed: bool) -> Result<(), StoreError> {
    let touches = is_renamed.then_some(Change::Group(row.organization_id, row.id));
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
    .execute(tx.writing([Change::Group(row.organization_id, row.id)])?)?;
    if deleted == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// What a listing of groups is narrowed to; every field that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupSelection {
    pub directory: Option<DirectoryId>,
    pub id: Option<String>,
    pub display_name: Option<String>,
    pub external_id: Option<String>,
    pub member: Option<String>,
}

impl GroupSelection {
    /// Whether an index leads to what is selected.
    fn is_narrow(&self) -> bool {
        [&self.id, &self.display_name, &self.external_id, &self.member].into_iter().any(Option::is_some)
    }

    /// The selection as a condition, the organization first.
    fn condition(&self, organization: OrganizationId) -> Condition<scim_group::table> {
        let mut all: Condition<scim_group::table> = Box::new(scim_group::organization_id.eq(organization.to_string()));
        match self.directory {
            Some(directory) if self.is_narrow() => {
                all =
                    Box::new(all.and(unindexed(scim_group::directory_id.assume_not_null()).eq(directory.to_string())));
            }
            Some(directory) => {
                all = Box::new(all.and(scim_group::directory_id.assume_not_null().eq(directory.to_string())));
            }
            None => {}
        }
        if let Some(id) = &self.id {
            all = Box::new(all.and(scim_group::id.eq(id.clone())));
        }
        if let Some(display_name) = &self.display_name {
            all = Box::new(all.and(scim_group::display_name_key.eq(fold(display_name).into_string())));
        }
        if let Some(external_id) = &self.external_id {
            all = Box::new(all.and(scim_group::external_id.assume_not_null().eq(external_id.clone())));
        }
        if let Some(member) = &self.member {
            let holding = membership::table
                .select(membership::group_id)
                .filter(membership::organization_id.eq(organization.to_string()))
                .filter(membership::member_id.eq(member.clone()));
            all = Box::new(all.and(scim_group::id.eq_any(holding)));
        }
        all
    }
}

/// How many groups the selection holds.
pub fn count_selected(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
) -> Result<i64, StoreError> {
    Ok(scim_group::table.filter(selection.condition(organization)).count().get_result(conn)?)
}

/// One page of the selection by position, in the order of ids, which is the order of creation.
pub fn page(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
    offset: i64,
    limit: i64,
) -> Result<Vec<GroupRow>, StoreError> {
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .filter(selection.condition(organization))
        .order(scim_group::id)
        .offset(offset)
        .limit(limit)
        .load(conn)?)
}

/// The next groups of the selection whose ids come after `after`.
pub fn after(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
    after: &str,
    limit: i64,
) -> Result<Vec<GroupRow>, StoreError> {
    if selection.is_narrow() {
        return Ok(scim_group::table
            .select(GroupRow::as_select())
            .filter(selection.condition(organization))
            .filter(unindexed(scim_group::id).gt(after.to_owned()))
            .order(unindexed(scim_group::id))
            .limit(limit)
            .load(conn)?);
    }
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .filter(selection.condition(organization))
        .filter(scim_group::id.gt(after.to_owned()))
        .order(scim_group::id)
        .limit(limit)
        .load(conn)?)
}
