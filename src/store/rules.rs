//! The `mapping_rule` table.
//!
//! A rule itself is remembered nowhere: what follows from it is (`assignments`), and says what it touches.

use diesel::prelude::*;

use super::tables::mapping_rule;
use super::{Conn, StoreError, WriteTx, rule_versions};
use crate::model::{OrganizationId, RuleId, Timestamp};

/// A mapping rule as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mapping_rule)]
pub struct RuleRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: RuleId,
    /// `name`, `id` or `pattern`.
    pub group_match: String,
    pub group_text: String,
    pub role: String,
    /// `organization`, `team:emea-1`, or a template such as `team:{team}`.
    pub scope: String,
    pub priority: i32,
    pub version: i64,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub changed_at: Timestamp,
}

/// All rules, the highest priority first, then the oldest.
pub fn all(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<RuleRow>, StoreError> {
    Ok(mapping_rule::table
        .select(RuleRow::as_select())
        .filter(mapping_rule::organization_id.eq(organization.to_string()))
        .order((mapping_rule::priority.desc(), mapping_rule::id))
        .load(conn)?)
}

/// One rule.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: RuleId) -> Result<Option<RuleRow>, StoreError> {
    Ok(mapping_rule::table
        .select(RuleRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// Adds a rule.
pub fn insert(tx: &mut WriteTx<'_>, row: RuleRow) -> Result<(), StoreError> {
    diesel::insert_into(mapping_rule::table).values(row.clone()).execute(tx.writing([])?)?;
    rule_versions::keep(tx, &row, row.version)
}

/// Writes a rule's new state. `row` bears the version that was read; the one that stands is one higher.
pub fn update(tx: &mut WriteTx<'_>, row: &RuleRow) -> Result<(), StoreError> {
    let changed = diesel::update(
        mapping_rule::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(mapping_rule::version.eq(row.version)),
    )
    .set((
        mapping_rule::group_match.eq(&row.group_match),
        mapping_rule::group_text.eq(&row.group_text),
        mapping_rule::role.eq(&row.role),
        mapping_rule::scope.eq(&row.scope),
        mapping_rule::priority.eq(row.priority),
        mapping_rule::version.eq(row.version + 1),
        mapping_rule::changed_at.eq(row.changed_at.micros()),
    ))
    .execute(tx.writing([])?)?;
    if changed == 1 { rule_versions::keep(tx, row, row.version + 1) } else { Err(StoreError::Stale) }
}

/// Takes a rule away.
pub fn delete(tx: &mut WriteTx<'_>, row: &RuleRow) -> Result<(), StoreError> {
    let deleted = diesel::delete(
        mapping_rule::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(mapping_rule::version.eq(row.version)),
    )
    .execute(tx.writing([])?)?;
    if deleted == 1 { rule_versions::forget(tx, row) } else { Err(StoreError::Stale) }
}
