//! The `scope_link` table: declared scopes and what each lies under.

use diesel::prelude::*;

use super::tables::scope_link;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::OrganizationId;

/// A declared scope as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = scope_link)]
pub struct ScopeRow {
    pub organization_id: String,
    pub scope: String,
    /// `organization` or another scope.
    pub parent: String,
    pub created_at: i64,
}

/// All declared scopes.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<ScopeRow>, StoreError> {
    Ok(scope_link::table
        .select(ScopeRow::as_select())
        .filter(scope_link::organization_id.eq(organization.to_string()))
        .order(scope_link::scope)
        .load(conn)?)
}

/// Declares a scope.
pub fn insert(tx: &mut WriteTx<'_>, row: ScopeRow) -> Result<(), StoreError> {
    let touches = Change::Policy(tx.organization());
    diesel::insert_into(scope_link::table).values(row).execute(tx.writing([touches])?)?;
    Ok(())
}

/// Puts a scope under another parent.
pub fn move_under(tx: &mut WriteTx<'_>, moved: &str, parent: &str) -> Result<(), StoreError> {
    let organization = tx.organization();
    let touches = Change::Policy(organization);
    let changed = diesel::update(scope_link::table.find((organization.to_string(), moved.to_owned())))
        .set(scope_link::parent.eq(parent))
        .execute(tx.writing([touches])?)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Takes a declaration away.
pub fn delete(tx: &mut WriteTx<'_>, gone: &str) -> Result<(), StoreError> {
    let organization = tx.organization();
    let touches = Change::Policy(organization);
    diesel::delete(scope_link::table.find((organization.to_string(), gone.to_owned())))
        .execute(tx.writing([touches])?)?;
    Ok(())
}
