//! `attributes` and `excludedAttributes` (RFC 7644 §3.4.2.5, §3.9), and what is returned if neither is given.
//!
//! The schema's `returned` decides first: `always` stays, `never` goes, `request` only comes when it is named. A
//! projection is known before anything is loaded, so that members need not be read in vain ([`Projection::wants`]).

use serde_json::Value;

use super::attribute::{Attribute, Returned};
use super::error::short;
use super::schema::Schemas;
use super::{AttributePath, ResourceKind, ScimError};

/// Which attributes of a rendered resource are returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    kind: ResourceKind,
    choice: Choice,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    Default,
    Only(Vec<Named>),
    Without(Vec<Named>),
}

/// An attribute, a sub-attribute, or (without a name) a whole extension.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    extension: Option<&'static str>,
    attribute: Option<&'static str>,
    sub: Option<&'static str>,
}

impl Projection {
    /// The most names in one list.
    const MAX_NAMES: usize = 200;

    /// Reads the two parameters, names with commas between. Names that no schema has are ignored.
    ///
    /// Errors: `invalidValue` if both are given, or too many names.
    pub fn parse(kind: ResourceKind, attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, ScimError> {
        let given = |list: Option<&str>| list.is_some_and(|list| !list.trim().is_empty());
        let choice = match (given(attributes), given(excluded)) {
            (true, true) => {
                let detail = "`attributes` and `excludedAttributes` cannot be given together";
                return Err(ScimError::InvalidValue(detail.to_owned()));
            }
            (true, false) => Choice::Only(names(kind, attributes.unwrap_or_default())?),
            (false, true) => Choice::Without(names(kind, excluded.unwrap_or_default())?),
            (false, false) => Choice::Default,
        };
        Ok(Self { kind, choice })
    }

    /// Everything that is returned by default.
    pub fn everything(kind: ResourceKind) -> Self {
        Self { kind, choice: Choice::Default }
    }

    /// Everything that is returned by default, without `attribute`.
    pub fn all_but(kind: ResourceKind, attribute: &str) -> Self {
        Self { kind, choice: Choice::Without(names(kind, attribute).unwrap_or_default()) }
    }

    /// Whether the client said which attributes it wants (a PATCH then answers with a body, RFC 7644 §3.5.2).
    pub fn is_chosen(&self) -> bool {
        self.choice != Choice::Default
    }

    /// Whether the top-level attribute `name` is returned at all.
    pub fn wants(&self, name: &str) -> bool {
        match Schemas::standard().locate(self.kind, None, name) {
            Some(found) => {
                let extension = found.extension.map(|schema| schema.id.as_str());
                self.keeps(extension, found.attribute, None) || self.has_sub(extension, found.attribute)
            }
            None => false,
        }
    }

    /// Takes from a rendered resource what is not returned.
    pub fn apply(&self, resource: &mut Value) {
        let Some(members) = resource.as_object_mut() else { return };
        let schemas = Schemas::standard();
        for extension in schemas.extensions(self.kind) {
            if let Some(container) = members.get_mut(&extension.id).and_then(Value::as_object_mut) {
                container.retain(|name, value| {
                    let attribute = extension.attribute(name);
                    attribute.is_some_and(|attribute| self.prune(Some(&extension.id), attribute, value))
                });
                if container.is_empty() {
                    members.shift_remove(&extension.id);
                }
            }
        }
        let is_extension = |name: &str| schemas.extensions(self.kind).iter().any(|schema| schema.id == name);
        members.retain(|name, value| {
            let attribute =
                || super::attribute::named(schemas.common(), name).or_else(|| schemas.core(self.kind).attribute(name));
            is_extension(name) || attribute().is_some_and(|attribute| self.prune(None, attribute, value))
        });
        // An extension's URN is there exactly if its container is (RFC 7643 §3.3).
        let gone: Vec<&str> = schemas.extensions(self.kind).iter().map(|schema| schema.id.as_str()).collect();
        let gone: Vec<&str> = gone.into_iter().filter(|urn| !members.contains_key(*urn)).collect();
        if let Some(urns) = members.get_mut("schemas").and_then(Value::as_array_mut) {
            urns.retain(|urn| urn.as_str().is_none_or(|urn| !gone.contains(&urn)));
        }
    }

    /// Takes from an attribute's value what is not returned; whether anything is left.
    fn prune(&self, extension: Option<&str>, attribute: &Attribute, value: &mut Value) -> bool {
        if !self.keeps(extension, attribute, None) && !self.has_sub(extension, attribute) {
            return false;
        }
        let elements = match &mut *value {
            Value::Array(elements) => elements.as_mut_slice(),
            one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                std::slice::from_mut(one)
            }
        };
        for element in elements.iter_mut().filter_map(Value::as_object_mut) {
            element.retain(|name, _| match attribute.sub_attribute(name) {
                Some(sub) => self.keeps(extension, attribute, Some(sub)),
                None => false,
            });
        }
        match value {
            Value::Array(elements) => {
                elements.retain(|element| element.as_object().is_none_or(|members| !members.is_empty()));
                !elements.is_empty()
            }
            Value::Object(members) => !members.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    /// Whether the attribute, or the sub-attribute of it, is returned as a whole.
    fn keeps(&self, extension: Option<&str>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
        let returned = match sub {
            Some(sub) if attribute.returned == Returned::Always && sub.returned == Returned::Default => {
                Returned::Always
            }
            Some(sub) => sub.returned,
            None => attribute.returned,
        };
        let names = |named: &Named| named.covers(extension, attribute, sub);
        match (returned, &self.choice) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (Returned::Default, Choice::Default) => true,
            (Returned::Request, Choice::Default | Choice::Without(_)) => false,
            (Returned::Default | Returned::Request, Choice::Only(list)) => list.iter().any(names),
            (Returned::Default, Choice::Without(list)) => !list.iter().any(names),
        }
    }

    /// Whether a sub-attribute of it is asked for by name.
    fn has_sub(&self, extension: Option<&str>, attribute: &Attribute) -> bool {
        match &self.choice {
            Choice::Only(list) => list.iter().any(|named| {
                named.extension == extension && named.attribute == Some(attribute.name.as_str()) && named.sub.is_some()
            }),
            Choice::Default | Choice::Without(_) => false,
        }
    }
}

impl Named {
    fn covers(&self, extension: Option<&str>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
        self.extension == extension
            && self.attribute.is_none_or(|name| name == attribute.name)
            && self.sub.is_none_or(|name| sub.is_some_and(|sub| sub.name == name))
    }
}

fn names(kind: ResourceKind, list: &str) -> Result<Vec<Named>, ScimError> {
    if list.split(',').nth(Projection::MAX_NAMES).is_some() {
        let most = Projection::MAX_NAMES;
        return Err(ScimError::InvalidValue(format!("more than {most} attribute names: `{}`", short(list))));
    }
    Ok(list.split(',').filter_map(|name| named(kind, name.trim())).collect())
}

fn named(kind: ResourceKind, name: &str) -> Option<Named> {
    if let Some(extension) = Schemas::standard().extension(kind, name) {
        return Some(Named { extension: Some(&extension.id), attribute: None, sub: None });
    }
    let found = AttributePath::parse(name)?.resolve(kind)?;
    Some(Named {
        extension: found.located.extension.map(|schema| schema.id.as_str()),
        attribute: Some(&found.located.attribute.name),
        sub: found.sub.map(|sub| sub.name.as_str()),
    })
}
