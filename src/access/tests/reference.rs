//! The decision as design section 8 tells it, word by word over the facts: no numbers, no bits, no sorting, no hashes.

use std::collections::BTreeSet;

use super::given::Asked;
use crate::access::*;
use crate::model::Timestamp;

pub fn reference(policy: &Policy, facts: &SubjectFacts, asked: &Asked, now: Timestamp) -> Reason {
    let catalogue = &policy.catalogue;
    let Some(permission) = catalogue.permissions().iter().find(|permission| permission.key == asked.action) else {
        return Reason::UnknownAction;
    };
    let (kind, id) = asked.resource;
    let scope = match &asked.scope {
        Some(scope) => scope.to_string(),
        None if catalogue.scope_types().any(|scope| scope.key == kind) && !id.is_empty() => format!("{kind}:{id}"),
        None => "organization".to_owned(),
    };
    let declared = |scope: &str| catalogue.scope_types().any(|kind| scope.starts_with(&format!("{}:", kind.key)));
    if Scope::parse(&scope).is_err() || (scope != "organization" && !declared(&scope)) {
        return Reason::UnknownScope;
    }
    let subject = Subject { policy, facts, above: above(policy, scope), now };
    if !facts.active {
        return Reason::Inactive;
    }
    let shared = subject.shares(kind, id).contains(&permission.key);
    let of_members = members_only(catalogue, &permission.key) || on_members_only(catalogue, kind, &permission.key);
    if of_members && !shared {
        return Reason::MembersOnly;
    }
    if subject.denied(&permission.key) {
        return Reason::DeniedByOverride;
    }
    let by_role = !of_members && subject.by_role(&permission.key);
    let by_override = !of_members && subject.overridden(&permission.key, Effect::Allow);
    if !by_role && !by_override && !shared {
        return Reason::NoGrant;
    }
    let plan = policy.plan.clone().unwrap_or_default();
    if !permission.plans.is_empty() && !permission.plans.contains(&plan) {
        return Reason::Plan;
    }
    let alone = "approval.decide";
    let acts_alone = !subject.denied(alone) && (subject.by_role(alone) || subject.overridden(alone, Effect::Allow));
    if permission.sensitive && !acts_alone {
        return Reason::ApprovalRequired;
    }
    match (by_role, by_override) {
        (true, _) => Reason::AllowedByRole,
        (false, true) => Reason::AllowedByOverride,
        (false, false) => Reason::AllowedByShare,
    }
}

struct Subject<'a> {
    policy: &'a Policy,
    facts: &'a SubjectFacts,
    above: BTreeSet<String>,
    now: Timestamp,
}

impl Subject<'_> {
    fn live(&self, until: Option<Timestamp>) -> bool {
        match until {
            Some(until) => self.now < until,
            None => true,
        }
    }

    fn by_role(&self, key: &str) -> bool {
        let highest = self.facts.assignments.iter().filter_map(|held| priority(&held.source)).max();
        let mut counting: Vec<Assignment> = Vec::new();
        for held in &self.facts.assignments {
            let own = priority(&held.source);
            if self.policy.mapping_mode == MappingMode::Union || own.is_none() || own == highest {
                counting.push(held.clone());
            }
        }
        if counting.is_empty() && self.policy.default_role.as_deref().is_some_and(|role| role != "owner") {
            let role = self.policy.default_role.clone().unwrap();
            counting.push(Assignment { role, scope: Scope::Organization, until: None, source: Source::Default });
        }
        counting.iter().any(|held| self.live(held.until) && self.role_gives(&held.role, &held.scope.to_string(), key))
    }

    fn role_gives(&self, role: &str, scope: &str, key: &str) -> bool {
        let catalogue = &self.policy.catalogue;
        if let Some(role) = catalogue.roles().iter().find(|built_in| built_in.key == role) {
            let has = |set: &PermissionSet| catalogue.keys(set).iter().any(|name| name == key);
            return has(&role.everywhere) || (has(&role.permissions) && self.above.contains(scope));
        }
        let pro = self.policy.plan.as_deref() == Some("pro");
        let custom = self.policy.custom_roles.iter().find(|custom| custom.key == role);
        pro && self.above.contains(scope)
            && custom.is_some_and(|custom| custom.permissions.iter().any(|name| name == key))
    }

    fn overridden(&self, key: &str, effect: Effect) -> bool {
        self.facts.overrides.iter().any(|given| {
            given.permission == key
                && given.effect == effect
                && self.live(given.until)
                && self.above.contains(&given.scope.to_string())
        })
    }

    fn denied(&self, key: &str) -> bool {
        self.policy.catalogue.combining() == Combining::DenyWins && self.overridden(key, Effect::Deny)
    }

    /// What is shared with the subject on the resource.
    fn shares(&self, kind: &str, id: &str) -> BTreeSet<String> {
        let catalogue = &self.policy.catalogue;
        let mut keys = BTreeSet::new();
        for share in &self.facts.shares {
            if share.resource.kind == kind && share.resource.id == id && self.live(share.until) {
                let level = catalogue.resource_type(kind).and_then(|kind| kind.level(&share.level));
                keys.extend(level.map(|set| catalogue.keys(set)).unwrap_or_default());
            }
        }
        keys
    }
}

/// `scope` and everything above it.
fn above(policy: &Policy, scope: String) -> BTreeSet<String> {
    let mut above = BTreeSet::from(["organization".to_owned(), scope]);
    loop {
        let parents = policy.scopes.links().filter(|(child, _)| above.contains(&child.to_string()));
        let more: Vec<String> = parents.map(|(_, parent)| parent.to_string()).filter(|p| !above.contains(p)).collect();
        if more.is_empty() {
            return above;
        }
        above.extend(more);
    }
}

fn priority(source: &Source) -> Option<i32> {
    match source {
        Source::Derived { priority, .. } => Some(*priority),
        Source::Direct { .. } | Source::Default => None,
    }
}

fn members_only(catalogue: &Catalogue, key: &str) -> bool {
    catalogue
        .resource_types()
        .filter(|kind| kind.members_only)
        .any(|kind| kind.levels.iter().any(|(_, set)| catalogue.keys(set).iter().any(|name| name == key)))
}

fn on_members_only(catalogue: &Catalogue, kind: &str, key: &str) -> bool {
    catalogue.resource_types().any(|known| {
        known.key == kind && known.members_only && !catalogue.keys(&known.by_role).iter().any(|name| name == key)
    })
}
