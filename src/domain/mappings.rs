//! Mapping rules: a directory's group becomes a role in a scope.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::entitlements::{check_may_give, facts_of, rule_changed, rule_of};
use super::{Gateway, GatewayError};
use crate::access::{
    self, Assignment, GroupFacts, GroupMatch, MadeBy, Policy, Preview, Rule, Scope, ScopeTemplate, Source, SubjectFacts,
};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, RuleId};
use crate::store::groups::{self, GroupRow};
use crate::store::rules::{self, RuleRow};
use crate::store::users::{self, UserSelection};
use crate::store::{Audited, Conn, WriteTx};

/// A rule as an admin writes it.
#[derive(Debug, Clone)]
pub struct RuleDraft {
    /// `name`, `id` or `pattern`.
    pub group_match: String,
    pub group_text: String,
    pub role: String,
    /// `organization`, `team:emea-1`, or a template such as `team:{team}`.
    pub scope: String,
    pub priority: i32,
}

/// A rule as an admin sees it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RuleView {
    pub id: RuleId,
    pub group_match: String,
    pub group_text: String,
    pub role: String,
    pub scope: String,
    pub priority: i32,
    pub version: i64,
}

impl From<RuleRow> for RuleView {
    fn from(row: RuleRow) -> Self {
        Self {
            id: row.id,
            group_match: row.group_match,
            group_text: row.group_text,
            role: row.role,
            scope: row.scope,
            priority: row.priority,
            version: row.version,
        }
    }
}

/// A change of the rules that is tried without being made.
#[derive(Debug, Clone)]
pub enum RuleProposal {
    Add(RuleDraft),
    Change(RuleId, RuleDraft),
    Remove(RuleId),
}

impl RuleDraft {
    fn row(&self, organization: OrganizationId, id: RuleId, by: &Attribution) -> RuleRow {
        RuleRow {
            organization_id: organization,
            id,
            group_match: self.group_match.clone(),
            group_text: self.group_text.clone(),
            role: self.role.clone(),
            scope: self.scope.clone(),
            priority: self.priority,
            version: 1,
            created_at: by.at,
            changed_at: by.at,
        }
    }

    /// The draft as a rule that can be, in this policy.
    fn checked(&self, id: RuleId, policy: &Policy) -> Result<Rule, GatewayError> {
        let rule = Rule {
            id,
            version: 1,
            group: GroupMatch::new(&self.group_match, &self.group_text)?,
            role: self.role.clone(),
            scope: ScopeTemplate::parse(&self.scope)?,
            priority: self.priority,
        };
        rule.check(&policy.catalogue, &policy.custom_roles)?;
        // What a pattern fills in is known only when a group matches.
        if let (None, Ok(scope)) = (rule.scope.captures().next(), Scope::parse(rule.scope.as_str()))
            && !policy.knows_scope(&scope)
            && !policy.catalogue.is_made_by(&scope, MadeBy::Rule)
        {
            return Err(GatewayError::Invalid(format!("there is no `{scope}`, and no rule makes one")));
        }
        Ok(rule)
    }
}

impl Gateway {
    /// All rules, the highest priority first.
    pub async fn list_rules(self: &Arc<Self>, organization: OrganizationId) -> Result<Vec<RuleView>, GatewayError> {
        let rows = self.store.read(move |conn| rules::all(conn, organization)).await?;
        Ok(rows.into_iter().map(RuleView::from).collect::<Vec<_>>())
    }

