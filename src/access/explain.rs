//! Why: the decision again, with the facts it rests on, or what would have to change.
//!
//! The verdict is [`decide`]'s own; the grounds are looked up in the facts, so an allow is traced from the permission
//! over the role and the rule to the group and the SCIM request that caused it. May take its time and allocate.

use std::collections::BTreeSet;

use serde::Serialize;

use super::catalogue::hint;
use super::compile::{compile_bars, effective_assignments, forever_unless, given, overridden, places};
use super::{
    Assignment, CompiledAccess, Decision, Effect, HolderLimit, PermissionNumber, Policy, Question, Reach, Reason,
    ResolvedQuestion, ResourceRef, Scope, Source, SubjectFacts, UnknownQuestion, compile, decide,
};
use crate::model::Timestamp;

/// How many built-in and custom roles are proposed at most.
const PROPOSALS: usize = 3;

/// A fact that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ground {
    /// An assignment of a role that has the permission.
    Role {
        role: String,
        /// Of a custom role, its number; of a built-in one, the version of the catalogue that has it.
        role_version: String,
        scope: Scope,
        until: Option<Timestamp>,
        source: Source,
    },
    /// An override of the permission, or of one that includes it.
    Override {
        permission: String,
        effect: Effect,
        scope: Reach,
        until: Option<Timestamp>,
        reason: String,
        author: String,
    },
    /// A share of the resource.
    Share { resource: ResourceRef, level: String, until: Option<Timestamp> },
}

/// Something that would turn a refusal into an allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Nearest {
    /// The person must be active again.
    Reactivate,
    /// This deny must go.
    LiftDeny { scope: Reach, reason: String, author: String },
    /// The organization must be on one of these plans.
    Plan { plans: Vec<String> },
    /// Somebody else who holds this permission must agree.
    Approval { approver: String },
    /// The resource must be shared at this level.
    Share { resource: ResourceRef, level: String },
    /// This role, held but elsewhere or no longer, would have to hold here.
    HeldElsewhere { role: String, scope: Scope, until: Option<Timestamp> },
    /// This role would have to be given here.
    Role { role: String, scope: Scope },
    /// The permission alone would have to be given here.
    Override { permission: String, scope: Scope },
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub allowed: bool,
    pub reason: Reason,
    /// One sentence for the admin.
    pub sentence: String,
    pub permission: String,
    pub scope: Scope,
    /// What it rests on: what allows it or, where a deny decided, the deny.
    pub grounds: Vec<Ground>,
    /// For a refusal: what would allow it, the smallest change first.
    pub nearest: Vec<Nearest>,
    /// For a refusal although an override would allow it: the roles whose holders no override gives it to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub barred_by: Vec<String>,
}

/// Explains what `facts` give under `policy` for `question` at `now`.
pub fn explain(policy: &Policy, facts: &SubjectFacts, question: &Question<'_>, now: Timestamp) -> Explanation {
    let who = &facts.user_name;
    let resolved = match policy.resolve(question) {
        Ok(resolved) => resolved,
        Err(unknown) => {
            let Decision { allowed, reason } = (&unknown).into();
            let nearest = match unknown {
                UnknownQuestion::Action(_) => policy.catalogue.nearest_permission(question.action),
                UnknownQuestion::Scope(_) => None,
            };
            return Explanation {
                allowed,
                reason,
                sentence: format!("{unknown}{}", hint(&nearest)),
                permission: super::scope::shortened(question.action),
                scope: question.scope.clone().unwrap_or(Scope::Organization),
                grounds: Vec::new(),
                nearest: Vec::new(),
                barred_by: Vec::new(),
            };
        }
    };
    let access = compile(policy, facts);
    let Decision { allowed, reason } = decide(&access, &resolved, now);
    let asked = Asked {
        policy,
        facts,
        permission: resolved.permission(),
        scope: resolved.scope().clone(),
        resource: question.resource(),
        resolved: &resolved,
        access: &access,
        now,
    };
    let key = policy.catalogue.permission_key(asked.permission);
    let (grounds, nearest) = match reason {
        Reason::AllowedByRole | Reason::AllowedByOverride | Reason::AllowedByShare => (asked.allowing(), Vec::new()),
        Reason::Inactive => (Vec::new(), vec![Nearest::Reactivate]),
        Reason::MembersOnly => (Vec::new(), asked.by_share()),
        Reason::DeniedByOverride => (asked.overrides(Effect::Deny), asked.lifting()),
        Reason::Plan => {
            let plans = policy.catalogue.permissions().get(asked.permission.index()).map(|p| p.plans.clone());
            (asked.allowing(), vec![Nearest::Plan { plans: plans.unwrap_or_default() }])
        }
        Reason::ApprovalRequired => {
            let rule = resolved.approval();
            let approver = rule.map(|rule| policy.catalogue.permission_key(rule.approver).to_owned());
            (asked.allowing(), approver.map(|approver| Nearest::Approval { approver }).into_iter().collect())
        }
        Reason::NoGrant | Reason::UnknownAction | Reason::UnknownScope => (Vec::new(), asked.proposals()),
    };
    let barred_by = if reason == Reason::NoGrant { asked.barring() } else { Vec::new() };
    let mut sentence = sentence(who, key, &asked.scope, reason, &grounds);
    if let Some(role) = barred_by.first() {
        sentence.push_str(&format!(": there is an override, but whoever holds the role `{role}` is never given it"));
    }
    Explanation {
        allowed,
        reason,
        sentence,
        permission: key.to_owned(),
        scope: asked.scope,
        grounds,
        nearest,
        barred_by,
    }
}

