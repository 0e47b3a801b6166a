//! Access contracts: what an organization asserts about itself, whatever its rules, roles and exceptions come to.
//!
//! A contract says of whom it speaks (who holds a role anywhere, or is in a group) and what they never have: a permission
//! anywhere, or any right in a scope and below. It is looked at before each change is kept; see `domain`.
//!
//! A grant that has ended counts for nothing. A denial that will end counts for nothing either: a contract must not break
//! by time passing, when there is no change to refuse. Not here: which people a change touches.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::compile::effective_assignments;
use super::{
    Catalogue, Effect, Ground, Override, Policy, Question, Reach, Reason, Scope, Source, SubjectFacts, compile, decide,
    explain,
};
use crate::model::{GroupId, Timestamp};

/// Of whom a contract speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Whoever holds this role, in whatever scope.
    Role(String),
    /// Whoever is in this group, directly or through others.
    Group(GroupId),
}

/// What they never have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Never {
    /// A permission of this pattern (`export.csv`, `billing.*`), anywhere, by whatever grant.
    Permission(String),
    /// A role or an allowed exception in any scope of this type.
    ScopeType(String),
    /// A role or an allowed exception in this scope or below.
    Scope(Scope),
}

/// An assertion of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    pub name: String,
    pub who: Who,
    pub never: Never,
}

/// Why a contract cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    #[error("`{0}` is no role here")]
    Role(String),
    #[error("`{0}` matches no permission of this catalogue")]
    Permission(String),
    #[error("`{0}` is no scope of this catalogue")]
    Scope(String),
}

/// Somebody who breaks a contract, with what gives it to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterExample {
    pub contract: String,
    pub user_name: String,
    /// A permission, or the role or exception that should not be there.
    pub what: String,
    pub scope: Scope,
    pub by: String,
}

impl std::fmt::Display for CounterExample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { contract, user_name, what, scope, by } = self;
        write!(f, "the contract `{contract}` would be broken: `{user_name}` would have `{what}` in `{scope}` by {by}")
    }
}

impl Contract {
    /// Whether the contract speaks of what there is.
    pub fn check(&self, policy: &Policy) -> Result<(), ContractError> {
        let catalogue: &Catalogue = &policy.catalogue;
        match &self.who {
            Who::Role(role)
                if catalogue.role(role).is_none() && policy.custom_roles.iter().all(|known| known.key != *role) =>
            {
                return Err(ContractError::Role(super::scope::shortened(role)));
            }
            Who::Role(_) | Who::Group(_) => {}
        }
        match &self.never {
            Never::Permission(pattern) if catalogue.matching(pattern).is_empty() => {
                Err(ContractError::Permission(super::scope::shortened(pattern)))
            }
            Never::ScopeType(kind) if catalogue.scope_type(kind).is_none() => {
                Err(ContractError::Scope(super::scope::shortened(kind)))
            }
            Never::Scope(scope) if !catalogue.knows_scope(scope) => Err(ContractError::Scope(scope.to_string())),
            Never::Permission(_) | Never::ScopeType(_) | Never::Scope(_) => Ok(()),
        }
    }

    /// How this person, in these groups, breaks the contract at `now`, if they do.
    pub fn broken_by(
        &self,
        policy: &Policy,
        facts: &SubjectFacts,
        groups: &[GroupId],
        now: Timestamp,
    ) -> Option<CounterExample> {
        if !facts.active {
            return None;
        }
        let is_live = |until: Option<Timestamp>| until.is_none_or(|until| now < until);
        let held = effective_assignments(policy, facts);
        let is_meant = match &self.who {
            Who::Role(role) => held.iter().any(|held| held.role == *role && is_live(held.until)),
            Who::Group(group) => groups.contains(group),
        };
        if !is_meant {
            return None;
        }
        let found = |what: String, scope: Scope, by: String| CounterExample {
            contract: self.name.clone(),
            user_name: facts.user_name.clone(),
            what,
            scope,
            by,
        };
        match &self.never {
            Never::Permission(pattern) => self.permission(policy, facts, pattern, now).map(|(what, scope, ground)| {
                let by = ground.as_ref().map_or_else(|| "what they hold".to_owned(), told);
                found(what, scope, by)
            }),
            Never::ScopeType(_) | Never::Scope(_) => {
                let role = held.iter().find(|held| is_live(held.until) && self.forbids(policy, &held.scope));
                let role = role.map(|held| found(held.role.clone(), held.scope.clone(), told_source(&held.source)));
                let is_allow = |given: &&Override| given.effect == Effect::Allow && is_live(given.until);
                // What holds wherever a role is held is found with the role.
                let allows = facts.overrides.iter().filter(is_allow).filter_map(|given| match &given.scope {
                    Reach::Scope(scope) => Some((given, scope)),
                    Reach::Assigned => None,
                });
                let allowed =
                    allows.into_iter().find(|(_, scope)| self.forbids(policy, scope)).map(|(given, scope)| {
                        found(given.permission.clone(), scope.clone(), format!("an override of {}", given.author))
                    });
                role.or(allowed)
            }
        }
    }

