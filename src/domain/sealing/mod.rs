//! Secrets that have to be read again, and so cannot be digests: the private keys of connections, the secrets that people's
//! one-time codes are made of, and the bodies of the requests that directories are replayed from. They are stored sealed
//! under the installation's own key, which lies beside the database and not in it.
//!
//! At the start every sealed key is opened once: a key that does not fit is found then, by the operator, and not by
//! somebody who signs in. What an earlier version stored in clear is sealed then too.

mod cipher;

use std::sync::Arc;

use serde_json::json;

pub use cipher::{Place, SealError, SealingKey};

use self::cipher::is_sealed;
use super::connections::SpareKey;
use super::{Gateway, GatewayError};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Actor, ConnectionId, OrganizationId, Secret, UserId};
use crate::store::connections::{self, StoredKey};
use crate::store::{Audited, Conn, StoreError, credentials};

/// What the secret of somebody's one-time codes is sealed for.
pub(super) const TOTP: &str = "totp";

fn place(organization: OrganizationId, connection: ConnectionId) -> Place {
    Place { organization, row: connection.to_string(), column: "sp_key_pem" }
}

/// Where the body of a kept request stands.
pub fn pushed_place(organization: OrganizationId, request: &str) -> Place {
    Place { organization, row: request.to_owned(), column: "pushed_change.body" }
}

/// Whether the database holds anything that only the right key opens.
pub fn is_in_use(conn: &mut Conn) -> Result<bool, StoreError> {
    let has_keys = connections::keys(conn)?.iter().any(|stored| is_sealed(&stored.sp_key_pem));
    Ok(has_keys || !credentials::sealed(conn)?.is_empty())
}

/// Refuses a key that does not open everything sealed in the database.
pub fn check_key(conn: &mut Conn, key: &SealingKey) -> Result<(), GatewayError> {
    for (organization, user, totp) in credentials::sealed(conn)? {
        let place = Place { organization, row: user.to_string(), column: TOTP };
        if key.open(&place, &totp).is_err() {
            return Err(wrong_key(&format!("user `{user}`")));
        }
    }
    let stored = connections::keys(conn)?;
    let mut sealed = stored.iter().filter(|stored| is_sealed(&stored.sp_key_pem));
    let is_wrong = |stored: &&StoredKey| {
        let opens = |sealed: &str| key.open(&place(stored.organization_id, stored.id), sealed).is_ok();
        let spare_opens = |spare: &str| SpareKey::parse(spare).is_ok_and(|spare| opens(&spare.key_pem));
        !(opens(&stored.sp_key_pem) && stored.spare_key.as_deref().is_none_or(spare_opens))
    };
    let Some(stored) = sealed.find(is_wrong) else { return Ok(()) };
    Err(wrong_key(&format!("connection `{}`", stored.id)))
}

fn wrong_key(whose: &str) -> GatewayError {
    GatewayError::Invalid(format!(
        "the key of this installation's secrets does not open what is stored for {whose}: restore the `secrets.key` under \
         which it was sealed from your backup, or set `secrets.key` to it"
    ))
}

impl Gateway {
    /// A connection's private key as it is stored.
    pub(super) fn seal_key(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        pem: &Secret,
    ) -> Result<String, GatewayError> {
        let sealed = self.sealing.seal(&place(organization, id), pem, self.chance());
        Ok(sealed.map_err(|error| StoreError::Unavailable(format!("the key cannot be sealed: {error}")))?)
    }

    /// A connection's private key, opened. One in clear is not taken: nobody but an intruder writes one.
    pub(super) fn open_key(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        stored: &str,
    ) -> Result<Secret, SealError> {
        self.sealing.open(&place(organization, id), stored)
    }

    /// A secret of a person, sealed for what it is used for.
    pub(super) fn seal_for(
        &self,
        organization: OrganizationId,
        user: UserId,
        column: &'static str,
        secret: &Secret,
    ) -> Result<String, GatewayError> {
        let place = Place { organization, row: user.to_string(), column };
        let sealed = self.sealing.seal(&place, secret, self.chance());
        Ok(sealed.map_err(|error| StoreError::Unavailable(format!("the secret cannot be sealed: {error}")))?)
    }

    /// What [`seal_for`](Self::seal_for) sealed.
    pub(super) fn open_for(
        &self,
        organization: OrganizationId,
        user: UserId,
        column: &'static str,
        stored: &str,
    ) -> Result<Secret, SealError> {
        self.sealing.open(&Place { organization, row: user.to_string(), column }, stored)
    }

    /// Seals what an earlier version stored in clear.
    pub(super) async fn seal_what_is_clear(self: &Arc<Self>) -> Result<(), GatewayError> {
        let stored = self.store.read(connections::keys).await?;
        for clear in stored.into_iter().filter(|stored| !is_sealed(&stored.sp_key_pem)) {
            let (organization, id) = (clear.organization_id, clear.id);
            let sealed = self.seal_key(organization, id, &Secret::new(clear.sp_key_pem.as_str()))?;
            let by = self.attribution(Actor::System, None);
            self.store
                .write(organization, by, move |tx| {
                    connections::set_key(tx, &clear, &sealed)?;
                    let target = Target::new(TargetKind::Connection, id).named(&clear.name);
                    let event = Event::new(Action::ConnectionChanged, target).with_detail(json!({ "sealed": true }));
                    Ok::<_, StoreError>(Audited::new((), event))
                })
                .await?;
        }
        Ok(())
    }
}
