//! Single logout, both ways: messages to and from the identity provider by redirect and POST (SAML profiles §4.4).
//!
//! Every logout message must be signed: an unsigned one would let anybody end anybody's session. So sending needs the
//! service provider's key as well.
//!
//! Not here: which sessions end. The caller finds them by name id and session index.

use std::time::Duration;

use roxmltree::{Document, Node};

use super::conditions;
use super::encoding;
use super::gate::Kind;
use super::limits;
use super::metadata::IdpMetadata;
use super::names;
use super::provider::ServiceProvider;
use super::redirect::{self, Parameter};
use super::refusal::{Refusal, quoted};
use super::request::{Outgoing, SendError, issue_instant, message_id, outgoing};
use super::signature::{self, Signature};
use super::structure;
use super::subject::{self, NameId};
use super::tree;
use super::writer::Writer;
use crate::model::{Chance, Timestamp};

/// What a logout message is held against.
#[derive(Debug, Clone)]
pub struct LogoutExpectation<'a> {
    pub idp: &'a IdpMetadata,
    pub sp: &'a ServiceProvider,
    /// Other names under which the identity provider sends logout messages: Entra signs in as
    /// `https://sts.windows.net/<tenant>/` and logs out as `https://login.microsoftonline.com/<tenant>/`.
    pub issuer_aliases: &'a [String],
    /// The id of our own LogoutRequest that waits for its answer.
    pub pending: Option<&'a str>,
    pub now: Timestamp,
    pub skew: Duration,
    /// Whether an AES-CBC encrypted name id may be decrypted.
    pub allow_cbc: bool,
}

/// A verified logout message, and the RelayState that came with it (dropped if longer than 80 bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub message: LogoutMessage,
    pub relay_state: Option<String>,
}

/// What the identity provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutMessage {
    /// End these sessions, then answer with [`answer`].
    Request(LogoutRequest),
    /// The answer to the request we sent.
    Response(LogoutResponse),
}

/// The identity provider's wish to end sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    pub id: String,
    pub name_id: NameId,
    /// The sessions to end; empty for all of this person's.
    pub session_indexes: Vec<String>,
    /// Sessions from assertions that were issued before this moment end, even if they arrive later.
    pub issued_at: Timestamp,
    pub not_on_or_after: Option<Timestamp>,
}

/// The identity provider's answer to our own request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    pub in_response_to: String,
    /// Whether the identity provider could end all sessions everywhere.
    pub complete: bool,
}

/// Verifies a logout message from the raw query string of a GET request, without the leading `?`.
pub fn verify_redirect(raw_query: &str, expectation: &LogoutExpectation<'_>) -> Result<Received, Refusal> {
    let received = redirect::read(raw_query)?;
    received.verify(expectation.idp.signing_certificates())?;
    let document = tree::parse(&received.document, Kind::Message)?;
    let message = message(&document, received.parameter, expectation)?;
    Ok(Received { message, relay_state: received.relay_state })
}

/// Verifies a logout message from the form field `parameter` of a POST request.
pub fn verify_post(
    parameter: Parameter,
    value: &str,
    relay_state: Option<&str>,
    expectation: &LogoutExpectation<'_>,
) -> Result<Received, Refusal> {
    let bytes = encoding::base64(value, limits::MESSAGE_BYTES)?;
    let document = tree::parse(&bytes, Kind::Message)?;
    let root = structure::protocol_message(&document, expected_root(parameter))?;
    signature::check_places(root, &[root])?;
    let signed = Signature::of(root)?.ok_or(Refusal::Unsigned)?.verify(expectation.idp.signing_certificates())?;
    // From here on only what was signed is read.
    let document = tree::parse(&signed, Kind::Message)?;
    let message = message(&document, parameter, expectation)?;
    let relay_state = relay_state.filter(|state| state.len() <= limits::RELAY_STATE_BYTES).map(str::to_owned);
    Ok(Received { message, relay_state })
}

const fn expected_root(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::SamlRequest => "LogoutRequest",
        Parameter::SamlResponse => "LogoutResponse",
    }
}

fn message(
    document: &Document<'_>,
    parameter: Parameter,
    expectation: &LogoutExpectation<'_>,
) -> Result<LogoutMessage, Refusal> {
    let root = structure::protocol_message(document, expected_root(parameter))?;
    let issuer = tree::child(root, names::ASSERTION, "Issuer")?.ok_or(Refusal::MissingIssuer)?;
    let found = tree::uri(issuer)?;
    if !expectation.issuer_aliases.iter().any(|alias| alias == found) {
        conditions::issuer(issuer, expectation.idp.entity_id())?;
    }
    let here = expectation.sp.slo_url().ok_or(Refusal::MissingDestination)?;
    conditions::destination(root, here, true)?;
    let issued_at = tree::moment(root, "IssueInstant")?
        .ok_or_else(|| Refusal::MissingElement { element: "IssueInstant".to_owned() })?;
    if issued_at > expectation.now.plus(expectation.skew) {
        return Err(Refusal::IssuedInFuture);
    }
    match parameter {
        Parameter::SamlRequest => request(root, issued_at, expectation).map(LogoutMessage::Request),
        Parameter::SamlResponse => response(root, expectation).map(LogoutMessage::Response),
    }
}

