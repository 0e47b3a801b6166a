//! Mapping rules: a directory's group becomes a role in a scope.

use super::provisioning::check_version;
use crate::scim::Precondition;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::entitlements::{Floor, Standing, check_may_give, check_may_take, rule_changed, rule_of};
use super::impact::{Comparison, Crowd, Impact, Page};
use super::{Gateway, GatewayError};
use crate::access::{
    Assignment, Grant, GroupFacts, GroupMatch, HolderKind, MadeBy, Policy, Rule, Scope, ScopeTemplate, Source,
    SubjectFacts,
};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, GroupId, OrganizationId, RuleId, Timestamp};
use crate::store::groups::{self, NamedGroup};
use crate::store::rule_versions::{self, RuleVersionRow};
use crate::store::rules::{self, RuleRow};
use crate::store::{Audited, WriteTx};

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

/// A group that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMatch {
    pub group: String,
    /// Where it would give its role, or why it would not.
    pub scope: Result<String, String>,
}

/// A version of a rule.
#[derive(Debug, Clone)]
pub struct RuleVersion {
    pub version: i64,
    pub group_match: String,
    pub group_text: String,
    pub role: String,
    pub scope: String,
    pub priority: i32,
    pub changed_by: String,
    pub changed_at: Timestamp,
}

impl From<RuleVersionRow> for RuleVersion {
    fn from(row: RuleVersionRow) -> Self {
        Self {
            version: row.version,
            group_match: row.group_match,
            group_text: row.group_text,
            role: row.role,
            scope: row.scope,
            priority: row.priority,
            changed_by: row.changed_by,
            changed_at: Timestamp::from_micros(row.changed_at),
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

    /// One rule.
    pub async fn rule(self: &Arc<Self>, organization: OrganizationId, id: RuleId) -> Result<RuleView, GatewayError> {
        let row = self.store.read(move |conn| rules::by_id(conn, organization, id)).await?;
        row.map(RuleView::from).ok_or_else(|| GatewayError::not_found("mapping rule", id))
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
            let floor = Floor::under_gifts(&gateway, tx)?;
            rules::insert(tx, row.clone())?;
            let derived = rule_changed(tx, id, Some(&row), &gateway)?;
            floor.check(&gateway, tx)?;
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
        expected: Precondition,
        draft: RuleDraft,
    ) -> Result<RuleView, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let before = rule_row(tx, organization, id)?;
            check_version("mapping rule", &expected, before.version)?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let rule = draft.checked(id, &policy)?;
            check_taker(tx, &policy, &rule_of(&before)?)?;
            check_giver(tx, &policy, &rule)?;
            let mut after = draft.row(organization, id, tx.attribution());
            (after.version, after.created_at) = (before.version, before.created_at);
            if told(&after) == told(&before) {
                return Ok(Audited::unchanged(RuleView::from(before)));
            }
            let floor = Floor::whole(&gateway, tx)?;
            rules::update(tx, &after)?;
            after.version += 1;
            let derived = rule_changed(tx, id, Some(&after), &gateway)?;
            floor.check(&gateway, tx)?;
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
        expected: Precondition,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let row = rule_row(tx, organization, id)?;
            check_version("mapping rule", &expected, row.version)?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_taker(tx, &policy, &rule_of(&row)?)?;
            let floor = Floor::whole(&gateway, tx)?;
            rules::delete(tx, &row)?;
            let derived = rule_changed(tx, id, None, &gateway)?;
            floor.check(&gateway, tx)?;
            let event =
                Event::new(Action::MappingRuleDeleted, target(&row)).with_difference(Difference::deleted(&told(&row)));
            Ok(Audited::new((), with_derived(event, derived.detail())))
        })
        .await
    }

    /// The groups that a rule would match, by name, and the scope that each would give it in, or why it would give none; at
    /// most `limit` of them, and how many there are.
    pub async fn rule_matches(
        self: &Arc<Self>,
        organization: OrganizationId,
        draft: RuleDraft,
        limit: usize,
    ) -> Result<(Vec<RuleMatch>, usize), GatewayError> {
        let (gateway, id) = (Arc::clone(self), RuleId::new(self.now(), self.chance()));
        self.store
            .read(move |conn| {
                let rule = draft.checked(id, &*gateway.policy_in(conn, organization)?)?;
                let derived = |group: NamedGroup| {
                    let external_id = group.external_id.as_deref();
                    let facts = GroupFacts { id: group.id, external_id, display_name: &group.display_name };
                    let scope = rule.derive(&facts)?;
                    let scope = scope.map(|scope| scope.to_string()).map_err(|problem| problem.to_string());
                    Some(RuleMatch { group: group.display_name.clone(), scope })
                };
                let mut matches: Vec<RuleMatch> =
                    groups::named(conn, organization)?.into_iter().filter_map(derived).collect();
                matches.sort_by(|a, b| a.group.cmp(&b.group));
                let total = matches.len();
                matches.truncate(limit);
                Ok((matches, total))
            })
            .await
    }

    /// Who would gain and who would lose by a change of the rules, without making it.
    pub async fn preview_rules(
        self: &Arc<Self>,
        organization: OrganizationId,
        proposal: RuleProposal,
        page: Page,
    ) -> Result<Impact, GatewayError> {
        let (gateway, now) = (Arc::clone(self), self.now());
        let id = RuleId::new(now, self.chance());
        self.store
            .read(move |conn| {
                let policy = gateway.policy_in(conn, organization)?;
                let stand =
                    rules::all(conn, organization)?.iter().map(rule_of).collect::<Result<Vec<_>, GatewayError>>()?;
                let groups = groups::named(conn, organization)?;
                let before = given(&stand, &groups);
                let after = given(&proposal.applied(stand, id, &policy)?, &groups);
                let touched = groups.iter().filter(|group| before.get(&group.id) != after.get(&group.id));
                let crowd = Crowd::Under(touched.map(|group| group.id.to_string()).collect());
                // The scopes that the rules would make are there in what would be.
                let mut proposed = Policy::clone(&policy);
                let places = after.values().flatten().map(|held| &held.scope);
                let made = places.filter(|scope| policy.catalogue.is_made_by(scope, MadeBy::Rule));
                proposed.declared.extend(made.cloned());
                let comparison = Comparison { organization, before: &policy, after: &proposed, now, page };
                comparison.impact(conn, crowd, |standing| under(standing, &after))
            })
            .await
    }

    /// What a rule has been, the newest first; at most a hundred, before `before` if that is given.
    pub async fn rule_versions(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: RuleId,
        before: Option<i64>,
    ) -> Result<Vec<RuleVersion>, GatewayError> {
        self.store
            .read(move |conn| {
                rules::by_id(conn, organization, id)?.ok_or_else(|| GatewayError::not_found("mapping rule", id))?;
                let rows = rule_versions::of_rule(conn, organization, id, before)?;
                Ok(rows.into_iter().map(RuleVersion::from).collect())
            })
            .await
    }

    /// Makes a rule what it was in an earlier version, as a change like any other: it becomes a new version, and whoever
    /// does it must be able to give what it gives.
    pub async fn roll_rule_back(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: RuleId,
        version: i64,
    ) -> Result<RuleView, GatewayError> {
        let row = self.store.read(move |conn| rule_versions::one(conn, organization, id, version)).await?;
        let row = row.ok_or_else(|| GatewayError::not_found("version of the mapping rule", version))?;
        let RuleVersionRow { group_match, group_text, role, scope, priority, .. } = row;
        self.change_rule(
            by,
            organization,
            id,
            Precondition::default(),
            RuleDraft { group_match, group_text, role, scope, priority },
        )
        .await
    }
}

