//! The `access_review` and `access_review_item` tables: reviews of who holds what, and what was decided.

use diesel::prelude::*;

use super::dialect::native;
use super::tables::{access_review, access_review_item};
use super::{Conn, StoreError, WriteTx};
use crate::model::{OrganizationId, ReviewId};

/// A review as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_review, treat_none_as_default_value = false)]
pub struct ReviewRow {
    pub organization_id: String,
    pub id: String,
    pub name: String,
    /// As JSON.
    pub covers: String,
    pub created_by: String,
    pub created_at: i64,
    pub completed_by: Option<String>,
    pub completed_at: Option<i64>,
}

/// A role that somebody holds, to be decided on.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_review_item, treat_none_as_default_value = false)]
pub struct ItemRow {
    pub organization_id: String,
    pub review_id: String,
    pub number: i64,
    pub user_id: String,
    pub user_name: String,
    pub role: String,
    pub scope: String,
    /// Of a role that was given by hand.
    pub assignment_id: Option<String>,
    /// Of a role that a rule gives.
    pub rule_id: Option<String>,
    pub group_id: Option<String>,
    /// `keep` or `revoke`.
    pub suggestion: String,
    /// A JSON array of codes.
    pub because: String,
    /// `keep` or `revoke`.
    pub decision: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub note: Option<String>,
}

/// All reviews, the newest first.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<ReviewRow>, StoreError> {
    Ok(access_review::table
        .select(ReviewRow::as_select())
        .filter(access_review::organization_id.eq(organization.to_string()))
        .order(access_review::id.desc())
        .load(conn)?)
}

/// One review.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: ReviewId) -> Result<Option<ReviewRow>, StoreError> {
    Ok(access_review::table
        .select(ReviewRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// A page of a review's items, in their order.
pub fn items(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ReviewId,
    offset: i64,
    limit: i64,
) -> Result<Vec<ItemRow>, StoreError> {
    Ok(access_review_item::table
        .select(ItemRow::as_select())
        .filter(access_review_item::organization_id.eq(organization.to_string()))
        .filter(access_review_item::review_id.eq(id.to_string()))
        .order(access_review_item::number)
        .offset(offset)
        .limit(limit)
        .load(conn)?)
}

/// One item.
pub fn item(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ReviewId,
    number: i64,
) -> Result<Option<ItemRow>, StoreError> {
    Ok(access_review_item::table
        .select(ItemRow::as_select())
        .find((organization.to_string(), id.to_string(), number))
        .first(conn)
        .optional()?)
}

/// How many items of a review were decided in which way; `None`: not yet.
pub fn counts(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ReviewId,
) -> Result<Vec<(Option<String>, i64)>, StoreError> {
    Ok(access_review_item::table
        .filter(access_review_item::organization_id.eq(organization.to_string()))
        .filter(access_review_item::review_id.eq(id.to_string()))
        .group_by(access_review_item::decision)
        .select((access_review_item::decision, diesel::dsl::count_star()))
        .load(conn)?)
}

/// A user, a role, a scope, and when it was last decided that they keep it there.
pub type LastKept = (String, String, String, Option<i64>);

/// When it was last decided that somebody keeps a role in a scope.
pub fn last_kept(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<LastKept>, StoreError> {
    Ok(access_review_item::table
        .filter(access_review_item::organization_id.eq(organization.to_string()))
        .filter(access_review_item::decision.eq("keep"))
        .group_by((access_review_item::user_id, access_review_item::role, access_review_item::scope))
        .select((
            access_review_item::user_id,
            access_review_item::role,
            access_review_item::scope,
            diesel::dsl::max(access_review_item::decided_at),
        ))
        .load(conn)?)
}

/// Adds a review and its items. Nobody's rights change by it.
pub fn insert(tx: &mut WriteTx<'_>, review: &ReviewRow, items: &[ItemRow]) -> Result<(), StoreError> {
    let conn = tx.writing([])?;
    native!(&mut *conn, |conn| diesel::insert_into(access_review::table).values(review).execute(conn))?;
    for chunk in items.chunks(1_000) {
        native!(&mut *conn, |conn| diesel::insert_into(access_review_item::table).values(chunk).execute(conn))?;
    }
    Ok(())
}

/// Writes what was decided on an item.
pub fn decide(tx: &mut WriteTx<'_>, row: &ItemRow) -> Result<(), StoreError> {
    let key = (row.organization_id.clone(), row.review_id.clone(), row.number);
    diesel::update(access_review_item::table.find(key))
        .set((
            access_review_item::decision.eq(row.decision.clone()),
            access_review_item::decided_by.eq(row.decided_by.clone()),
            access_review_item::decided_at.eq(row.decided_at),
            access_review_item::note.eq(row.note.clone()),
        ))
        .execute(tx.writing([])?)?;
    Ok(())
}

/// Writes that a review is completed.
pub fn complete(tx: &mut WriteTx<'_>, row: &ReviewRow) -> Result<(), StoreError> {
    diesel::update(access_review::table.find((row.organization_id.clone(), row.id.clone())))
        .set((
            access_review::completed_by.eq(row.completed_by.clone()),
            access_review::completed_at.eq(row.completed_at),
        ))
        .execute(tx.writing([])?)?;
    Ok(())
}
