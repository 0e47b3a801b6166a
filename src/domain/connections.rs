//! SAML connections: the identity providers at which an organization's people sign in.

use std::sync::Arc;

use serde_json::json;

use super::entitlements::{check_may_open_door, check_plan};
use super::{Gateway, GatewayError};
use crate::access::Duty;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Attribution, ConnectionId, OrganizationId, fold};
use crate::saml::{IdpMetadata, ServiceProvider, SpKey};
use crate::store::connections::{self, ConnectionRow};
use crate::store::{Audited, StoreError, WriteTx};

/// At most so many domains lead to one connection.
const MAX_DOMAINS: usize = 100;

/// RSA bits of the key that a connection signs and decrypts with.
const KEY_BITS: u32 = 2048;

/// What a sign-in that the identity provider began is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdpInitiated {
    /// It is refused.
    Off,
    /// It is turned into a sign-in that we began.
    Restart,
    /// It is accepted. Anybody who can make a browser post a form can then sign it in as themselves.
    Allow,
}

impl IdpInitiated {
    /// Reads `off`, `restart` or `allow`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "restart" => Some(Self::Restart),
            "allow" => Some(Self::Allow),
            _other_word => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Restart => "restart",
            Self::Allow => "allow",
        }
    }
}

/// A connection as an admin writes it.
#[derive(Debug, Clone)]
pub struct ConnectionDraft {
    pub name: String,
    pub metadata_xml: String,
    pub domains: Vec<String>,
    pub just_in_time: bool,
    pub idp_initiated: IdpInitiated,
    /// Whether AES-CBC may be decrypted: a relaxation, for an identity provider that knows no AES-GCM.
    pub allow_cbc: bool,
}

/// A connection as an admin sees it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct ConnectionView {
    pub id: ConnectionId,
    pub name: String,
    pub idp_entity_id: String,
    pub domains: Vec<String>,
    pub just_in_time: bool,
    pub idp_initiated: String,
    pub allow_cbc: bool,
    pub sp_entity_id: String,
    pub acs_url: String,
    pub slo_url: String,
    pub login_url: String,
    pub metadata_url: String,
}

