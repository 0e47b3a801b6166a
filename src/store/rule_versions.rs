//! The `rule_version` table: what each mapping rule has been. It is written together with the rule itself, so that no
//! path can forget it, and goes with the rule; the audit log keeps what deleted rules were.

use diesel::prelude::*;

use super::rules::RuleRow;
use super::tables::rule_version;
use super::{Conn, StoreError, WriteTx};
use crate::model::{OrganizationId, RuleId};

/// Versions of one page.
const PAGE: i64 = 100;

/// A version as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_version)]
pub struct RuleVersionRow {
    pub organization_id: String,
    pub rule_id: String,
    pub version: i64,
    pub group_match: String,
    pub group_text: String,
    pub role: String,
    pub scope: String,
    pub priority: i32,
    pub changed_by: String,
    pub changed_at: i64,
}

/// The versions of a rule, the newest first, before `before` if that is given.
pub fn of_rule(
    conn: &mut Conn,
    organization: OrganizationId,
    rule: RuleId,
    before: Option<i64>,
) -> Result<Vec<RuleVersionRow>, StoreError> {
    Ok(rule_version::table
        .select(RuleVersionRow::as_select())
        .filter(rule_version::organization_id.eq(organization.to_string()))
        .filter(rule_version::rule_id.eq(rule.to_string()))
        .filter(rule_version::version.lt(before.unwrap_or(i64::MAX)))
        .order(rule_version::version.desc())
        .limit(PAGE)
        .load(conn)?)
}

/// One version of a rule.
pub fn one(
    conn: &mut Conn,
    organization: OrganizationId,
    rule: RuleId,
    version: i64,
) -> Result<Option<RuleVersionRow>, StoreError> {
    Ok(rule_version::table
        .select(RuleVersionRow::as_select())
        .find((organization.to_string(), rule.to_string(), version))
        .first(conn)
        .optional()?)
}

/// Keeps what a rule has become. `version` is the one that stands now.
pub(super) fn keep(tx: &mut WriteTx<'_>, row: &RuleRow, version: i64) -> Result<(), StoreError> {
    let kept = RuleVersionRow {
        organization_id: row.organization_id.to_string(),
        rule_id: row.id.to_string(),
        version,
        group_match: row.group_match.clone(),
        group_text: row.group_text.clone(),
        role: row.role.clone(),
        scope: row.scope.clone(),
        priority: row.priority,
        changed_by: tx.actor().to_string(),
        changed_at: row.changed_at.micros(),
    };
    diesel::insert_into(rule_version::table).values(kept).execute(tx.writing([])?)?;
    Ok(())
}

/// Forgets a rule that goes.
pub(super) fn forget(tx: &mut WriteTx<'_>, row: &RuleRow) -> Result<(), StoreError> {
    diesel::delete(
        rule_version::table
            .filter(rule_version::organization_id.eq(row.organization_id.to_string()))
            .filter(rule_version::rule_id.eq(row.id.to_string())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}
