//! The `ownership_offer` table: a role with exactly one holder, on its way to the next.

use diesel::prelude::*;

use super::tables::ownership_offer;
use super::{Conn, StoreError, WriteTx};
use crate::model::{OrganizationId, UserId};

/// An offer as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = ownership_offer)]
pub struct OfferRow {
    pub organization_id: String,
    pub role: String,
    pub from_user: String,
    pub to_user: String,
    pub created_at: i64,
    pub expires_at: i64,
}

/// The offers that this person made or may accept, by role.
pub fn of_user(conn: &mut Conn, organization: OrganizationId, user: UserId) -> Result<Vec<OfferRow>, StoreError> {
    let user = user.to_string();
    Ok(ownership_offer::table
        .select(OfferRow::as_select())
        .filter(ownership_offer::organization_id.eq(organization.to_string()))
        .filter(ownership_offer::from_user.eq(user.clone()).or(ownership_offer::to_user.eq(user)))
        .order(ownership_offer::role)
        .load(conn)?)
}

/// Makes an offer in the place of any other of this role.
pub fn replace(tx: &mut WriteTx<'_>, row: &OfferRow) -> Result<(), StoreError> {
    delete(tx, row)?;
    diesel::insert_into(ownership_offer::table).values(row.clone()).execute(tx.writing([])?)?;
    Ok(())
}

/// Takes the offer of this role away.
pub fn delete(tx: &mut WriteTx<'_>, row: &OfferRow) -> Result<(), StoreError> {
    diesel::delete(ownership_offer::table.find((row.organization_id.clone(), row.role.clone())))
        .execute(tx.writing([])?)?;
    Ok(())
}
