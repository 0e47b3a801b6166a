//! The `metadata_source` table: where the metadata of connections is fetched from, and how that went last.

use diesel::prelude::*;

use super::tables::metadata_source;
use super::{Conn, StoreError, WriteTx};
use crate::model::{ConnectionId, OrganizationId, Timestamp};

/// A source as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = metadata_source)]
pub struct MetadataSourceRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub connection_id: ConnectionId,
    pub url: String,
    /// What the server called the document that was taken last.
    pub etag: Option<String>,
    /// When a document was taken, or found unchanged.
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub fetched_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub tried_at: Timestamp,
    /// When to look again.
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub next_at: Timestamp,
    /// Why the last try brought nothing.
    pub error: Option<String>,
}

/// The source of a connection.
pub fn of_connection(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<Option<MetadataSourceRow>, StoreError> {
    Ok(metadata_source::table
        .select(MetadataSourceRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// The sources of an organization.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<MetadataSourceRow>, StoreError> {
    Ok(metadata_source::table
        .select(MetadataSourceRow::as_select())
        .filter(metadata_source::organization_id.eq(organization.to_string()))
        .load(conn)?)
}

/// Sources of the whole installation that are to be looked at again, the longest overdue first.
pub fn due(conn: &mut Conn, moment: Timestamp, limit: i64) -> Result<Vec<MetadataSourceRow>, StoreError> {
    Ok(metadata_source::table
        .select(MetadataSourceRow::as_select())
        .filter(metadata_source::next_at.le(moment.micros()))
        .order(metadata_source::next_at)
        .limit(limit)
        .load(conn)?)
}

/// Takes a due source for this replica; false if another was faster.
pub fn claim(tx: &mut WriteTx<'_>, row: &MetadataSourceRow, next_at: Timestamp) -> Result<bool, StoreError> {
    let claimed = diesel::update(
        metadata_source::table
            .find((row.organization_id.to_string(), row.connection_id.to_string()))
            .filter(metadata_source::next_at.eq(row.next_at.micros())),
    )
    .set(metadata_source::next_at.eq(next_at.micros()))
    .execute(tx.writing([])?)?;
    Ok(claimed == 1)
}

/// Sets a connection's source, in place of the one before.
pub fn set(tx: &mut WriteTx<'_>, row: MetadataSourceRow) -> Result<(), StoreError> {
    remove(tx, row.connection_id)?;
    diesel::insert_into(metadata_source::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Takes a connection's source away: its metadata is an admin's upload from now on.
pub fn remove(tx: &mut WriteTx<'_>, id: ConnectionId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(metadata_source::table.find((organization.to_string(), id.to_string()))).execute(tx.writing([])?)?;
    Ok(())
}
