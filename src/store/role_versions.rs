//! The `role_version` table: what each custom role has been. It is written together with the role itself, so that no path
//! can forget it, and goes with the role: a later one of the same key begins anew.

use diesel::prelude::*;

use super::roles::RoleRow;
use super::tables::role_version;
use super::{Conn, StoreError, WriteTx};
use crate::model::OrganizationId;

/// Versions of one page.
const PAGE: i64 = 100;

/// A version as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = role_version)]
pub struct RoleVersionRow {
    pub organization_id: String,
    pub role_key: String,
    pub version: i64,
    pub title: String,
    /// The permission keys, a JSON array.
    pub permissions: String,
    pub changed_by: String,
    pub changed_at: i64,
}

/// The versions of a role, the newest first, before `before` if that is given.
pub fn of_role(
    conn: &mut Conn,
    organization: OrganizationId,
    key: &str,
    before: Option<i64>,
) -> Result<Vec<RoleVersionRow>, StoreError> {
    Ok(role_version::table
        .select(RoleVersionRow::as_select())
        .filter(role_version::organization_id.eq(organization.to_string()))
        .filter(role_version::role_key.eq(key.to_owned()))
        .filter(role_version::version.lt(before.unwrap_or(i64::MAX)))
        .order(role_version::version.desc())
        .limit(PAGE)
        .load(conn)?)
}

/// One version of a role.
pub fn one(
    conn: &mut Conn,
    organization: OrganizationId,
    key: &str,
    version: i64,
) -> Result<Option<RoleVersionRow>, StoreError> {
    Ok(role_version::table
        .select(RoleVersionRow::as_select())
        .find((organization.to_string(), key.to_owned(), version))
        .first(conn)
        .optional()?)
}

/// Keeps what a role has become. `version` is the one that stands now.
pub(super) fn keep(tx: &mut WriteTx<'_>, row: &RoleRow, version: i64) -> Result<(), StoreError> {
    let kept = RoleVersionRow {
        organization_id: row.organization_id.clone(),
        role_key: row.role_key.clone(),
        version,
        title: row.title.clone(),
        permissions: row.permissions.clone(),
        changed_by: tx.actor().to_string(),
        changed_at: row.changed_at,
    };
    diesel::insert_into(role_version::table).values(kept).execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets a role that goes.
pub(super) fn forget(tx: &mut WriteTx<'_>, row: &RoleRow) -> Result<(), StoreError> {
    diesel::delete(
        role_version::table
            .filter(role_version::organization_id.eq(row.organization_id.clone()))
            .filter(role_version::role_key.eq(row.role_key.clone())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}
