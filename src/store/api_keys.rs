//! The `api_key` table.

use diesel::prelude::*;

use super::tables::api_key;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{ApiKeyId, Digest, OrganizationId, Timestamp, UserId};

/// An API key as stored: its digest alone.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_key)]
pub struct ApiKeyRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: ApiKeyId,
    pub name: String,
    pub digest: String,
    /// Whose key it is, a person's or a service account's; none for a key of the organization itself.
    pub user_id: Option<String>,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    /// To the minute.
    pub last_used_at: Option<i64>,
}

/// The key with this digest, whatever the organization: the digest is what names it.
pub fn by_digest(conn: &mut Conn, digest: Digest) -> Result<Option<ApiKeyRow>, StoreError> {
    Ok(api_key::table.select(ApiKeyRow::as_select()).filter(api_key::digest.eq(digest.hex())).first(conn).optional()?)
}

/// One key.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: ApiKeyId) -> Result<Option<ApiKeyRow>, StoreError> {
    Ok(api_key::table
        .select(ApiKeyRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// All keys of the organization that were not revoked, oldest first.
pub fn live(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<ApiKeyRow>, StoreError> {
    Ok(api_key::table
        .select(ApiKeyRow::as_select())
        .filter(api_key::organization_id.eq(organization.to_string()))
        .filter(api_key::revoked_at.is_null())
        .order(api_key::id)
        .load(conn)?)
}

/// Adds a key.
pub fn insert(tx: &mut WriteTx<'_>, row: ApiKeyRow) -> Result<(), StoreError> {
    diesel::insert_into(api_key::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Revokes a key; false if it was revoked already.
pub fn revoke(tx: &mut WriteTx<'_>, row: &ApiKeyRow) -> Result<bool, StoreError> {
    let now = tx.now();
    let touches = Digest::from_hex(&row.digest).map(Change::Secret);
    let revoked = diesel::update(
        api_key::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(api_key::revoked_at.is_null()),
    )
    .set(api_key::revoked_at.eq(now.micros()))
    .execute(tx.writing(touches)?)?;
    Ok(revoked == 1)
}

/// Revokes the keys of a person who is going away for good.
pub fn revoke_of_user(tx: &mut WriteTx<'_>, user: UserId) -> Result<usize, StoreError> {
    let (organization, now) = (tx.organization(), tx.now());
    Ok(diesel::update(
        api_key::table
            .filter(api_key::organization_id.eq(organization.to_string()))
            .filter(api_key::user_id.eq(user.to_string()))
            .filter(api_key::revoked_at.is_null()),
    )
    .set(api_key::revoked_at.eq(now.micros()))
    .execute(tx.writing([Change::User(organization, user)])?)?)
}

/// Notes when keys were last used.
pub fn touch(tx: &mut WriteTx<'_>, used: &[(Digest, Timestamp)]) -> Result<(), StoreError> {
    let conn = tx.writing([])?;
    for (digest, at) in used {
        diesel::update(api_key::table.filter(api_key::digest.eq(digest.hex())))
            .set(api_key::last_used_at.eq(at.micros()))
            .execute(conn)?;
    }
    Ok(())
}
