//! What was given: roles by hand and by rules, exceptions, shares.

use serde_json::Value;

use super::{RuleState, World};
use crate::domain::GatewayError;
use crate::domain::history::reading::Reading;
use crate::store::assignments::AssignmentRow;
use crate::store::overrides::OverrideRow;
use crate::store::shares::ShareRow;

/// A role that somebody gave.
fn by_hand(entry: &Reading, holder: &str, scope: String) -> Result<AssignmentRow, GatewayError> {
    Ok(AssignmentRow {
        organization_id: entry.facts().organization.to_string(),
        id: entry.text(&entry.detail, "assignment")?,
        holder_kind: "user".to_owned(),
        holder_id: holder.to_owned(),
        role: entry.text(&entry.detail, "role")?,
        scope,
        rule_id: None,
        rule_version: None,
        priority: 0,
        until: entry.moment(&entry.detail, "until")?,
        created_by: entry.actor(),
        created_at: entry.at().micros(),
    })
}

impl World {
    pub(super) fn role_given(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let scope = entry.facts().event.scope().ok_or_else(|| entry.silent("scope"))?.to_owned();
        self.give(by_hand(entry, entry.target(), scope)?);
        Ok(())
    }

    fn give(&mut self, row: AssignmentRow) {
        self.rows.assignments.entry(row.holder_id.clone()).or_default().push(row);
    }

    pub(super) fn role_ended(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let id = entry.text(&entry.detail, "assignment")?;
        if let Some(held) = self.rows.assignments.get_mut(entry.target()) {
            held.retain(|row| row.id != id);
        }
        Ok(())
    }

    pub(super) fn owner_made(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        self.give(by_hand(entry, entry.target(), "organization".to_owned())?);
        Ok(())
    }

    pub(super) fn owner_transferred(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let [role, from, to] = ["role", "from", "to"].map(|name| entry.text(&entry.detail, name));
        let (role, from, to) = (role?, from?, to?);
        let held = self.rows.assignments.entry(from).or_default();
        let place = held.iter().position(|row| row.role == role).ok_or_else(|| entry.silent("what was handed over"))?;
        let before = held.remove(place);
        let after = by_hand(entry, &to, before.scope.clone())?;
        self.give(AssignmentRow { until: before.until, ..after });
        Ok(())
    }

    pub(super) fn rule_written(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let rule: &mut RuleState = self.rules.entry(entry.target().to_owned()).or_default();
        rule.version += 1;
        if let Some(priority) = entry.after.get("priority").and_then(Value::as_i64) {
            rule.priority = i32::try_from(priority).map_err(|_| entry.silent("priority"))?;
        }
        self.derived(entry, Some(&entry.detail))
    }

    pub(super) fn rule_gone(&mut self, id: &str) {
        self.rules.remove(id);
        for held in self.rows.assignments.values_mut() {
            held.retain(|row| row.rule_id.as_deref() != Some(id));
        }
    }

    /// What rules gave and took when a group or a rule changed, as the entry has it: it is not worked out again, because it
    /// also rested on which scopes there were at that moment.
    pub(super) fn derived(&mut self, entry: &Reading, told: Option<&Value>) -> Result<(), GatewayError> {
        let Some(told) = told else { return Ok(()) };
        let items = |name| told.get(name).and_then(Value::as_array).into_iter().flatten();
        for lost in items("lost") {
            let (group, rule) = (entry.text(lost, "group")?, entry.text(lost, "rule")?);
            if let Some(held) = self.rows.assignments.get_mut(&group) {
                held.retain(|row| row.rule_id.as_ref() != Some(&rule));
            }
        }
        for gained in items("gained") {
            let (group, rule) = (entry.text(gained, "group")?, entry.text(gained, "rule")?);
            let RuleState { version, priority } =
                self.rules.get(&rule).cloned().ok_or_else(|| entry.silent("which rule gave it"))?;
            self.give(AssignmentRow {
                organization_id: entry.facts().organization.to_string(),
                // The entry has no id of it, and nobody is told one.
                id: rule.clone(),
                holder_kind: "group".to_owned(),
                holder_id: group,
                role: entry.text(gained, "role")?,
                scope: entry.text(gained, "scope")?,
                created_by: format!("rule:{rule}"),
                rule_id: Some(rule),
                rule_version: Some(version),
                priority,
                until: None,
                created_at: entry.at().micros(),
            });
        }
        self.scopes_made(told);
        Ok(())
    }

    /// The entry has all exceptions that the person then had.
    pub(super) fn exceptions(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let user = entry.target();
        let told = entry.after.get("overrides").and_then(Value::as_array).ok_or_else(|| entry.silent("overrides"))?;
        let row = |(number, one): (usize, &Value)| {
            Ok(OverrideRow {
                organization_id: entry.facts().organization.to_string(),
                id: format!("{number:06}"),
                user_id: user.to_owned(),
                permission: entry.text(one, "permission")?,
                effect: entry.text(one, "effect")?,
                scope: entry.text(one, "scope")?,
                reason: entry.text(one, "reason")?,
                until: entry.moment(one, "until")?,
                created_by: entry.actor(),
                created_at: entry.at().micros(),
            })
        };
        let rows = told.iter().enumerate().map(row).collect::<Result<_, GatewayError>>()?;
        self.rows.overrides.insert(user.to_owned(), rows);
        Ok(())
    }

    pub(super) fn shared(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let resource = entry.detail.get("resource").ok_or_else(|| entry.silent("resource"))?;
        let (holder_kind, holder_id) = holder(entry)?;
        let row = ShareRow {
            organization_id: entry.facts().organization.to_string(),
            id: entry.target().to_owned(),
            resource_kind: entry.text(resource, "type")?,
            resource_id: entry.text(resource, "id")?,
            holder_kind: holder_kind.to_owned(),
            holder_id: holder_id.clone(),
            level: entry.text(&entry.detail, "level")?,
            until: entry.moment(&entry.detail, "until")?,
            created_by: entry.actor(),
            created_at: entry.at().micros(),
        };
        self.rows.shares.entry(holder_id).or_default().push(row);
        Ok(())
    }

    pub(super) fn share_ended(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let (_, holder) = holder(entry)?;
        if let Some(held) = self.rows.shares.get_mut(&holder) {
            held.retain(|row| row.id != entry.target());
        }
        Ok(())
    }
}

/// Who a share was given to.
fn holder(entry: &Reading) -> Result<(&'static str, String), GatewayError> {
    let kind = if entry.detail.get("user").is_some() { "user" } else { "group" };
    Ok((kind, entry.text(&entry.detail, kind)?))
}
