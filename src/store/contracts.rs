//! The `access_contract` table: what an organization asserts about itself.

use diesel::prelude::*;

use super::tables::access_contract;
use super::{Conn, StoreError, WriteTx};
use crate::model::{ContractId, OrganizationId};

/// A contract as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_contract)]
pub struct ContractRow {
    pub organization_id: String,
    pub id: String,
    pub name: String,
    /// `{"role"}` or `{"group"}`, as JSON.
    pub who: String,
    /// `{"permission"}`, `{"scope_type"}` or `{"scope"}`, as JSON.
    pub never: String,
    pub created_at: i64,
    pub changed_at: i64,
}

/// All contracts, the oldest first.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<ContractRow>, StoreError> {
    Ok(access_contract::table
        .select(ContractRow::as_select())
        .filter(access_contract::organization_id.eq(organization.to_string()))
        .order(access_contract::id)
        .load(conn)?)
}

/// One contract.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: ContractId) -> Result<Option<ContractRow>, StoreError> {
    Ok(access_contract::table
        .select(ContractRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// Adds a contract. Nobody's rights change by it.
pub fn insert(tx: &mut WriteTx<'_>, row: ContractRow) -> Result<(), StoreError> {
    diesel::insert_into(access_contract::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Writes a contract's new state.
pub fn update(tx: &mut WriteTx<'_>, row: &ContractRow) -> Result<(), StoreError> {
    diesel::update(access_contract::table.find((row.organization_id.clone(), row.id.clone())))
        .set((
            access_contract::name.eq(&row.name),
            access_contract::who.eq(&row.who),
            access_contract::never.eq(&row.never),
            access_contract::changed_at.eq(row.changed_at),
        ))
        .execute(tx.writing([])?)?;
    Ok(())
}

/// Takes a contract away.
pub fn delete(tx: &mut WriteTx<'_>, row: &ContractRow) -> Result<(), StoreError> {
    diesel::delete(access_contract::table.find((row.organization_id.clone(), row.id.clone())))
        .execute(tx.writing([])?)?;
    Ok(())
}
