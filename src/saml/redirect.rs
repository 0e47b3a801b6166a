//! The HTTP-Redirect binding (SAML bindings §3.4): the message deflated in the query, and the signature over the query.
//!
//! The signature is over the query string as it was sent, byte for byte. It is therefore checked over the pieces of the
//! raw query as received, never over values decoded and encoded again: identity providers differ in what they escape.

use url::form_urlencoded;

use super::algorithm::{RSA_SHA256, SignatureAlgorithm};
use super::encoding;
use super::key::{Certificate, KeyError, SpKey};
use super::limits;
use super::refusal::Refusal;

/// Which of the two parameters carries the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    SamlRequest,
    SamlResponse,
}

impl Parameter {
    /// The name of the query parameter and form field.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SamlRequest => "SAMLRequest",
            Self::SamlResponse => "SAMLResponse",
        }
    }
}

/// `location` with the message in its query, signed where there is a key.
pub(super) fn url(
    location: &str,
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
    key: Option<&SpKey>,
) -> Result<String, KeyError> {
    let message = encoding::to_base64(&encoding::deflate(xml.as_bytes()));
    let mut query = format!("{}={}", parameter.name(), escape(&message));
    if let Some(state) = relay_state {
        query.push_str(&format!("&RelayState={}", escape(state)));
    }
    if let Some(key) = key {
        query.push_str(&format!("&SigAlg={}", escape(RSA_SHA256)));
        let signature = encoding::to_base64(&key.sign(query.as_bytes())?);
        query.push_str(&format!("&Signature={}", escape(&signature)));
    }
    let separator = if location.contains('?') { '&' } else { '?' };
    Ok(format!("{location}{separator}{query}"))
}

fn escape(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// A message received by redirect. Its signature is yet to be checked.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) parameter: Parameter,
    pub(super) document: Vec<u8>,
    pub(super) relay_state: Option<String>,
    /// The bytes that were signed, the algorithm and the signature.
    signature: Option<(String, SignatureAlgorithm, Vec<u8>)>,
}

/// Reads the raw query string of a request, without the leading `?`.
pub(super) fn read(raw_query: &str) -> Result<Received, Refusal> {
    if raw_query.len() > limits::QUERY_BYTES {
        return Err(Refusal::TooLarge);
    }
    let (request, response) = (raw(raw_query, "SAMLRequest")?, raw(raw_query, "SAMLResponse")?);
    let (parameter, message) = match (request, response) {
        (Some(message), None) => (Parameter::SamlRequest, message),
        (None, Some(message)) => (Parameter::SamlResponse, message),
        (None, None) | (Some(_), Some(_)) => return Err(Refusal::QueryMalformed),
    };
    if let Some(encoding) = raw(raw_query, "SAMLEncoding")?
        && value(encoding)? != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
    {
        return Err(Refusal::QueryMalformed);
    }
    let relay_state = raw(raw_query, "RelayState")?;
    let algorithm = raw(raw_query, "SigAlg")?;
    let signature = match (algorithm, raw(raw_query, "Signature")?) {
        (Some(algorithm), Some(signature)) => {
            // Bindings §3.4.4.1: these, in this order, as they were sent.
            let state = relay_state.map(|state| format!("&RelayState={state}")).unwrap_or_default();
            let signed = format!("{}={message}{state}&SigAlg={algorithm}", parameter.name());
            let signature = encoding::base64(&value(signature)?, limits::VALUE_BYTES)?;
            Some((signed, SignatureAlgorithm::of(&value(algorithm)?)?, signature))
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(Refusal::QueryMalformed),
    };
    let document = encoding::inflate(&encoding::base64(&value(message)?, limits::MESSAGE_BYTES)?)?;
    let relay_state = relay_state.map(value).transpose()?.filter(|state| state.len() <= limits::RELAY_STATE_BYTES);
    Ok(Received { parameter, document, relay_state, signature })
}

impl Received {
    /// Checks the signature over the query. There must be one.
    pub(super) fn verify(&self, certificates: &[Certificate]) -> Result<(), Refusal> {
        let (signed, algorithm, signature) = self.signature.as_ref().ok_or(Refusal::Unsigned)?;
        let mut fitting = certificates.iter().filter(|certificate| certificate.kind() == algorithm.key).peekable();
        if fitting.peek().is_none() {
            return Err(Refusal::NoFittingKey);
        }
        if fitting.any(|certificate| certificate.verifies(*algorithm, signed.as_bytes(), signature)) {
            Ok(())
        } else {
            Err(Refusal::SignatureInvalid)
        }
    }
}

/// The raw value of a parameter that occurs at most once. Its name must be written plainly, as every sender does.
fn raw<'a>(query: &'a str, name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut found = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
    let first = found.next().map(|(_, value)| value);
    if found.next().is_some() { Err(Refusal::QueryMalformed) } else { Ok(first) }
}

/// A raw value decoded.
fn value(raw: &str) -> Result<String, Refusal> {
    let pair = format!("v={raw}");
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).ok_or(Refusal::QueryMalformed)
}
