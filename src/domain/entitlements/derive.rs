//! What mapping rules give to groups, brought up to date in the transaction that changes a group or a rule.
//!
//! An assignment belongs to the group, so a member who joins or leaves changes nothing here.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::{GroupFacts, GroupMatch, MadeBy, MappingError, Policy, Rule, Scope, ScopeTemplate};
use crate::domain::scopes::{MAX_SCOPES, declare};
use crate::domain::{Gateway, GatewayError};
use crate::model::{AssignmentId, GroupId, RuleId};
use crate::store::assignments::{self, AssignmentRow};
use crate::store::groups::{self, GroupRow, NamedGroup};
use crate::store::rules::{self, RuleRow};
use crate::store::{StoreError, WriteTx};

/// What changed, for the audit.
#[derive(Debug, Default)]
pub struct Derived {
    pub gained: Vec<Value>,
    pub lost: Vec<Value>,
    /// Scopes that a rule made.
    pub made: Vec<String>,
    /// Rules that match but give nothing, each with its reason.
    pub problems: Vec<String>,
}

impl Derived {
    /// As the audit tells it; nothing if nothing changed.
    pub fn detail(&self) -> Option<Value> {
        let is_quiet = self.gained.is_empty() && self.lost.is_empty() && self.problems.is_empty();
        (!is_quiet).then(|| {
            let mut detail = json!({ "gained": self.gained, "lost": self.lost, "problems": self.problems });
            if let Some(detail) = detail.as_object_mut().filter(|_| !self.made.is_empty()) {
                detail.insert("scopes_made".to_owned(), json!(self.made));
            }
            detail
        })
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
    gateway: &Gateway,
) -> Result<Derived, GatewayError> {
    let organization = tx.organization();
    let stand: Vec<AssignmentRow> = assignments::of_holders(tx.conn(), organization, &[id.to_string()])?
        .into_iter()
        .filter(|row| row.rule_id.is_some())
        .collect();
    let mut derived = Derived::default();
    let mut wanted = Vec::new();
    if let Some(group) = group.map(NamedGroup::from) {
        let mut places = Places::default();
        for row in rules::all(tx.conn(), organization)? {
            wanted.extend(derive(tx, gateway, &mut places, &rule_of(&row)?, &group, &mut derived)?);
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
    gateway: &Gateway,
) -> Result<Derived, GatewayError> {
    let organization = tx.organization();
    let stand = assignments::of_rule(tx.conn(), organization, id)?;
    let mut derived = Derived::default();
    let mut wanted = Vec::new();
    if let Some(row) = rule {
        let rule = rule_of(row)?;
        let mut places = Places::default();
        for group in groups::named(tx.conn(), organization)? {
            wanted.extend(derive(tx, gateway, &mut places, &rule, &group, &mut derived)?);
        }
    }
    settle(tx, &stand, &wanted, &mut derived)?;
    Ok(derived)
}

/// What one rule gives to one group.
fn derive(
    tx: &mut WriteTx<'_>,
    gateway: &Gateway,
    places: &mut Places,
    rule: &Rule,
    group: &NamedGroup,
    derived: &mut Derived,
) -> Result<Option<AssignmentRow>, GatewayError> {
    let facts =
        GroupFacts { id: group.id, external_id: group.external_id.as_deref(), display_name: &group.display_name };
    let Some(matched) = rule.derive(&facts) else { return Ok(None) };
    match matched {
        Ok(scope) if !places.has(tx, gateway, &scope, derived)? => {
            derived.problems.push(format!("rule {}: there is no `{scope}`, and no rule makes one", rule.id));
            Ok(None)
        }
        Ok(scope) => Ok(Some(AssignmentRow {
            organization_id: tx.organization().to_string(),
            id: AssignmentId::new(tx.now(), gateway.chance()).to_string(),
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
        })),
        Err(problem @ (MappingError::Scope { .. } | MappingError::Capture { .. })) => {
            derived.problems.push(format!("rule {}: {problem}", rule.id));
            Ok(None)
        }
    }
}

/// Which scopes there are for rules to give roles in, looked up once something matches.
#[derive(Default)]
struct Places {
    policy: Option<Arc<Policy>>,
    made: BTreeSet<Scope>,
}

impl Places {
    /// Whether there is this scope; makes it, where rules make scopes of its type.
    fn has(
        &mut self,
        tx: &mut WriteTx<'_>,
        gateway: &Gateway,
        scope: &Scope,
        derived: &mut Derived,
    ) -> Result<bool, GatewayError> {
        let organization = tx.organization();
        let policy = match &self.policy {
            Some(policy) => Arc::clone(policy),
            None => gateway.read_policy(tx.conn(), organization)?,
        };
        self.policy = Some(Arc::clone(&policy));
        if policy.knows_scope(scope) || self.made.contains(scope) {
            return Ok(true);
        }
        if !policy.catalogue.is_made_by(scope, MadeBy::Rule) {
            return Ok(false);
        }
        if policy.declared.len() + self.made.len() >= MAX_SCOPES {
            return Ok(false);
        }
        declare(tx, scope)?;
        derived.made.push(scope.to_string());
        self.made.insert(scope.clone());
        Ok(true)
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
    let told = |row: &AssignmentRow| json!({ "group": row.holder_id, "role": row.role, "scope": row.scope, "rule": row.rule_id });
    derived.lost.extend(gone.iter().map(told));
    derived.gained.extend(new.iter().map(told));
    Ok(())
}

/// What a row says, apart from when and under which id.
type Said<'row> = (&'row str, &'row str, &'row str, Option<&'row str>, Option<i64>, i32);

fn said(row: &AssignmentRow) -> Said<'_> {
    (&row.holder_id, &row.role, &row.scope, row.rule_id.as_deref(), row.rule_version, row.priority)
}
