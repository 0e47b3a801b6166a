//! The `directory` and `directory_token` tables.

use diesel::prelude::*;

use super::tables::{directory, directory_token};
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{Digest, DirectoryId, DirectoryTokenId, OrganizationId, Timestamp};

/// A directory as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = directory)]
pub struct DirectoryRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: DirectoryId,
    pub name: String,
    pub name_key: String,
    pub dialect: String,
    pub paused: bool,
    pub version: i64,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub changed_at: Timestamp,
}

/// A bearer token as stored: its digest alone.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = directory_token)]
pub struct DirectoryTokenRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: DirectoryTokenId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub directory_id: DirectoryId,
    pub digest: String,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub last_used_at: Option<i64>,
    /// The client that it was given to, if it was fetched.
    pub client_id: Option<String>,
}

impl DirectoryTokenRow {
    /// Whether the token opens its directory at this moment.
    pub fn opens(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now.micros() < end)
    }
}

/// One directory.
pub fn by_id(
    conn: &mut Conn,
    organization: OrganizationId,
    id: DirectoryId,
) -> Result<Option<DirectoryRow>, StoreError> {
    Ok(directory::table
        .select(DirectoryRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// All directories of the organization, oldest first.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<DirectoryRow>, StoreError> {
    Ok(directory::table
        .select(DirectoryRow::as_select())
        .filter(directory::organization_id.eq(organization.to_string()))
        .order(directory::id)
        .load(conn)?)
}

/// The token with this digest and its directory, whatever the organization: the digest is what names it.
pub fn by_token(conn: &mut Conn, digest: Digest) -> Result<Option<(DirectoryTokenRow, DirectoryRow)>, StoreError> {
    let token: Option<DirectoryTokenRow> = directory_token::table
        .select(DirectoryTokenRow::as_select())
        .filter(directory_token::digest.eq(digest.hex()))
        .first(conn)
        .optional()?;
    let Some(token) = token else { return Ok(None) };
    Ok(by_id(conn, token.organization_id, token.directory_id)?.map(|directory| (token, directory)))
}

/// The tokens that a directory was given by hand and that have not been revoked; some may have expired.
pub fn kept_tokens(
    conn: &mut Conn,
    organization: OrganizationId,
    id: DirectoryId,
) -> Result<Vec<DirectoryTokenRow>, StoreError> {
    Ok(directory_token::table
        .select(DirectoryTokenRow::as_select())
        .filter(directory_token::organization_id.eq(organization.to_string()))
        .filter(directory_token::directory_id.eq(id.to_string()))
        .filter(directory_token::revoked_at.is_null())
        .filter(directory_token::client_id.is_null())
        .order(directory_token::id)
        .load(conn)?)
}

/// One token.
pub fn token(
    conn: &mut Conn,
    organization: OrganizationId,
    id: DirectoryTokenId,
) -> Result<Option<DirectoryTokenRow>, StoreError> {
    Ok(directory_token::table
        .select(DirectoryTokenRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// Adds a directory.
pub fn insert(tx: &mut WriteTx<'_>, row: DirectoryRow) -> Result<(), StoreError> {
    diesel::insert_into(directory::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Adds a token.
pub fn insert_token(tx: &mut WriteTx<'_>, row: DirectoryTokenRow) -> Result<(), StoreError> {
    diesel::insert_into(directory_token::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Revokes a token; false if it was revoked already.
pub fn revoke_token(tx: &mut WriteTx<'_>, row: &DirectoryTokenRow) -> Result<bool, StoreError> {
    let now = tx.now();
    let touches = Digest::from_hex(&row.digest).map(Change::Secret);
    let revoked = diesel::update(
        directory_token::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(directory_token::revoked_at.is_null()),
    )
    .set(directory_token::revoked_at.eq(now.micros()))
    .execute(tx.writing(touches)?)?;
    Ok(revoked == 1)
}

/// Writes down what a directory is called, speaks, and whether it is paused.
pub fn update(tx: &mut WriteTx<'_>, row: &DirectoryRow) -> Result<(), StoreError> {
    let now = tx.now();
    let touches = remembered(tx, row)?;
    let changed = diesel::update(
        directory::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(directory::version.eq(row.version)),
    )
    .set((
        directory::name.eq(&row.name),
        directory::name_key.eq(&row.name_key),
        directory::dialect.eq(&row.dialect),
        directory::paused.eq(row.paused),
        directory::version.eq(row.version + 1),
        directory::changed_at.eq(now.micros()),
    ))
    .execute(tx.writing(touches)?)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Takes a directory away with its tokens. What came through it is to have been seen to before.
pub fn delete(tx: &mut WriteTx<'_>, row: &DirectoryRow) -> Result<(), StoreError> {
    let touches = remembered(tx, row)?;
    let conn = tx.writing(touches)?;
    diesel::delete(
        directory_token::table
            .filter(directory_token::organization_id.eq(row.organization_id.to_string()))
            .filter(directory_token::directory_id.eq(row.id.to_string())),
    )
    .execute(conn)?;
    let deleted = diesel::delete(
        directory::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(directory::version.eq(row.version)),
    )
    .execute(conn)?;
    if deleted == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Notes when tokens were last used.
pub fn touch_tokens(tx: &mut WriteTx<'_>, used: &[(Digest, Timestamp)]) -> Result<(), StoreError> {
    let conn = tx.writing([])?;
    for (digest, at) in used {
        diesel::update(directory_token::table.filter(directory_token::digest.eq(digest.hex())))
            .set(directory_token::last_used_at.eq(at.micros()))
            .execute(conn)?;
    }
    Ok(())
}

/// What is remembered of a directory is remembered with each of its tokens.
fn remembered(tx: &mut WriteTx<'_>, row: &DirectoryRow) -> Result<Vec<Change>, StoreError> {
    let digests: Vec<String> = directory_token::table
        .select(directory_token::digest)
        .filter(directory_token::organization_id.eq(row.organization_id.to_string()))
        .filter(directory_token::directory_id.eq(row.id.to_string()))
        .filter(directory_token::revoked_at.is_null())
        .load(tx.conn())?;
    Ok(digests.iter().filter_map(|digest| Digest::from_hex(digest)).map(Change::Secret).collect())
}
