//! SAML connections: the identity providers at which an organization's people sign in.
//!
//! Not here: what may be chosen (`draft`), how it is shown (`view`), our own keys (`keys`), where the metadata comes from
//! and how it is kept up to date (`metadata`).

mod draft;
mod keys;
mod metadata;
mod view;

use crate::domain::provisioning::check_version;
use crate::scim::Precondition;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

pub use draft::{Choices, ConnectionDraft, IdpInitiated, MetadataDraft};
pub(in crate::domain) use keys::SpareKey;
pub use view::{CertificateView, ConnectionView, SourceView};

use self::draft::told;
use self::metadata::Obtained;
use super::entitlements::{Floor, check_may_open_door, check_plan};
use super::provisioning::bury_group;
use super::{Gateway, GatewayError};
use crate::access::Duty;
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, ConnectionId, OrganizationId};
use crate::saml::{IdpMetadata, Preset, ServiceProvider, SpKey, VerifiedAssertion, attributes};
use crate::store::connections::{self, ConnectionRow};
use crate::store::metadata_sources::{self, MetadataSourceRow};
use crate::store::{Audited, Conn, StoreError, WriteTx, connection_groups, groups, sessions, sign_ins};

/// A connection, ready to talk SAML.
#[derive(Debug)]
pub(super) struct Connection {
    pub row: ConnectionRow,
    pub domains: Vec<String>,
    pub choices: Choices,
    pub idp: IdpMetadata,
    pub sp: ServiceProvider,
}

impl Connection {
    /// Whether people whose names end in this domain may come through here. A connection without domains takes all.
    pub fn takes(&self, name: &str) -> bool {
        self.domains.is_empty() || self.owns(name)
    }

    /// Whether the name is of one of the connection's own domains.
    pub fn owns(&self, name: &str) -> bool {
        let domain = name.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        domain.is_some_and(|domain| self.domains.contains(&domain))
    }

    /// Which identity provider's names its attributes have.
    pub fn preset(&self) -> Preset {
        self.choices.preset.unwrap_or_else(|| Preset::of_entity_id(self.idp.entity_id()))
    }

    /// How far the clocks may differ.
    pub fn skew(&self) -> Duration {
        Duration::from_secs(u64::from(self.choices.clock_skew_seconds))
    }

    /// The e-mail address of a sign-in: of the connection's own attribute, or of those its preset knows.
    pub fn email_of<'a>(&'a self, assertion: &'a VerifiedAssertion) -> Option<&'a str> {
        match &self.choices.email_attribute {
            Some(name) => assertion.attributes.first(name).filter(|value| value.contains('@')),
            None => attributes::email_of(&assertion.attributes, &assertion.name_id, self.preset()),
        }
    }

    /// An identifier of the person that survives a new name and a new address.
    pub fn immutable_id<'a>(&'a self, assertion: &'a VerifiedAssertion) -> Option<&'a str> {
        match &self.choices.id_attribute {
            Some(name) => assertion.attributes.first(name),
            None => assertion.attributes.immutable_id(self.preset()),
        }
    }

    /// What to key the person by: the identifier that never changes, else a NameID that lasts.
    pub fn subject_of<'a>(&'a self, assertion: &'a VerifiedAssertion) -> Option<&'a str> {
        let name_id = &assertion.name_id;
        self.immutable_id(assertion).or_else(|| (!name_id.is_transient()).then_some(name_id.value.as_str()))
    }
}

/// Takes the groups away that came with sign-ins, with all that they gave.
fn bury_groups(tx: &mut WriteTx<'_>, ids: &[String]) -> Result<Vec<Event>, GatewayError> {
    let mut events = Vec::new();
    for id in ids.iter().filter_map(|id| id.parse().ok()) {
        let organization = tx.organization();
        if let Some(row) = groups::by_id(tx.conn(), organization, id)? {
            events.push(bury_group(tx, &row)?);
        }
    }
    Ok(events)
}

/// A connection of the organization.
fn own(conn: &mut Conn, organization: OrganizationId, id: ConnectionId) -> Result<ConnectionRow, GatewayError> {
    connections::by_id(conn, id)?
        .filter(|row| row.organization_id == organization)
        .ok_or_else(|| GatewayError::not_found("connection", id))
}

impl Gateway {
    fn saml_url(&self, id: ConnectionId, endpoint: &str) -> String {
        format!("{}/saml/{id}/{endpoint}", self.public_url())
    }

