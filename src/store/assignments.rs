//! The `assignment` table: who holds which role where.
//!
//! What a mapping rule gives, it gives to the *group*: one row for each rule that matches a group, whatever the number
//! of its members. A person's derived assignments are those of the groups they are in, read when their access is
//! compiled, so that nothing is copied and a membership is all that joining or leaving a group has to change.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};

use super::dialect::{batch, native, planned_anew};
use super::tables::assignment;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{AssignmentId, OrganizationId, RuleId};

/// An assignment as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = assignment, treat_none_as_default_value = false)]
pub struct AssignmentRow {
    pub organization_id: String,
    pub id: String,
    /// `user` or `group`.
    pub holder_kind: String,
    pub holder_id: String,
    pub role: String,
    pub scope: String,
    /// The rule this follows from; none if somebody assigned it.
    pub rule_id: Option<String>,
    pub rule_version: Option<i64>,
    pub priority: i32,
    pub until: Option<i64>,
    pub created_by: String,
    pub created_at: i64,
}

impl AssignmentRow {
    fn touches(&self, organization: OrganizationId) -> Change {
        Change::of_holder(organization, self.holder_kind == "user", &self.holder_id)
    }
}

/// What these holders hold.
pub fn of_holders(
    conn: &mut Conn,
    organization: OrganizationId,
    holders: &[String],
) -> Result<Vec<AssignmentRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in holders.chunks(batch(conn)) {
        found.extend(native!(conn, |conn| assignment::table
            .select(AssignmentRow::as_select())
            .filter(assignment::organization_id.eq(organization.to_string()))
            .filter(assignment::holder_id.eq_any(chunk))
            .filter(planned_anew())
            .order(assignment::id)
            .load::<AssignmentRow>(conn))?);
    }
    Ok(found)
}

/// Who holds this role, whatever the scope.
pub fn of_role(conn: &mut Conn, organization: OrganizationId, role: &str) -> Result<Vec<AssignmentRow>, StoreError> {
    Ok(assignment::table
        .select(AssignmentRow::as_select())
        .filter(assignment::organization_id.eq(organization.to_string()))
        .filter(assignment::role.eq(role.to_owned()))
        .order(assignment::id)
        .load(conn)?)
}

/// What follows from this rule.
pub fn of_rule(conn: &mut Conn, organization: OrganizationId, rule: RuleId) -> Result<Vec<AssignmentRow>, StoreError> {
    Ok(assignment::table
        .select(AssignmentRow::as_select())
        .filter(assignment::organization_id.eq(organization.to_string()))
        .filter(assignment::rule_id.eq(rule.to_string()))
        .order(assignment::id)
        .load(conn)?)
}

/// One assignment.
pub fn by_id(
    conn: &mut Conn,
    organization: OrganizationId,
    id: AssignmentId,
) -> Result<Option<AssignmentRow>, StoreError> {
    Ok(assignment::table
        .select(AssignmentRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// Adds assignments.
pub fn insert(tx: &mut WriteTx<'_>, rows: &[AssignmentRow]) -> Result<(), StoreError> {
    let organization = tx.organization();
    let touched = touched(rows, organization);
    match tx.writing(touched)? {
        Conn::Pg(conn) => rows.chunks(10_000).try_for_each(|chunk| insert_arrays(conn, chunk)),
        Conn::Sqlite(conn) => rows.chunks(1_000).try_for_each(|chunk| {
            diesel::insert_into(assignment::table).values(chunk).execute(conn)?;
            Ok(())
        }),
    }
}

/// One array a column: the statement is the same whatever the number of rows, so the database reads it once.
fn insert_arrays(conn: &mut PgConnection, rows: &[AssignmentRow]) -> Result<(), StoreError> {
    let texts = |of: fn(&AssignmentRow) -> &String| rows.iter().map(|row| of(row).as_str()).collect::<Vec<_>>();
    diesel::sql_query(
        "INSERT INTO assignment (organization_id, id, holder_kind, holder_id, role, scope, rule_id, rule_version, \
         priority, until, created_by, created_at) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind::<Array<Text>, _>(texts(|row| &row.organization_id))
    .bind::<Array<Text>, _>(texts(|row| &row.id))
    .bind::<Array<Text>, _>(texts(|row| &row.holder_kind))
    .bind::<Array<Text>, _>(texts(|row| &row.holder_id))
    .bind::<Array<Text>, _>(texts(|row| &row.role))
    .bind::<Array<Text>, _>(texts(|row| &row.scope))
    .bind::<Array<Nullable<Text>>, _>(rows.iter().map(|row| row.rule_id.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(rows.iter().map(|row| row.rule_version).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(rows.iter().map(|row| row.priority).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(rows.iter().map(|row| row.until).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(texts(|row| &row.created_by))
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.created_at).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// What the rows touch, each once.
fn touched(rows: &[AssignmentRow], organization: OrganizationId) -> Vec<Change> {
    let mut touched: Vec<Change> = rows.iter().map(|row| row.touches(organization)).collect();
    touched.dedup();
    touched
}

/// Ends assignments.
pub fn delete(tx: &mut WriteTx<'_>, rows: &[AssignmentRow]) -> Result<(), StoreError> {
    let organization = tx.organization();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let conn = tx.writing(touched(rows, organization))?;
    for chunk in ids.chunks(batch(conn)) {
        let these = assignment::table
            .filter(assignment::organization_id.eq(organization.to_string()))
            .filter(assignment::id.eq_any(chunk))
            .filter(planned_anew());
        native!(conn, |conn| diesel::delete(these).execute(conn))?;
    }
    Ok(())
}

/// Every role that anybody holds, and how often.
pub fn roles(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(assignment::table
        .filter(assignment::organization_id.eq(organization.to_string()))
        .group_by(assignment::role)
        .select((assignment::role, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Every scope in which anybody holds anything.
pub fn scopes(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<String>, StoreError> {
    Ok(assignment::table
        .select(assignment::scope)
        .filter(assignment::organization_id.eq(organization.to_string()))
        .distinct()
        .load(conn)?)
}
