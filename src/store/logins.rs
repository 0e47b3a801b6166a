//! The `login_request`, `logout_request` and `consumed_assertion` tables: what is under way at an identity provider, and
//! assertions that were used, or were voided by a logout before they came.

use std::time::Duration;

use diesel::prelude::*;

use super::tables::{consumed_assertion, login_request, logout_request};
use super::{Conn, StoreError, WriteTx};
use crate::model::{ConnectionId, Digest, OrganizationId, Timestamp};

/// A sign-in that was sent to the identity provider and is expected back.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = login_request)]
pub struct LoginRequestRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    /// The opaque handle that goes out as RelayState.
    pub relay_state: String,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub connection_id: ConnectionId,
    /// The AuthnRequest's ID.
    pub request_id: String,
    /// Digest of the cookie of the browser that began it.
    pub nonce_digest: String,
    pub return_to: String,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub expires_at: Timestamp,
    /// Whether a fresh sign-in was asked for.
    pub force_authn: bool,
    /// The authentication contexts that were asked for: a JSON array, empty for any.
    pub authn_contexts: String,
}

/// Remembers a sign-in.
pub fn insert(tx: &mut WriteTx<'_>, row: LoginRequestRow) -> Result<(), StoreError> {
    diesel::insert_into(login_request::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// The sign-in of this handle.
pub fn by_relay_state(conn: &mut Conn, relay_state: &str) -> Result<Option<LoginRequestRow>, StoreError> {
    Ok(login_request::table.select(LoginRequestRow::as_select()).find(relay_state.to_owned()).first(conn).optional()?)
}

/// Uses the sign-in up; false if it was used already.
pub fn consume(tx: &mut WriteTx<'_>, relay_state: &str) -> Result<bool, StoreError> {
    let deleted = diesel::delete(login_request::table.find(relay_state.to_owned())).execute(tx.writing([])?)?;
    Ok(deleted == 1)
}

/// A logout that was sent to the identity provider and whose answer is awaited.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = logout_request)]
pub struct LogoutRequestRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    /// The opaque handle that goes out as RelayState.
    pub relay_state: String,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub connection_id: ConnectionId,
    /// The LogoutRequest's ID.
    pub request_id: String,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub expires_at: Timestamp,
}

/// Remembers a logout.
pub fn insert_logout(tx: &mut WriteTx<'_>, row: LogoutRequestRow) -> Result<(), StoreError> {
    diesel::insert_into(logout_request::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// The logout of this handle.
pub fn logout_by_relay_state(conn: &mut Conn, relay_state: &str) -> Result<Option<LogoutRequestRow>, StoreError> {
    Ok(logout_request::table
        .select(LogoutRequestRow::as_select())
        .find(relay_state.to_owned())
        .first(conn)
        .optional()?)
}

/// Forgets a logout: its answer came.
pub fn consume_logout(tx: &mut WriteTx<'_>, relay_state: &str) -> Result<(), StoreError> {
    diesel::delete(logout_request::table.find(relay_state.to_owned())).execute(tx.writing([])?)?;
    Ok(())
}

/// Remembers that an assertion was used, until it would be refused anyhow. A conflict means that it was used before.
pub fn insert_assertion(
    tx: &mut WriteTx<'_>,
    connection: ConnectionId,
    assertion: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::insert_into(consumed_assertion::table)
        .values((
            consumed_assertion::organization_id.eq(organization.to_string()),
            consumed_assertion::connection_id.eq(connection.to_string()),
            consumed_assertion::assertion_id.eq(assertion.to_owned()),
            consumed_assertion::expires_at.eq(expires_at.micros()),
        ))
        .execute(tx.writing([])?)?;
    Ok(())
}

/// For how long a logout is remembered: longer than any assertion from before it can still be on its way.
const LOGOUT_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What assertions of this person are remembered by once a logout has voided them: all of them, or those of one session
/// at the identity provider. The blank keeps it apart from an assertion's ID, which has none.
fn mark(subject: &str, session_index: Option<&str>) -> String {
    let named = session_index.map_or_else(|| subject.to_owned(), |index| format!("{subject}\0{index}"));
    format!("logout {}", Digest::of(named.as_bytes()).hex())
}

/// Remembers that assertions about this person, of one session at the identity provider or of all, are void if they were
/// issued up to `moment`, although they were never used. When that was is read from when it is forgotten.
pub fn void_assertions(
    tx: &mut WriteTx<'_>,
    connection: ConnectionId,
    subject: &str,
    session_index: Option<&str>,
    moment: Timestamp,
) -> Result<(), StoreError> {
    let (organization, mark) = (tx.organization(), mark(subject, session_index));
    let forgotten = moment.plus(LOGOUT_KEPT);
    let known = consumed_assertion::table.find((organization.to_string(), connection.to_string(), mark.clone()));
    let known: Option<i64> = known.select(consumed_assertion::expires_at).first(tx.conn()).optional()?;
    match known {
        None => insert_assertion(tx, connection, &mark, forgotten),
        Some(before) if before >= forgotten.micros() => Ok(()),
        Some(_) => {
            diesel::update(consumed_assertion::table.find((organization.to_string(), connection.to_string(), mark)))
                .set(consumed_assertion::expires_at.eq(forgotten.micros()))
                .execute(tx.writing([])?)?;
            Ok(())
        }
    }
}

/// Whether a logout came that voids an assertion of this person and session that was issued at `moment`.
pub fn is_void(
    conn: &mut Conn,
    organization: OrganizationId,
    connection: ConnectionId,
    subject: &str,
    session_index: Option<&str>,
    moment: Timestamp,
) -> Result<bool, StoreError> {
    let marks = [Some(mark(subject, None)), session_index.map(|index| mark(subject, Some(index)))];
    let latest: Option<i64> = consumed_assertion::table
        .select(diesel::dsl::max(consumed_assertion::expires_at))
        .filter(consumed_assertion::organization_id.eq(organization.to_string()))
        .filter(consumed_assertion::connection_id.eq(connection.to_string()))
        .filter(consumed_assertion::assertion_id.eq_any(marks.into_iter().flatten().collect::<Vec<_>>()))
        .first(conn)?;
    Ok(latest.is_some_and(|latest| moment.plus(LOGOUT_KEPT).micros() <= latest))
}

/// Forgets what has run out before `moment`.
pub fn sweep(tx: &mut WriteTx<'_>, moment: Timestamp) -> Result<usize, StoreError> {
    let conn = tx.writing([])?;
    let requests =
        diesel::delete(login_request::table.filter(login_request::expires_at.lt(moment.micros()))).execute(conn)?;
    let logouts =
        diesel::delete(logout_request::table.filter(logout_request::expires_at.lt(moment.micros()))).execute(conn)?;
    let assertions =
        diesel::delete(consumed_assertion::table.filter(consumed_assertion::expires_at.lt(moment.micros())))
            .execute(conn)?;
    Ok(requests + logouts + assertions)
}
