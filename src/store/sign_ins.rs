//! The `sign_in_attempt` table: sign-ins that failed or were tried out, for the admin, the newest of each connection alone.

use diesel::prelude::*;

use super::tables::sign_in_attempt;
use super::{Conn, StoreError, WriteTx};
use crate::model::{ConnectionId, OrganizationId, Timestamp};

/// An attempt as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_in_attempt, treat_none_as_default_value = false)]
pub struct AttemptRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    pub id: String,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub connection_id: ConnectionId,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub at: Timestamp,
    pub code: String,
    /// The first check that failed; nothing if all held.
    pub failed_check: Option<String>,
    pub reason: String,
    pub advice: String,
    pub request_id: Option<String>,
    pub ip: Option<String>,
    /// The admin who tried the connection out.
    pub tested_by: Option<String>,
    /// Who would have signed in, with what: JSON. Of a tried out sign-in whose message was good.
    pub outcome: Option<String>,
    /// The message, without what would make it good for anything.
    pub document: Option<String>,
}

/// The attempts of a connection, newest first.
pub fn of_connection(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ConnectionId,
    limit: i64,
) -> Result<Vec<AttemptRow>, StoreError> {
    Ok(sign_in_attempt::table
        .select(AttemptRow::as_select())
        .filter(sign_in_attempt::organization_id.eq(organization.to_string()))
        .filter(sign_in_attempt::connection_id.eq(id.to_string()))
        .order(sign_in_attempt::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// One attempt of a connection.
pub fn by_id(
    conn: &mut Conn,
    organization: OrganizationId,
    connection: ConnectionId,
    id: &str,
) -> Result<Option<AttemptRow>, StoreError> {
    Ok(sign_in_attempt::table
        .select(AttemptRow::as_select())
        .find((organization.to_string(), id.to_owned()))
        .filter(sign_in_attempt::connection_id.eq(connection.to_string()))
        .first(conn)
        .optional()?)
}

/// Adds an attempt and forgets those of the connection that are no longer among the newest `keep`.
pub fn insert(tx: &mut WriteTx<'_>, row: AttemptRow, keep: i64) -> Result<(), StoreError> {
    let (organization, id) = (row.organization_id, row.connection_id);
    diesel::insert_into(sign_in_attempt::table).values(row).execute(tx.writing([])?)?;
    let oldest: Option<String> = sign_in_attempt::table
        .select(sign_in_attempt::id)
        .filter(sign_in_attempt::organization_id.eq(organization.to_string()))
        .filter(sign_in_attempt::connection_id.eq(id.to_string()))
        .order(sign_in_attempt::id.desc())
        .offset(keep)
        .first(tx.conn())
        .optional()?;
    if let Some(oldest) = oldest {
        diesel::delete(
            sign_in_attempt::table
                .filter(sign_in_attempt::organization_id.eq(organization.to_string()))
                .filter(sign_in_attempt::connection_id.eq(id.to_string()))
                .filter(sign_in_attempt::id.le(oldest)),
        )
        .execute(tx.writing([])?)?;
    }
    Ok(())
}

/// Forgets every attempt of a connection.
pub fn delete(tx: &mut WriteTx<'_>, id: ConnectionId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        sign_in_attempt::table
            .filter(sign_in_attempt::organization_id.eq(organization.to_string()))
            .filter(sign_in_attempt::connection_id.eq(id.to_string())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}
