//! Nobody can lock the organization out: a role that must have a holder keeps its last one, whatever path is tried.

use crate::access::HolderLimit;
use crate::domain::{Gateway, GatewayError};
use crate::model::UserId;
use crate::store::{WriteTx, assignments, users};

/// Refuses to let `user` go (deactivated or deleted) if a role that must have a holder would have none left.
pub fn check_departure(gateway: &Gateway, tx: &mut WriteTx<'_>, user: UserId) -> Result<(), GatewayError> {
    let organization = tx.organization();
    let held = assignments::of_holders(tx.conn(), organization, &[user.to_string()])?;
    if held.is_empty() {
        return Ok(());
    }
    let policy = gateway.policy_in(tx.conn(), organization)?;
    for assignment in held {
        let Some(role) = policy.catalogue.role(&assignment.role) else { continue };
        match role.holders {
            HolderLimit::Any => {}
            HolderLimit::AtLeastOne | HolderLimit::ExactlyOne => {
                if !has_other_holder(tx, &role.key, user)? {
                    return Err(GatewayError::LastHolder(format!(
                        "`{user}` is the last holder of the role `{}`, which must always have one: give it to somebody else first",
                        role.key
                    )));
                }
            }
        }
    }
    Ok(())
}

fn has_other_holder(tx: &mut WriteTx<'_>, role: &str, user: UserId) -> Result<bool, GatewayError> {
    let organization = tx.organization();
    for other in assignments::of_role(tx.conn(), organization, role)? {
        let Ok(id) = other.holder_id.parse::<UserId>() else { continue };
        let lives = other.until.is_none_or(|until| until > tx.now().micros());
        if other.holder_kind == "user"
            && id != user
            && lives
            && users::by_id(tx.conn(), organization, id)?.is_some_and(|row| row.may_act())
        {
            return Ok(true);
        }
    }
    Ok(false)
}
