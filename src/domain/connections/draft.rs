//! What an admin chooses about a connection, checked: the same for a new one and for one that changes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::GatewayError;
use crate::domain::organizations::checked_name;
use crate::model::fold;
use crate::saml::response::DEFAULT_SKEW;
use crate::saml::{IdpMetadata, Preset, Require};
use crate::store::StoreError;
use crate::store::connections::ConnectionRow;

/// At most so many domains lead to one connection.
const MAX_DOMAINS: usize = 100;
/// At most so many authentication contexts are asked for.
const MAX_CONTEXTS: usize = 10;
/// The longest name of an attribute or authentication context.
const MAX_NAME: usize = 512;
/// Clocks that differ by more are not to be tolerated but set.
const MAX_SKEW: u32 = 600;

/// What a sign-in that the identity provider began is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdpInitiated {
    /// It is refused.
    #[default]
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
}

/// What an admin chose about a connection, as it is stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Whether somebody whom nobody has provisioned gets an account by signing in.
    pub just_in_time: bool,
    pub idp_initiated: IdpInitiated,
    /// Whether AES-CBC may be decrypted: a relaxation, for an identity provider that knows no AES-GCM.
    pub allow_cbc: bool,
    /// How far the clocks may differ.
    pub clock_skew_seconds: u32,
    pub require_signed: Require,
    /// Whether people sign in anew each time, even with a session at the identity provider.
    pub force_authn: bool,
    /// Authentication contexts, any of which will do; none for any.
    pub authn_contexts: Vec<String>,
    /// Whose names the attributes have; nothing for what the entity id tells.
    pub preset: Option<Preset>,
    /// Whether groups come with the sign-in.
    pub groups: bool,
    pub group_attribute: Option<String>,
    pub email_attribute: Option<String>,
    pub id_attribute: Option<String>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            just_in_time: false,
            idp_initiated: IdpInitiated::Off,
            allow_cbc: false,
            clock_skew_seconds: u32::try_from(DEFAULT_SKEW.as_secs()).unwrap_or_default(),
            require_signed: Require::Either,
            force_authn: false,
            authn_contexts: Vec::new(),
            preset: None,
            groups: false,
            group_attribute: None,
            email_attribute: None,
            id_attribute: None,
        }
    }
}

impl Choices {
    /// Those of a stored connection.
    pub(super) fn of(row: &ConnectionRow) -> Result<Self, StoreError> {
        let corrupt = |error| StoreError::Corrupt(format!("connection {}: {error}", row.id));
        serde_json::from_str(&row.choices).map_err(corrupt)
    }

    pub(super) fn stored(&self) -> String {
        json!(self).to_string()
    }
}

/// The identity provider's metadata: as XML, or where to fetch it from, now and again and again.
#[derive(Debug, Clone)]
pub enum MetadataDraft {
    Xml(String),
    Url(String),
}

/// A connection as an admin writes it. What is `None` stays, or is as every connection begins.
#[derive(Debug, Clone, Default)]
pub struct ConnectionDraft {
    pub name: Option<String>,
    pub metadata: Option<MetadataDraft>,
    pub domains: Option<Vec<String>>,
    pub just_in_time: Option<bool>,
    pub idp_initiated: Option<String>,
    /// Whether AES-CBC may be decrypted: a relaxation, for an identity provider that knows no AES-GCM.
    pub allow_cbc: Option<bool>,
    /// How far the clocks may differ.
    pub clock_skew_seconds: Option<i64>,
    /// `either`, `assertion`, `response` or `both`.
    pub require_signed: Option<String>,
    /// Whether people sign in anew each time, even with a session at the identity provider.
    pub force_authn: Option<bool>,
    pub authn_contexts: Option<Vec<String>>,
    /// `Some(None)`: what the entity id tells.
    pub preset: Option<Option<String>>,
    /// Whether groups come with the sign-in.
    pub groups: Option<bool>,
    pub group_attribute: Option<Option<String>>,
    pub email_attribute: Option<Option<String>>,
    pub id_attribute: Option<Option<String>>,
    pub enabled: Option<bool>,
}

fn invalid(why: String) -> GatewayError {
    GatewayError::Invalid(why)
}

fn quoted(text: &str) -> String {
    text.chars().take(80).collect()
}

