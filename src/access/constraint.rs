//! What may be granted at all: nobody gives what they do not hold, and no role falls below its floor.
//!
//! Not here: whether the giver may administer people in the first place (the catalogue's `manage` permission, asked
//! like any other question).

use std::collections::BTreeMap;

use super::compile::{effective_assignments, given};
use super::policy::Step;
use super::scope::{bucket, shortened};
use super::{
    Assignment, Catalogue, CompiledAccess, Effect, HolderLimit, PermissionNumber, PermissionSet, Policy, Reach,
    ResourceRef, Role, Scope, SubjectFacts,
};
use crate::model::Timestamp;

/// Who would receive a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    Person,
    ServiceAccount,
}

/// Something that somebody wants to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
    /// A role in a scope, to somebody or by a mapping rule.
    Role { role: &'a str, scope: &'a Scope, to: HolderKind },
    /// One permission in a scope, by an allow override.
    Permission { permission: &'a str, scope: &'a Scope },
    /// A custom role's set, when the role is made or changed.
    Set { permissions: &'a [String] },
    /// A level on one resource.
    Share { resource: &'a ResourceRef, level: &'a str },
}

/// Why something may not be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    #[error("whoever gives must be active")]
    Inactive,
    #[error("there is no role `{0}`")]
    NoSuchRole(String),
    #[error("there is no permission `{0}`")]
    NoSuchPermission(String),
    #[error("there is no type of scope for `{0}`")]
    NoSuchScope(Scope),
    #[error("`{0}` has exactly one holder: it moves by transfer, accepted by its receiver")]
    ExactlyOne(String),
    #[error("`{0}` is not for service accounts")]
    ServiceAccount(String),
    #[error("you do not hold {} in `{scope}`, so you cannot give it", listed(.missing))]
    Beyond { missing: Vec<String>, scope: Scope },
    #[error("you hold {} in `{place}` only for a time: give it for no longer than that", listed(.missing))]
    Outlasting { missing: Vec<String>, place: String },
    #[error("`{0}` is nothing that can be shared")]
    NoSuchLevel(String),
    #[error("you do not hold {} on `{resource}`, so you cannot share it", listed(.missing))]
    Unshared { missing: Vec<String>, resource: String },
    #[error("`{permission}` is reserved to the role `{role}` and given in no other way")]
    Reserved { permission: String, role: String },
    #[error("`{permission}` is given only by who holds `{by}` by a role in `{scope}`")]
    Giver { permission: String, by: String, scope: Scope },
}

fn listed(keys: &[String]) -> String {
    let shown: Vec<String> = keys.iter().take(5).map(|key| format!("`{key}`")).collect();
    match keys.len().checked_sub(5) {
        Some(more @ 1..) => format!("{} and {more} more", shown.join(", ")),
        Some(0) | None => shown.join(", "),
    }
}

/// Whether the holder of `giver` may give `grant` at `now`, to end at `until` or never. They must hold it then as long as
/// whoever receives it would.
///
/// The two ends are enough: as time passes what somebody holds only ends, and a denial that would end stands now.
pub fn may_grant(
    policy: &Policy,
    giver: &CompiledAccess,
    grant: &Grant<'_>,
    now: Timestamp,
    until: Option<Timestamp>,
) -> Result<(), GrantRefusal> {
    if !giver.is_active() {
        return Err(GrantRefusal::Inactive);
    }
    let last = until.map_or(i64::MAX, Timestamp::micros).saturating_sub(1);
    let giver = Giver { policy, access: giver, now, last: Timestamp::from_micros(last).max(now) };
    if let Grant::Share { resource, level } = grant {
        return giver.check_share(resource, level);
    }
    for (scope, permissions) in wanted(policy, grant)? {
        if !policy.knows_scope(&scope) {
            return Err(GrantRefusal::NoSuchScope(scope));
        }
        giver.check_held(&scope, &permissions)?;
        giver.check_givers(&scope, &permissions)?;
    }
    Ok(())
}

/// Somebody who gives, and for how long.
struct Giver<'a> {
    policy: &'a Policy,
    access: &'a CompiledAccess,
    now: Timestamp,
    /// The last moment at which what is given holds.
    last: Timestamp,
}

