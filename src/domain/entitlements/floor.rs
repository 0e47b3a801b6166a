//! Nobody can lock the organization out: a role that must have a holder keeps its last one, whatever path is tried.
//!
//! A holder counts who is active, holds the role directly and for ever, and holds it where the one who goes held it: one
//! whose turn ends by itself, or in a narrower scope, is no successor.

use crate::access::HolderLimit;
use crate::domain::{Gateway, GatewayError};
use crate::model::UserId;
use crate::store::assignments::AssignmentRow;
use crate::store::{WriteTx, assignments, users};

/// Refuses to let `user` go (deactivated or deleted) if a role that must have a holder would have none left.
pub fn check_departure(gateway: &Gateway, tx: &mut WriteTx<'_>, user: UserId) -> Result<(), GatewayError> {
    let organization = tx.organization();
    let held = assignments::of_holders(tx.conn(), organization, &[user.to_string()])?;
    let is_other = |other: &AssignmentRow| other.holder_id != user.to_string();
    held.iter().try_for_each(|assignment| check(gateway, tx, assignment, &is_other))
}

/// Refuses to end one assignment if its role would have no holder left.
pub fn check_ending(gateway: &Gateway, tx: &mut WriteTx<'_>, ending: &AssignmentRow) -> Result<(), GatewayError> {
    check(gateway, tx, ending, &|other| other.id != ending.id)
}

fn check(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    going: &AssignmentRow,
    stays: &dyn Fn(&AssignmentRow) -> bool,
) -> Result<(), GatewayError> {
    let organization = tx.organization();
    let policy = gateway.policy_in(tx.conn(), organization)?;
    let Some(role) = policy.catalogue.role(&going.role) else { return Ok(()) };
    if role.holders == HolderLimit::Any || has_successor(tx, going, stays)? {
        return Ok(());
    }
    Err(GatewayError::LastHolder(format!(
        "`{}` is the last holder of the role `{}`, which must always have one: give it to somebody else first",
        going.holder_id, role.key
    )))
}

fn has_successor(
    tx: &mut WriteTx<'_>,
    going: &AssignmentRow,
    stays: &dyn Fn(&AssignmentRow) -> bool,
) -> Result<bool, GatewayError> {
    let organization = tx.organization();
    for other in assignments::of_role(tx.conn(), organization, &going.role)? {
        let Ok(id) = other.holder_id.parse::<UserId>() else { continue };
        let is_lasting = other.until.is_none() && other.scope == going.scope && other.holder_kind == "user";
        if is_lasting && stays(&other) && users::by_id(tx.conn(), organization, id)?.is_some_and(|row| row.may_act()) {
            return Ok(true);
        }
    }
    Ok(false)
}
