//! The `leniency` table: what was tolerated in the requests of a directory, and how often.

use diesel::prelude::*;

use super::tables::{directory, leniency};
use super::{Conn, StoreError, WriteTx};
use crate::model::{DirectoryId, OrganizationId};

/// The most rows of one directory. A client that sends a new attribute with each request cannot fill the table.
const MOST: i64 = 200;

/// A shape, and how often it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = leniency)]
pub struct LeniencyRow {
    pub organization_id: String,
    pub directory_id: String,
    pub code: String,
    /// Empty for all that are beyond the most rows.
    pub shape: String,
    pub example: String,
    pub uses: i64,
    pub first_at: i64,
    pub last_at: i64,
}

/// What the directory was forgiven, the latest first.
pub fn of_directory(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
) -> Result<Vec<LeniencyRow>, StoreError> {
    Ok(leniency::table
        .select(LeniencyRow::as_select())
        .filter(leniency::organization_id.eq(organization.to_string()))
        .filter(leniency::directory_id.eq(directory.to_string()))
        .order((leniency::last_at.desc(), leniency::code, leniency::shape))
        .load(conn)?)
}

/// Adds to what is there; what a deleted directory sent is forgotten.
pub fn add(tx: &mut WriteTx<'_>, more: Vec<LeniencyRow>) -> Result<(), StoreError> {
    let conn = tx.writing([])?;
    for row in more {
        if added_to(conn, &row)? || !is_there(conn, &row)? {
            continue;
        }
        if rows_of(conn, &row)? < MOST {
            diesel::insert_into(leniency::table).values(row).execute(conn)?;
            continue;
        }
        let others = LeniencyRow { shape: String::new(), ..row };
        if !added_to(conn, &others)? {
            diesel::insert_into(leniency::table).values(others).execute(conn)?;
        }
    }
    Ok(())
}

/// Forgets what a directory was forgiven.
pub fn forget(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        leniency::table
            .filter(leniency::organization_id.eq(organization.to_string()))
            .filter(leniency::directory_id.eq(directory.to_string())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}

/// Whether the directory has not been deleted meanwhile.
fn is_there(conn: &mut Conn, row: &LeniencyRow) -> Result<bool, StoreError> {
    let found: Option<String> = directory::table
        .select(directory::id)
        .find((row.organization_id.as_str(), row.directory_id.as_str()))
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

fn added_to(conn: &mut Conn, row: &LeniencyRow) -> Result<bool, StoreError> {
    let key = (row.organization_id.as_str(), row.directory_id.as_str(), row.code.as_str(), row.shape.as_str());
    let updated = diesel::update(leniency::table.find(key))
        .set((
            leniency::uses.eq(leniency::uses + row.uses),
            leniency::last_at.eq(row.last_at),
            leniency::example.eq(&row.example),
        ))
        .execute(conn)?;
    Ok(updated == 1)
}

fn rows_of(conn: &mut Conn, row: &LeniencyRow) -> Result<i64, StoreError> {
    Ok(leniency::table
        .filter(leniency::organization_id.eq(&row.organization_id))
        .filter(leniency::directory_id.eq(&row.directory_id))
        .count()
        .get_result(conn)?)
}
