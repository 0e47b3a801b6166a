//! The attributes of an assertion, and what each of the big identity providers calls them.
//!
//! A lookup ignores case, because admins type names; it never guesses. The one trap is Entra's overage: above 150 groups
//! it sends a link instead of the groups, which means "not told", never "none".

use roxmltree::Node;

use super::limits;
use super::names;
use super::refusal::Refusal;
use super::subject::NameId;
use super::tree;

/// One attribute, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub friendly_name: Option<String>,
    /// The full text of each value, in order; empty values and nils are left out.
    pub values: Vec<String>,
}

/// All attributes of an assertion, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(Vec<Attribute>);

/// Which identity provider's names are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    Okta,
    Entra,
    Google,
    #[default]
    Generic,
}

/// What an assertion says about groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// These, and no others.
    Known(Vec<String>),
    /// Nothing was said: the identity provider does not send groups, or the person is in none.
    Absent,
    /// The person is in too many to list: keep what SCIM (or the last sign-in) said.
    Unknown,
}

const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const ENTRA_OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const ENTRA_GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
const ENTRA_GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";

impl Preset {
    /// Reads `okta`, `entra`, `google` or `generic`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "okta" => Some(Self::Okta),
            "entra" => Some(Self::Entra),
            "google" => Some(Self::Google),
            "generic" => Some(Self::Generic),
            _other_word => None,
        }
    }

    /// The preset that the entity id of an identity provider tells: each of the big ones has a host of its own there.
    pub fn of_entity_id(entity_id: &str) -> Self {
        let host = url::Url::parse(entity_id).ok().and_then(|url| url.host_str().map(str::to_owned));
        match host.as_deref() {
            Some("sts.windows.net" | "sts.chinacloudapi.cn") => Self::Entra,
            Some("accounts.google.com") => Self::Google,
            Some(host) if host == "okta.com" || host.ends_with(".okta.com") => Self::Okta,
            Some(_) | None => Self::Generic,
        }
    }

    /// The names under which an e-mail address comes, the likeliest first.
    const fn email(self) -> &'static [&'static str] {
        match self {
            Self::Entra => &["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "email", "mail"],
            Self::Okta | Self::Google => &["email", "mail", "emailAddress"],
            Self::Generic => &[
                "email",
                "mail",
                "emailAddress",
                "urn:oid:0.9.2342.19200300.100.1.3",
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            ],
        }
    }

    const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Entra => &[ENTRA_GROUPS],
            Self::Okta | Self::Google => &["groups", "group", "memberOf"],
            Self::Generic => &["groups", "group", "memberOf", "urn:oid:1.3.6.1.4.1.5923.1.5.1.1", ENTRA_GROUPS],
        }
    }

    /// The names of an identifier that never changes.
    const fn immutable_id(self) -> &'static [&'static str] {
        match self {
            Self::Entra => &[ENTRA_OBJECT_ID],
            Self::Okta | Self::Google => &[],
            Self::Generic => {
                &[ENTRA_OBJECT_ID, "urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "urn:oasis:names:tc:SAML:attribute:subject-id"]
            }
        }
    }
}

