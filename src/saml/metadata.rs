//! The metadata of an identity provider: who it is, where to send people, which keys to believe.
//!
//! An [`IdpMetadata`] always has a signing certificate and a place to sign in; so a connection that would accept unsigned
//! messages cannot be made. The document passes the same gate as a message, except that it may have comments.
//!
//! Metadata is trusted because of how it was fetched (HTTPS, or an admin's upload). A signature on it is not checked.

use roxmltree::Node;
use url::Url;

use super::gate::Kind;
use super::key::{Certificate, KeyError};
use super::limits;
use super::names;
use super::refusal::Refusal;
use super::tree;
use crate::model::Timestamp;

/// Why metadata was not taken.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    #[error("the metadata is larger than 256 KiB")]
    TooLarge,
    #[error("the metadata is not a document that is read here: {0}")]
    Document(#[from] Refusal),
    #[error("the document describes no SAML 2.0 identity provider")]
    NoIdentityProvider,
    #[error("the document describes several identity providers: give the metadata of one")]
    SeveralIdentityProviders,
    #[error("`{0}` is not an entity id")]
    EntityId(String),
    #[error("the identity provider publishes no signing certificate")]
    NoSigningCertificate,
    #[error("the identity provider publishes more than 10 signing certificates")]
    TooManyCertificates,
    #[error("a signing certificate cannot be used: {0}")]
    Certificate(#[from] KeyError),
    #[error("`{0}` is not an http or https address")]
    Location(String),
    #[error("the identity provider offers sign-on neither by HTTP-Redirect nor by HTTP-POST")]
    NoSignOn,
}

/// A SAML binding this service provider can send by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binding {
    Redirect,
    Post,
}

impl Binding {
    /// The binding's URI.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => names::REDIRECT,
            Self::Post => names::POST,
        }
    }
}

/// Where to send a message, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub binding: Binding,
    /// An absolute http or https URL, kept exactly as written: it is compared letter for letter.
    pub location: String,
    /// Where answers go instead, if somewhere else (SAML metadata §2.2.2).
    pub response_location: Option<String>,
}

impl Endpoint {
    /// An endpoint at `location`.
    pub fn new(binding: Binding, location: &str) -> Result<Self, MetadataError> {
        Ok(Self { binding, location: http_url(location)?, response_location: None })
    }
}

/// An identity provider that can be believed: it has at least one usable signing certificate and one sign-on endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpMetadata {
    entity_id: String,
    sso: Vec<Endpoint>,
    slo: Vec<Endpoint>,
    signing_certificates: Vec<Certificate>,
    want_authn_requests_signed: bool,
    valid_until: Option<Timestamp>,
}

impl IdpMetadata {
    /// Reads a metadata document: an EntityDescriptor, or an EntitiesDescriptor with exactly one identity provider.
    pub fn parse(xml: impl AsRef<[u8]>) -> Result<Self, MetadataError> {
        let xml = xml.as_ref();
        if xml.len() > limits::METADATA_BYTES {
            return Err(MetadataError::TooLarge);
        }
        let document = tree::parse(xml, Kind::Metadata)?;
        let entity = the_identity_provider(document.root_element())?;
        let mut roles = identity_provider_roles(entity);
        let role = roles.next().ok_or(MetadataError::NoIdentityProvider)?;
        if roles.next().is_some() {
            return Err(MetadataError::SeveralIdentityProviders);
        }
        let valid_until =
            [tree::moment(entity, "validUntil")?, tree::moment(role, "validUntil")?].into_iter().flatten().min();
        let mut metadata = Self::new(
            entity.attribute("entityID").unwrap_or_default(),
            endpoints(role, "SingleSignOnService")?,
            endpoints(role, "SingleLogoutService")?,
            signing_certificates(role)?,
        )?;
        metadata.want_authn_requests_signed = matches!(role.attribute("WantAuthnRequestsSigned"), Some("true" | "1"));
        metadata.valid_until = valid_until;
        Ok(metadata)
    }

