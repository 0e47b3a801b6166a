//! People as admins handle them: found by id or userName, suspended, restored, taken away.
//!
//! A suspension is apart from SCIM's `active`: the directory goes on to keep the person as it likes and does not lift
//! it. What an admin deletes, a directory that still has the person makes anew with its next synchronization.

use std::sync::Arc;

use super::entitlements::check_departure;
use super::provisioning::bury_user;
use super::{Gateway, GatewayError};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, UserId};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, WriteTx, sessions};

impl Gateway {
    /// The person with this SCIM id, or else of this userName.
    pub async fn user_named(
        self: &Arc<Self>,
        organization: OrganizationId,
        name: &str,
    ) -> Result<UserId, GatewayError> {
        let name = name.to_owned();
        self.store
            .read(move |conn| {
                let by_id = match name.parse::<UserId>() {
                    Ok(id) => users::by_id(conn, organization, id)?.filter(|row| !row.service_account),
                    Err(_) => None,
                };
                let found = match by_id {
                    Some(row) => Some(row),
                    None => users::by_user_name(conn, organization, &name)?,
                };
                found.map(|row| row.id).ok_or_else(|| GatewayError::not_found("user", &name))
            })
            .await
    }

    /// Stops a person: their sessions end, their keys open nothing, nothing is allowed to them. Their work stays.
    pub async fn suspend_user(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let mut row = person(tx, user)?;
            if row.suspended {
                return Ok(Audited::unchanged(()));
            }
            check_departure(&gateway, tx, &row)?;
            row.suspended = true;
            row.session_epoch += 1;
            row.changed_at = tx.now();
            sessions::revoke_all(tx, user)?;
            users::update(tx, &row, None)?;
            Ok::<_, GatewayError>(Audited::new((), Event::new(Action::UserSuspended, target(&row))))
        })
        .await
    }

    /// Lets a suspended person act again, if their directory has them active.
    pub async fn restore_user(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let mut row = person(tx, user)?;
            if !row.suspended {
                return Ok(Audited::unchanged(()));
            }
            row.suspended = false;
            row.changed_at = tx.now();
            users::update(tx, &row, None)?;
            Ok::<_, GatewayError>(Audited::new((), Event::new(Action::UserRestored, target(&row))))
        })
        .await
    }

    /// Takes a person away for good, as a directory would.
    pub async fn remove_user(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let row = person(tx, user)?;
            check_departure(&gateway, tx, &row)?;
            let event = bury_user(tx, &row)?;
            Ok::<_, GatewayError>(Audited::new((), event))
        })
        .await
    }
}

fn person(tx: &mut WriteTx<'_>, user: UserId) -> Result<UserRow, GatewayError> {
    let organization = tx.organization();
    users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))
}

fn target(row: &UserRow) -> Target {
    Target::new(TargetKind::User, row.id).named(&row.user_name)
}
