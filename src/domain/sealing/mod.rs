//! Secrets that have to be read again, and so cannot be digests: the private keys of connections. They are stored sealed
//! under the installation's own key, which lies beside the database and not in it.
//!
//! At the start every sealed value is opened once: a key that does not fit is found then, by the operator, and not by
//! somebody who signs in. What an earlier version stored in clear is sealed then too.

mod cipher;

use std::sync::Arc;

use serde_json::json;

pub use cipher::{SealError, SealingKey};

use self::cipher::{Place, is_sealed};
use super::connections::SpareKey;
use super::{Gateway, GatewayError};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Actor, ConnectionId, OrganizationId, Secret};
use crate::store::connections::{self, StoredKey};
use crate::store::{Audited, Conn, StoreError};

const fn place(organization: OrganizationId, connection: ConnectionId) -> Place {
    Place { organization, connection, column: "sp_key_pem" }
}

/// Whether the database holds anything that only the right key opens.
pub fn is_in_use(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(connections::keys(conn)?.iter().any(|stored| is_sealed(&stored.sp_key_pem)))
}

/// Refuses a key that does not open everything sealed in the database.
pub fn check_key(conn: &mut Conn, key: &SealingKey) -> Result<(), GatewayError> {
    let stored = connections::keys(conn)?;
    let mut sealed = stored.iter().filter(|stored| is_sealed(&stored.sp_key_pem));
    let is_wrong = |stored: &&StoredKey| {
        let opens = |sealed: &str| key.open(&place(stored.organization_id, stored.id), sealed).is_ok();
        let spare_opens = |spare: &str| SpareKey::parse(spare).is_ok_and(|spare| opens(&spare.key_pem));
        !(opens(&stored.sp_key_pem) && stored.spare_key.as_deref().is_none_or(spare_opens))
    };
    let Some(stored) = sealed.find(is_wrong) else { return Ok(()) };
    Err(GatewayError::Invalid(format!(
        "the key of this installation's secrets does not open what is stored for connection `{}`: restore the \
         `secrets.key` under which it was sealed from your backup, or set `secrets.key` to it",
        stored.id
    )))
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
