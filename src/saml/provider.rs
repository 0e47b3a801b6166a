//! This service provider, as one connection shows it to its identity provider, and its metadata.

use url::Url;

use super::key::SpKey;
use super::limits;
use super::names;
use super::writer::Writer;

/// Why a service provider cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    #[error("`{0}` is not an entity id")]
    EntityId(String),
    #[error("`{0}` is not an http or https address")]
    Address(String),
}

/// This service provider.
#[derive(Debug, Clone)]
pub struct ServiceProvider {
    entity_id: String,
    acs_url: String,
    slo_url: Option<String>,
    /// The one it signs with first. All are published, and open what is encrypted for them.
    keys: Vec<SpKey>,
}

impl ServiceProvider {
    /// A service provider with its entity id, its assertion consumer URL, its logout URL, and its key (without one it can
    /// neither sign requests nor read what is encrypted).
    pub fn new(
        entity_id: &str,
        acs_url: &str,
        slo_url: Option<&str>,
        key: Option<SpKey>,
    ) -> Result<Self, ProviderError> {
        if entity_id.is_empty()
            || entity_id.len() > limits::NAME_BYTES
            || entity_id.chars().any(|c| c.is_control() || c.is_whitespace())
        {
            return Err(ProviderError::EntityId(super::refusal::quoted(entity_id)));
        }
        Ok(Self {
            entity_id: entity_id.to_owned(),
            acs_url: address(acs_url)?,
            slo_url: slo_url.map(address).transpose()?,
            keys: key.into_iter().collect(),
        })
    }

    /// The same with another key beside the first, so that one can be replaced without a gap: identity providers take the
    /// new certificate at different times, and until then encrypt for the old one.
    #[must_use]
    pub fn with_spare(mut self, key: SpKey) -> Self {
        self.keys.push(key);
        self
    }

    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where responses are posted to.
    pub fn acs_url(&self) -> &str {
        &self.acs_url
    }

    /// Where logout messages are sent to.
    pub fn slo_url(&self) -> Option<&str> {
        self.slo_url.as_deref()
    }

    /// The key that it signs with.
    pub fn key(&self) -> Option<&SpKey> {
        self.keys.first()
    }

    /// Every key that may open what was encrypted for this service provider.
    pub(super) fn keys(&self) -> &[SpKey] {
        &self.keys
    }

    /// The metadata to give to the identity provider (`application/samlmetadata+xml`). Always the same for the same provider.
    pub fn metadata_xml(&self) -> String {
        let signed = if self.key().is_some() { "true" } else { "false" };
        let mut writer = Writer::default();
        writer
            .open(
                "md:EntityDescriptor",
                &[("xmlns:md", names::METADATA), ("xmlns:ds", names::SIGNATURE), ("entityID", &self.entity_id)],
            )
            .open(
                "md:SPSSODescriptor",
                &[
                    ("AuthnRequestsSigned", signed),
                    ("WantAssertionsSigned", "true"),
                    ("protocolSupportEnumeration", names::PROTOCOL),
                ],
            );
        for key in &self.keys {
            key_descriptor(&mut writer, "signing", key, &[]);
        }
        for key in &self.keys {
            key_descriptor(
                &mut writer,
                "encryption",
                key,
                &[
                    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
                    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
                    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
                ],
            );
        }
        if let Some(slo) = &self.slo_url {
            for binding in [names::REDIRECT, names::POST] {
                writer.leaf("md:SingleLogoutService", &[("Binding", binding), ("Location", slo)], "");
            }
        }
        writer.leaf(
            "md:AssertionConsumerService",
            &[("Binding", names::POST), ("Location", &self.acs_url), ("index", "0"), ("isDefault", "true")],
            "",
        );
        writer.finish()
    }
}

fn key_descriptor(writer: &mut Writer, used_for: &str, key: &SpKey, methods: &[&str]) {
    writer
        .open("md:KeyDescriptor", &[("use", used_for)])
        .open("ds:KeyInfo", &[])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &key.certificate().base64())
        .close()
        .close();
    for method in methods {
        writer.leaf("md:EncryptionMethod", &[("Algorithm", method)], "");
    }
    writer.close();
}

fn address(text: &str) -> Result<String, ProviderError> {
    let bad = || ProviderError::Address(super::refusal::quoted(text));
    let url = Url::parse(text).map_err(|_| bad())?;
    let plain = matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && url.fragment().is_none();
    if plain && text.trim() == text { Ok(text.to_owned()) } else { Err(bad()) }
}
