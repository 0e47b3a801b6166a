//! The `permission_override` table: allow or deny of one permission for one person in one scope.

use diesel::prelude::*;

use super::dialect::{batch, native, planned_anew};
use super::tables::permission_override;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{OrganizationId, UserId};

/// An override as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = permission_override, treat_none_as_default_value = false)]
pub struct OverrideRow {
    pub organization_id: String,
    pub id: String,
    pub user_id: String,
    pub permission: String,
    /// `allow` or `deny`.
    pub effect: String,
    pub scope: String,
    pub reason: String,
    pub until: Option<i64>,
    pub created_by: String,
    pub created_at: i64,
}

impl OverrideRow {
    /// The order in which overrides are listed, the same on both databases.
    pub fn order(&self) -> (&str, &str, &str, &str) {
        (&self.permission, &self.scope, &self.effect, &self.id)
    }
}

/// One person's overrides, in their order.
pub fn of_user(conn: &mut Conn, organization: OrganizationId, user: UserId) -> Result<Vec<OverrideRow>, StoreError> {
    let mut rows = permission_override::table
        .select(OverrideRow::as_select())
        .filter(permission_override::organization_id.eq(organization.to_string()))
        .filter(permission_override::user_id.eq(user.to_string()))
        .load::<OverrideRow>(conn)?;
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(rows)
}

/// The overrides of these people, in their order for each.
pub fn of_users(
    conn: &mut Conn,
    organization: OrganizationId,
    users: &[String],
) -> Result<Vec<OverrideRow>, StoreError> {
    let mut rows = Vec::new();
    for chunk in users.chunks(batch(conn)) {
        rows.extend(native!(conn, |conn| permission_override::table
            .select(OverrideRow::as_select())
            .filter(permission_override::organization_id.eq(organization.to_string()))
            .filter(permission_override::user_id.eq_any(chunk))
            .filter(planned_anew())
            .load::<OverrideRow>(conn))?);
    }
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(rows)
}

/// Takes all the person's overrides away.
pub fn clear(tx: &mut WriteTx<'_>, user: UserId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        permission_override::table
            .filter(permission_override::organization_id.eq(organization.to_string()))
            .filter(permission_override::user_id.eq(user.to_string())),
    )
    .execute(tx.writing([Change::User(organization, user)])?)?;
    Ok(())
}

/// Takes the overrides `gone` away from the person, and adds `new`.
pub fn exchange(
    tx: &mut WriteTx<'_>,
    user: UserId,
    gone: &[OverrideRow],
    new: &[OverrideRow],
) -> Result<(), StoreError> {
    let organization = tx.organization();
    let conn = tx.writing([Change::User(organization, user)])?;
    diesel::delete(
        permission_override::table
            .filter(permission_override::organization_id.eq(organization.to_string()))
            .filter(permission_override::id.eq_any(gone.iter().map(|row| row.id.as_str()))),
    )
    .execute(conn)?;
    for chunk in new.chunks(1_000) {
        native!(conn, |conn| diesel::insert_into(permission_override::table).values(chunk).execute(conn))?;
    }
    Ok(())
}

/// Every scope for which there is an exception.
pub fn scopes(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<String>, StoreError> {
    Ok(permission_override::table
        .select(permission_override::scope)
        .filter(permission_override::organization_id.eq(organization.to_string()))
        .distinct()
        .load(conn)?)
}

/// Every permission for which there is an exception, with its effect.
pub fn permissions(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<(String, String)>, StoreError> {
    Ok(permission_override::table
        .select((permission_override::permission, permission_override::effect))
        .filter(permission_override::organization_id.eq(organization.to_string()))
        .distinct()
        .load(conn)?)
}