impl Giver<'_> {
    /// Those of `permissions` that `holds` refuses at that moment.
    fn missing(
        &self,
        permissions: &PermissionSet,
        at: Timestamp,
        holds: impl Fn(PermissionNumber, Timestamp) -> bool,
    ) -> Option<Vec<String>> {
        let missing: PermissionSet = permissions.iter().filter(|number| !holds(*number, at)).collect();
        (!missing.is_empty()).then(|| self.policy.catalogue.keys(&missing))
    }

    /// They hold all of it, there and below, for as long as they give it.
    fn check_held(&self, scope: &Scope, permissions: &PermissionSet) -> Result<(), GrantRefusal> {
        let holds = |number, at| self.access.holds_throughout(number, scope, self.policy, at);
        if let Some(missing) = self.missing(permissions, self.now, holds) {
            return Err(GrantRefusal::Beyond { missing, scope: scope.clone() });
        }
        match self.missing(permissions, self.last, holds) {
            Some(missing) => Err(GrantRefusal::Outlasting { missing, place: scope.to_string() }),
            None => Ok(()),
        }
    }

    /// What only certain people give, they give by a role of theirs that lasts as long.
    fn check_givers(&self, scope: &Scope, permissions: &PermissionSet) -> Result<(), GrantRefusal> {
        let path: Vec<Step> = self.policy.scopes.path(scope).map(Step::new).collect();
        let is_giver = |by: PermissionNumber, at| {
            self.access.has_by_role(by, &path, at) && self.access.holds_throughout(by, scope, self.policy, at)
        };
        let givers = permissions.iter().filter_map(|number| Some((number, self.policy.catalogue.giver(number)?)));
        let mut refused = givers.filter(|(_, by)| !is_giver(*by, self.now) || !is_giver(*by, self.last));
        let key = |number| self.policy.catalogue.permission_key(number).to_owned();
        match refused.next() {
            Some((permission, by)) => {
                Err(GrantRefusal::Giver { permission: key(permission), by: key(by), scope: scope.clone() })
            }
            None => Ok(()),
        }
    }

    /// They may do to the resource what the level may, by a role, an override or a share of their own. On a members-only
    /// type only a share counts, or all that the type leaves to roles: choosing the members is of that.
    fn check_share(&self, resource: &ResourceRef, level: &str) -> Result<(), GrantRefusal> {
        let catalogue = &self.policy.catalogue;
        let named = format!("{}:{}", shortened(&resource.kind), shortened(&resource.id));
        let kind = catalogue.resource_type(&resource.kind);
        let Some((kind, permissions)) = kind.and_then(|kind| Some((kind, kind.level(level)?))) else {
            return Err(GrantRefusal::NoSuchLevel(named));
        };
        let place = self.policy.place_of(resource);
        if kind.members_only && !kind.by_role.is_empty() && self.check_held(&place, &kind.by_role).is_ok() {
            return self.check_givers(&place, permissions);
        }
        // What only a share opens is given by whoever may do all else that the level may.
        let else_asked = permissions.minus(&kind.by_share);
        let permissions = if else_asked.is_empty() { permissions } else { &else_asked };
        let (bucket, id) = (bucket(&(kind.key.as_str(), resource.id.as_str())), resource.id.as_str());
        let holds = |number: PermissionNumber, at: Timestamp| {
            let by_role = !kind.members_only && !catalogue.members_only().contains(number);
            let shared = self.access.has_share(number, bucket, (&kind.key, id), at)
                && !self.access.is_denied_below(number, &Scope::Organization, self.policy, at);
            shared || (by_role && self.access.holds_throughout(number, &place, self.policy, at))
        };
        if let Some(missing) = self.missing(permissions, self.now, holds) {
            return Err(GrantRefusal::Unshared { missing, resource: named });
        }
        match self.missing(permissions, self.last, holds) {
            Some(missing) => Err(GrantRefusal::Outlasting { missing, place: named }),
            None => self.check_givers(&place, permissions),
        }
    }
}

/// What the grant would give, and where.
fn wanted(policy: &Policy, grant: &Grant<'_>) -> Result<Vec<(Scope, PermissionSet)>, GrantRefusal> {
    match grant {
        Grant::Role { role, scope, to } => {
            let Some(built_in) = policy.catalogue.role(role) else {
                // Also on a plan on which it gives nothing: another plan may come.
                let custom = policy.custom_roles.iter().find(|custom| custom.key == **role);
                let custom = custom.ok_or_else(|| GrantRefusal::NoSuchRole(shortened(role)))?;
                let everywhere = custom.everywhere(&policy.catalogue);
                let mut parts = vec![((*scope).clone(), custom.set(&policy.catalogue))];
                parts.extend((!everywhere.is_empty()).then_some((Scope::Organization, everywhere)));
                return Ok(parts);
            };
            if built_in.holders == HolderLimit::ExactlyOne {
                return Err(GrantRefusal::ExactlyOne(built_in.key.clone()));
            }
            if *to == HolderKind::ServiceAccount && !built_in.service_accounts {
                return Err(GrantRefusal::ServiceAccount(built_in.key.clone()));
            }
            Ok(given(policy, role, scope))
        }
        Grant::Permission { permission, scope } => {
            let number = number(policy, permission)?;
            if let Some(role) = policy.catalogue.reserved_to(number) {
                return Err(GrantRefusal::Reserved { permission: shortened(permission), role: role.to_owned() });
            }
            let whole = policy.catalogue.whole(&[number].into_iter().collect());
            Ok(vec![((*scope).clone(), policy.catalogue.giveable(&whole))])
        }
        Grant::Set { permissions } => {
            let set = permissions.iter().map(|key| number(policy, key)).collect::<Result<PermissionSet, _>>()?;
            Ok(vec![(Scope::Organization, policy.catalogue.whole(&set))])
        }
        // Not in a scope but on a resource: `check_share`.
        Grant::Share { .. } => Ok(Vec::new()),
    }
}