    /// Adds a rule; what it gives, it gives at once.
    pub async fn create_rule(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        draft: RuleDraft,
    ) -> Result<RuleView, GatewayError> {
        let gateway = Arc::clone(self);
        let id = RuleId::new(by.at, self.chance());
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let rule = draft.checked(id, &policy)?;
            check_giver(tx, &policy, &rule)?;
            let row = draft.row(organization, id, tx.attribution());
            rules::insert(tx, row.clone())?;
            let derived = rule_changed(tx, id, Some(&row), &gateway)?;
            let event = with_derived(
                Event::new(Action::MappingRuleCreated, target(&row)).with_difference(Difference::created(&told(&row))),
                derived.detail(),
            );
            Ok(Audited::new(RuleView::from(row), event))
        })
        .await
    }

    /// Replaces a rule; what it gave before and does not give now is gone at once.
    pub async fn change_rule(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: RuleId,
        draft: RuleDraft,
    ) -> Result<RuleView, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let before = rule_row(tx, organization, id)?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let rule = draft.checked(id, &policy)?;
            check_giver(tx, &policy, &rule)?;
            let mut after = draft.row(organization, id, tx.attribution());
            (after.version, after.created_at) = (before.version, before.created_at);
            if told(&after) == told(&before) {
                return Ok(Audited::unchanged(RuleView::from(before)));
            }
            rules::update(tx, &after)?;
            after.version += 1;
            let derived = rule_changed(tx, id, Some(&after), &gateway)?;
            let event = Event::new(Action::MappingRuleChanged, target(&after))
                .with_difference(Difference::between(&told(&before), &told(&after)));
            Ok(Audited::new(RuleView::from(after), with_derived(event, derived.detail())))
        })
        .await
    }

    /// Takes a rule away, and with it what it gave.
    pub async fn delete_rule(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: RuleId,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let row = rule_row(tx, organization, id)?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_giver(tx, &policy, &rule_of(&row)?)?;
            rules::delete(tx, &row)?;
            let derived = rule_changed(tx, id, None, &gateway)?;
            let event =
                Event::new(Action::MappingRuleDeleted, target(&row)).with_difference(Difference::deleted(&told(&row)));
            Ok(Audited::new((), with_derived(event, derived.detail())))
        })
        .await
    }

    /// Who would gain and who would lose by a change of the rules, without making it.
    pub async fn preview_rules(
        self: &Arc<Self>,
        organization: OrganizationId,
        proposal: RuleProposal,
    ) -> Result<Preview, GatewayError> {
        let (gateway, now) = (Arc::clone(self), self.now());
        let id = RuleId::new(now, self.chance());
        self.store
            .read(move |conn| {
                let policy = gateway.policy_in(conn, organization)?;
                let mut rules =
                    rules::all(conn, organization)?.iter().map(rule_of).collect::<Result<Vec<_>, GatewayError>>()?;
                match &proposal {
                    RuleProposal::Add(draft) => rules.push(draft.checked(id, &policy)?),
                    RuleProposal::Change(id, draft) => {
                        let rule = draft.checked(*id, &policy)?;
                        let slot = rules.iter_mut().find(|rule| rule.id == *id);
                        *slot.ok_or_else(|| GatewayError::not_found("mapping rule", id))? = rule;
                    }
                    RuleProposal::Remove(id) => {
                        let count = rules.len();
                        rules.retain(|rule| rule.id != *id);
                        if rules.len() == count {
                            return Err(GatewayError::not_found("mapping rule", id));
                        }
                    }
                }
                let before = everybody(conn, organization)?;
                let groups = groups::all(conn, organization)?;
                let after: Vec<SubjectFacts> = before
                    .iter()
                    .map(|facts| under(facts.clone(), &groups, &rules, conn, organization))
                    .collect::<Result<_, _>>()?;
                // The scopes that the rules would make are there in what would be.
                let mut proposed = Policy::clone(&policy);
                let places = after.iter().flat_map(|facts| &facts.assignments).map(|held| &held.scope);
                let made = places.filter(|scope| policy.catalogue.is_made_by(scope, MadeBy::Rule));
                proposed.declared.extend(made.cloned());
                Ok(access::preview((&policy, &before), (&proposed, &after), now))
            })
            .await
    }
}

/// The facts about every person of the organization.
fn everybody(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<SubjectFacts>, GatewayError> {
    let mut facts = Vec::new();
    let mut after = String::new();
    loop {
        let rows = users::after(conn, organization, &UserSelection::default(), &after, 500)?;
        let Some(last) = rows.last() else { return Ok(facts) };
        after = last.id.to_string();
        for row in &rows {
            facts.push(facts_of(conn, row)?);
        }
    }
}

/// The same person under another set of rules: the derived assignments are made anew.
fn under(
    mut facts: SubjectFacts,
    groups: &[GroupRow],
    rules: &[Rule],
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<SubjectFacts, GatewayError> {
    facts.assignments.retain(|held| !matches!(held.source, Source::Derived { .. }));
    let user = facts.user.to_string();
    let reached = super::entitlements::groups_of(conn, organization, std::slice::from_ref(&user))?
        .remove(&user)
        .unwrap_or_default();
    let reached: HashSet<&str> = reached.iter().map(|(group, _)| group.as_str()).collect();
    for group in groups.iter().filter(|group| reached.contains(group.id.to_string().as_str())) {
        let group_facts =
            GroupFacts { id: group.id, external_id: group.external_id.as_deref(), display_name: &group.display_name };
        for rule in rules {
            let Some(Ok(scope)) = rule.derive(&group_facts) else { continue };
            let source = Source::Derived {
                rule: rule.id,
                rule_version: rule.version,
                priority: rule.priority,
                group: group.id,
                group_name: group.display_name.clone(),
                via: Vec::new(),
                since: group.created_at,
                cause: None,
            };
            facts.assignments.push(Assignment { role: rule.role.clone(), scope, until: None, source });
        }
    }
    Ok(facts)
}

/// A person gives by a rule, or takes away with one, only what they could give by hand. A scope that a pattern fills in may
/// be any, so the rule then has to be within what they hold everywhere.
fn check_giver(tx: &mut WriteTx<'_>, policy: &Policy, rule: &Rule) -> Result<(), GatewayError> {
    let is_open = rule.scope.captures().next().is_some();
    let scope = if is_open { Scope::Organization } else { Scope::parse(rule.scope.as_str())? };
    check_may_give(tx, policy, &rule.role, &scope)
}

fn rule_row(tx: &mut WriteTx<'_>, organization: OrganizationId, id: RuleId) -> Result<RuleRow, GatewayError> {
    rules::by_id(tx.conn(), organization, id)?.ok_or_else(|| GatewayError::not_found("mapping rule", id))
}

fn target(row: &RuleRow) -> Target {
    Target::new(TargetKind::MappingRule, row.id)
        .named(format!("{} `{}` → {}", row.group_match, row.group_text, row.role))
}

fn told(row: &RuleRow) -> serde_json::Value {
    json!({
        "group": { row.group_match.as_str(): row.group_text },
        "role": row.role,
        "scope": row.scope,
        "priority": row.priority,
    })
}

fn with_derived(event: Event, derived: Option<serde_json::Value>) -> Event {
    match derived {
        Some(derived) => event.with_detail(derived),
        None => event,
    }
}
