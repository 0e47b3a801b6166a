//! Our own keys of a connection: the one that signs, and a spare one while it is being replaced.
//!
//! Both are in our metadata and open what was encrypted for them. A key is replaced in three steps, each when the identity
//! provider is ready for it: make a spare one, let it sign (the two change places), take the old one away.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ConnectionView, own};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::domain::entitlements::check_may_open_door;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, ConnectionId, OrganizationId, Secret};
use crate::saml::{Certificate, SpKey};
use crate::store::connections::{self, ConnectionRow};
use crate::store::{Audited, StoreError, metadata_sources};

/// RSA bits of the key that a connection signs and decrypts with.
const KEY_BITS: u32 = 2048;

/// A second key of a connection, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::domain) struct SpareKey {
    /// Sealed.
    pub key_pem: String,
    pub certificate_pem: String,
}

impl SpareKey {
    pub(super) fn of(row: &ConnectionRow) -> Result<Option<Self>, StoreError> {
        row.spare_key.as_deref().map(Self::parse).transpose()
    }

    /// Reads it as stored.
    pub fn parse(stored: &str) -> Result<Self, StoreError> {
        serde_json::from_str(stored).map_err(|error| StoreError::Corrupt(format!("a spare key: {error}")))
    }

    fn stored(&self) -> String {
        json!(self).to_string()
    }
}

/// What is done with the spare key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Made,
    Activated,
    Removed,
}

impl Gateway {
    /// A fresh key, and its certificate in PEM.
    pub(super) async fn new_key(
        self: &Arc<Self>,
        by: &Attribution,
        id: ConnectionId,
    ) -> Result<(Secret, String), GatewayError> {
        let (gateway, at) = (Arc::clone(self), by.at);
        let made = tokio::task::spawn_blocking(move || {
            let key = SpKey::generate(&id.to_string(), KEY_BITS, at, gateway.chance())?;
            Ok::<_, crate::saml::KeyError>((key.private_key_pem()?, key.certificate().pem()))
        });
        let made = made.await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(made.map_err(|error| StoreError::Unavailable(format!("no key for the connection: {error}")))?)
    }

    /// Makes a spare key. It is published and opens what is encrypted for it; it does not sign yet.
    pub async fn make_spare_key(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<ConnectionView, GatewayError> {
        let (pem, certificate) = self.new_key(&by, id).await?;
        let sealed = self.seal_key(organization, id, &pem)?;
        self.change_key(by, organization, id, Step::Made, move |row| {
            if row.spare_key.is_some() {
                return Err(GatewayError::Taken(
                    "the connection has a spare key: activate it or take it away".to_owned(),
                ));
            }
            row.spare_key = Some(SpareKey { key_pem: sealed, certificate_pem: certificate }.stored());
            Ok(())
        })
        .await
    }

    /// Lets the spare key sign from now on; the one that signed is the spare one.
    pub async fn activate_spare_key(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<ConnectionView, GatewayError> {
        self.change_key(by, organization, id, Step::Activated, move |row| {
            let mut spare = SpareKey::of(row)?.ok_or_else(|| GatewayError::not_found("spare key of connection", id))?;
            std::mem::swap(&mut spare.key_pem, &mut row.sp_key_pem);
            std::mem::swap(&mut spare.certificate_pem, &mut row.sp_certificate_pem);
            row.spare_key = Some(spare.stored());
            Ok(())
        })
        .await
    }

    /// Takes the spare key away. What is still encrypted for it cannot be opened any more.
    pub async fn remove_spare_key(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<(), GatewayError> {
        let removed = self.change_key(by, organization, id, Step::Removed, move |row| {
            let taken = row.spare_key.take();
            taken.map(|_| ()).ok_or_else(|| GatewayError::not_found("spare key of connection", id))
        });
        removed.await.map(|_| ())
    }

    async fn change_key(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
        step: Step,
        change: impl FnOnce(&mut ConnectionRow) -> Result<(), GatewayError> + Send + 'static,
    ) -> Result<ConnectionView, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_may_open_door(tx, &policy)?;
            let mut row = own(tx.conn(), organization, id)?;
            change(&mut row)?;
            connections::update(tx, &row)?;
            let fingerprint = |pem: &str| Certificate::parse(pem).map(|certificate| certificate.fingerprint()).ok();
            let detail = json!({
                "spare_key": match step { Step::Made => "made", Step::Activated => "activated", Step::Removed => "removed" },
                "signs": fingerprint(&row.sp_certificate_pem),
                "spare": SpareKey::of(&row)?.and_then(|spare| fingerprint(&spare.certificate_pem)),
            });
            let target = Target::new(TargetKind::Connection, id).named(&row.name);
            let event = Event::new(Action::ConnectionChanged, target).with_detail(detail);
            let source = metadata_sources::of_connection(tx.conn(), organization, id)?;
            Ok(Audited::new(gateway.connection_view(&row, source.as_ref()), event))
        })
        .await
    }
}
