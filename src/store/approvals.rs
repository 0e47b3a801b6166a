//! The `approval` table: actions that were held back, and what somebody else said about them.

use diesel::prelude::*;

use super::tables::approval;
use super::{Conn, StoreError, WriteTx};
use crate::model::{ApprovalId, OrganizationId, UserId};

/// The states that run out with time.
const LAPSING: [&str; 2] = [ApprovalState::Open.as_str(), ApprovalState::Approved.as_str()];

/// What has become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    Open,
    Approved,
    Denied,
    Withdrawn,
    Used,
    Expired,
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Open, Self::Approved, Self::Denied, Self::Withdrawn, Self::Used, Self::Expired];

    /// The word under which it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::Used => "used",
            Self::Expired => "expired",
        }
    }

    /// The state that this word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

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
    /// An [`ApprovalState`]. One that has run out may still be `open` or `approved` here; `expires_at` decides.
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

/// Which requests are wanted.
#[derive(Debug, Clone, Default)]
pub struct ApprovalSelection {
    pub state: Option<ApprovalState>,
    pub concerning: Option<Concerning>,
    /// Those older than this one.
    pub before: Option<ApprovalId>,
}

/// Requests that this person made, or that are about one of these actions.
#[derive(Debug, Clone)]
pub struct Concerning {
    pub subject: UserId,
    pub actions: Vec<String>,
}

/// The newest requests of a selection, as they are at `now`.
pub fn newest(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &ApprovalSelection,
    now: i64,
    limit: i64,
) -> Result<Vec<ApprovalRow>, StoreError> {
    let mut rows = approval::table
        .select(ApprovalRow::as_select())
        .filter(approval::organization_id.eq(organization.to_string()))
        .order(approval::id.desc())
        .limit(limit)
        .into_boxed();
    match selection.state {
        None => {}
        Some(state @ (ApprovalState::Open | ApprovalState::Approved)) => {
            rows = rows.filter(approval::state.eq(state.as_str())).filter(approval::expires_at.gt(now));
        }
        Some(state @ (ApprovalState::Denied | ApprovalState::Withdrawn | ApprovalState::Used)) => {
            rows = rows.filter(approval::state.eq(state.as_str()));
        }
        Some(ApprovalState::Expired) => {
            let lapsed = approval::state.eq_any(LAPSING).and(approval::expires_at.le(now));
            rows = rows.filter(approval::state.eq(ApprovalState::Expired.as_str()).or(lapsed));
        }
    }
    if let Some(Concerning { subject, actions }) = &selection.concerning {
        let own = approval::subject.eq(subject.to_string());
        rows = if actions.is_empty() {
            rows.filter(own)
        } else {
            rows.filter(own.or(approval::action.eq_any(actions.clone())))
        };
    }
    if let Some(before) = selection.before {
        rows = rows.filter(approval::id.lt(before.to_string()));
    }
    Ok(rows.load(conn)?)
}

/// Requests that have run out at `now` and do not say so yet, the oldest first.
pub fn lapsed(
    conn: &mut Conn,
    organization: OrganizationId,
    now: i64,
    limit: i64,
) -> Result<Vec<ApprovalRow>, StoreError> {
    Ok(approval::table
        .select(ApprovalRow::as_select())
        .filter(approval::organization_id.eq(organization.to_string()))
        .filter(approval::state.eq_any(LAPSING))
        .filter(approval::expires_at.le(now))
        .order(approval::id)
        .limit(limit)
        .load(conn)?)
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
