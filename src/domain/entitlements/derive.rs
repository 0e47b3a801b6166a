//! What mapping rules give to groups, brought up to date in the transaction that changes a group or a rule.
//!
//! An assignment belongs to the group, so a member who joins or leaves changes nothing here.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::access::{GroupFacts, GroupMatch, MappingError, Rule, ScopeTemplate};
use crate::domain::GatewayError;
use crate::model::{AssignmentId, Chance, GroupId, RuleId};
use crate::store::assignments::{self, AssignmentRow};
use crate::store::groups::{self, GroupRow, NamedGroup};
use crate::store::rules::{self, RuleRow};
use crate::store::{StoreError, WriteTx};

/// What changed, for the audit.
#[derive(Debug, Default)]
pub struct Derived {
    pub gained: Vec<String>,
    pub lost: Vec<String>,
    /// Rules that match but give nothing, each with its reason.
    pub problems: Vec<String>,
}

impl Derived {
    /// As the audit tells it; nothing if nothing changed.
    pub fn detail(&self) -> Option<Value> {
        let is_quiet = self.gained.is_empty() && self.lost.is_empty() && self.problems.is_empty();
        (!is_quiet).then(|| json!({ "gained": self.gained, "lost": self.lost, "problems": self.problems }))
    }
}

/// Reads a stored rule.
pub fn rule_of(row: &RuleRow) -> Result<Rule, GatewayError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("mapping rule {}: {error}", row.id));
    Ok(Rule {
        id: row.id,
        version: row.version,
        group: GroupMatch::new(&row.group_match, &row.group_text).map_err(|e| corrupt(&e))?,
        role: row.role.clone(),
        scope: ScopeTemplate::parse(&row.scope).map_err(|e| corrupt(&e))?,
        priority: row.priority,
    })
}

/// Brings what all rules give to one group up to date; `None` for a group that is gone.
pub fn group_changed(
    tx: &mut WriteTx<'_>,
    id: GroupId,
    group: Option<&GroupRow>,
    chance: &dyn Chance,
) -> Result<Derived, GatewayError> {
    let organization = tx.organization();
    let stand: Vec<AssignmentRow> = assignments::of_holders(tx.conn(), organization, &[id.to_string()])?
        .into_iter()
        .filter(|row| row.rule_id.is_some())
        .collect();
    let mut derived = Derived::default();
    let mut wanted = Vec::new();
    if let Some(group) = group.map(NamedGroup::from) {
        for row in rules::all(tx.conn(), organization)? {
            wanted.extend(derive(tx, &rule_of(&row)?, &group, chance, &mut derived));
        }
    }
    settle(tx, &stand, &wanted, &mut derived)?;
    Ok(derived)
}

/// Brings what one rule gives to all groups up to date; `None` for a rule that is gone.
pub fn rule_changed(
    tx: &mut WriteTx<'_>,
    id: RuleId,
    rule: Option<&RuleRow>,
    chance: &dyn Chance,
) -> Result<Derived, GatewayError> {
    let organization = tx.organization();
    let stand = assignments::of_rule(tx.conn(), organization, id)?;
    let mut derived = Derived::default();
    let mut wanted = Vec::new();
    if let Some(row) = rule {
        let rule = rule_of(row)?;
        for group in groups::named(tx.conn(), organization)? {
            wanted.extend(derive(tx, &rule, &group, chance, &mut derived));
        }
    }
    settle(tx, &stand, &wanted, &mut derived)?;
    Ok(derived)
}

/// What one rule gives to one group.
fn derive(
    tx: &WriteTx<'_>,
    rule: &Rule,
    group: &NamedGroup,
    chance: &dyn Chance,
    derived: &mut Derived,
) -> Option<AssignmentRow> {
    let facts =
        GroupFacts { id: group.id, external_id: group.external_id.as_deref(), display_name: &group.display_name };
    match rule.derive(&facts)? {
        Ok(scope) => Some(AssignmentRow {
            organization_id: tx.organization().to_string(),
            id: AssignmentId::new(tx.now(), chance).to_string(),
            holder_kind: "group".to_owned(),
            holder_id: group.id.to_string(),
            role: rule.role.clone(),
            scope: scope.to_string(),
            rule_id: Some(rule.id.to_string()),
            rule_version: Some(rule.version),
            priority: rule.priority,
            until: None,
            created_by: format!("rule:{}", rule.id),
            created_at: tx.now().micros(),
        }),
        Err(problem @ (MappingError::Scope { .. } | MappingError::Capture { .. })) => {
            derived.problems.push(format!("rule {}: {problem}", rule.id));
            None
        }
    }
}

/// Makes what stands equal to what is wanted, touching only what differs.
fn settle(
    tx: &mut WriteTx<'_>,
    stand: &[AssignmentRow],
    wanted: &[AssignmentRow],
    derived: &mut Derived,
) -> Result<(), StoreError> {
    let (has, wants): (HashSet<Said<'_>>, HashSet<Said<'_>>) =
        (stand.iter().map(said).collect(), wanted.iter().map(said).collect());
    let gone: Vec<AssignmentRow> = stand.iter().filter(|row| !wants.contains(&said(row))).cloned().collect();
    let new: Vec<AssignmentRow> = wanted.iter().filter(|row| !has.contains(&said(row))).cloned().collect();
    if !gone.is_empty() {
        assignments::delete(tx, &gone)?;
    }
    if !new.is_empty() {
        assignments::insert(tx, &new)?;
    }
    let told = |row: &AssignmentRow| format!("group {} → {} in {}", row.holder_id, row.role, row.scope);
    derived.lost.extend(gone.iter().map(told));
    derived.gained.extend(new.iter().map(told));
    Ok(())
}

/// What a row says, apart from when and under which id.
type Said<'row> = (&'row str, &'row str, &'row str, Option<&'row str>, Option<i64>, i32);

fn said(row: &AssignmentRow) -> Said<'_> {
    (&row.holder_id, &row.role, &row.scope, row.rule_id.as_deref(), row.rule_version, row.priority)
}
