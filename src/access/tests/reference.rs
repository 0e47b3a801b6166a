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
    let is_there = !scope.starts_with("desk:") || scope == "desk:front";
    if !is_there && !policy.declared.iter().any(|declared| declared.to_string() == scope) {
        return Reason::UnknownScope;
    }
    let subject = Subject { policy, facts, above: above(policy, scope.clone()), here: scope, now };
    if !facts.active {
        return Reason::Inactive;
    }
    let shared = subject.shares(kind, id).contains(&permission.key);
    let by_share = kind == "file" && !id.is_empty() && permission.key == "shared.view";
    let of_members =
        by_share || members_only(catalogue, &permission.key) || on_members_only(catalogue, kind, &permission.key);
    if of_members && !shared {
        return Reason::MembersOnly;
    }
    if subject.denied(&permission.key) {
        return Reason::DeniedByOverride;
    }
    let by_role = !of_members && subject.by_role(&permission.key);
    let by_override = !of_members && subject.excepted(&permission.key);
    if !by_role && !by_override && !shared {
        return Reason::NoGrant;
    }
    let plan = policy.plan.clone().unwrap_or_default();
    if !permission.plans.is_empty() && !permission.plans.contains(&plan) {
        return Reason::Plan;
    }
    let alone = "approval.decide";
    let acts_alone = !subject.denied(alone) && (subject.by_role(alone) || subject.excepted(alone));
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
    here: String,
    now: Timestamp,
}

impl Subject<'_> {
    fn live(&self, until: Option<Timestamp>) -> bool {
        match until {
            Some(until) => self.now < until,
            None => true,
        }
    }

    /// The assignments that count: all, or those of the highest priority.
    fn counting(&self) -> Vec<Assignment> {
        let highest = self.facts.assignments.iter().filter_map(|held| priority(&held.source)).max();
        let additive = self.policy.catalogue.combining() == Combining::Additive;
        let mut counting: Vec<Assignment> = Vec::new();
        for held in &self.facts.assignments {
            let own = priority(&held.source);
            if additive || self.policy.mapping_mode == MappingMode::Union || own.is_none() || own == highest {
                counting.push(held.clone());
            }
        }
        counting
    }

    /// The same, and the default role: to everybody where nothing takes away, else to who has nothing that lasts.
    fn held(&self) -> Vec<Assignment> {
        let mut held = self.counting();
        let additive = self.policy.catalogue.combining() == Combining::Additive;
        let lasts = held.iter().any(|held| held.until.is_none());
        if let Some(role) = self.policy.default_role.clone().filter(|role| role != "owner" && (additive || !lasts)) {
            held.push(Assignment { role, scope: Scope::Organization, until: None, source: Source::Default });
        }
        held
    }

    fn by_role(&self, key: &str) -> bool {
        let held = self.held();
        held.iter().any(|held| self.live(held.until) && self.role_gives(&held.role, &held.scope.to_string(), key))
    }

    fn role_gives(&self, role: &str, scope: &str, key: &str) -> bool {
        let catalogue = &self.policy.catalogue;
        let there = self.above.contains(scope) && can_be_held(scope, key);
        if let Some(role) = catalogue.roles().iter().find(|built_in| built_in.key == role) {
            let has = |set: &PermissionSet| catalogue.keys(set).iter().any(|name| name == key);
            return has(&role.everywhere) || (there && has(&role.permissions));
        }
        let pro = self.policy.plan.as_deref() == Some("pro");
        let Some(custom) = self.policy.custom_roles.iter().find(|custom| custom.key == role) else { return false };
        let ticked = custom.permissions.iter().any(|name| includes(name, key));
        let everywhere = custom.everywhere.iter().any(|name| includes(name, key));
        pro && key != "user.manage" && ticked && (there || everywhere)
    }

    /// Whether an allow override gives it, and no role that the subject holds here, below or above forbids that.
    fn excepted(&self, key: &str) -> bool {
        self.overridden(key, Effect::Allow) && !self.barred(key)
    }

    fn barred(&self, key: &str) -> bool {
        let additive = self.policy.catalogue.combining() == Combining::Additive;
        let never = ["device.wipe", "audit.view"].contains(&key);
        let member = self.held().into_iter().filter(|held| held.role == "member" && self.live(held.until));
        !additive
            && never
            && member.into_iter().any(|held| {
                let scope = held.scope.to_string();
                self.above.contains(&scope) || above(self.policy, scope).contains(&self.here)
            })
    }

    fn overridden(&self, key: &str, effect: Effect) -> bool {
        for given in self.facts.overrides.iter().filter(|given| given.effect == effect && self.live(given.until)) {
            let about = match effect {
                Effect::Allow => includes(&given.permission, key) && key != "user.manage",
                Effect::Deny => given.permission == key,
            };
            let places: Vec<String> = match (&given.scope, effect) {
                (Reach::Scope(scope), _) => vec![scope.to_string()],
                (Reach::Assigned, Effect::Deny) => vec!["organization".to_owned()],
                (Reach::Assigned, Effect::Allow) => self.assigned(),
            };
            let holds =
                |place: &String| self.above.contains(place) && (effect == Effect::Deny || can_be_held(place, key));
            if about && places.iter().any(holds) {
                return true;
            }
        }
        false
    }

    /// The scopes in which the subject holds a role that there is.
    fn assigned(&self) -> Vec<String> {
        let pro = self.policy.plan.as_deref() == Some("pro");
        let exists = |role: &str| match role {
            "custom" => pro,
            role => self.policy.catalogue.roles().iter().any(|known| known.key == role),
        };
        let live = self.counting().into_iter().filter(|held| self.live(held.until) && exists(&held.role));
        live.map(|held| held.scope.to_string()).collect()
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

/// Whether having `name` is having `key`.
fn includes(name: &str, key: &str) -> bool {
    name == key || (name == "file.all" && ["file.view", "file.edit"].contains(&key))
}

/// What is given in a region is not about everything.
fn can_be_held(scope: &str, key: &str) -> bool {
    !(scope.starts_with("region:") && ["audit.view", "pro.feature"].contains(&key))
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
