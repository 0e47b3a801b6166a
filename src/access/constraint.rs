//! What may be granted at all: nobody gives what they do not hold, and no role falls below its floor.
//!
//! Not here: whether the giver may administer people in the first place (the catalogue's `manage` permission, asked
//! like any other question).

use std::collections::BTreeMap;

use super::compile::{effective_assignments, given};
use super::policy::Step;
use super::scope::shortened;
use super::{
    Assignment, Catalogue, CompiledAccess, HolderLimit, PermissionNumber, PermissionSet, Policy, Reach, Scope,
    SubjectFacts,
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

/// Whether the holder of `giver` may give `grant` at `now`.
pub fn may_grant(
    policy: &Policy,
    giver: &CompiledAccess,
    grant: &Grant<'_>,
    now: Timestamp,
) -> Result<(), GrantRefusal> {
    if !giver.is_active() {
        return Err(GrantRefusal::Inactive);
    }
    for (scope, permissions) in wanted(policy, grant)? {
        if !policy.knows_scope(&scope) {
            return Err(GrantRefusal::NoSuchScope(scope));
        }
        let path: Vec<Step> = policy.scopes.path(&scope).map(Step::new).collect();
        let missing: PermissionSet =
            permissions.iter().filter(|number| !giver.holds_throughout(*number, &scope, policy, now)).collect();
        if !missing.is_empty() {
            return Err(GrantRefusal::Beyond { missing: policy.catalogue.keys(&missing), scope });
        }
        let by = |number: &PermissionNumber| policy.catalogue.giver(*number).map(|by| (*number, by));
        let refused = |(_, by): &(PermissionNumber, PermissionNumber)| {
            !giver.has_by_role(*by, &path, now) || !giver.holds_throughout(*by, &scope, policy, now)
        };
        if let Some((permission, by)) = permissions.iter().filter_map(|number| by(&number)).find(refused) {
            let key = |number| policy.catalogue.permission_key(number).to_owned();
            return Err(GrantRefusal::Giver { permission: key(permission), by: key(by), scope });
        }
    }
    Ok(())
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