impl Attributes {
    /// All attributes, in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter()
    }

    /// All values of the attribute of that name or friendly name (case does not matter), of all its occurrences.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let matches = move |attribute: &&Attribute| {
            let friendly = attribute.friendly_name.as_deref().unwrap_or_default();
            attribute.name.eq_ignore_ascii_case(name) || friendly.eq_ignore_ascii_case(name)
        };
        self.0.iter().filter(matches).flat_map(|attribute| attribute.values.iter().map(String::as_str))
    }

    /// The first value of the attribute of that name.
    pub fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// The e-mail address, where an attribute of the preset's names, or else of any known name, holds one (see [`email_of`] for the NameID).
    pub fn email(&self, preset: Preset) -> Option<&str> {
        let names = preset.email().iter().chain(Preset::Generic.email());
        names.filter_map(|name| self.first(name)).find(|value| value.contains('@'))
    }

    /// The groups. `name` is the connection's own attribute name, where the admin gave one.
    pub fn groups(&self, preset: Preset, name: Option<&str>) -> Groups {
        if self.0.iter().any(|attribute| attribute.name.eq_ignore_ascii_case(ENTRA_GROUPS_LINK)) {
            return Groups::Unknown;
        }
        let of = |name: &str| {
            let values: Vec<String> = self.values(name).map(str::to_owned).collect();
            let sent = self.0.iter().any(|attribute| attribute.name.eq_ignore_ascii_case(name));
            (sent || !values.is_empty()).then_some(Groups::Known(values))
        };
        match name {
            Some(name) => of(name),
            None => preset.groups().iter().find_map(|name| of(name)),
        }
        .unwrap_or(Groups::Absent)
    }

    /// An identifier of the person that survives a new name and a new e-mail address.
    pub fn immutable_id(&self, preset: Preset) -> Option<&str> {
        preset.immutable_id().iter().find_map(|name| self.first(name))
    }

    /// A standard claim by its short name (`givenname`, `surname`, `name`), under its claim URI or bare.
    pub fn claim(&self, short: &str) -> Option<&str> {
        let long = format!("{CLAIMS}{short}");
        self.0
            .iter()
            .filter(|attribute| {
                attribute.name.eq_ignore_ascii_case(&long) || attribute.name.eq_ignore_ascii_case(short)
            })
            .find_map(|attribute| attribute.values.first().map(String::as_str))
    }
}

/// The e-mail address of a sign-in: an attribute's, or else the NameID where its format says it is one.
pub fn email_of<'a>(attributes: &'a Attributes, name_id: &'a NameId, preset: Preset) -> Option<&'a str> {
    let is_email = name_id.format.as_deref() == Some(names::EMAIL_ADDRESS);
    attributes.email(preset).or_else(|| Some(name_id.value.as_str()).filter(|value| is_email && value.contains('@')))
}

/// What to key the person by: the immutable id, else a NameID that lasts. A transient NameID keys nobody.
pub fn subject_key<'a>(attributes: &'a Attributes, name_id: &'a NameId, preset: Preset) -> Option<&'a str> {
    attributes.immutable_id(preset).or_else(|| (!name_id.is_transient()).then_some(name_id.value.as_str()))
}

/// Reads every AttributeStatement.
pub(super) fn read(assertion: Node<'_, '_>) -> Result<Attributes, Refusal> {
    let mut all = Vec::new();
    for statement in tree::named(assertion, names::ASSERTION, "AttributeStatement") {
        if tree::named(statement, names::ASSERTION, "EncryptedAttribute").next().is_some() {
            return Err(Refusal::EncryptedAttribute);
        }
        for attribute in tree::named(statement, names::ASSERTION, "Attribute") {
            let name = attribute.attribute("Name").filter(|name| !name.is_empty() && name.len() <= limits::NAME_BYTES);
            let name = name.ok_or_else(|| Refusal::MissingElement { element: "Attribute/@Name".to_owned() })?;
            let values =
                tree::named(attribute, names::ASSERTION, "AttributeValue").map(value).collect::<Result<Vec<_>, _>>()?;
            all.push(Attribute {
                name: name.to_owned(),
                friendly_name: attribute.attribute("FriendlyName").map(str::to_owned),
                values: values.into_iter().filter(|value| !value.is_empty()).collect(),
            });
        }
    }
    Ok(Attributes(all))
}

/// A value may hold elements (eduPersonTargetedID holds a NameID): its value is all of its text.
fn value(node: Node<'_, '_>) -> Result<String, Refusal> {
    let text: String = node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
    if text.len() > limits::VALUE_BYTES {
        return Err(Refusal::TextTooLong { element: "AttributeValue".to_owned() });
    }
    Ok(text.trim().to_owned())
}
