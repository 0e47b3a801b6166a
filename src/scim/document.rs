//! The part of a resource that a client controls, in canonical form: what is stored and compared.
//!
//! INVARIANT: a document holds only attributes that its schemas know and that a client may write, in the schema's
//! spelling and order, each valid by its type, with every required one present. It never holds `id`, `meta`,
//! `schemas`, `groups`, `members` or `password`: those are computed, kept elsewhere, or not kept at all.

use serde_json::{Map, Value};

use parts::Parts;

use super::attribute::{Attribute, Mutability};
use super::read::Reader;
use super::schema::Schemas;
use super::{Dialect, ResourceKind, ScimError, urn};

mod parts;

/// A resource without what the server computes. Equal documents are the same resource state.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    kind: ResourceKind,
    attributes: Map<String, Value>,
}

impl Document {
    /// Reads what [`Document::to_stored`] wrote. Attributes that no schema has any more are dropped.
    ///
    /// Errors: `invalidSyntax` for text that is no JSON object; `invalidValue` for a value that is not valid.
    pub fn from_stored(kind: ResourceKind, text: &str) -> Result<Self, ScimError> {
        match serde_json::from_str(text) {
            Ok(Value::Object(attributes)) => Self::read(kind, &mut Reader::new(Dialect::Generic), attributes),
            Ok(_) | Err(_) => Err(ScimError::InvalidSyntax("the stored document is not a JSON object".to_owned())),
        }
    }

    /// As JSON text.
    pub fn to_stored(&self) -> String {
        serde_json::to_string(&self.attributes).unwrap_or_else(|_never| "{}".to_owned())
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        Value::Object(self.attributes.clone())
    }

    /// User or group.
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// `userName`, as sent. Compare by its folded key.
    pub fn user_name(&self) -> Option<&str> {
        self.text("userName")
    }

    /// `displayName`, as sent.
    pub fn display_name(&self) -> Option<&str> {
        self.text("displayName")
    }

    /// `externalId`: the directory's own id, case-exact.
    pub fn external_id(&self) -> Option<&str> {
        self.text("externalId")
    }

    /// Whether the person may do anything at all; absent is true (RFC 7643 §4.1.1).
    pub fn active(&self) -> bool {
        self.attributes.get("active") != Some(&Value::Bool(false))
    }

    /// The values of `emails`, in order.
    pub fn email_values(&self) -> Vec<&str> {
        let emails = self.attributes.get("emails").and_then(Value::as_array);
        emails.into_iter().flatten().filter_map(|email| email.get("value")?.as_str()).collect()
    }

    /// The id of the manager (enterprise extension).
    pub fn manager(&self) -> Option<&str> {
        self.attributes.get(urn::ENTERPRISE_USER)?.get("manager")?.get("value")?.as_str()
    }

    /// Puts any JSON attributes in canonical form.
    pub(super) fn read(kind: ResourceKind, reader: &mut Reader, sent: Map<String, Value>) -> Result<Self, ScimError> {
        let schemas = Schemas::standard();
        let mut parts = Parts::default();
        for (name, value) in sent {
            parts.take(kind, reader, &name, value)?;
        }
        let mut attributes = Map::new();
        let tops = schemas.common().iter().chain(&schemas.core(kind).attributes);
        for attribute in tops.filter(|attribute| is_kept(kind, attribute)) {
            let value = parts.read(reader, None, attribute)?;
            insert_or_miss(&mut attributes, attribute, value)?;
        }
        for extension in schemas.extensions(kind) {
            let mut container = Map::new();
            for attribute in extension.attributes.iter().filter(|attribute| is_kept(kind, attribute)) {
                if let Some(value) = parts.read(reader, Some(extension), attribute)? {
                    container.insert(attribute.name.clone(), value);
                }
            }
            if !container.is_empty() {
                attributes.insert(extension.id.clone(), Value::Object(container));
            }
        }
        Ok(Self { kind, attributes })
    }

    pub(super) fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// The value of one attribute, at the top or in the container of `extension`.
    pub(super) fn value(&self, extension: Option<&str>, name: &str) -> Option<&Value> {
        match extension {
            Some(urn) => self.attributes.get(urn)?.get(name),
            None => self.attributes.get(name),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str()
    }
}

/// Whether the document is the place where this top-level attribute is kept.
pub(super) fn is_kept(kind: ResourceKind, attribute: &Attribute) -> bool {
    match attribute.mutability {
        Mutability::ReadOnly | Mutability::WriteOnly => false,
        Mutability::ReadWrite | Mutability::Immutable => !is_members(kind, attribute),
    }
}

/// Whether this is the attribute that is a table.
pub(super) fn is_members(kind: ResourceKind, attribute: &Attribute) -> bool {
    kind == ResourceKind::Group && attribute.name == "members"
}

fn insert_or_miss(to: &mut Map<String, Value>, attribute: &Attribute, value: Option<Value>) -> Result<(), ScimError> {
    match value {
        Some(Value::String(text)) if attribute.required && text.trim().is_empty() => {
            Err(ScimError::InvalidValue(format!("`{}` is required and may not be empty", attribute.name)))
        }
        Some(value) => {
            to.insert(attribute.name.clone(), value);
            Ok(())
        }
        None if attribute.required => Err(ScimError::InvalidValue(format!("`{}` is required", attribute.name))),
        None => Ok(()),
    }
}
