//! A stored resource as it is answered: the document, and what the server adds to it.
//!
//! `schemas` names an extension exactly if its container is present; every `$ref` to a resource here is filled in from
//! the id beside it; `meta` is computed. Which attributes a client gets to see is decided after that (`Projection`).

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::ResourceKind;
use super::attribute::Attribute;
use super::document::Document;
use super::etag::version_tag;
use super::schema::Schemas;
use crate::model::Timestamp;

/// What a resource is rendered from.
#[derive(Debug, Clone)]
pub struct Rendering<'a> {
    pub kind: ResourceKind,
    pub id: &'a str,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub version: i64,
    pub document: &'a Document,
    /// The groups of a user; `None` if they were not asked for.
    pub groups: Option<&'a [GroupRef]>,
    /// The members of a group; `None` if they were not asked for.
    pub members: Option<&'a [MemberView]>,
    /// What those are called that the document refers to, by id, as far as that is known.
    pub names: &'a HashMap<String, String>,
    /// The SCIM base URL, e.g. `https://gate.example/scim/v2`.
    pub base_url: &'a str,
}

/// A group that a user belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    pub value: String,
    pub display: Option<String>,
    /// A member itself, rather than through a nested group.
    pub direct: bool,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    pub value: String,
    pub display: Option<String>,
    pub kind: ResourceKind,
}

impl Rendering<'_> {
    /// The whole resource.
    pub fn render(&self) -> Value {
        let mut body = Map::new();
        body.insert("schemas".to_owned(), self.schemas());
        body.insert("id".to_owned(), self.id.into());
        for (name, value) in self.document.attributes() {
            body.insert(name.clone(), self.with_references(name, value));
        }
        if let Some(groups) = self.groups.filter(|groups| !groups.is_empty()) {
            body.insert("groups".to_owned(), groups.iter().map(|group| self.group(group)).collect());
        }
        if let Some(members) = self.members.filter(|members| !members.is_empty()) {
            body.insert("members".to_owned(), members.iter().map(|member| member.render(self.base_url)).collect());
        }
        body.insert("meta".to_owned(), self.meta());
        Value::Object(body)
    }

    /// Where the resource lies: `meta.location` and the Location header.
    pub fn location(&self) -> String {
        self.kind.location(self.base_url, self.id)
    }

    fn schemas(&self) -> Value {
        let extensions = Schemas::standard().extensions(self.kind).iter().map(|schema| schema.id.as_str());
        let present = extensions.filter(|urn| self.document.attributes().contains_key(*urn));
        std::iter::once(self.kind.schema()).chain(present).map(Value::from).collect()
    }

    fn meta(&self) -> Value {
        json!({
            "resourceType": self.kind.as_str(),
            "created": self.created.rfc3339(),
            "lastModified": self.modified.rfc3339(),
            "location": self.location(),
            "version": version_tag(self.version),
        })
    }

    fn group(&self, group: &GroupRef) -> Value {
        let mut value = Map::new();
        value.insert("value".to_owned(), group.value.as_str().into());
        value.insert("$ref".to_owned(), ResourceKind::Group.location(self.base_url, &group.value).into());
        if let Some(display) = &group.display {
            value.insert("display".to_owned(), display.as_str().into());
        }
        value.insert("type".to_owned(), if group.direct { "direct" } else { "indirect" }.into());
        Value::Object(value)
    }

    /// A copy of a top-level value, with the `$ref`s that its attributes have.
    fn with_references(&self, name: &str, value: &Value) -> Value {
        let schemas = Schemas::standard();
        let attributes = match schemas.extension(self.kind, name) {
            Some(extension) => &extension.attributes,
            None => return self.with_reference(schemas.core(self.kind).attribute(name), value),
        };
        let Value::Object(container) = value else { return value.clone() };
        let filled = container
            .iter()
            .map(|(name, value)| (name.clone(), self.with_reference(super::attribute::named(attributes, name), value)));
        Value::Object(filled.collect())
    }

    fn with_reference(&self, attribute: Option<&Attribute>, value: &Value) -> Value {
        let Some((attribute, kind)) = attribute.and_then(|one| Some((one, one.referred_kind()?))) else {
            return value.clone();
        };
        match value {
            Value::Array(elements) => elements.iter().map(|one| self.referring(attribute, kind, one)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.referring(attribute, kind, value)
            }
        }
    }

    fn referring(&self, attribute: &Attribute, kind: ResourceKind, value: &Value) -> Value {
        let Value::Object(members) = value else { return value.clone() };
        let mut members = members.clone();
        if let Some(id) = members.get("value").and_then(Value::as_str) {
            let name = self.names.get(id).cloned();
            let reference = kind.location(self.base_url, id);
            members.insert("$ref".to_owned(), reference.into());
            if let (Some(sub), Some(name)) = (attribute.referred_name(), name) {
                members.insert(sub.name.clone(), name.into());
            }
        }
        Value::Object(members)
    }
}

impl MemberView {
    /// One value of `members`.
    pub fn render(&self, base_url: &str) -> Value {
        let mut value = Map::new();
        value.insert("value".to_owned(), self.value.as_str().into());
        value.insert("$ref".to_owned(), self.kind.location(base_url, &self.value).into());
        if let Some(display) = &self.display {
            value.insert("display".to_owned(), display.as_str().into());
        }
        value.insert("type".to_owned(), self.kind.as_str().into());
        Value::Object(value)
    }
}