/// The question, while its grounds are looked up.
struct Asked<'a> {
    policy: &'a Policy,
    facts: &'a SubjectFacts,
    permission: PermissionNumber,
    scope: Scope,
    resource: Option<ResourceRef>,
    resolved: &'a ResolvedQuestion<'a>,
    access: &'a CompiledAccess,
    now: Timestamp,
}

impl Asked<'_> {
    fn is_live(&self, until: Option<Timestamp>) -> bool {
        until.is_none_or(|until| self.now < until)
    }

    fn reaches(&self, outer: &Scope) -> bool {
        self.policy.scopes.is_within(&self.scope, outer)
    }

    /// Everything that grants it, whatever else stands against it.
    fn allowing(&self) -> Vec<Ground> {
        if self.resolved.members_only {
            return self.shares();
        }
        let excepted = if self.is_barred() { Vec::new() } else { self.overrides(Effect::Allow) };
        [self.roles(), excepted, self.shares()].concat()
    }

    /// Whether a role of theirs keeps overrides from giving it.
    fn is_barred(&self) -> bool {
        self.access.is_barred(self.permission, self.resolved.path(), self.now)
    }

    /// The roles because of which overrides that would allow it do not, sorted.
    fn barring(&self) -> Vec<String> {
        if !self.is_barred() || self.overrides(Effect::Allow).is_empty() {
            return Vec::new();
        }
        let bars = |held: &Assignment| {
            let bars = compile_bars(self.policy, held, forever_unless(held.until));
            bars.iter().any(|bar| bar.reaches(self.permission, self.resolved.path(), self.now))
        };
        let held = effective_assignments(self.policy, self.facts).into_iter().filter(bars);
        let roles: BTreeSet<String> = held.map(|held| held.role).collect();
        roles.into_iter().collect()
    }

    fn roles(&self) -> Vec<Ground> {
        let assignments = effective_assignments(self.policy, self.facts);
        let grants = |role: &str, scope: &Scope| {
            let given = given(self.policy, role, scope);
            given.iter().any(|(scope, set)| set.contains(self.permission) && self.reaches(scope))
        };
        let live = assignments.into_iter().filter(|held| self.is_live(held.until) && grants(&held.role, &held.scope));
        live.map(|held| Ground::Role {
            role_version: self.policy.role(&held.role).map(|role| role.version).unwrap_or_default(),
            role: held.role,
            scope: held.scope,
            until: held.until,
            source: held.source,
        })
        .collect()
    }

    fn overrides(&self, effect: Effect) -> Vec<Ground> {
        let here = self.facts.overrides.iter().filter(|given| {
            let whole = overridden(self.policy, given);
            let holds = |scope: &Scope| match effect {
                Effect::Allow => self.policy.catalogue.holdable(scope, &whole).contains(self.permission),
                Effect::Deny => whole.contains(self.permission),
            };
            given.effect == effect
                && places(self.policy, self.facts, given)
                    .iter()
                    .any(|(scope, until)| holds(scope) && self.is_live(Some(*until)) && self.reaches(scope))
        });
        here.map(|given| Ground::Override {
            permission: given.permission.clone(),
            effect,
            scope: given.scope.clone(),
            until: given.until,
            reason: given.reason.clone(),
            author: given.author.clone(),
        })
        .collect()
    }

    fn shares(&self) -> Vec<Ground> {
        let grants = |level: &str, resource: &ResourceRef| {
            let kind = self.policy.catalogue.resource_type(&resource.kind);
            kind.and_then(|kind| kind.level(level)).is_some_and(|set| set.contains(self.permission))
        };
        let same = |resource: &ResourceRef| self.resource.as_ref() == Some(resource);
        let live = self.facts.shares.iter().filter(|share| {
            same(&share.resource) && self.is_live(share.until) && grants(&share.level, &share.resource)
        });
        live.map(|share| Ground::Share {
            resource: share.resource.clone(),
            level: share.level.clone(),
            until: share.until,
        })
        .collect()
    }

    fn lifting(&self) -> Vec<Nearest> {
        let denies = self.overrides(Effect::Deny).into_iter().filter_map(|ground| match ground {
            Ground::Override { scope, reason, author, .. } => Some(Nearest::LiftDeny { scope, reason, author }),
            Ground::Role { .. } | Ground::Share { .. } => None,
        });
        denies.collect()
    }

    /// The weakest level that would do.
    fn by_share(&self) -> Vec<Nearest> {
        let Some(resource) = &self.resource else { return Vec::new() };
        let kind = self.policy.catalogue.resource_type(&resource.kind);
        let level = kind.and_then(|kind| kind.levels.iter().find(|(_, set)| set.contains(self.permission)));
        level
            .map(|(level, _)| Nearest::Share { resource: resource.clone(), level: level.clone() })
            .into_iter()
            .collect()
    }

    /// What would grant it: a role held elsewhere first, then a share, then the smallest roles, then the permission.
    fn proposals(&self) -> Vec<Nearest> {
        let has = |role: &str| self.policy.role_permissions(role).contains(self.permission);
        let held = self.facts.assignments.iter().filter(|held| has(&held.role));
        let elsewhere = held.map(|held| Nearest::HeldElsewhere {
            role: held.role.clone(),
            scope: held.scope.clone(),
            until: held.until,
        });
        let built_in = self.policy.catalogue.roles().iter().filter(|role| role.holders != HolderLimit::ExactlyOne);
        let custom = self.policy.custom_roles.iter().map(|role| role.key.as_str());
        let mut roles: Vec<&str> =
            built_in.map(|role| role.key.as_str()).chain(custom).filter(|role| has(role)).collect();
        roles.sort_by_key(|role| self.policy.role_permissions(role).len());
        let roles = roles.into_iter().take(PROPOSALS);
        let given = roles.map(|role| Nearest::Role { role: role.to_owned(), scope: self.scope.clone() });
        let catalogue = &self.policy.catalogue;
        let can_be_given = catalogue.reserved_to(self.permission).is_none() && !self.is_barred();
        let alone = can_be_given.then(|| Nearest::Override {
            permission: catalogue.permission_key(self.permission).to_owned(),
            scope: self.scope.clone(),
        });
        elsewhere.take(PROPOSALS).chain(self.by_share()).chain(given).chain(alone).collect()
    }
}