fn request(
    root: Node<'_, '_>,
    issued_at: Timestamp,
    expectation: &LogoutExpectation<'_>,
) -> Result<LogoutRequest, Refusal> {
    let not_on_or_after = tree::moment(root, "NotOnOrAfter")?;
    // Without a NotOnOrAfter a captured request would be good for ever.
    let until = not_on_or_after.unwrap_or_else(|| issued_at.plus(UNLIMITED_REQUEST_LIFETIME));
    if until <= expectation.now.minus(expectation.skew) {
        return Err(Refusal::LogoutExpired { at: until.rfc3339() });
    }
    let indexes = tree::named(root, names::PROTOCOL, "SessionIndex").map(|index| tree::uri(index).map(str::to_owned));
    Ok(LogoutRequest {
        id: tree::id(root)?.to_owned(),
        name_id: subject::name_id(root, expectation.sp.keys(), expectation.allow_cbc)?,
        session_indexes: indexes.collect::<Result<_, _>>()?,
        issued_at,
        not_on_or_after,
    })
}

/// How long a logout request holds that does not say so itself.
const UNLIMITED_REQUEST_LIFETIME: Duration = Duration::from_secs(300);

fn response(root: Node<'_, '_>, expectation: &LogoutExpectation<'_>) -> Result<LogoutResponse, Refusal> {
    let in_response_to = root.attribute("InResponseTo").ok_or(Refusal::MissingInResponseTo)?;
    if expectation.pending != Some(in_response_to) {
        return Err(Refusal::UnknownLogoutRequest { found: quoted(in_response_to) });
    }
    let partial = root.descendants().any(|node| {
        tree::is(node, names::PROTOCOL, "StatusCode")
            && node.attribute("Value") == Some("urn:oasis:names:tc:SAML:2.0:status:PartialLogout")
    });
    structure::status(root).or_else(|refusal| if partial { Ok(()) } else { Err(refusal) })?;
    Ok(LogoutResponse { in_response_to: in_response_to.to_owned(), complete: !partial })
}

/// A logout request on its way to the identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingLogout {
    /// To be remembered until the answer comes.
    pub id: String,
    pub outgoing: Outgoing,
}

/// Asks the identity provider to end its session with `name_id`, as it was named in the assertion.
pub fn ask(
    sp: &ServiceProvider,
    idp: &IdpMetadata,
    name_id: &NameId,
    session_index: Option<&str>,
    relay_state: Option<&str>,
    now: Timestamp,
    chance: &dyn Chance,
) -> Result<OutgoingLogout, SendError> {
    let endpoint = idp.logout().ok_or(SendError::NoEndpoint)?;
    let key = sp.key().ok_or(SendError::NoKey)?;
    let id = message_id(chance);
    let until = issue_instant(now.plus(UNLIMITED_REQUEST_LIFETIME));
    let mut writer = Writer::default();
    writer
        .open("samlp:LogoutRequest", &head(&endpoint.location, &id, &issue_instant(now), &[("NotOnOrAfter", &until)]))
        .leaf("saml:Issuer", &[], sp.entity_id());
    name_id.write(&mut writer);
    if let Some(index) = session_index {
        writer.leaf("samlp:SessionIndex", &[], index);
    }
    let outgoing = outgoing(endpoint, Parameter::SamlRequest, &writer.finish(), relay_state, Some(key))?;
    Ok(OutgoingLogout { id, outgoing })
}

/// Answers a logout request. `done` says whether all of the named sessions were ended.
pub fn answer(
    sp: &ServiceProvider,
    idp: &IdpMetadata,
    request: &LogoutRequest,
    done: bool,
    relay_state: Option<&str>,
    now: Timestamp,
    chance: &dyn Chance,
) -> Result<Outgoing, SendError> {
    let mut endpoint = idp.logout().ok_or(SendError::NoEndpoint)?.clone();
    if let Some(location) = endpoint.response_location.take() {
        endpoint.location = location;
    }
    let key = sp.key().ok_or(SendError::NoKey)?;
    let status = if done { names::SUCCESS } else { "urn:oasis:names:tc:SAML:2.0:status:Responder" };
    let mut writer = Writer::default();
    writer
        .open(
            "samlp:LogoutResponse",
            &head(&endpoint.location, &message_id(chance), &issue_instant(now), &[("InResponseTo", &request.id)]),
        )
        .leaf("saml:Issuer", &[], sp.entity_id())
        .open("samlp:Status", &[])
        .leaf("samlp:StatusCode", &[("Value", status)], "");
    outgoing(&endpoint, Parameter::SamlResponse, &writer.finish(), relay_state, Some(key))
}

/// The attributes that every message begins with.
fn head<'a>(
    destination: &'a str,
    id: &'a str,
    issued: &'a str,
    more: &[(&'static str, &'a str)],
) -> Vec<(&'static str, &'a str)> {
    let mut attributes = vec![
        ("xmlns:samlp", names::PROTOCOL),
        ("xmlns:saml", names::ASSERTION),
        ("Destination", destination),
        ("ID", id),
        ("IssueInstant", issued),
        ("Version", "2.0"),
    ];
    attributes.extend_from_slice(more);
    attributes
}
