//! The part of a resource that a client controls, in canonical form: what is stored and compared.
//!
//! INVARIANT: a document holds only attributes that its schemas know and that a client may write, in the schema's
//! spelling and order, each valid by its type, with every required one present. It never holds `id`, `meta`,
//! `schemas`, `groups`, `members` or `password`: those are computed, kept elsewhere, or not kept at all.

use serde_json::{Map, Value};

use parts::Parts;

use super::attribute::Attribute;
use super::read::Reader;
use super::schema::Schemas;
use super::{ResourceKind, ScimError, urn};

mod parts;
mod unique;

/// A resource without what the server computes. Equal documents are the same resource state.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    kind: ResourceKind,
    attributes: Map<String, Value>,
}

impl Document {
    /// Reads what [`Document::to_stored`] wrote. Attributes that no schema has any more are dropped, and so is what an
    /// extension has come to declare otherwise.
    ///
    /// Errors: `invalidSyntax` for text that is no JSON object; `invalidValue` for a value that is not valid.
    pub fn from_stored(kind: ResourceKind, text: &str) -> Result<Self, ScimError> {
        match serde_json::from_str(text) {
            Ok(Value::Object(attributes)) => Self::read(kind, &mut Reader::of_stored(), attributes),
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

    /// Whether it says of the person that they may do anything at all. Of somebody who is there already, silence changes
    /// nothing: unassigning `active` must not let anybody back in.
    pub fn says_active(&self) -> Option<bool> {
        self.attributes.get("active").and_then(Value::as_bool)
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
            let container = parts.container(kind, reader, extension)?;
            if !container.is_empty() {
                attributes.insert(extension.id.clone(), Value::Object(container));
            }
        }
        Ok(Self { kind, attributes })
    }

    /// Those it refers to: the kind and id of each `value` that has a `$ref` beside it.
    pub fn references(&self) -> Vec<(ResourceKind, &str)> {
        let schemas = Schemas::standard();
        let of_core = schemas.core(self.kind).attributes.iter().map(|attribute| (None, attribute));
        let of_extensions = schemas.extensions(self.kind).iter().flat_map(|extension| {
            extension.attributes.iter().map(move |attribute| (Some(extension.id.as_str()), attribute))
        });
        let mut found = Vec::new();
        for (extension, attribute) in of_core.chain(of_extensions) {
            let Some(kind) = attribute.referred_kind() else { continue };
            let Some(value) = self.value(extension, &attribute.name) else { continue };
            let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            found.extend(elements.iter().filter_map(|one| Some((kind, one.get("value")?.as_str()?))));
        }
        found
    }

    /// The values that nobody else may have, each with the name of its attribute and in the form in which they are compared.
    /// `userName` is not among them: it has a column of its own.
    pub fn unique_values(&self) -> Vec<(String, String)> {
        let schemas = Schemas::standard();
        let core = schemas.core(self.kind);
        let of_core = core.attributes.iter().filter(|attribute| attribute.name != "userName").map(|one| (None, one));
        let of_extensions = schemas.extensions(self.kind).iter().flat_map(|extension| {
            extension.attributes.iter().map(move |attribute| (Some(extension.id.as_str()), attribute))
        });
        let mut found = Vec::new();
        for (extension, attribute) in of_core.chain(of_extensions) {
            let Some(value) = self.value(extension, &attribute.name) else { continue };
            let name = format!("{}:{}", extension.unwrap_or(&core.id), attribute.name);
            unique::collect(attribute, &name, value, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
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
    !attribute.is_read_only() && !attribute.is_dropped() && !is_members(kind, attribute)
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
