//! The `approval` table: actions that were held back, and what somebody else said about them.

use diesel::prelude::*;

use super::tables::approval;
use super::{Conn, StoreError, WriteTx};
use crate::model::{ApprovalId, OrganizationId, UserId};

/// A request for approval as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = approval, treat_none_as_default_value = false)]
pub struct ApprovalRow {
    pub organization_id: String,
    pub id: String,
    /// The person who wants to act.
    pub subject: String,
    pub action: String,
    pub resource_kind: String,
    pub resource_id: String,
    pub scope: String,
    /// As JSON, for whoever decides.
    pub parameters: String,
    pub parameters_digest: String,
    pub reason: String,
    /// `open`, `approved`, `denied`, `withdrawn` or `used`.
    pub state: String,
    pub asked_at: i64,
    /// When an open request, or a yes that was not used, counts no more.
    pub expires_at: i64,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub note: Option<String>,
}

/// One request.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: ApprovalId) -> Result<Option<ApprovalRow>, StoreError> {
    Ok(approval::table
        .select(ApprovalRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// The newest requests, of one state if it is given.
pub fn newest(
    conn: &mut Conn,
    organization: OrganizationId,
    state: Option<&str>,
    limit: i64,
) -> Result<Vec<ApprovalRow>, StoreError> {
    let mut rows = approval::table
        .select(ApprovalRow::as_select())
        .filter(approval::organization_id.eq(organization.to_string()))
        .order(approval::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(state) = state {
        rows = rows.filter(approval::state.eq(state.to_owned()));
    }
    Ok(rows.load(conn)?)
}

/// How many requests of this person are open.
pub fn count_open(conn: &mut Conn, organization: OrganizationId, subject: UserId, now: i64) -> Result<i64, StoreError> {
    Ok(approval::table
        .filter(approval::organization_id.eq(organization.to_string()))
        .filter(approval::subject.eq(subject.to_string()))
        .filter(approval::state.eq("open"))
        .filter(approval::expires_at.gt(now))
        .count()
        .get_result(conn)?)
}

/// Adds a request.
pub fn insert(tx: &mut WriteTx<'_>, row: &ApprovalRow) -> Result<(), StoreError> {
    diesel::insert_into(approval::table).values(row.clone()).execute(tx.writing([])?)?;
    Ok(())
}

/// Moves a request from the state `from` to that of `row`. Fails as stale if it is in another by now.
pub fn settle(tx: &mut WriteTx<'_>, row: &ApprovalRow, from: &str) -> Result<(), StoreError> {
    let changed = diesel::update(
        approval::table.find((row.organization_id.clone(), row.id.clone())).filter(approval::state.eq(from.to_owned())),
    )
    .set((
        approval::state.eq(&row.state),
        approval::expires_at.eq(row.expires_at),
        approval::decided_by.eq(&row.decided_by),
        approval::decided_at.eq(row.decided_at),
        approval::note.eq(&row.note),
    ))
    .execute(tx.writing([])?)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}