impl ConnectionDraft {
    /// Writes everything but the metadata into `row`.
    pub(super) fn apply(&self, row: &mut ConnectionRow) -> Result<(), GatewayError> {
        if let Some(name) = &self.name {
            row.name = checked_name("a connection's name", name)?;
            row.name_key = fold(&row.name).into_string();
        }
        if let Some(domains) = &self.domains {
            row.domains = json!(checked_domains(domains)?).to_string();
        }
        row.enabled = self.enabled.unwrap_or(row.enabled);
        let mut choices = Choices::of(row)?;
        self.choose(&mut choices)?;
        self.choose_attributes(&mut choices)?;
        row.choices = choices.stored();
        Ok(())
    }

    fn choose(&self, choices: &mut Choices) -> Result<(), GatewayError> {
        if let Some(word) = &self.idp_initiated {
            choices.idp_initiated = IdpInitiated::parse(word)
                .ok_or_else(|| invalid("`idp_initiated` is `off`, `restart` or `allow`".to_owned()))?;
        }
        if let Some(word) = &self.require_signed {
            choices.require_signed = Require::parse(word)
                .ok_or_else(|| invalid("`require_signed` is `either`, `assertion`, `response` or `both`".to_owned()))?;
        }
        if let Some(seconds) = self.clock_skew_seconds {
            let within = u32::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_SKEW);
            choices.clock_skew_seconds =
                within.ok_or_else(|| invalid(format!("`clock_skew_seconds` is 0 to {MAX_SKEW}")))?;
        }
        if let Some(contexts) = &self.authn_contexts {
            if contexts.len() > MAX_CONTEXTS {
                return Err(invalid(format!("at most {MAX_CONTEXTS} authentication contexts are asked for")));
            }
            for context in contexts {
                check_text("an authentication context", context)?;
            }
            choices.authn_contexts.clone_from(contexts);
        }
        choices.just_in_time = self.just_in_time.unwrap_or(choices.just_in_time);
        choices.allow_cbc = self.allow_cbc.unwrap_or(choices.allow_cbc);
        choices.force_authn = self.force_authn.unwrap_or(choices.force_authn);
        Ok(())
    }

    fn choose_attributes(&self, choices: &mut Choices) -> Result<(), GatewayError> {
        if let Some(preset) = &self.preset {
            let parse = |word: &String| {
                Preset::parse(word)
                    .ok_or_else(|| invalid("`preset` is `okta`, `entra`, `google` or `generic`".to_owned()))
            };
            choices.preset = preset.as_ref().map(parse).transpose()?;
        }
        choices.groups = self.groups.unwrap_or(choices.groups);
        for (chosen, kept) in [
            (&self.group_attribute, &mut choices.group_attribute),
            (&self.email_attribute, &mut choices.email_attribute),
            (&self.id_attribute, &mut choices.id_attribute),
        ] {
            let Some(name) = chosen else { continue };
            if let Some(name) = name {
                check_text("an attribute's name", name)?;
            }
            kept.clone_from(name);
        }
        Ok(())
    }
}

fn check_text(what: &str, text: &str) -> Result<(), GatewayError> {
    let is_usable = !text.trim().is_empty() && text.len() <= MAX_NAME && !text.chars().any(char::is_control);
    if is_usable {
        Ok(())
    } else {
        Err(invalid(format!("{what} has 1 to {MAX_NAME} characters, none of them a control")))
    }
}

fn checked_domains(domains: &[String]) -> Result<Vec<String>, GatewayError> {
    if domains.len() > MAX_DOMAINS {
        return Err(invalid(format!("a connection has at most {MAX_DOMAINS} domains")));
    }
    let mut checked: Vec<String> = domains.iter().map(|domain| domain.trim().to_lowercase()).collect();
    let is_domain = |domain: &str| {
        let is_label = |label: &str| {
            !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label)
    };
    if let Some(wrong) = checked.iter().find(|domain| !is_domain(domain)) {
        return Err(invalid(format!("`{}` is no domain", quoted(wrong))));
    }
    checked.sort_unstable();
    checked.dedup();
    Ok(checked)
}

/// What the audit tells of a connection. Certificates by their fingerprints.
pub(super) fn told(row: &ConnectionRow) -> Value {
    let certificates: Vec<String> = IdpMetadata::parse(row.metadata_xml.as_bytes())
        .map(|idp| idp.signing_certificates().iter().map(crate::saml::Certificate::fingerprint).collect())
        .unwrap_or_default();
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut told = json!({
        "name": row.name,
        "enabled": row.enabled,
        "idp": row.idp_entity_id,
        "certificates": certificates,
        "domains": json(&row.domains),
    });
    if let (Some(told), Value::Object(choices)) = (told.as_object_mut(), json(&row.choices)) {
        told.extend(choices);
    }
    told
}
