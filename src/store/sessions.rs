//! The `browser_session` table. The cookie is a secret of which only the digest stands here.

use diesel::prelude::*;

use super::dialect::{Condition, batch, native, planned_anew};
use super::tables::browser_session;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{ConnectionId, Digest, OrganizationId, SessionId, Timestamp, UserId};

/// A session as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = browser_session)]
pub struct SessionRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: SessionId,
    pub digest: String,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub user_id: UserId,
    /// The person's session epoch when it was opened; over once theirs is higher.
    pub epoch: i64,
    pub connection_id: Option<String>,
    /// The NameID as JSON, for single logout.
    pub name_id: Option<String>,
    pub session_index: Option<String>,
    /// The NameID's value alone.
    pub subject: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub last_seen_at: Timestamp,
    /// The absolute end: our limit or the identity provider's, whichever is earlier.
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub ends_at: Timestamp,
    pub revoked_at: Option<i64>,
    /// What is still to be done before it opens, as JSON; none once it is open.
    pub step: Option<String>,
}

/// The session of this cookie.
pub fn by_digest(conn: &mut Conn, digest: Digest) -> Result<Option<SessionRow>, StoreError> {
    Ok(browser_session::table
        .select(SessionRow::as_select())
        .filter(browser_session::digest.eq(digest.hex()))
        .first(conn)
        .optional()?)
}

