//! The `connection_group` table: which group here is meant by what an identity provider says at a sign-in.

use diesel::prelude::*;

use super::dialect::batch;
use super::tables::connection_group;
use super::{Conn, StoreError, WriteTx};
use crate::model::{ConnectionId, GroupId, OrganizationId};

/// The groups of a connection that bear one of these values: value and id.
pub fn of_values(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ConnectionId,
    values: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::with_capacity(values.len());
    for chunk in values.chunks(batch(conn)) {
        let rows: Vec<(String, String)> = connection_group::table
            .select((connection_group::value, connection_group::group_id))
            .filter(connection_group::organization_id.eq(organization.to_string()))
            .filter(connection_group::connection_id.eq(id.to_string()))
            .filter(connection_group::value.eq_any(chunk))
            .load(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

/// Those of `groups` that are the connection's.
pub fn among(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ConnectionId,
    groups: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::with_capacity(groups.len());
    for chunk in groups.chunks(batch(conn)) {
        let rows: Vec<String> = connection_group::table
            .select(connection_group::group_id)
            .filter(connection_group::organization_id.eq(organization.to_string()))
            .filter(connection_group::connection_id.eq(id.to_string()))
            .filter(connection_group::group_id.eq_any(chunk))
            .load(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

/// The ids of all groups of a connection.
pub fn all(conn: &mut Conn, organization: OrganizationId, id: ConnectionId) -> Result<Vec<String>, StoreError> {
    Ok(connection_group::table
        .select(connection_group::group_id)
        .filter(connection_group::organization_id.eq(organization.to_string()))
        .filter(connection_group::connection_id.eq(id.to_string()))
        .order(connection_group::group_id)
        .load(conn)?)
}

/// Remembers which group a value means.
pub fn insert(tx: &mut WriteTx<'_>, id: ConnectionId, value: &str, group: GroupId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::insert_into(connection_group::table)
        .values((
            connection_group::organization_id.eq(organization.to_string()),
            connection_group::connection_id.eq(id.to_string()),
            connection_group::value.eq(value.to_owned()),
            connection_group::group_id.eq(group.to_string()),
        ))
        .execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets what a connection's values mean.
pub fn delete(tx: &mut WriteTx<'_>, id: ConnectionId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        connection_group::table
            .filter(connection_group::organization_id.eq(organization.to_string()))
            .filter(connection_group::connection_id.eq(id.to_string())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}
