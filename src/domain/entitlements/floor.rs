//! Nobody can lock the organization out: a role that must have a holder keeps its last one, whatever path is tried.
//!
//! A person counts as a holder who is active, holds the role for good in the whole organization, by whatever way (given by hand, or
//! by a rule to a group that they are in), and is denied nothing of it: one whose turn ends by itself, or in a narrower
//! scope, is no successor.
//!
//! Who is about to go is asked about before ([`sole_roles`]). Any other change is made first and looked at then: what
//! was held before it ([`Floor`]) must still be held after it.

use std::collections::HashSet;
use std::sync::Arc;

use super::{facts_of, groups_of, scope_of};
use crate::access::{self, HolderLimit, MappingMode, Policy, Role};
use crate::domain::{Gateway, GatewayError};
use crate::model::{GroupId, UserId};
use crate::store::memberships::{self, MemberKind};
use crate::store::users::{self, UserRow};
use crate::store::{WriteTx, assignments};

/// So many members are looked at in one query.
const BATCH: i64 = 100;

/// The roles that must have a holder and had one before a change.
#[derive(Debug)]
#[must_use]
pub struct Floor {
    roles: Vec<String>,
}

impl Floor {
    /// Of the roles that these people or groups hold, themselves or through groups.
    pub fn below(gateway: &Gateway, tx: &mut WriteTx<'_>, holders: &[String]) -> Result<Self, GatewayError> {
        let policy = seen_policy(gateway, tx)?;
        let roles = match policy.mapping_mode {
            MappingMode::Union => held_by(tx, &policy, holders)?,
            // What somebody gets may then take away what they have.
            MappingMode::HighestPriority => limited(&policy),
        };
        Self::held(gateway, tx, roles)
    }

    /// Of all roles.
    pub fn whole(gateway: &Gateway, tx: &mut WriteTx<'_>) -> Result<Self, GatewayError> {
        let policy = seen_policy(gateway, tx)?;
        Self::held(gateway, tx, limited(&policy))
    }

    /// For a change that only gives: it takes nothing away unless rules combine by priority.
    pub fn under_gifts(gateway: &Gateway, tx: &mut WriteTx<'_>) -> Result<Self, GatewayError> {
        Self::below(gateway, tx, &[])
    }

    fn held(gateway: &Gateway, tx: &mut WriteTx<'_>, roles: Vec<String>) -> Result<Self, GatewayError> {
        if roles.is_empty() {
            return Ok(Self { roles });
        }
        let policy = standing_policy(gateway, tx)?;
        let mut held = Vec::new();
        for role in roles {
            if has_holder(tx, &policy, &role, None)? {
                held.push(role);
            }
        }
        Ok(Self { roles: held })
    }

    /// Refuses the change if one of the roles has no holder any more.
    pub fn check(&self, gateway: &Gateway, tx: &mut WriteTx<'_>) -> Result<(), GatewayError> {
        if self.roles.is_empty() {
            return Ok(());
        }
        let policy = standing_policy(gateway, tx)?;
        for role in &self.roles {
            if !has_holder(tx, &policy, role, None)? {
                return Err(last_holder(role));
            }
        }
        Ok(())
    }
}

/// Refuses to let `user` go (suspended or taken away) if a role that must have a holder would have none left.
pub fn check_departure(gateway: &Gateway, tx: &mut WriteTx<'_>, user: &UserRow) -> Result<(), GatewayError> {
    match sole_roles(gateway, tx, user)?.first() {
        Some(role) => Err(last_holder(role)),
        None => Ok(()),
    }
}

/// The roles that would have no holder left if `user` went.
pub fn sole_roles(gateway: &Gateway, tx: &mut WriteTx<'_>, user: &UserRow) -> Result<Vec<String>, GatewayError> {
    let seen = seen_policy(gateway, tx)?;
    let held = held_by(tx, &seen, &[user.id.to_string()])?;
    if held.is_empty() {
        return Ok(held);
    }
    let policy = standing_policy(gateway, tx)?;
    let mut sole = Vec::new();
    for role in held {
        if stands(tx, &policy, user, &role)? && !has_holder(tx, &policy, &role, Some(user.id))? {
            sole.push(role);
        }
    }
    Ok(sole)
}

/// What the refusal says.
pub fn last_holder(role: &str) -> GatewayError {
    GatewayError::LastHolder(format!(
        "this would take away the last holder of the role `{role}`, which must always have one: give it to somebody \
         else first"
    ))
}