impl RuleProposal {
    /// The rules as they would be.
    fn applied(&self, mut rules: Vec<Rule>, id: RuleId, policy: &Policy) -> Result<Vec<Rule>, GatewayError> {
        match self {
            Self::Add(draft) => rules.push(draft.checked(id, policy)?),
            Self::Change(id, draft) => {
                let rule = draft.checked(*id, policy)?;
                let slot = rules.iter_mut().find(|rule| rule.id == *id);
                *slot.ok_or_else(|| GatewayError::not_found("mapping rule", id))? = rule;
            }
            Self::Remove(id) => {
                let count = rules.len();
                rules.retain(|rule| rule.id != *id);
                if rules.len() == count {
                    return Err(GatewayError::not_found("mapping rule", id));
                }
            }
        }
        Ok(rules)
    }
}

/// What rules give to each group.
fn given(rules: &[Rule], groups: &[NamedGroup]) -> HashMap<GroupId, Vec<Assignment>> {
    let mut given: HashMap<GroupId, Vec<Assignment>> = HashMap::new();
    for group in groups {
        let facts =
            GroupFacts { id: group.id, external_id: group.external_id.as_deref(), display_name: &group.display_name };
        for rule in rules {
            let Some(Ok(scope)) = rule.derive(&facts) else { continue };
            let source = Source::Derived {
                rule: rule.id,
                rule_version: rule.version,
                priority: rule.priority,
                group: group.id,
                group_name: group.display_name.clone(),
                via: Vec::new(),
                since: Timestamp::from_micros(0),
                cause: None,
            };
            let held = Assignment { role: rule.role.clone(), scope, until: None, source };
            given.entry(group.id).or_default().push(held);
        }
    }
    given
}

/// The same person under other rules: what groups give is made anew.
fn under(standing: &Standing, given: &HashMap<GroupId, Vec<Assignment>>) -> SubjectFacts {
    let mut facts = standing.facts.clone();
    facts.assignments.retain(|held| !matches!(held.source, Source::Derived { .. }));
    facts.assignments.extend(standing.groups.iter().filter_map(|group| given.get(group)).flatten().cloned());
    facts
}

/// A person gives by a rule, or takes away with one, only what they could give by hand, for good. A scope that a pattern
/// fills in may be any, so the rule then has to be within what they hold everywhere.
fn check_giver(tx: &mut WriteTx<'_>, policy: &Policy, rule: &Rule) -> Result<(), GatewayError> {
    let grant = Grant::Role { role: &rule.role, scope: &reach(rule)?, to: HolderKind::Person };
    check_may_give(tx, policy, &grant, None)
}

/// What a rule gives is taken away by whoever could give it now.
pub(super) fn check_taker(tx: &mut WriteTx<'_>, policy: &Policy, rule: &Rule) -> Result<(), GatewayError> {
    let grant = Grant::Role { role: &rule.role, scope: &reach(rule)?, to: HolderKind::Person };
    check_may_take(tx, policy, &grant)
}

/// The scope within which a rule gives its role.
fn reach(rule: &Rule) -> Result<Scope, GatewayError> {
    let is_open = rule.scope.captures().next().is_some();
    Ok(if is_open { Scope::Organization } else { Scope::parse(rule.scope.as_str())? })
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