/// One sentence for the admin.
fn sentence(who: &str, key: &str, scope: &Scope, reason: Reason, grounds: &[Ground]) -> String {
    let first = grounds.first().map(ground).unwrap_or_default();
    match reason {
        Reason::AllowedByRole | Reason::AllowedByOverride | Reason::AllowedByShare => {
            format!("{who} may `{key}` in {scope}: {first}")
        }
        Reason::Inactive => format!("{who} is not active and may do nothing"),
        Reason::MembersOnly => {
            format!("{who} may not `{key}`: only explicit members of the resource may, whatever their role")
        }
        Reason::DeniedByOverride => format!("{who} may not `{key}` in {scope}: {first}"),
        Reason::Plan => format!("{who} would have `{key}` in {scope}, but the plan does not unlock it"),
        Reason::ApprovalRequired => format!("{who} may `{key}` in {scope} once somebody else has agreed"),
        Reason::NoGrant => format!("nothing gives {who} `{key}` in {scope}"),
        Reason::UnknownAction | Reason::UnknownScope => format!("`{key}` in {scope} means nothing to this catalogue"),
    }
}

fn ground(ground: &Ground) -> String {
    match ground {
        Ground::Role { role, scope, source, .. } => match source {
            Source::Direct { by, .. } => format!("role `{role}` in {scope}, given by {by}"),
            Source::Default => format!("role `{role}` in {scope}, the default role"),
            Source::Derived { rule, rule_version, group_name, via, since, cause, .. } => {
                let nested = via.iter().map(|name| format!(" via `{name}`")).collect::<String>();
                let cause = cause.map(|cause| format!(", request {cause}")).unwrap_or_default();
                format!(
                    "role `{role}` in {scope}, by rule {rule} (version {rule_version}), from group `{group_name}`{nested} since {since}{cause}"
                )
            }
        },
        Ground::Override { effect, scope, reason, author, .. } => {
            let verb = match effect {
                Effect::Allow => "allowed",
                Effect::Deny => "denied",
            };
            format!("{verb} in {scope} by {author}: {reason}")
        }
        Ground::Share { resource, level, .. } => {
            format!("`{}:{}` is shared with them to {level}", resource.kind, resource.id)
        }
    }
}
