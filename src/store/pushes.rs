//! The `pushed_change` and `pushed_request` tables: what directories sent. A change is kept by the write lane, beside its
//! audit entry and under the entry's position; a line for each answered request joins by and by.

use std::sync::LazyLock;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::dialect::{Condition, native};
use super::rows::{Bind, Statement};
use super::tables::{audit_entry, pushed_change, pushed_request};
use super::{Conn, StoreError, WriteTx};
use crate::model::{DirectoryId, OrganizationId, Timestamp};

/// A request to be kept with its change. Its body is sealed already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub directory: DirectoryId,
    pub request_id: String,
    pub method: String,
    pub path: String,
    pub body: Option<String>,
}

/// A kept request as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pushed_change, treat_none_as_default_value = false)]
pub struct ChangeRow {
    pub organization_id: String,
    /// That of its audit entry.
    pub position: i64,
    pub directory_id: String,
    pub request_id: String,
    pub recorded_at: i64,
    pub method: String,
    pub path: String,
    /// The resource that it made.
    pub made_id: Option<String>,
    pub body: Option<String>,
}

/// A line of the provisioning log.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = pushed_request, treat_none_as_default_value = false)]
pub struct RequestRow {
    pub organization_id: String,
    pub id: String,
    pub directory_id: String,
    pub answered_at: i64,
    pub method: String,
    pub path: String,
    pub status: i64,
    pub scim_type: Option<String>,
    pub detail: Option<String>,
    pub duration_us: i64,
    pub resource_id: Option<String>,
    pub outline: Option<String>,
}

/// Which lines are asked for; every field that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestSelection {
    pub resource: Option<String>,
    pub status: Option<(i64, i64)>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// So many of each are forgotten at once, so that nobody waits long for the lane.
const SWEPT: i64 = 10_000;

/// Keeps requests, as part of a statement.
pub(super) const KEPT: &str = "kept AS (\
     INSERT INTO pushed_change (organization_id, position, directory_id, request_id, recorded_at, method, path, made_id, \
     body) SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING 1\
     )";

/// The statement that keeps requests; answers how many.
static KEEP: LazyLock<String> = LazyLock::new(|| format!("WITH {KEPT} SELECT count(*) FROM kept"));

/// What [`KEPT`] takes.
pub(super) fn keep_binds(rows: &[ChangeRow]) -> Vec<Bind<'_>> {
    let texts = |of: fn(&ChangeRow) -> &str| Bind::texts(rows.iter().map(of));
    vec![
        texts(|row| &row.organization_id),
        Bind::Numbers(rows.iter().map(|row| row.position).collect()),
        texts(|row| &row.directory_id),
        texts(|row| &row.request_id),
        Bind::Numbers(rows.iter().map(|row| row.recorded_at).collect()),
        texts(|row| &row.method),
        texts(|row| &row.path),
        Bind::OptionalTexts(rows.iter().map(|row| row.made_id.as_deref()).collect()),
        Bind::OptionalTexts(rows.iter().map(|row| row.body.as_deref()).collect()),
    ]
}

/// Keeps requests with their changes.
pub(super) fn keep(conn: &mut Conn, rows: &[ChangeRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    match conn {
        Conn::Pg(conn) => {
            Statement::<BigInt>::new(&KEEP, keep_binds(rows)).get_result::<i64>(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(pushed_change::table).values(row).execute(conn)?;
            }
        }
    }
    Ok(())
}

const NOTE: &str = "INSERT INTO pushed_request (organization_id, id, directory_id, answered_at, method, path, status, \
     scim_type, detail, duration_us, resource_id, outline) SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT DO NOTHING";

/// Adds lines to the log.
pub fn note(tx: &mut WriteTx<'_>, rows: &[RequestRow]) -> Result<(), StoreError> {
    match tx.writing([])? {
        Conn::Pg(conn) => {
            let texts = |of: fn(&RequestRow) -> &str| Bind::texts(rows.iter().map(of));
            let options = |of: fn(&RequestRow) -> Option<&str>| Bind::OptionalTexts(rows.iter().map(of).collect());
            let numbers = |of: fn(&RequestRow) -> i64| Bind::Numbers(rows.iter().map(of).collect());
            Statement::<BigInt>::new(
                NOTE,
                vec![
                    texts(|row| &row.organization_id),
                    texts(|row| &row.id),
                    texts(|row| &row.directory_id),
                    numbers(|row| row.answered_at),
                    texts(|row| &row.method),
                    texts(|row| &row.path),
                    numbers(|row| row.status),
                    options(|row| row.scim_type.as_deref()),
                    options(|row| row.detail.as_deref()),
                    numbers(|row| row.duration_us),
                    options(|row| row.resource_id.as_deref()),
                    options(|row| row.outline.as_deref()),
                ],
            )
            .execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(pushed_request::table).values(row).on_conflict_do_nothing().execute(conn)?;
            }
        }
    }
    Ok(())
}

