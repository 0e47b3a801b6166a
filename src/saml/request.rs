//! Asking the identity provider to sign somebody in: an AuthnRequest, by redirect or by POST.
//!
//! By default it asks for as little as it can: no NameIDPolicy and no RequestedAuthnContext, because Entra and Okta
//! answer either with an error as soon as it differs from what the application is configured for there.

use super::key::{KeyError, SpKey};
use super::metadata::{Binding, Endpoint, IdpMetadata};
use super::names;
use super::provider::ServiceProvider;
use super::redirect::{self, Parameter};
use super::sign::{self, SignError};
use super::writer::Writer;
use super::{encoding, limits};
use crate::model::{Chance, Timestamp};

/// What to ask for beyond a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// The person must sign in anew, even with a session at the identity provider.
    pub force_authn: bool,
    /// A NameID format.
    pub name_id_format: Option<String>,
    /// Authentication context classes, any of which will do (Comparison `exact`).
    pub authn_contexts: Vec<String>,
}

/// What is remembered of a request until it is answered, once, within minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    pub id: String,
    pub issued_at: Timestamp,
    pub force_authn: bool,
    /// The authentication contexts that were asked for; empty for any.
    pub authn_contexts: Vec<String>,
}

/// Why a message cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("the relay state is longer than 80 bytes")]
    RelayState,
    #[error("the message cannot be signed")]
    Sign(#[from] SignError),
    #[error("the identity provider has no endpoint for this message")]
    NoEndpoint,
    #[error("the message must be signed, and this service provider has no key")]
    NoKey,
}

/// How a message leaves: the browser is sent to a URL, or posts a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// 303 to this URL.
    Redirect(String),
    /// A page whose form posts itself.
    Post(PostForm),
}

/// A form for the POST binding (SAML bindings §3.5). The values are not escaped for HTML: the template does that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostForm {
    pub action: String,
    pub fields: Vec<(&'static str, String)>,
}

/// A request to sign somebody in.
#[derive(Debug, Clone)]
pub struct AuthnRequest {
    pending: PendingRequest,
    xml: String,
    endpoint: Endpoint,
    key: Option<SpKey>,
}

impl AuthnRequest {
    /// A new request to `idp`, issued `now`. It is signed where the service provider has a key.
    pub fn new(
        sp: &ServiceProvider,
        idp: &IdpMetadata,
        ask: &Ask,
        now: Timestamp,
        chance: &dyn Chance,
    ) -> Result<Self, SendError> {
        let endpoint = idp.sign_on().ok_or(SendError::NoEndpoint)?.clone();
        if idp.want_authn_requests_signed() && sp.key().is_none() {
            return Err(SendError::NoKey);
        }
        let id = message_id(chance);
        let issued = issue_instant(now);
        let mut attributes = vec![
            ("xmlns:samlp", names::PROTOCOL),
            ("xmlns:saml", names::ASSERTION),
            ("AssertionConsumerServiceURL", sp.acs_url()),
            ("Destination", &endpoint.location),
            ("ID", &id),
            ("IssueInstant", &issued),
            ("ProtocolBinding", names::POST),
            ("Version", "2.0"),
        ];
        if ask.force_authn {
            attributes.push(("ForceAuthn", "true"));
        }
        let mut writer = Writer::default();
        writer.open("samlp:AuthnRequest", &attributes).leaf("saml:Issuer", &[], sp.entity_id());
        if let Some(format) = &ask.name_id_format {
            writer.leaf("samlp:NameIDPolicy", &[("AllowCreate", "true"), ("Format", format)], "");
        }
        if !ask.authn_contexts.is_empty() {
            writer.open("samlp:RequestedAuthnContext", &[("Comparison", "exact")]);
            for context in &ask.authn_contexts {
                writer.leaf("saml:AuthnContextClassRef", &[], context);
            }
            writer.close();
        }
        let pending = PendingRequest {
            id,
            issued_at: now,
            force_authn: ask.force_authn,
            authn_contexts: ask.authn_contexts.clone(),
        };
        Ok(Self { pending, xml: writer.finish(), endpoint, key: sp.key().cloned() })
    }

    /// The request's id.
    pub fn id(&self) -> &str {
        &self.pending.id
    }

    /// What to remember until the answer comes.
    pub fn pending(&self) -> &PendingRequest {
        &self.pending
    }

    /// The request as XML, before any signature: for a trace.
    pub fn xml(&self) -> &str {
        &self.xml
    }

    /// The request on its way, by the binding the identity provider prefers. `relay_state` is an opaque handle of at most
    /// 80 bytes, never a URL.
    pub fn send(&self, relay_state: &str) -> Result<Outgoing, SendError> {
        outgoing(&self.endpoint, Parameter::SamlRequest, &self.xml, Some(relay_state), self.key.as_ref())
    }
}

/// A message on its way to `endpoint`, signed where there is a key.
pub(super) fn outgoing(
    endpoint: &Endpoint,
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
    key: Option<&SpKey>,
) -> Result<Outgoing, SendError> {
    if relay_state.is_some_and(|state| state.len() > limits::RELAY_STATE_BYTES) {
        return Err(SendError::RelayState);
    }
    let relay_state = relay_state.filter(|state| !state.is_empty());
    match endpoint.binding {
        Binding::Redirect => {
            let url = redirect::url(&endpoint.location, parameter, xml, relay_state, key);
            Ok(Outgoing::Redirect(url.map_err(|error: KeyError| SignError::from(error))?))
        }
        Binding::Post => {
            let xml = key.map(|key| sign::enveloped(xml, key)).transpose()?.unwrap_or_else(|| xml.to_owned());
            let mut fields = vec![(parameter.name(), encoding::to_base64(xml.as_bytes()))];
            fields.extend(relay_state.map(|state| ("RelayState", state.to_owned())));
            Ok(Outgoing::Post(PostForm { action: endpoint.location.clone(), fields }))
        }
    }
}

/// An id with 160 bits of chance. It begins with `_`, because an xsd:ID must not begin with a digit (Entra insists).
pub(super) fn message_id(chance: &dyn Chance) -> String {
    use std::fmt::Write;
    let mut random = [0_u8; 20];
    chance.fill(&mut random);
    random.iter().fold(String::from("_"), |mut id, byte| {
        let _infallible = write!(id, "{byte:02x}");
        id
    })
}

/// A moment as SAML core §1.3.3 wants it, to the second.
pub(super) fn issue_instant(now: Timestamp) -> String {
    Timestamp::from_micros(now.seconds().saturating_mul(1_000_000)).rfc3339()
}
