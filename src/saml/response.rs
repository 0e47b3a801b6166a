//! A sign-in: verifies a SAML response and says who signed in.
//!
//! This file reads like the checklist. Each step refuses with its own [`Refusal`]; the order matters and is tested:
//!
//! 1. base64 → bytes (`encoding`)            2. bytes → tree (`gate`, `tree`)
//! 3. one assertion, ids unique (`structure`) 4. the form of the signatures (`signature`)
//! 5. decryption (`decrypt`), 2–4 again       6. the signatures themselves; from here on only signed bytes are read
//! 7. values are one run of text (`tree`)     8. issuer, audience, times, request (`conditions`)
//!
//! Not here: what needs a memory. The caller consumes the pending request, records the assertion's id until
//! [`VerifiedAssertion::replay_until`] and refuses one it has seen, in the transaction that opens the session.

use std::time::Duration;

use roxmltree::Node;

use super::canonical::{self, Method};
use super::conditions;
use super::decrypt;
use super::encoding;
use super::gate::Kind;
use super::limits;
use super::metadata::IdpMetadata;
use super::names;
use super::provider::ServiceProvider;
use super::refusal::{Refusal, quoted};
use super::request::PendingRequest;
use super::signature::Signature;
use super::structure::{self, Part};
use super::subject::VerifiedAssertion;
use super::tree;
use crate::model::Timestamp;

/// What must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Require {
    /// The response or the assertion: a signed response covers its assertion.
    #[default]
    Either,
    /// The assertion itself.
    Assertion,
    /// The response.
    Response,
    /// The response and the assertion, each.
    Both,
}

impl Require {
    /// Reads `either`, `assertion`, `response` or `both`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "either" => Some(Self::Either),
            "assertion" => Some(Self::Assertion),
            "response" => Some(Self::Response),
            "both" => Some(Self::Both),
            _other_word => None,
        }
    }
}

/// What a response is held against.
#[derive(Debug, Clone)]
pub struct Expectation<'a> {
    /// The connection's identity provider.
    pub idp: &'a IdpMetadata,
    /// This service provider, as the connection shows it.
    pub sp: &'a ServiceProvider,
    /// The request that this browser has pending, if any. The response must answer it.
    pub pending: Option<&'a PendingRequest>,
    /// Whether the identity provider may begin a sign-in. Without effect where a request is pending.
    pub unsolicited_allowed: bool,
    pub now: Timestamp,
    /// How far the clocks may differ: see [`DEFAULT_SKEW`].
    pub skew: Duration,
    /// Whether AES-CBC may be decrypted.
    pub allow_cbc: bool,
    pub require: Require,
}

/// How far the clocks of the two providers may differ unless the connection says otherwise.
pub const DEFAULT_SKEW: Duration = Duration::from_secs(120);

/// Verifies the value of the form field `SAMLResponse`.
pub fn verify(saml_response: &str, expectation: &Expectation<'_>) -> Result<VerifiedAssertion, Refusal> {
    let bytes = encoding::base64(saml_response, limits::MESSAGE_BYTES)?;
    let document = tree::parse(&bytes, Kind::Message)?;
    let part = structure::response(&document)?;

    // From here on `response` is what was signed, where the response is signed.
    let response_signature = Signature::of(document.root_element())?;
    let assertion_signature = match part {
        Part::Plain(assertion) => Signature::of(assertion)?,
        Part::Encrypted => None,
    };
    let certificates = expectation.idp.signing_certificates();
    let response_bytes = response_signature.as_ref().map(|signature| signature.verify(certificates)).transpose()?;
    let signed_document = response_bytes.as_deref().map(|bytes| tree::parse(bytes, Kind::Message)).transpose()?;
    let response = signed_document.as_ref().map_or(document.root_element(), |signed| signed.root_element());
    let response_signed = signed_document.is_some();

    let assertion = match (part, assertion_signature) {
        (Part::Plain(_), Some(signature)) => Signed { by_itself: true, bytes: signature.verify(certificates)? },
        (Part::Plain(_), None) => {
            let covered = tree::required(response, names::ASSERTION, "Assertion")?;
            Signed { by_itself: false, bytes: canonical::bytes(covered, None, &Method::exclusive())? }
        }
        (Part::Encrypted, _) => {
            let sealed = tree::required(response, names::ASSERTION, "EncryptedAssertion")?;
            let keys = expectation.sp.keys();
            decrypt::element(sealed, "Assertion", keys, expectation.allow_cbc, |plain| {
                decrypted(plain, expectation.idp)
            })?
        }
    };
    signed_enough(expectation.require, response_signed, assertion.by_itself)?;

    let assertion_document = tree::parse(&assertion.bytes, Kind::Message)?;
    let encrypted = matches!(part, Part::Encrypted);
    conditions::response(response, response_signed || encrypted, response_signed, expectation)?;
    conditions::assertion(assertion_document.root_element(), expectation)
}

/// The canonical bytes of the assertion, and whether it bears a (verified) signature of its own.
struct Signed {
    by_itself: bool,
    bytes: Vec<u8>,
}

/// A decrypted assertion, its own signature verified if it has one.
fn decrypted(assertion: Node<'_, '_>, idp: &IdpMetadata) -> Result<Signed, Refusal> {
    structure::decrypted(assertion)?;
    match Signature::of(assertion)? {
        Some(signature) => Ok(Signed { by_itself: true, bytes: signature.verify(idp.signing_certificates())? }),
        None => Ok(Signed { by_itself: false, bytes: canonical::bytes(assertion, None, &Method::exclusive())? }),
    }
}

fn signed_enough(require: Require, response: bool, assertion: bool) -> Result<(), Refusal> {
    match (require, response, assertion) {
        (_, false, false) => Err(Refusal::Unsigned),
        (Require::Assertion | Require::Both, _, false) => Err(Refusal::AssertionUnsigned),
        (Require::Response | Require::Both, false, _) => Err(Refusal::ResponseUnsigned),
        (Require::Either | Require::Assertion | Require::Response | Require::Both, _, _) => Ok(()),
    }
}

/// What a response claims before anything is verified: enough to find the connection and the pending request by, and
/// to be trusted for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub issuer: Option<String>,
    pub in_response_to: Option<String>,
}

/// Reads the claim of a response. The document passes the gate, nothing more.
pub fn claim(saml_response: &str) -> Result<Claim, Refusal> {
    let bytes = encoding::base64(saml_response, limits::MESSAGE_BYTES)?;
    let document = tree::parse(&bytes, Kind::Message)?;
    let root = document.root_element();
    if !tree::is(root, names::PROTOCOL, "Response") {
        return Err(Refusal::UnexpectedRoot { found: tree::name_of(root) });
    }
    let issuer = tree::child(root, names::ASSERTION, "Issuer")?.map(tree::uri).transpose()?;
    Ok(Claim { issuer: issuer.map(str::to_owned), in_response_to: root.attribute("InResponseTo").map(quoted) })
}