/// Lines of a directory, newest first, before the one of this id.
pub fn requests(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    selection: &RequestSelection,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<RequestRow>, StoreError> {
    let mut all: Condition<pushed_request::table> = Box::new(
        pushed_request::organization_id
            .eq(organization.to_string())
            .and(pushed_request::directory_id.eq(directory.to_string())),
    );
    if let Some(resource) = &selection.resource {
        all = Box::new(all.and(pushed_request::resource_id.assume_not_null().eq(resource.clone())));
    }
    if let Some((least, most)) = selection.status {
        all = Box::new(all.and(pushed_request::status.between(least, most)));
    }
    if let Some(since) = selection.since {
        all = Box::new(all.and(pushed_request::answered_at.ge(since.micros())));
    }
    if let Some(until) = selection.until {
        all = Box::new(all.and(pushed_request::answered_at.lt(until.micros())));
    }
    if let Some(before) = before {
        all = Box::new(all.and(pushed_request::id.lt(before.to_owned())));
    }
    Ok(pushed_request::table
        .select(RequestRow::as_select())
        .filter(all)
        .order(pushed_request::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// One line.
pub fn request(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    id: &str,
) -> Result<Option<RequestRow>, StoreError> {
    Ok(pushed_request::table
        .select(RequestRow::as_select())
        .find((organization.to_string(), directory.to_string(), id.to_owned()))
        .first(conn)
        .optional()?)
}

/// What one request changed: several changes where it was a Bulk request. They are found by their audit entries.
pub fn changes_of(conn: &mut Conn, organization: OrganizationId, request: &str) -> Result<Vec<ChangeRow>, StoreError> {
    let positions: Vec<i64> = audit_entry::table
        .select(audit_entry::position)
        .filter(audit_entry::organization_id.eq(organization.to_string()))
        .filter(audit_entry::request_id.assume_not_null().eq(request.to_owned()))
        .load(conn)?;
    Ok(native!(conn, |conn| pushed_change::table
        .select(ChangeRow::as_select())
        .filter(pushed_change::organization_id.eq(organization.to_string()))
        .filter(pushed_change::position.eq_any(positions))
        .order(pushed_change::position)
        .load(conn))?)
}

/// What a directory changed, in the order in which it happened, after this position.
pub fn changes_after(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    position: i64,
    limit: i64,
) -> Result<Vec<ChangeRow>, StoreError> {
    Ok(pushed_change::table
        .select(ChangeRow::as_select())
        .filter(pushed_change::organization_id.eq(organization.to_string()))
        .filter(pushed_change::directory_id.eq(directory.to_string()))
        .filter(pushed_change::position.gt(position))
        .order(pushed_change::position)
        .limit(limit)
        .load(conn)?)
}

/// Forgets lines and kept requests of an organization that are older than these moments, the oldest of each first and at most
/// [`SWEPT`] of each directory at once; the rest waits for the next time.
pub fn sweep(tx: &mut WriteTx<'_>, requests: Timestamp, changes: Timestamp) -> Result<(), StoreError> {
    let organization = tx.organization();
    let conn = tx.writing([])?;
    let mut directory = String::new();
    while let Some(next) = next_directory(conn, organization, &directory)? {
        sweep_requests(conn, organization, &next, requests)?;
        directory = next;
    }
    sweep_changes(conn, organization, changes)
}

/// The directory that comes after this one among those that lines are kept of. It may be gone by now.
fn next_directory(conn: &mut Conn, organization: OrganizationId, last: &str) -> Result<Option<String>, StoreError> {
    Ok(pushed_request::table
        .select(pushed_request::directory_id)
        .filter(pushed_request::organization_id.eq(organization.to_string()))
        .filter(pushed_request::directory_id.gt(last.to_owned()))
        .order(pushed_request::directory_id)
        .first(conn)
        .optional()?)
}

/// Ids are in the order in which requests came, so that the old ones are the first.
fn sweep_requests(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: &str,
    before: Timestamp,
) -> Result<(), StoreError> {
    let of_directory = pushed_request::organization_id
        .eq(organization.to_string())
        .and(pushed_request::directory_id.eq(directory.to_owned()));
    let oldest: Vec<(String, i64)> = pushed_request::table
        .select((pushed_request::id, pushed_request::answered_at))
        .filter(of_directory.clone())
        .order(pushed_request::id)
        .limit(SWEPT)
        .load(conn)?;
    if let Some((last, _)) = oldest.into_iter().take_while(|(_, at)| *at < before.micros()).last() {
        diesel::delete(pushed_request::table.filter(of_directory).filter(pushed_request::id.le(last))).execute(conn)?;
    }
    Ok(())
}

/// Positions are in the order of time.
fn sweep_changes(conn: &mut Conn, organization: OrganizationId, before: Timestamp) -> Result<(), StoreError> {
    let of_organization = pushed_change::organization_id.eq(organization.to_string());
    let oldest: Vec<(i64, i64)> = pushed_change::table
        .select((pushed_change::position, pushed_change::recorded_at))
        .filter(of_organization.clone())
        .order(pushed_change::position)
        .limit(SWEPT)
        .load(conn)?;
    if let Some((last, _)) = oldest.into_iter().take_while(|(_, at)| *at < before.micros()).last() {
        let old = pushed_change::table.filter(of_organization).filter(pushed_change::position.le(last));
        diesel::delete(old).execute(conn)?;
    }
    Ok(())
}