    /// A connection of any organization; the address of its endpoints names it.
    pub(super) async fn connection(self: &Arc<Self>, id: ConnectionId) -> Result<Connection, GatewayError> {
        let row = self.store.read(move |conn| connections::by_id(conn, id)).await?;
        let row = row.filter(|row| row.enabled).ok_or_else(|| GatewayError::not_found("connection", id))?;
        self.read_connection(row)
    }

    fn read_connection(&self, row: ConnectionRow) -> Result<Connection, GatewayError> {
        let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("connection {}: {error}", row.id));
        let key = self.open_key(row.organization_id, row.id, &row.sp_key_pem).map_err(|e| corrupt(&e))?;
        let key = SpKey::parse(&key, &row.sp_certificate_pem).map_err(|e| corrupt(&e))?;
        let mut sp = ServiceProvider::new(
            &self.saml_url(row.id, "metadata"),
            &self.saml_url(row.id, "acs"),
            Some(&self.saml_url(row.id, "slo")),
            Some(key),
        )
        .map_err(|e| corrupt(&e))?;
        if let Some(spare) = SpareKey::of(&row)? {
            let key = self.open_key(row.organization_id, row.id, &spare.key_pem).map_err(|e| corrupt(&e))?;
            sp = sp.with_spare(SpKey::parse(&key, &spare.certificate_pem).map_err(|e| corrupt(&e))?);
        }
        Ok(Connection {
            choices: Choices::of(&row)?,
            idp: IdpMetadata::parse(row.metadata_xml.as_bytes()).map_err(|e| corrupt(&e))?,
            domains: serde_json::from_str(&row.domains).map_err(|e| corrupt(&e))?,
            sp,
            row,
        })
    }

    /// The metadata to give to the identity provider.
    pub async fn sp_metadata(self: &Arc<Self>, id: ConnectionId) -> Result<String, GatewayError> {
        Ok(self.connection(id).await?.sp.metadata_xml())
    }

    /// Makes a connection.
    pub async fn create_connection(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView, GatewayError> {
        let metadata =
            draft.metadata.clone().ok_or_else(|| GatewayError::Invalid("a connection needs metadata".to_owned()))?;
        let id = ConnectionId::new(by.at, self.chance());
        let mut row = begin(organization, id, &by);
        draft.apply(&mut row)?;
        if row.name.is_empty() {
            return Err(GatewayError::Invalid("a connection needs a name".to_owned()));
        }
        let Obtained { xml, entity_id, source } = self.obtain(metadata, by.at).await?;
        (row.metadata_xml, row.idp_entity_id) = (xml, entity_id);
        let (key_pem, certificate_pem) = self.new_key(&by, id).await?;
        (row.sp_key_pem, row.sp_certificate_pem) = (self.seal_key(organization, id, &key_pem)?, certificate_pem);
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_plan(&policy, Duty::SingleSignOn)?;
            check_may_open_door(tx, &policy)?;
            check_free(tx, &row)?;
            connections::insert(tx, row.clone()).map_err(|error| name_taken(error, &row))?;
            let source = gateway.keep_source(tx, id, source)?;
            let target = Target::new(TargetKind::Connection, id).named(&row.name);
            let event = Event::new(Action::ConnectionCreated, target).with_detail(told(&row));
            Ok(Audited::new(gateway.connection_view(&row, source.as_ref()), event))
        })
        .await
    }

    /// Changes a connection. One that is switched off lets nobody in, and the sessions that it opened are over.
    pub async fn change_connection(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
        expected: Precondition,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView, GatewayError> {
        // Before anything is fetched for it.
        self.store.read(move |conn| own(conn, organization, id)).await?;
        let obtained = match draft.metadata.clone() {
            Some(metadata) => Some(self.obtain(metadata, by.at).await?),
            None => None,
        };
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_may_open_door(tx, &policy)?;
            let before = own(tx.conn(), organization, id)?;
            check_version("connection", &expected, before.version)?;
            let mut after = before.clone();
            draft.apply(&mut after)?;
            let mut source = metadata_sources::of_connection(tx.conn(), organization, id)?;
            if let Some(Obtained { xml, entity_id, source: from }) = obtained {
                (after.metadata_xml, after.idp_entity_id, after.expiry_told) = (xml, entity_id, None);
                source = gateway.keep_source(tx, id, from)?;
            }
            check_free(tx, &after)?;
            connections::update(tx, &after).map_err(|error| name_taken(error, &after))?;
            after.version += 1;
            let ended = if before.enabled && !after.enabled { sessions::revoke_of_connection(tx, id)? } else { 0 };
            let target = Target::new(TargetKind::Connection, id).named(&after.name);
            let detail = json!({ "sessions": ended, "metadata_from": source.as_ref().map(|source| &source.url) });
            let event = Event::new(Action::ConnectionChanged, target)
                .with_difference(Difference::between(&told(&before), &told(&after)))
                .with_detail(detail);
            Ok(Audited::new(gateway.connection_view(&after, source.as_ref()), event))
        })
        .await
    }

    /// Takes a connection away. Nobody signs in through it any more; sessions that it opened are over.
    pub async fn delete_connection(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
        expected: Precondition,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let row = own(tx.conn(), organization, id)?;
            check_version("connection", &expected, row.version)?;
            let ended = sessions::revoke_of_connection(tx, id)?;
            let groups = connection_groups::all(tx.conn(), organization, id)?;
            let floor = Floor::below(&gateway, tx, &groups)?;
            let buried = bury_groups(tx, &groups)?;
            floor.check(&gateway, tx)?;
            connection_groups::delete(tx, id)?;
            sign_ins::delete(tx, id)?;
            connections::delete(tx, &row)?;
            let event = Event::new(Action::ConnectionDeleted, Target::new(TargetKind::Connection, id).named(&row.name))
                .with_detail(json!({ "sessions": ended }));
            Ok(Audited::several((), event, buried))
        })
        .await
    }

    /// The organization's connections, oldest first.
    pub async fn list_connections(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<ConnectionView>, GatewayError> {
        let (rows, sources) = self
            .store
            .read(move |conn| {
                let sources = metadata_sources::all(conn, organization)?;
                Ok::<_, GatewayError>((connections::all(conn, organization)?, sources))
            })
            .await?;
        let source = |id: ConnectionId| sources.iter().find(|source: &&MetadataSourceRow| source.connection_id == id);
        Ok(rows.iter().map(|row| self.connection_view(row, source(row.id))).collect())
    }

    /// One connection of the organization.
    pub async fn show_connection(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<ConnectionView, GatewayError> {
        let (row, source) = self
            .store
            .read(move |conn| {
                let row = own(conn, organization, id)?;
                Ok::<_, GatewayError>((row, metadata_sources::of_connection(conn, organization, id)?))
            })
            .await?;
        Ok(self.connection_view(&row, source.as_ref()))
    }

    /// The connection that people of this e-mail address sign in through: home-realm discovery.
    pub async fn connection_for(self: &Arc<Self>, email: &str) -> Result<Option<ConnectionId>, GatewayError> {
        let Some((_, domain)) = email.trim().rsplit_once('@') else { return Ok(None) };
        let domain = domain.to_lowercase();
        let rows = self.store.read(connections::enabled).await?;
        let serves = |row: &ConnectionRow| {
            serde_json::from_str::<Vec<String>>(&row.domains).is_ok_and(|domains| domains.contains(&domain))
        };
        Ok::<_, GatewayError>(rows.iter().find(|row| serves(row)).map(|row| row.id))
    }
}

/// A connection as every one begins.
fn begin(organization: OrganizationId, id: ConnectionId, by: &Attribution) -> ConnectionRow {
    ConnectionRow {
        organization_id: organization,
        id,
        name: String::new(),
        name_key: String::new(),
        idp_entity_id: String::new(),
        metadata_xml: String::new(),
        domains: "[]".to_owned(),
        choices: Choices::default().stored(),
        sp_key_pem: String::new(),
        sp_certificate_pem: String::new(),
        enabled: true,
        version: 1,
        created_at: by.at,
        changed_at: by.at,
        spare_key: None,
        expiry_told: None,
    }
}

fn name_taken(error: StoreError, row: &ConnectionRow) -> GatewayError {
    GatewayError::taken(error, || GatewayError::Taken(format!("there is already a connection named `{}`", row.name)))
}

/// Refuses a domain that another organization's connection has: nobody proves that a domain is theirs yet, so whoever was
/// first keeps it, and nobody else's people can be led to a foreign identity provider.
fn check_free(tx: &mut WriteTx<'_>, row: &ConnectionRow) -> Result<(), GatewayError> {
    let corrupt = |error| StoreError::Corrupt(format!("domains of a connection: {error}"));
    let domains: Vec<String> = serde_json::from_str(&row.domains).map_err(corrupt)?;
    let organization = tx.organization();
    for theirs in connections::domains_elsewhere(tx.conn(), organization)? {
        let theirs: Vec<String> = serde_json::from_str(&theirs).map_err(corrupt)?;
        if let Some(taken) = domains.iter().find(|domain| theirs.contains(domain)) {
            return Err(GatewayError::Taken(format!(
                "`{taken}` is a domain of another organization's connection in this installation: a domain leads to one \
                 organization alone"
            )));
        }
    }
    Ok(())
}