/// One session.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
    Ok(browser_session::table
        .select(SessionRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// One person's sessions that were not revoked and have not reached their end, newest first.
pub fn live_of_user(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, StoreError> {
    Ok(browser_session::table
        .select(SessionRow::as_select())
        .filter(browser_session::organization_id.eq(organization.to_string()))
        .filter(browser_session::user_id.eq(user.to_string()))
        .filter(browser_session::step.is_null())
        .filter(browser_session::revoked_at.is_null())
        .filter(browser_session::ends_at.gt(now.micros()))
        .order(browser_session::id.desc())
        .load(conn)?)
}

/// The next sessions that were not revoked and have not reached their end, newest first: those of a person, or all.
/// `before` is the id where the page before ended.
pub fn live_before(
    conn: &mut Conn,
    organization: OrganizationId,
    user: Option<UserId>,
    before: Option<SessionId>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    let mut wanted: Condition<browser_session::table> =
        Box::new(browser_session::organization_id.eq(organization.to_string()));
    if let Some(user) = user {
        wanted = Box::new(wanted.and(browser_session::user_id.eq(user.to_string())));
    }
    if let Some(before) = before {
        wanted = Box::new(wanted.and(browser_session::id.lt(before.to_string())));
    }
    Ok(browser_session::table
        .select(SessionRow::as_select())
        .filter(wanted)
        .filter(browser_session::step.is_null())
        .filter(browser_session::revoked_at.is_null())
        .filter(browser_session::ends_at.gt(now.micros()))
        .order(browser_session::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// How many sessions of these people were not revoked and have not reached their end.
pub fn count_live(
    conn: &mut Conn,
    organization: OrganizationId,
    users: &[String],
    now: Timestamp,
) -> Result<i64, StoreError> {
    let mut count = 0;
    for chunk in users.chunks(batch(conn)) {
        let these = browser_session::table
            .filter(browser_session::organization_id.eq(organization.to_string()))
            .filter(browser_session::user_id.eq_any(chunk))
            .filter(planned_anew())
            .filter(browser_session::step.is_null())
            .filter(browser_session::revoked_at.is_null())
            .filter(browser_session::ends_at.gt(now.micros()))
            .count();
        count += native!(conn, |conn| these.get_result::<i64>(conn))?;
    }
    Ok(count)
}

/// The live sessions that a connection opened for a session index at its identity provider.
pub fn live_of_index(
    conn: &mut Conn,
    organization: OrganizationId,
    connection: ConnectionId,
    session_index: &str,
) -> Result<Vec<SessionRow>, StoreError> {
    Ok(browser_session::table
        .select(SessionRow::as_select())
        .filter(browser_session::organization_id.eq(organization.to_string()))
        .filter(browser_session::connection_id.eq(connection.to_string()))
        .filter(browser_session::session_index.eq(session_index.to_owned()))
        .filter(browser_session::revoked_at.is_null())
        .load(conn)?)
}

/// The live sessions that a connection opened for the bearer of this NameID.
pub fn live_of_subject(
    conn: &mut Conn,
    organization: OrganizationId,
    connection: ConnectionId,
    subject: &str,
) -> Result<Vec<SessionRow>, StoreError> {
    Ok(browser_session::table
        .select(SessionRow::as_select())
        .filter(browser_session::organization_id.eq(organization.to_string()))
        .filter(browser_session::connection_id.eq(connection.to_string()))
        .filter(browser_session::subject.eq(subject.to_owned()))
        .filter(browser_session::revoked_at.is_null())
        .load(conn)?)
}

/// The live sessions of this NameID that the identity provider opened without telling an index for them.
pub fn live_without_index(
    conn: &mut Conn,
    organization: OrganizationId,
    connection: ConnectionId,
    subject: &str,
) -> Result<Vec<SessionRow>, StoreError> {
    let mut live = live_of_subject(conn, organization, connection, subject)?;
    live.retain(|row| row.session_index.is_none());
    Ok(live)
}

/// Opens a session.
pub fn insert(tx: &mut WriteTx<'_>, row: SessionRow) -> Result<(), StoreError> {
    diesel::insert_into(browser_session::table).values(row).execute(tx.writing([])?)?;
    Ok(())
}

/// Ends a session; false if it had ended already.
pub fn revoke(tx: &mut WriteTx<'_>, row: &SessionRow) -> Result<bool, StoreError> {
    let now = tx.now();
    let touches = Digest::from_hex(&row.digest).map(Change::Secret);
    let ended = diesel::update(
        browser_session::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(browser_session::revoked_at.is_null()),
    )
    .set(browser_session::revoked_at.eq(now.micros()))
    .execute(tx.writing(touches)?)?;
    Ok(ended == 1)
}

/// Ends all of one person's sessions; answers how many there were.
pub fn revoke_all(tx: &mut WriteTx<'_>, user: UserId) -> Result<usize, StoreError> {
    let (organization, now) = (tx.organization(), tx.now());
    let of_user = browser_session::organization_id
        .eq(organization.to_string())
        .and(browser_session::user_id.eq(user.to_string()))
        .and(browser_session::revoked_at.is_null());
    let live: Vec<String> =
        browser_session::table.select(browser_session::digest).filter(of_user.clone()).load(tx.conn())?;
    let touches = std::iter::once(Change::User(organization, user)).chain(secrets(&live));
    Ok(diesel::update(browser_session::table.filter(of_user))
        .set(browser_session::revoked_at.eq(now.micros()))
        .execute(tx.writing(touches)?)?)
}

/// What is remembered of sessions is remembered by their digests.
fn secrets(digests: &[String]) -> impl Iterator<Item = Change> {
    digests.iter().filter_map(|digest| Digest::from_hex(digest)).map(Change::Secret)
}

/// Ends all sessions that a connection opened; answers how many there were.
pub fn revoke_of_connection(tx: &mut WriteTx<'_>, connection: ConnectionId) -> Result<usize, StoreError> {
    let (organization, now) = (tx.organization(), tx.now());
    let live: Vec<String> = browser_session::table
        .select(browser_session::digest)
        .filter(browser_session::organization_id.eq(organization.to_string()))
        .filter(browser_session::connection_id.eq(connection.to_string()))
        .filter(browser_session::revoked_at.is_null())
        .load(tx.conn())?;
    Ok(diesel::update(
        browser_session::table
            .filter(browser_session::organization_id.eq(organization.to_string()))
            .filter(browser_session::connection_id.eq(connection.to_string()))
            .filter(browser_session::revoked_at.is_null()),
    )
    .set(browser_session::revoked_at.eq(now.micros()))
    .execute(tx.writing(secrets(&live))?)?)
}

/// Notes when sessions were last used.
pub fn touch(tx: &mut WriteTx<'_>, seen: &[(Digest, Timestamp)]) -> Result<(), StoreError> {
    let conn = tx.writing([])?;
    for (digest, at) in seen {
        diesel::update(browser_session::table.filter(browser_session::digest.eq(digest.hex())))
            .set(browser_session::last_seen_at.eq(at.micros()))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets sessions whose end lies before `moment`.
pub fn sweep(tx: &mut WriteTx<'_>, moment: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(browser_session::table.filter(browser_session::ends_at.lt(moment.micros())))
        .execute(tx.writing([])?)?)
}