/// The policy as it was last remembered, or else as it stands: its catalogue is what counts here.
fn seen_policy(gateway: &Gateway, tx: &mut WriteTx<'_>) -> Result<Arc<Policy>, GatewayError> {
    let organization = tx.organization();
    match gateway.policies.recall(organization) {
        Some(policy) => Ok(policy),
        None => gateway.read_policy(tx.conn(), organization),
    }
}

/// The policy as this very change has made it.
fn standing_policy(gateway: &Gateway, tx: &mut WriteTx<'_>) -> Result<Arc<Policy>, GatewayError> {
    let organization = tx.organization();
    gateway.read_policy(tx.conn(), organization)
}

fn limited(policy: &Policy) -> Vec<String> {
    let is_limited = |role: &&Role| match role.holders {
        HolderLimit::AtLeastOne | HolderLimit::ExactlyOne => true,
        HolderLimit::Any => false,
    };
    policy.catalogue.roles().iter().filter(is_limited).map(|role| role.key.clone()).collect()
}

/// Which roles that must have a holder these hold anywhere, themselves or through groups.
fn held_by(tx: &mut WriteTx<'_>, policy: &Policy, holders: &[String]) -> Result<Vec<String>, GatewayError> {
    let mut roles = limited(policy);
    if roles.is_empty() || holders.is_empty() {
        return Ok(Vec::new());
    }
    let organization = tx.organization();
    let reached = groups_of(tx.conn(), organization, holders)?;
    let mut all: Vec<String> = reached.into_values().flatten().map(|(group, _)| group).collect();
    all.extend(holders.iter().cloned());
    let held = assignments::of_holders(tx.conn(), organization, &all)?;
    roles.retain(|role| held.iter().any(|row| row.role == *role));
    Ok(roles)
}

/// Whether anybody holds `role`, of all but `except`.
fn has_holder(tx: &mut WriteTx<'_>, policy: &Policy, role: &str, except: Option<UserId>) -> Result<bool, GatewayError> {
    let organization = tx.organization();
    let mut rows = assignments::of_role(tx.conn(), organization, role)?;
    rows.retain(|row| row.until.is_none());
    // People first: they are looked at in one step.
    rows.sort_by_key(|row| row.holder_kind != "user");
    let mut seen = HashSet::new();
    for row in rows {
        if !policy.reaches_whole_organization(role, &scope_of(&row.scope)?) {
            continue;
        }
        let found = match row.holder_id.parse::<GroupId>() {
            Ok(group) if row.holder_kind == "group" => has_holder_in(tx, policy, role, except, group, &mut seen)?,
            Ok(_) | Err(_) => is_holder(tx, policy, role, except, &row.holder_id)?,
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether anybody in this group, or in one nested in it, holds `role`.
fn has_holder_in(
    tx: &mut WriteTx<'_>,
    policy: &Policy,
    role: &str,
    except: Option<UserId>,
    group: GroupId,
    seen: &mut HashSet<GroupId>,
) -> Result<bool, GatewayError> {
    let organization = tx.organization();
    let mut next = vec![group];
    while let Some(group) = next.pop() {
        if !seen.insert(group) {
            continue;
        }
        let mut after = String::new();
        loop {
            let page = memberships::after(tx.conn(), organization, group, &after, BATCH)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.member_id);
            for member in &page {
                if member.member_kind == MemberKind::Group.as_str() {
                    next.extend(member.member_id.parse::<GroupId>());
                } else if is_holder(tx, policy, role, except, &member.member_id)? {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

fn is_holder(
    tx: &mut WriteTx<'_>,
    policy: &Policy,
    role: &str,
    except: Option<UserId>,
    holder: &str,
) -> Result<bool, GatewayError> {
    let Ok(id) = holder.parse::<UserId>() else { return Ok(false) };
    if except == Some(id) {
        return Ok(false);
    }
    let organization = tx.organization();
    match users::by_id(tx.conn(), organization, id)? {
        Some(row) => stands(tx, policy, &row, role),
        None => Ok(false),
    }
}

/// Whether this person counts as a holder of `role`.
fn stands(tx: &mut WriteTx<'_>, policy: &Policy, user: &UserRow, role: &str) -> Result<bool, GatewayError> {
    if !user.may_act() || user.service_account {
        return Ok(false);
    }
    let now = tx.now();
    Ok(access::holds_for_good(policy, &facts_of(tx.conn(), user)?, role, now))
}