    /// From fields that an admin typed in.
    pub fn new(
        entity_id: &str,
        sso: Vec<Endpoint>,
        slo: Vec<Endpoint>,
        signing_certificates: Vec<Certificate>,
    ) -> Result<Self, MetadataError> {
        let entity_id = entity_id.trim();
        if entity_id.is_empty() || entity_id.len() > limits::NAME_BYTES || entity_id.chars().any(char::is_control) {
            return Err(MetadataError::EntityId(super::refusal::quoted(entity_id)));
        }
        if signing_certificates.is_empty() {
            return Err(MetadataError::NoSigningCertificate);
        }
        if signing_certificates.len() > limits::CERTIFICATES {
            return Err(MetadataError::TooManyCertificates);
        }
        if sso.is_empty() {
            return Err(MetadataError::NoSignOn);
        }
        Ok(Self {
            entity_id: entity_id.to_owned(),
            sso,
            slo,
            signing_certificates,
            want_authn_requests_signed: false,
            valid_until: None,
        })
    }

    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Sign-on endpoints, in the document's order; never empty.
    pub fn sso(&self) -> &[Endpoint] {
        &self.sso
    }

    /// Logout endpoints; empty where the identity provider has no single logout.
    pub fn slo(&self) -> &[Endpoint] {
        &self.slo
    }

    /// The certificates whose keys are believed; never empty.
    pub fn signing_certificates(&self) -> &[Certificate] {
        &self.signing_certificates
    }

    pub fn want_authn_requests_signed(&self) -> bool {
        self.want_authn_requests_signed
    }

    /// Until when the document itself says it holds.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// The sign-on endpoint to use: by redirect if there is one (the browser needs no script), else by POST.
    pub fn sign_on(&self) -> Option<&Endpoint> {
        preferred(&self.sso)
    }

    /// The logout endpoint to use.
    pub fn logout(&self) -> Option<&Endpoint> {
        preferred(&self.slo)
    }
}

fn preferred(endpoints: &[Endpoint]) -> Option<&Endpoint> {
    endpoints.iter().find(|endpoint| endpoint.binding == Binding::Redirect).or_else(|| endpoints.first())
}

/// The EntityDescriptor with the IDPSSODescriptor.
fn the_identity_provider<'a, 'i>(root: Node<'a, 'i>) -> Result<Node<'a, 'i>, MetadataError> {
    let entities = root.descendants().filter(|node| tree::is(*node, names::METADATA, "EntityDescriptor"));
    let mut found = entities.filter(|entity| identity_provider_roles(*entity).next().is_some());
    let first = found.next().ok_or(MetadataError::NoIdentityProvider)?;
    if found.next().is_some() { Err(MetadataError::SeveralIdentityProviders) } else { Ok(first) }
}

/// The SAML 2.0 roles; an entity may have one for SAML 1.1 too.
fn identity_provider_roles<'a, 'i>(entity: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    tree::named(entity, names::METADATA, "IDPSSODescriptor").filter(|role| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|protocol| protocol == names::PROTOCOL)
    })
}

fn endpoints(role: Node<'_, '_>, name: &'static str) -> Result<Vec<Endpoint>, MetadataError> {
    let mut all = Vec::new();
    for node in tree::named(role, names::METADATA, name) {
        let binding = match node.attribute("Binding") {
            Some(names::REDIRECT) => Binding::Redirect,
            Some(names::POST) => Binding::Post,
            // SOAP, artifact: bindings that this service provider does not speak.
            _ => continue,
        };
        let location = http_url(node.attribute("Location").unwrap_or_default())?;
        let response_location = node.attribute("ResponseLocation").map(http_url).transpose()?;
        all.push(Endpoint { binding, location, response_location });
    }
    Ok(all)
}

fn http_url(text: &str) -> Result<String, MetadataError> {
    let bad = || MetadataError::Location(super::refusal::quoted(text));
    let trimmed = text.trim();
    if trimmed.len() > limits::NAME_BYTES.saturating_mul(2)
        || trimmed.chars().any(|c| c.is_control() || c.is_whitespace())
    {
        return Err(bad());
    }
    let url = Url::parse(trimmed).map_err(|_| bad())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(trimmed.to_owned()) } else { Err(bad()) }
}

/// The certificates of every KeyDescriptor that is for signing, or for any use; never those for encryption alone.
fn signing_certificates(role: Node<'_, '_>) -> Result<Vec<Certificate>, MetadataError> {
    let mut all: Vec<Certificate> = Vec::new();
    for descriptor in tree::named(role, names::METADATA, "KeyDescriptor") {
        if descriptor.attribute("use").is_some_and(|used_for| used_for != "signing") {
            continue;
        }
        for node in descriptor.descendants().filter(|node| tree::is(*node, names::SIGNATURE, "X509Certificate")) {
            if all.len() >= limits::CERTIFICATES {
                return Err(MetadataError::TooManyCertificates);
            }
            let certificate = Certificate::parse(tree::text(node)?)?;
            if !all.contains(&certificate) {
                all.push(certificate);
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