/// A connection, ready to talk SAML.
#[derive(Debug)]
pub(super) struct Connection {
    pub row: ConnectionRow,
    pub domains: Vec<String>,
    pub idp_initiated: IdpInitiated,
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
        let sp = ServiceProvider::new(
            &self.saml_url(row.id, "metadata"),
            &self.saml_url(row.id, "acs"),
            Some(&self.saml_url(row.id, "slo")),
            Some(key),
        )
        .map_err(|e| corrupt(&e))?;
        Ok(Connection {
            idp: IdpMetadata::parse(row.metadata_xml.as_bytes()).map_err(|e| corrupt(&e))?,
            domains: serde_json::from_str(&row.domains).map_err(|e| corrupt(&e))?,
            idp_initiated: IdpInitiated::parse(&row.idp_initiated).unwrap_or(IdpInitiated::Off),
            sp,
            row,
        })
    }

    /// The metadata to give to the identity provider.
    pub async fn sp_metadata(self: &Arc<Self>, id: ConnectionId) -> Result<String, GatewayError> {
        Ok(self.connection(id).await?.sp.metadata_xml())
    }

    /// Makes a connection. Metadata without a usable signing certificate is refused: without one, nothing could ever be
    /// verified.
    pub async fn create_connection(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView, GatewayError> {
        let name = super::organizations::checked_name("a connection's name", &draft.name)?;
        let domains = checked_domains(draft.domains)?;
        let metadata_xml = draft.metadata_xml;
        let idp = IdpMetadata::parse(metadata_xml.as_bytes())
            .map_err(|error| GatewayError::Invalid(format!("the metadata cannot be used: {error}")))?;
        let id = ConnectionId::new(by.at, self.chance());
        let (gateway, at) = (Arc::clone(self), by.at);
        let made = tokio::task::spawn_blocking(move || {
            let key = SpKey::generate(&id.to_string(), KEY_BITS, at, gateway.chance())?;
            Ok::<_, crate::saml::KeyError>((key.private_key_pem()?, key.certificate().pem()))
        });
        let (key_pem, certificate_pem) = made
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
            .map_err(|error| StoreError::Unavailable(format!("no key for the connection: {error}")))?;
        let row = ConnectionRow {
            organization_id: organization,
            id,
            name_key: fold(&name).into_string(),
            name,
            idp_entity_id: idp.entity_id().to_owned(),
            metadata_xml,
            domains: json!(domains).to_string(),
            just_in_time: draft.just_in_time,
            idp_initiated: draft.idp_initiated.as_str().to_owned(),
            allow_cbc: draft.allow_cbc,
            sp_key_pem: self.seal_key(organization, id, &key_pem)?,
            sp_certificate_pem: certificate_pem,
            enabled: true,
            version: 1,
            created_at: by.at,
            changed_at: by.at,
        };
        let view = self.connection_view(&row);
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_plan(&policy, Duty::SingleSignOn)?;
            check_may_open_door(tx, &policy)?;
            check_free(tx, &domains)?;
            let target = Target::new(TargetKind::Connection, id).named(&row.name);
            let detail = json!({
                "idp": row.idp_entity_id,
                "domains": domains,
                "just_in_time": row.just_in_time,
                "idp_initiated": row.idp_initiated,
                "allow_cbc": row.allow_cbc,
            });
            let name = row.name.clone();
            connections::insert(tx, row).map_err(|error| {
                GatewayError::taken(error, || {
                    GatewayError::Taken(format!("there is already a connection named `{name}`"))
                })
            })?;
            let event = Event::new(Action::ConnectionCreated, target).with_detail(detail);
            Ok(Audited::new((), event))
        })
        .await?;
        Ok(view)
    }

    /// Takes a connection away. Nobody signs in through it any more; sessions that it opened are over.
    pub async fn delete_connection(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let row = connections::by_id(tx.conn(), id)?
                .filter(|row| row.organization_id == organization)
                .ok_or_else(|| GatewayError::not_found("connection", id))?;
            let ended = crate::store::sessions::revoke_of_connection(tx, id)?;
            connections::delete(tx, &row)?;
            let event = Event::new(Action::ConnectionDeleted, Target::new(TargetKind::Connection, id).named(&row.name))
                .with_detail(json!({ "sessions": ended }));
            Ok(Audited::new((), event))
        })
        .await
    }

    /// The organization's connections, oldest first.
    pub async fn list_connections(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<ConnectionView>, GatewayError> {
        let rows = self.store.read(move |conn| connections::all(conn, organization)).await?;
        Ok::<_, GatewayError>(rows.iter().map(|row| self.connection_view(row)).collect())
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

    fn connection_view(&self, row: &ConnectionRow) -> ConnectionView {
        ConnectionView {
            id: row.id,
            name: row.name.clone(),
            idp_entity_id: row.idp_entity_id.clone(),
            domains: serde_json::from_str(&row.domains).unwrap_or_default(),
            just_in_time: row.just_in_time,
            idp_initiated: row.idp_initiated.clone(),
            allow_cbc: row.allow_cbc,
            sp_entity_id: self.saml_url(row.id, "metadata"),
            acs_url: self.saml_url(row.id, "acs"),
            slo_url: self.saml_url(row.id, "slo"),
            login_url: self.saml_url(row.id, "login"),
            metadata_url: self.saml_url(row.id, "metadata"),
        }
    }
}

/// Refuses a domain that another organization's connection has: nobody proves that a domain is theirs yet, so whoever was
/// first keeps it, and nobody else's people can be led to a foreign identity provider.
fn check_free(tx: &mut WriteTx<'_>, domains: &[String]) -> Result<(), GatewayError> {
    let organization = tx.organization();
    for theirs in connections::domains_elsewhere(tx.conn(), organization)? {
        let theirs: Vec<String> = serde_json::from_str(&theirs)
            .map_err(|error| StoreError::Corrupt(format!("domains of a connection: {error}")))?;
        if let Some(taken) = domains.iter().find(|domain| theirs.contains(domain)) {
            return Err(GatewayError::Taken(format!(
                "`{taken}` is a domain of another organization's connection in this installation: a domain leads to one \
                 organization alone"
            )));
        }
    }
    Ok(())
}

fn checked_domains(domains: Vec<String>) -> Result<Vec<String>, GatewayError> {
    if domains.len() > MAX_DOMAINS {
        return Err(GatewayError::Invalid(format!("a connection has at most {MAX_DOMAINS} domains")));
    }
    let mut checked: Vec<String> = domains.into_iter().map(|domain| domain.trim().to_lowercase()).collect();
    let is_domain = |domain: &str| {
        let is_label = |label: &str| {
            !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label)
    };
    if let Some(wrong) = checked.iter().find(|domain| !is_domain(domain)) {
        return Err(GatewayError::Invalid(format!("`{}` is no domain", wrong.chars().take(80).collect::<String>())));
    }
    checked.sort_unstable();
    checked.dedup();
    Ok(checked)
}
