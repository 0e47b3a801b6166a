//! The `oauth_client` and `used_assertion` tables: programs that fetch their directory's tokens themselves, and the
//! assertions that have been shown.

use diesel::prelude::*;

use super::directories::DirectoryTokenRow;
use super::tables::{directory_token, oauth_client, used_assertion};
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{Digest, DirectoryId, OauthClientId, OrganizationId, Timestamp};

/// A client as stored: the digest of its secret, or the key that its assertions are signed with.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = oauth_client)]
pub struct OauthClientRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: OauthClientId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub directory_id: DirectoryId,
    pub name: String,
    pub secret_digest: Option<String>,
    /// In PEM.
    pub public_key: Option<String>,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
}

/// The client of this id, whatever the organization: the id is what names it.
pub fn by_id(conn: &mut Conn, id: OauthClientId) -> Result<Option<OauthClientRow>, StoreError> {
    Ok(oauth_client::table
        .select(OauthClientRow::as_select())
        .filter(oauth_client::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// The clients of a directory, oldest first.
pub fn of_directory(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
) -> Result<Vec<OauthClientRow>, StoreError> {
    Ok(oauth_client::table
        .select(OauthClientRow::as_select())
        .filter(oauth_client::organization_id.eq(organization.to_string()))
        .filter(oauth_client::directory_id.eq(directory.to_string()))
        .order(oauth_client::id)
        .load(conn)?)
}

/// Adds a client.
pub fn insert(tx: &mut WriteTx<'_>, row: OauthClientRow) -> Result<(), StoreError> {
    diesel::insert_into(oauth_client::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Takes a client away with every token it was given.
pub fn delete(tx: &mut WriteTx<'_>, row: &OauthClientRow) -> Result<(), StoreError> {
    let tokens = tokens(tx.conn(), row)?;
    delete_tokens(tx, &tokens)?;
    let (organization, id) = (row.organization_id.to_string(), row.id.to_string());
    let conn = tx.writing([])?;
    diesel::delete(
        used_assertion::table
            .filter(used_assertion::organization_id.eq(&organization))
            .filter(used_assertion::client_id.eq(&id)),
    )
    .execute(conn)?;
    diesel::delete(oauth_client::table.find((organization, id))).execute(conn)?;
    Ok(())
}

/// The tokens that a client was given, oldest first.
pub fn tokens(conn: &mut Conn, row: &OauthClientRow) -> Result<Vec<DirectoryTokenRow>, StoreError> {
    Ok(directory_token::table
        .select(DirectoryTokenRow::as_select())
        .filter(directory_token::organization_id.eq(row.organization_id.to_string()))
        .filter(directory_token::directory_id.eq(row.directory_id.to_string()))
        .filter(directory_token::client_id.eq(row.id.to_string()))
        .order(directory_token::id)
        .load(conn)?)
}

/// Takes tokens away: they open nothing any more.
pub fn delete_tokens(tx: &mut WriteTx<'_>, tokens: &[DirectoryTokenRow]) -> Result<(), StoreError> {
    for token in tokens {
        let touches = Digest::from_hex(&token.digest).map(Change::Secret);
        diesel::delete(directory_token::table.find((token.organization_id.to_string(), token.id.to_string())))
            .execute(tx.writing(touches)?)?;
    }
    Ok(())
}

/// Notes that an assertion was shown; false if it has been before.
pub fn use_assertion(
    tx: &mut WriteTx<'_>,
    row: &OauthClientRow,
    digest: Digest,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let (organization, client, now) = (row.organization_id.to_string(), row.id.to_string(), tx.now());
    let conn = tx.writing([])?;
    diesel::delete(
        used_assertion::table
            .filter(used_assertion::organization_id.eq(&organization))
            .filter(used_assertion::client_id.eq(&client))
            .filter(used_assertion::expires_at.lt(now.micros())),
    )
    .execute(conn)?;
    let noted = diesel::insert_into(used_assertion::table)
        .values((
            used_assertion::organization_id.eq(organization),
            used_assertion::client_id.eq(client),
            used_assertion::digest.eq(digest.hex()),
            used_assertion::expires_at.eq(expires_at.micros()),
        ))
        .on_conflict_do_nothing();
    Ok(super::dialect::native!(conn, |conn| noted.execute(conn))? == 1)
}
