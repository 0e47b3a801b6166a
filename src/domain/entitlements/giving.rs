//! Nobody gives what they do not hold: what a person may give, looked at in the transaction that gives it.
//!
//! Whoever acts with a key of the organization, or on the machine itself, holds everything and is not asked.

use crate::access::{self, CompiledAccess, Duty, Grant, PermissionNumber, Policy, Scope};
use crate::domain::GatewayError;
use crate::model::{Actor, Timestamp, UserId};
use crate::store::{WriteTx, users};

use super::facts_of;

/// The person who makes this change, and what they may do; none for a key of the organization or the operator.
fn giver(tx: &mut WriteTx<'_>, policy: &Policy) -> Result<Option<(UserId, CompiledAccess)>, GatewayError> {
    let Actor::User(giver) = *tx.actor() else { return Ok(None) };
    let organization = tx.organization();
    let row = users::by_id(tx.conn(), organization, giver)?.ok_or_else(|| GatewayError::not_found("user", giver))?;
    Ok(Some((giver, access::compile(policy, &facts_of(tx.conn(), &row)?))))
}

/// Refuses to give what whoever does it does not hold, or does not hold for as long as they give it.
pub fn check_may_give(
    tx: &mut WriteTx<'_>,
    policy: &Policy,
    grant: &Grant<'_>,
    until: Option<Timestamp>,
) -> Result<(), GatewayError> {
    let now = tx.now();
    let Some((_, access)) = giver(tx, policy)? else { return Ok(()) };
    Ok(access::may_grant(policy, &access, grant, now, until)?)
}

/// Refuses to take away what whoever does it could not give now.
pub fn check_may_take(tx: &mut WriteTx<'_>, policy: &Policy, grant: &Grant<'_>) -> Result<(), GatewayError> {
    let now = tx.now();
    check_may_give(tx, policy, grant, Some(now))
}

/// Refuses what the organization's plan does not have, where the catalogue says which permission stands for it.
pub fn check_plan(policy: &Policy, duty: Duty) -> Result<(), GatewayError> {
    match policy.catalogue.duty(duty) {
        Some(permission) if !policy.is_unlocked(permission) => {
            let (plan, key) = (policy.plan.as_deref().unwrap_or("none"), policy.catalogue.permission_key(permission));
            Err(GatewayError::Plan(format!("the plan (`{plan}`) does not have `{key}`")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Refuses to open another way in (a directory, its token, a connection) for anybody who does not hold every permission of
/// the catalogue: through it come groups that become roles, and people who are who it says they are.
pub fn check_may_open_door(tx: &mut WriteTx<'_>, policy: &Policy) -> Result<(), GatewayError> {
    let now = tx.now();
    let Some((_, access)) = giver(tx, policy)? else { return Ok(()) };
    if !holds_every_role(policy, &access, &Scope::Organization, now) {
        let refused = "only somebody who holds every role's permissions opens another way in: through it come people and \
                       groups with any of them";
        return Err(GatewayError::Forbidden(refused.to_owned()));
    }
    Ok(())
}

/// Refuses to move a scope, from under `from` to under `to`, to anybody who does not hold every permission of the catalogue
/// at both: whoever holds a role at the one loses it in the scope, and whoever holds one at the other gets it there.
pub fn check_may_move(tx: &mut WriteTx<'_>, policy: &Policy, from: &Scope, to: &Scope) -> Result<(), GatewayError> {
    let now = tx.now();
    let Some((_, access)) = giver(tx, policy)? else { return Ok(()) };
    for place in [from, to] {
        if !holds_every_role(policy, &access, place, now) {
            return Err(GatewayError::Forbidden(format!(
                "only somebody who holds every role's permissions in `{place}` moves a scope into or out of it"
            )));
        }
    }
    Ok(())
}

/// Whether all that any role of the catalogue may do is held in `scope`, as far as the plan has it.
fn holds_every_role(policy: &Policy, access: &CompiledAccess, scope: &Scope, now: Timestamp) -> bool {
    let held = access.permissions_in(policy, scope, now);
    let is_missing = |permission: &PermissionNumber| {
        policy.is_unlocked(*permission)
            && !policy.catalogue.members_only().contains(*permission)
            && !held.contains(*permission)
    };
    policy.catalogue.roles().iter().all(|role| !role.permissions.iter().any(|permission| is_missing(&permission)))
}
