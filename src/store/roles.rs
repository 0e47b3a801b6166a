//! The `custom_role` table: roles that an organization made.

use diesel::prelude::*;

use super::tables::custom_role;
use super::{Change, Conn, StoreError, WriteTx, role_versions};
use crate::model::OrganizationId;

/// A custom role as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = custom_role, treat_none_as_default_value = false)]
pub struct RoleRow {
    pub organization_id: String,
    pub role_key: String,
    pub title: String,
    /// The permission keys, a JSON array.
    pub permissions: String,
    pub version: i64,
    pub created_at: i64,
    pub changed_at: i64,
    /// Those of them that hold in the whole organization, a JSON array.
    pub everywhere: String,
    /// What it was cloned from, a JSON object.
    pub origin: Option<String>,
}

/// All custom roles, by key.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<RoleRow>, StoreError> {
    Ok(custom_role::table
        .select(RoleRow::as_select())
        .filter(custom_role::organization_id.eq(organization.to_string()))
        .order(custom_role::role_key)
        .load(conn)?)
}

/// One custom role.
pub fn by_key(conn: &mut Conn, organization: OrganizationId, key: &str) -> Result<Option<RoleRow>, StoreError> {
    Ok(custom_role::table
        .select(RoleRow::as_select())
        .find((organization.to_string(), key.to_owned()))
        .first(conn)
        .optional()?)
}

/// Adds a role.
pub fn insert(tx: &mut WriteTx<'_>, row: RoleRow) -> Result<(), StoreError> {
    let touches = Change::Policy(tx.organization());
    diesel::insert_into(custom_role::table).values(row.clone()).execute(tx.writing([touches])?)?;
    role_versions::keep(tx, &row, row.version)
}

/// Writes a role's new state. `row` bears the version that was read; the one that stands is one higher.
pub fn update(tx: &mut WriteTx<'_>, row: &RoleRow) -> Result<(), StoreError> {
    let touches = Change::Policy(tx.organization());
    let changed = diesel::update(
        custom_role::table
            .find((row.organization_id.clone(), row.role_key.clone()))
            .filter(custom_role::version.eq(row.version)),
    )
    .set((
        custom_role::title.eq(&row.title),
        custom_role::permissions.eq(&row.permissions),
        custom_role::everywhere.eq(&row.everywhere),
        custom_role::version.eq(row.version + 1),
        custom_role::changed_at.eq(row.changed_at),
    ))
    .execute(tx.writing([touches])?)?;
    if changed == 1 { role_versions::keep(tx, row, row.version + 1) } else { Err(StoreError::Stale) }
}

/// Takes a role away.
pub fn delete(tx: &mut WriteTx<'_>, row: &RoleRow) -> Result<(), StoreError> {
    let touches = Change::Policy(tx.organization());
    let deleted = diesel::delete(
        custom_role::table
            .find((row.organization_id.clone(), row.role_key.clone()))
            .filter(custom_role::version.eq(row.version)),
    )
    .execute(tx.writing([touches])?)?;
    if deleted == 1 { role_versions::forget(tx, row) } else { Err(StoreError::Stale) }
}
