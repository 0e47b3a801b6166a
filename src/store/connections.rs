//! The `connection` and `saml_identity` tables: the SAML identity providers, and who is who at them.

use diesel::prelude::*;

use super::tables::{connection, metadata_source, saml_identity};
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{ConnectionId, OrganizationId, Timestamp, UserId};

/// A SAML connection as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = connection)]
pub struct ConnectionRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: ConnectionId,
    pub name: String,
    pub name_key: String,
    pub idp_entity_id: String,
    pub metadata_xml: String,
    /// A JSON array of lower-case domains.
    pub domains: String,
    /// Sealed; see `domain/sealing`.
    pub sp_key_pem: String,
    pub sp_certificate_pem: String,
    pub enabled: bool,
    pub version: i64,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub changed_at: Timestamp,
    /// What an admin chose, as JSON; see `domain/connections/draft`.
    pub choices: String,
    /// A second key: JSON, its private part sealed like the first; see `domain/connections/keys`.
    pub spare_key: Option<String>,
    /// At how many days before its end an expiring certificate was announced last.
    pub expiry_told: Option<i64>,
}

/// A connection's private key as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = connection)]
pub struct StoredKey {
    #[diesel(deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(deserialize_as = String)]
    pub id: ConnectionId,
    pub name: String,
    pub sp_key_pem: String,
    pub spare_key: Option<String>,
}

/// One connection, whatever the organization: the address of its endpoints names it, and it names the organization.
pub fn by_id(conn: &mut Conn, id: ConnectionId) -> Result<Option<ConnectionRow>, StoreError> {
    Ok(connection::table
        .select(ConnectionRow::as_select())
        .filter(connection::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// All connections of the organization, oldest first.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<ConnectionRow>, StoreError> {
    Ok(connection::table
        .select(ConnectionRow::as_select())
        .filter(connection::organization_id.eq(organization.to_string()))
        .order(connection::id)
        .load(conn)?)
}

/// Every enabled connection of the installation, for home-realm discovery.
pub fn enabled(conn: &mut Conn) -> Result<Vec<ConnectionRow>, StoreError> {
    Ok(connection::table
        .select(ConnectionRow::as_select())
        .filter(connection::enabled.eq(true))
        .order(connection::id)
        .load(conn)?)
}

/// The domains of every connection of the other organizations, each a JSON array.
pub fn domains_elsewhere(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<String>, StoreError> {
    Ok(connection::table
        .select(connection::domains)
        .filter(connection::organization_id.ne(organization.to_string()))
        .load(conn)?)
}

/// Every private key of the installation, as stored.
pub fn keys(conn: &mut Conn) -> Result<Vec<StoredKey>, StoreError> {
    Ok(connection::table.select(StoredKey::as_select()).order(connection::id).load(conn)?)
}

/// Stores a private key in another form, if it still is what was read.
pub fn set_key(tx: &mut WriteTx<'_>, before: &StoredKey, stored: &str) -> Result<(), StoreError> {
    let changed = diesel::update(
        connection::table
            .find((before.organization_id.to_string(), before.id.to_string()))
            .filter(connection::sp_key_pem.eq(&before.sp_key_pem)),
    )
    .set(connection::sp_key_pem.eq(stored.to_owned()))
    .execute(tx.writing([])?)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Adds a connection.
pub fn insert(tx: &mut WriteTx<'_>, row: ConnectionRow) -> Result<(), StoreError> {
    diesel::insert_into(connection::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Writes a changed connection, if it still is of the version that `row` was read with.
pub fn update(tx: &mut WriteTx<'_>, row: &ConnectionRow) -> Result<(), StoreError> {
    let row = row.clone();
    let changed = diesel::update(
        connection::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(connection::version.eq(row.version)),
    )
    .set((
        (
            connection::name.eq(row.name),
            connection::name_key.eq(row.name_key),
            connection::idp_entity_id.eq(row.idp_entity_id),
            connection::metadata_xml.eq(row.metadata_xml),
            connection::domains.eq(row.domains),
            connection::choices.eq(row.choices),
        ),
        (
            connection::sp_key_pem.eq(row.sp_key_pem),
            connection::sp_certificate_pem.eq(row.sp_certificate_pem),
            connection::spare_key.eq(row.spare_key),
        ),
        connection::enabled.eq(row.enabled),
        connection::expiry_told.eq(row.expiry_told),
        connection::version.eq(row.version.saturating_add(1)),
        connection::changed_at.eq(tx.now().micros()),
    ))
    .execute(tx.writing([])?)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Takes a connection away, with what it knew of who is who.
pub fn delete(tx: &mut WriteTx<'_>, row: &ConnectionRow) -> Result<(), StoreError> {
    let conn = tx.writing([Change::Organization(row.organization_id)])?;
    diesel::delete(
        saml_identity::table
            .filter(saml_identity::organization_id.eq(row.organization_id.to_string()))
            .filter(saml_identity::connection_id.eq(row.id.to_string())),
    )
    .execute(conn)?;
    diesel::delete(metadata_source::table.find((row.organization_id.to_string(), row.id.to_string()))).execute(conn)?;
    let deleted = diesel::delete(
        connection::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(connection::version.eq(row.version)),
    )
    .execute(conn)?;
    if deleted == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Who this subject of the identity provider is here.
pub fn identity(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ConnectionId,
    subject: &str,
) -> Result<Option<String>, StoreError> {
    Ok(saml_identity::table
        .select(saml_identity::user_id)
        .find((organization.to_string(), id.to_string(), subject.to_owned()))
        .first(conn)
        .optional()?)
}

/// Remembers who this subject of the identity provider is here, in place of whoever it was before.
pub fn set_identity(tx: &mut WriteTx<'_>, id: ConnectionId, subject: &str, user: UserId) -> Result<(), StoreError> {
    let (organization, now) = (tx.organization(), tx.now());
    diesel::delete(saml_identity::table.find((organization.to_string(), id.to_string(), subject.to_owned())))
        .execute(tx.writing([])?)?;
    diesel::insert_into(saml_identity::table)
        .values((
            saml_identity::organization_id.eq(organization.to_string()),
            saml_identity::connection_id.eq(id.to_string()),
            saml_identity::subject.eq(subject.to_owned()),
            saml_identity::user_id.eq(user.to_string()),
            saml_identity::created_at.eq(now.micros()),
        ))
        .execute(tx.writing([])?)?;
    Ok(())
}
