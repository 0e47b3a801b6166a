//! Who signed in: the name identifier, and everything a verified assertion says.

use roxmltree::Node;

use super::attributes::Attributes;
use super::decrypt;
use super::key::SpKey;
use super::limits;
use super::names;
use super::refusal::Refusal;
use super::tree;
use super::writer::Writer;
use crate::model::Timestamp;

/// A name identifier (SAML core §2.2.3). All four parts are needed again to log the person out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameId {
    pub value: String,
    pub format: Option<String>,
    pub name_qualifier: Option<String>,
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    /// Whether the identifier stays the same for this person for ever.
    pub fn is_persistent(&self) -> bool {
        self.format.as_deref() == Some(names::PERSISTENT)
    }

    /// Whether the identifier is made up for one session and says nothing about who the person is.
    pub fn is_transient(&self) -> bool {
        self.format.as_deref() == Some(names::TRANSIENT)
    }

    /// Writes the element.
    pub(super) fn write(&self, writer: &mut Writer) {
        let parts = [
            ("Format", &self.format),
            ("NameQualifier", &self.name_qualifier),
            ("SPNameQualifier", &self.sp_name_qualifier),
        ];
        let attributes: Vec<(&str, &str)> =
            parts.iter().filter_map(|(name, value)| value.as_deref().map(|value| (*name, value))).collect();
        writer.leaf("saml:NameID", &attributes, &self.value);
    }
}

/// What a verified response says. Only the caller knows whether the assertion was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAssertion {
    /// To be recorded, per connection, until `replay_until`, and refused if it is there already.
    pub assertion_id: String,
    pub name_id: NameId,
    pub session_index: Option<String>,
    /// The identity provider's own end of the session; ours must not outlive it.
    pub session_not_on_or_after: Option<Timestamp>,
    /// When the identity provider wrote the assertion, by its clock. A logout voids those that were issued before it.
    pub issued_at: Timestamp,
    pub authn_instant: Timestamp,
    /// The authentication context class, e.g. `urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport`.
    pub authn_context: Option<String>,
    pub attributes: Attributes,
    /// The latest NotOnOrAfter plus the allowed skew: after this the assertion would be refused as expired.
    pub replay_until: Timestamp,
    /// The request that was answered, now to be consumed. Nothing where the identity provider began.
    pub in_response_to: Option<String>,
}

/// Reads the NameID in `parent` (Subject, LogoutRequest), decrypting it where it is encrypted.
pub(super) fn name_id(parent: Node<'_, '_>, keys: &[SpKey], allow_cbc: bool) -> Result<NameId, Refusal> {
    let plain = tree::child(parent, names::ASSERTION, "NameID")?;
    let encrypted = tree::child(parent, names::ASSERTION, "EncryptedID")?;
    match (plain, encrypted) {
        (Some(plain), None) => read(plain),
        (None, Some(sealed)) => decrypt::element(sealed, "NameID", keys, allow_cbc, read),
        (Some(_), Some(_)) => Err(Refusal::RepeatedElement { element: "NameID".to_owned() }),
        (None, None) => Err(Refusal::MissingSubject),
    }
}

fn read(node: Node<'_, '_>) -> Result<NameId, Refusal> {
    let value = tree::text(node)?;
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if value.is_empty() || value.starts_with(odd) || value.ends_with(odd) || value.contains(|c: char| c.is_control()) {
        return Err(Refusal::NameId);
    }
    let attribute = |name: &str| match node.attribute(name) {
        Some(value) if value.len() > limits::NAME_BYTES => Err(Refusal::TextTooLong { element: "NameID".to_owned() }),
        found => Ok(found.map(str::to_owned)),
    };
    Ok(NameId {
        value: value.to_owned(),
        format: attribute("Format")?,
        name_qualifier: attribute("NameQualifier")?,
        sp_name_qualifier: attribute("SPNameQualifier")?,
    })
}
