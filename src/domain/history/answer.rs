//! What is told of an organization as it was: decided by the same functions as now, at that moment.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Past, PastCursor, PastQuery};
use crate::access::{
    self, Assignment, CompiledAccess, Decision, Explanation, Override, Policy, Question, Reason, Scope, Share,
    SubjectFacts,
};
use crate::domain::GatewayError;
use crate::domain::search::Sought;
use crate::model::{Timestamp, UserId, fold};
use crate::store::users::PersonRow;

/// People looked at for one page, at most; the next page goes on where it stopped.
const MAX_SCANNED: usize = 20_000;

/// A page of what was.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PastPage {
    pub at: String,
    /// How many entries of the log it was made of.
    pub entries: i64,
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<PastItem>,
    pub next_cursor: Option<String>,
}

/// Somebody, as they were.
#[derive(Debug, Serialize)]
pub struct PastItem {
    pub user: UserId,
    pub user_name: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub active: bool,
    #[serde(flatten)]
    pub told: PastTold,
}

/// What was asked about them.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PastTold {
    /// Whether they could do the one thing.
    Decision {
        decision: bool,
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        explanation: Option<Box<Explanation>>,
    },
    /// All that they could do, and what it rested on.
    Access { assignments: Vec<Assignment>, overrides: Vec<Override>, shares: Vec<Share>, access: Vec<PastPlace> },
}

/// What somebody could do in one scope, or on one shared resource.
#[derive(Debug, Serialize)]
pub struct PastPlace {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<access::ResourceRef>,
    pub permissions: Vec<String>,
    /// Once somebody else had agreed.
    pub held_back: Vec<String>,
}

/// Answers a question about `past`.
pub(super) fn asked_of(past: &Past, query: &PastQuery) -> Result<PastPage, GatewayError> {
    let entries = past.world.entries;
    let page = |items, next: Option<String>| PastPage {
        at: query.at.rfc3339(),
        entries,
        items,
        next_cursor: next.map(|after| PastCursor { entries, after }.to_string()),
    };
    if let Some(name) = &query.user {
        let person = past.named(name).ok_or_else(|| GatewayError::not_found("user", name))?;
        let told = past.told(person, query)?;
        return Ok(page(vec![item(person, told)], None));
    }
    let after = query.cursor.as_ref().map(|cursor| cursor.after.clone()).unwrap_or_default();
    let rest = past.world.people.range::<String, _>((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
    let (mut items, mut last) = (Vec::new(), None);
    for (scanned, (id, person)) in rest.enumerate() {
        if items.len() >= query.limit || scanned >= MAX_SCANNED {
            return Ok(page(items, last));
        }
        last = Some(id.clone());
        let told = past.told(person, query)?;
        if told.is_something() {
            items.push(item(person, told));
        }
    }
    Ok(page(items, None))
}

fn item(person: &PersonRow, told: PastTold) -> PastItem {
    PastItem {
        user: person.id,
        user_name: person.user_name.clone(),
        kind: if person.service_account { "service_account" } else { "user" },
        active: person.may_act(),
        told,
    }
}

impl PastTold {
    /// Whether somebody is worth a line of a list: they could do it, or anything at all.
    fn is_something(&self) -> bool {
        match self {
            Self::Decision { decision, .. } => *decision,
            Self::Access { assignments, overrides, shares, access } => {
                !(assignments.is_empty() && overrides.is_empty() && shares.is_empty() && access.is_empty())
            }
        }
    }
}

impl Past {
    /// By id, or by the userName they bore.
    fn named(&self, name: &str) -> Option<&PersonRow> {
        let folded = fold(name);
        let by_name = || {
            let mut people = self.world.people.values().filter(|person| !person.service_account);
            people.find(|person| fold(&person.user_name) == folded)
        };
        self.world.people.get(name).or_else(by_name)
    }

    fn facts(&self, person: &PersonRow) -> Result<SubjectFacts, GatewayError> {
        let record = self.world.rows.person(person)?;
        let reached = record.reached(|id| self.groups.get(&id)?.as_deref());
        Ok(record.facts(&reached))
    }

    fn told(&self, person: &PersonRow, query: &PastQuery) -> Result<PastTold, GatewayError> {
        let facts = self.facts(person)?;
        let access = access::compile(&self.policy, &facts);
        Ok(match &query.sought {
            Some(sought) => decision(&self.policy, &facts, &access, sought, query),
            None => whole(&self.policy, facts, &access, query.at),
        })
    }
}

fn decide(policy: &Policy, access: &CompiledAccess, question: &Question<'_>, at: Timestamp) -> Decision {
    match policy.resolve(question) {
        Ok(resolved) => access::decide(access, &resolved, at),
        Err(unknown) => Decision::from(&unknown),
    }
}

fn decision(
    policy: &Policy,
    facts: &SubjectFacts,
    access: &CompiledAccess,
    sought: &Sought,
    query: &PastQuery,
) -> PastTold {
    let question = sought.question();
    let decided = decide(policy, access, &question, query.at);
    let explained = query.user.is_some();
    let explanation = explained.then(|| Box::new(access::explain(policy, facts, &question, query.at)));
    PastTold::Decision { decision: decided.allowed, reason: decided.reason.as_str(), explanation }
}

/// What still held at the moment, and what it allowed.
fn whole(policy: &Policy, mut facts: SubjectFacts, access: &CompiledAccess, at: Timestamp) -> PastTold {
    let is_live = |until: Option<Timestamp>| until.is_none_or(|until| at < until);
    facts.assignments.retain(|held| is_live(held.until));
    facts.overrides.retain(|given| is_live(given.until));
    facts.shares.retain(|share| is_live(share.until));
    let held = facts.assignments.iter().map(|held| held.scope.clone());
    let given = facts.overrides.iter().map(|given| given.scope.widest().clone());
    let scopes: BTreeSet<Scope> = held.chain(given).chain([Scope::Organization]).collect();
    let there = scopes.into_iter().map(|scope| {
        let question = Question::about("", Some(scope.clone()));
        PastPlace { scope: Some(scope.to_string()), ..place(policy, access, &question, at) }
    });
    let shared = facts.shares.iter().map(|share| {
        let (resource_kind, resource_id) = (share.resource.kind.as_str(), share.resource.id.as_str());
        let question = Question { action: "", resource_kind, resource_id, scope: None };
        PastPlace { resource: Some(share.resource.clone()), ..place(policy, access, &question, at) }
    });
    let is_something = |place: &PastPlace| !place.permissions.is_empty() || !place.held_back.is_empty();
    let places = there.chain(shared).filter(is_something).collect();
    let SubjectFacts { assignments, overrides, shares, .. } = facts;
    PastTold::Access { assignments, overrides, shares, access: places }
}

/// What could be done where `asked` is asked, whatever action that names.
fn place(policy: &Policy, access: &CompiledAccess, asked: &Question<'_>, at: Timestamp) -> PastPlace {
    let mut place = PastPlace { scope: None, resource: None, permissions: Vec::new(), held_back: Vec::new() };
    for permission in policy.catalogue.permissions() {
        let question = Question { action: &permission.key, ..asked.clone() };
        let decided = decide(policy, access, &question, at);
        if decided.allowed {
            place.permissions.push(permission.key.clone());
        } else if decided.reason == Reason::ApprovalRequired {
            place.held_back.push(permission.key.clone());
        }
    }
    place
}
