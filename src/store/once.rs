//! The `idempotency_key` table: requests that are carried out once, however often they are sent, and their answers.

use diesel::prelude::*;

use super::tables::{audit_entry, idempotency_key};
use super::{Conn, StoreError, WriteTx};
use crate::audit::{Action, Outcome};
use crate::model::{ApiKeyId, Digest, OrganizationId, Timestamp};

/// A request as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency_key, treat_none_as_default_value = false)]
pub struct OnceRow {
    pub organization_id: String,
    pub api_key_id: String,
    /// Of the client's key.
    pub digest: String,
    /// Of the request that it came with first.
    pub fingerprint: String,
    pub request_id: String,
    pub begun_at: i64,
    /// None until there is an answer.
    pub status: Option<i64>,
    /// Sealed.
    pub answer: Option<String>,
}

/// The request that came with this key.
pub fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    api_key: ApiKeyId,
    digest: Digest,
) -> Result<Option<OnceRow>, StoreError> {
    Ok(idempotency_key::table
        .select(OnceRow::as_select())
        .find((organization.to_string(), api_key.to_string(), digest.hex()))
        .first(conn)
        .optional()?)
}

/// How many requests of this API key are kept.
pub fn count(conn: &mut Conn, organization: OrganizationId, api_key: ApiKeyId) -> Result<i64, StoreError> {
    Ok(idempotency_key::table
        .filter(idempotency_key::organization_id.eq(organization.to_string()))
        .filter(idempotency_key::api_key_id.eq(api_key.to_string()))
        .count()
        .get_result(conn)?)
}

/// Whether the log has a change that was made by this request.
pub fn has_changed_something(conn: &mut Conn, organization: OrganizationId, request: &str) -> Result<bool, StoreError> {
    let change: Option<i64> = audit_entry::table
        .select(audit_entry::position)
        .filter(audit_entry::organization_id.eq(organization.to_string()))
        .filter(audit_entry::request_id.eq(request.to_owned()))
        .filter(audit_entry::outcome.eq(Outcome::Success.as_str()))
        .filter(audit_entry::action.ne(Action::AuditRead.as_str()))
        .first(conn)
        .optional()?;
    Ok(change.is_some())
}

/// Keeps a request that begins.
pub fn insert(tx: &mut WriteTx<'_>, row: OnceRow) -> Result<(), StoreError> {
    diesel::insert_into(idempotency_key::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Writes how a request was answered.
pub fn answer(tx: &mut WriteTx<'_>, row: &OnceRow, status: i64, sealed: &str) -> Result<(), StoreError> {
    let key = (row.organization_id.clone(), row.api_key_id.clone(), row.digest.clone());
    diesel::update(idempotency_key::table.find(key).filter(idempotency_key::request_id.eq(row.request_id.clone())))
        .set((idempotency_key::status.eq(status), idempotency_key::answer.eq(sealed)))
        .execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets a request.
pub fn delete(tx: &mut WriteTx<'_>, row: &OnceRow) -> Result<(), StoreError> {
    let key = (row.organization_id.clone(), row.api_key_id.clone(), row.digest.clone());
    diesel::delete(idempotency_key::table.find(key).filter(idempotency_key::request_id.eq(row.request_id.clone())))
        .execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets requests that began before `moment`.
pub fn sweep(tx: &mut WriteTx<'_>, moment: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(idempotency_key::table.filter(idempotency_key::begun_at.lt(moment.micros())))
        .execute(tx.writing([])?)?)
}
