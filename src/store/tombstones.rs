//! The `tombstone` table: what is left of the deleted, so that the audit still reads and nobody is resurrected.

use diesel::prelude::*;

use super::tables::tombstone;
use super::{Conn, StoreError, WriteTx};
use crate::model::{OrganizationId, fold};

/// What is left of a person or group.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = tombstone, treat_none_as_default_value = false)]
pub struct TombstoneRow {
    pub organization_id: String,
    pub id: String,
    /// `user` or `group`.
    pub kind: String,
    pub directory_id: Option<String>,
    pub name_key: String,
    pub external_id: Option<String>,
    pub last_state: String,
    pub deleted_by: String,
    pub deleted_at: i64,
}

/// Keeps what is left.
pub fn insert(tx: &mut WriteTx<'_>, row: TombstoneRow) -> Result<(), StoreError> {
    diesel::insert_into(tombstone::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Whether a person of that userName was deleted by a directory.
pub fn user_was_deleted(conn: &mut Conn, organization: OrganizationId, user_name: &str) -> Result<bool, StoreError> {
    let found: i64 = tombstone::table
        .filter(tombstone::organization_id.eq(organization.to_string()))
        .filter(tombstone::kind.eq("user"))
        .filter(tombstone::name_key.eq(fold(user_name).into_string()))
        .filter(tombstone::directory_id.is_not_null())
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}