/// The role because of which somebody is never given `permission` by an exception that reaches this far: one that they hold
/// now and that never has it. In an additive catalogue, where nothing takes away later, one such place is enough; else an
/// exception is made for as long as it gives anything anywhere.
pub fn never_given(
    policy: &Policy,
    facts: &SubjectFacts,
    permission: &str,
    reach: &Reach,
    now: Timestamp,
) -> Option<String> {
    let catalogue = &policy.catalogue;
    let wanted = catalogue.whole(&catalogue.permission(permission).into_iter().collect());
    let held: Vec<Assignment> = effective_assignments(policy, facts)
        .into_iter()
        .filter(|held| held.until.is_none_or(|until| now < until))
        .collect();
    let meets = |a: &Scope, b: &Scope| policy.scopes.is_within(a, b) || policy.scopes.is_within(b, a);
    let barring = |place: &Scope| {
        let never = |role: &str| catalogue.role(role).is_some_and(|role| !role.never.and(&wanted).is_empty());
        held.iter().find(|held| never(&held.role) && meets(&held.scope, place)).map(|held| held.role.clone())
    };
    let places: Vec<Scope> = match reach {
        Reach::Scope(scope) => vec![scope.clone()],
        Reach::Assigned => held.iter().map(|held| held.scope.clone()).collect(),
    };
    let barred: Vec<String> = places.iter().filter_map(barring).collect();
    let is_barred = catalogue.is_additive() || barred.len() == places.len();
    barred.into_iter().next().filter(|_| is_barred)
}

fn number(policy: &Policy, key: &str) -> Result<PermissionNumber, GrantRefusal> {
    policy.catalogue.permission(key).ok_or_else(|| GrantRefusal::NoSuchPermission(shortened(key)))
}

/// Whether somebody counts as a holder of a role that must have one: they are active, hold it for good in the whole
/// organization, and are denied nothing of it.
pub fn holds_for_good(policy: &Policy, facts: &SubjectFacts, role: &str, now: Timestamp) -> bool {
    let Some(declared) = policy.catalogue.role(role) else { return false };
    let is_denied = facts.overrides.iter().any(|given| {
        given.effect == Effect::Deny
            && policy.catalogue.allows_deny()
            && given.until.is_none_or(|until| now < until)
            && policy
                .catalogue
                .permission(&given.permission)
                .is_some_and(|denied| declared.permissions.contains(denied))
    });
    facts.active
        && !is_denied
        && effective_assignments(policy, facts).iter().any(|held| {
            held.role == role && held.until.is_none() && policy.reaches_whole_organization(role, &held.scope)
        })
}

impl Policy {
    /// Whether there is such a role, built in or custom.
    pub fn knows_role(&self, role: &str) -> bool {
        self.catalogue.role(role).is_some() || self.custom_roles.iter().any(|custom| custom.key == role)
    }

    /// Where a resource lies: in itself, if its type is a type of scope, and else in the organization.
    pub fn place_of(&self, resource: &ResourceRef) -> Scope {
        match self.catalogue.scope_type(&resource.kind) {
            Some(_) => Scope::instance(&resource.kind, &resource.id).unwrap_or(Scope::Organization),
            None => Scope::Organization,
        }
    }

    /// Whether the whole of `role` holds in the organization if it is given in `scope`.
    pub fn reaches_whole_organization(&self, role: &str, scope: &Scope) -> bool {
        let is_everywhere = |role: &Role| role.everywhere == role.permissions;
        *scope == Scope::Organization || self.catalogue.role(role).is_some_and(is_everywhere)
    }
}

/// A limit that a number of holders breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenLimit {
    #[error("`{role}` would have no holder")]
    NoHolder { role: String },
    #[error("`{role}` would have {count} holders and must have exactly one")]
    TooMany { role: String, count: usize },
}

/// Which limits of `catalogue` break if each role has as many active holders as `count` says. Roles not in `count`
/// have none.
pub fn check_holders(catalogue: &Catalogue, count: &BTreeMap<String, usize>) -> Vec<BrokenLimit> {
    let broken = |role: &super::Role| {
        let count = count.get(&role.key).copied().unwrap_or_default();
        let role_key = role.key.clone();
        match role.holders {
            HolderLimit::AtLeastOne | HolderLimit::ExactlyOne if count == 0 => {
                Some(BrokenLimit::NoHolder { role: role_key })
            }
            HolderLimit::ExactlyOne if count > 1 => Some(BrokenLimit::TooMany { role: role_key, count }),
            HolderLimit::Any | HolderLimit::AtLeastOne | HolderLimit::ExactlyOne => None,
        }
    };
    catalogue.roles().iter().filter_map(broken).collect()
}
