//! The `brake` and `departure` tables: how many of its people a directory may let go of at once, and whom it has.

use diesel::prelude::*;

use super::tables::{brake, departure};
use super::{Conn, StoreError, WriteTx};
use crate::model::{DirectoryId, OrganizationId};

/// The brake of a directory, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = brake)]
pub struct BrakeRow {
    pub organization_id: String,
    pub directory_id: String,
    pub enabled: bool,
    /// So many may go within the time; 0 for no such limit.
    pub people: i64,
    /// And no more of a hundred; 0 for no such limit.
    pub percent: i64,
    /// A part of a hundred is looked at when more than this many have gone.
    pub least: i64,
    pub minutes: i64,
    /// How many people the directory had at `base_at`.
    pub base: i64,
    pub base_at: i64,
    pub engaged_at: Option<i64>,
    pub lifted_until: Option<i64>,
}

/// Somebody whom a directory has let go of, or wants to.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = departure)]
pub struct DepartureRow {
    pub organization_id: String,
    pub directory_id: String,
    pub user_id: String,
    pub user_name: String,
    /// `deactivate` or `delete`.
    pub asked: String,
    pub held: bool,
    pub at: i64,
}

/// The directory's brake, if it is not that of every new one.
pub fn by_directory(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
) -> Result<Option<BrakeRow>, StoreError> {
    Ok(brake::table
        .select(BrakeRow::as_select())
        .find((organization.to_string(), directory.to_string()))
        .first(conn)
        .optional()?)
}

/// Writes the brake as it now is.
pub fn save(tx: &mut WriteTx<'_>, row: &BrakeRow) -> Result<(), StoreError> {
    let conn = tx.writing([])?;
    diesel::delete(brake::table.find((&row.organization_id, &row.directory_id))).execute(conn)?;
    diesel::insert_into(brake::table).values(row.clone()).execute(conn)?;
    Ok(())
}

/// Notes that somebody goes, or is to go; once for each person.
pub fn note(tx: &mut WriteTx<'_>, row: DepartureRow) -> Result<(), StoreError> {
    let conn = tx.writing([])?;
    diesel::delete(departure::table.find((&row.organization_id, &row.directory_id, &row.user_id))).execute(conn)?;
    diesel::insert_into(departure::table).values(row).execute(conn)?;
    Ok(())
}

/// What is noted of a person.
pub fn of_person(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    user: &str,
) -> Result<Option<DepartureRow>, StoreError> {
    Ok(departure::table
        .select(DepartureRow::as_select())
        .find((organization.to_string(), directory.to_string(), user.to_owned()))
        .first(conn)
        .optional()?)
}

/// How many have gone, or are held, since then.
pub fn count(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    held: bool,
    since: i64,
) -> Result<i64, StoreError> {
    Ok(departure::table
        .filter(departure::organization_id.eq(organization.to_string()))
        .filter(departure::directory_id.eq(directory.to_string()))
        .filter(departure::held.eq(held))
        .filter(departure::at.gt(since))
        .count()
        .get_result(conn)?)
}

/// The first of those who are held.
pub fn held(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    limit: i64,
) -> Result<Vec<DepartureRow>, StoreError> {
    Ok(departure::table
        .select(DepartureRow::as_select())
        .filter(departure::organization_id.eq(organization.to_string()))
        .filter(departure::directory_id.eq(directory.to_string()))
        .filter(departure::held.eq(true))
        .order((departure::at, departure::user_id))
        .limit(limit)
        .load(conn)?)
}

/// Forgets one who came back.
pub fn came_back(tx: &mut WriteTx<'_>, directory: DirectoryId, user: &str) -> Result<(), StoreError> {
    let organization = tx.organization();
    let key = (organization.to_string(), directory.to_string(), user.to_owned());
    diesel::delete(departure::table.find(key)).execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets those who went before then.
pub fn forget_before(tx: &mut WriteTx<'_>, directory: DirectoryId, before: i64) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        departure::table
            .filter(departure::organization_id.eq(organization.to_string()))
            .filter(departure::directory_id.eq(directory.to_string()))
            .filter(departure::held.eq(false))
            .filter(departure::at.le(before)),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets all whom the directory let go of, or wanted to.
pub fn forget_departures(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        departure::table
            .filter(departure::organization_id.eq(organization.to_string()))
            .filter(departure::directory_id.eq(directory.to_string())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets the brake of a directory that goes.
pub fn forget(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<(), StoreError> {
    forget_departures(tx, directory)?;
    let organization = tx.organization();
    diesel::delete(brake::table.find((organization.to_string(), directory.to_string()))).execute(tx.writing([])?)?;
    Ok(())
}