    /// Whether nothing may be held in `scope`.
    fn forbids(&self, policy: &Policy, scope: &Scope) -> bool {
        match &self.never {
            Never::Permission(_) => false,
            Never::ScopeType(kind) => scope.kind() == kind,
            Never::Scope(outer) => policy.scopes.is_within(scope, outer),
        }
    }

    /// A permission of the pattern that the person has somewhere, and what gives it: asked in each scope that anything of
    /// theirs names, and of each resource that is shared with them. What waits for a yes is had all the same.
    fn permission(
        &self,
        policy: &Policy,
        facts: &SubjectFacts,
        pattern: &str,
        now: Timestamp,
    ) -> Option<(String, Scope, Option<Ground>)> {
        let mut lasting = facts.clone();
        lasting.overrides.retain(|given| given.effect == Effect::Allow || given.until.is_none());
        let access = compile(policy, &lasting);
        let held = lasting.assignments.iter().map(|held| &held.scope);
        let scopes: BTreeSet<&Scope> = held
            .chain(lasting.overrides.iter().map(|given| given.scope.widest()))
            .chain([&Scope::Organization])
            .collect();
        let places = scopes.into_iter().map(|scope| (("", ""), scope));
        let shared = lasting.shares.iter().map(|share| &share.resource);
        let shared = shared.map(|shared| ((shared.kind.as_str(), shared.id.as_str()), &Scope::Organization));
        let forbidden = policy.catalogue.matching(pattern);
        places.chain(shared).find_map(|((resource_kind, resource_id), scope)| {
            forbidden.iter().find_map(|number| {
                let action = policy.catalogue.permission_key(number);
                let question = Question { action, resource_kind, resource_id, scope: Some(scope.clone()) };
                let decision = decide(&access, &policy.resolve(&question).ok()?, now);
                (decision.allowed || decision.reason == Reason::ApprovalRequired).then(|| {
                    let ground = explain(policy, &lasting, &question, now).grounds.into_iter().next();
                    (action.to_owned(), scope.clone(), ground)
                })
            })
        })
    }
}

fn told(ground: &Ground) -> String {
    match ground {
        Ground::Role { role, scope, source, .. } => format!("the role `{role}` in `{scope}`, {}", told_source(source)),
        Ground::Override { author, .. } => format!("an override of {author}"),
        Ground::Share { resource, level, .. } => format!("a share (`{level}`) of {} `{}`", resource.kind, resource.id),
    }
}

fn told_source(source: &Source) -> String {
    match source {
        Source::Direct { by, .. } => format!("given by {by}"),
        Source::Derived { rule, group_name, .. } => format!("rule {rule} for the group `{group_name}`"),
        Source::Default => "the default role".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::ResourceRef;
    use crate::access::tests::given;

    /// Whether the person may do it anywhere, asked as an application would: each scope and each shared resource.
    fn may_anywhere(policy: &Policy, facts: &SubjectFacts, pattern: &str, now: Timestamp) -> bool {
        let access = compile(policy, facts);
        let scopes =
            ["organization", "region:emea", "region:apac", "team:a", "team:b", "team:c", "desk:front", "desk:back"];
        let places =
            scopes.map(|text| (ResourceRef { kind: String::new(), id: String::new() }, Scope::parse(text).unwrap()));
        let shared = facts.shares.iter().map(|share| (share.resource.clone(), Scope::Organization));
        places.into_iter().chain(shared).any(|(resource, scope)| {
            policy.catalogue.matching(pattern).iter().any(|number| {
                let question = Question {
                    action: policy.catalogue.permission_key(number),
                    resource_kind: &resource.kind,
                    resource_id: &resource.id,
                    scope: Some(scope.clone()),
                };
                // A scope that was never made answers nobody, so nobody has anything there.
                policy.resolve(&question).is_ok_and(|resolved| {
                    // What waits for a yes is had all the same.
                    let decision = decide(&access, &resolved, now);
                    decision.allowed || decision.reason == Reason::ApprovalRequired
                })
            })
        })
    }

    fn contract(who: &str, pattern: &str) -> Contract {
        Contract {
            name: "law".to_owned(),
            who: Who::Role(who.to_owned()),
            never: Never::Permission(pattern.to_owned()),
        }
    }

    proptest! {
        /// A contract that holds is kept by every decision.
        #[test]
        fn who_keeps_a_contract_is_allowed_nothing_that_it_forbids(
            policy in given::policy(), facts in given::facts(), now in given::moment(),
            role in prop_oneof![Just("global"), Just("lead"), Just("member"), Just("custom")],
            pattern in prop_oneof![Just("file.*"), Just("device.wipe"), Just("*.view"), Just("pro.feature")],
        ) {
            let live = |held: &crate::access::Assignment| held.role == role && held.until.is_none_or(|until| now < until);
            let holds = effective_assignments(&policy, &facts).iter().any(live);
            let broken = contract(role, pattern).broken_by(&policy, &facts, &[], now);
            if broken.is_none() && holds && facts.active {
                prop_assert!(!may_anywhere(&policy, &facts, pattern, now));
            }
            if broken.is_some() {
                prop_assert!(holds && facts.active);
                let mut lasting = facts.clone();
                lasting.overrides.retain(|given| given.effect == Effect::Allow || given.until.is_none());
                prop_assert!(may_anywhere(&policy, &lasting, pattern, now));
            }
        }
    }
}
