//! The `share` table: a level on one resource, for one person or for all of a group.

use diesel::prelude::*;

use super::dialect::{batch, native, planned_anew};
use super::tables::share;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{OrganizationId, ShareId};

/// A share as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = share, treat_none_as_default_value = false)]
pub struct ShareRow {
    pub organization_id: String,
    pub id: String,
    pub resource_kind: String,
    pub resource_id: String,
    /// `user` or `group`.
    pub holder_kind: String,
    pub holder_id: String,
    pub level: String,
    pub until: Option<i64>,
    pub created_by: String,
    pub created_at: i64,
}

impl ShareRow {
    fn touches(&self, organization: OrganizationId) -> Change {
        Change::of_holder(organization, self.holder_kind == "user", &self.holder_id)
    }
}

/// What is shared with these holders.
pub fn of_holders(
    conn: &mut Conn,
    organization: OrganizationId,
    holders: &[String],
) -> Result<Vec<ShareRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in holders.chunks(batch(conn)) {
        found.extend(native!(conn, |conn| share::table
            .select(ShareRow::as_select())
            .filter(share::organization_id.eq(organization.to_string()))
            .filter(share::holder_id.eq_any(chunk))
            .filter(planned_anew())
            .order(share::id)
            .load::<ShareRow>(conn))?);
    }
    Ok(found)
}

/// With whom this resource is shared.
pub fn of_resource(
    conn: &mut Conn,
    organization: OrganizationId,
    kind: &str,
    id: &str,
) -> Result<Vec<ShareRow>, StoreError> {
    Ok(share::table
        .select(ShareRow::as_select())
        .filter(share::organization_id.eq(organization.to_string()))
        .filter(share::resource_kind.eq(kind.to_owned()))
        .filter(share::resource_id.eq(id.to_owned()))
        .order(share::id)
        .load(conn)?)
}

/// Every resource of this type that is shared with anybody, by id.
pub fn resources(conn: &mut Conn, organization: OrganizationId, kind: &str) -> Result<Vec<String>, StoreError> {
    Ok(share::table
        .select(share::resource_id)
        .filter(share::organization_id.eq(organization.to_string()))
        .filter(share::resource_kind.eq(kind.to_owned()))
        .distinct()
        .load(conn)?)
}

/// Every type of resource that is shared, with the levels.
pub fn levels(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<(String, String)>, StoreError> {
    Ok(share::table
        .select((share::resource_kind, share::level))
        .filter(share::organization_id.eq(organization.to_string()))
        .distinct()
        .load(conn)?)
}

/// The share of this resource with this holder.
pub fn between(
    conn: &mut Conn,
    organization: OrganizationId,
    (kind, id): (&str, &str),
    holder: &str,
) -> Result<Option<ShareRow>, StoreError> {
    Ok(share::table
        .select(ShareRow::as_select())
        .filter(share::organization_id.eq(organization.to_string()))
        .filter(share::resource_kind.eq(kind.to_owned()))
        .filter(share::resource_id.eq(id.to_owned()))
        .filter(share::holder_id.eq(holder.to_owned()))
        .first(conn)
        .optional()?)
}

/// How much is shared with this holder.
pub fn count_of_holder(conn: &mut Conn, organization: OrganizationId, holder: &str) -> Result<i64, StoreError> {
    Ok(share::table
        .filter(share::organization_id.eq(organization.to_string()))
        .filter(share::holder_id.eq(holder.to_owned()))
        .count()
        .get_result(conn)?)
}

/// One share.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: ShareId) -> Result<Option<ShareRow>, StoreError> {
    Ok(share::table
        .select(ShareRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// Adds a share.
pub fn insert(tx: &mut WriteTx<'_>, row: &ShareRow) -> Result<(), StoreError> {
    let touches = row.touches(tx.organization());
    diesel::insert_into(share::table).values(row.clone()).execute(tx.writing([touches])?)?;
    Ok(())
}

/// Ends a share.
pub fn delete(tx: &mut WriteTx<'_>, row: &ShareRow) -> Result<(), StoreError> {
    let touches = row.touches(tx.organization());
    diesel::delete(share::table.find((row.organization_id.clone(), row.id.clone()))).execute(tx.writing([touches])?)?;
    Ok(())
}

/// Ends all that is shared with a holder that goes; `touches` says whom that reaches.
pub fn delete_holder(tx: &mut WriteTx<'_>, holder: &str, touches: Change) -> Result<usize, StoreError> {
    let organization = tx.organization();
    Ok(diesel::delete(
        share::table
            .filter(share::organization_id.eq(organization.to_string()))
            .filter(share::holder_id.eq(holder.to_owned())),
    )
    .execute(tx.writing([touches])?)?)
}
