//! `attributes` and `excludedAttributes` (RFC 7644 §3.4.2.5, §3.9), and what is returned if neither is given.
//!
//! The schema's `returned` decides first: `always` stays, `never` goes, `request` only comes when it is named. A
//! projection is known before anything is loaded, so that members need not be read in vain ([`Projection::wants`]).

use serde_json::Value;

use super::attribute::{Attribute, Returned};
use super::error::short;
use super::filter::{Parser, Within};
use super::schema::Schemas;
use super::{AttributePath, Dialect, Filter, ResourceKind, ScimError};

/// Which attributes of a rendered resource are returned.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    kind: ResourceKind,
    choice: Choice,
}

#[derive(Debug, Clone, PartialEq)]
enum Choice {
    Default,
    Only(Vec<Named>),
    Without(Vec<Named>),
}

/// An attribute, a sub-attribute, either perhaps of the values alone that a filter selects, or (without a name) a whole
/// extension.
#[derive(Debug, Clone, PartialEq)]
struct Named {
    filter: Option<Filter>,
    extension: Option<&'static str>,
    attribute: Option<&'static str>,
    sub: Option<&'static str>,
}

impl Projection {
    /// The most names in one list.
    const MAX_NAMES: usize = 200;

    /// Reads the two parameters, names with commas between; `emails[type eq "work"].value` is one too. Names that no schema
    /// has are ignored.
    ///
    /// Errors: `invalidValue` if both are given, or too many names; `invalidFilter` for a filter in one.
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
                self.keeps(extension, found.attribute, None, None) || self.has_part(extension, found.attribute)
            }
            None => false,
        }
    }

    /// Whether it shows what those are called that a document refers to.
    pub fn wants_names(&self) -> bool {
        let schemas = Schemas::standard();
        let named = |attribute: &Attribute| attribute.referred_kind().is_some() && attribute.referred_name().is_some();
        let of = |extension: Option<&str>, attributes: &'static [Attribute]| {
            let kept =
                |one: &'static Attribute| self.keeps(extension, one, None, None) || self.has_part(extension, one);
            attributes.iter().any(|one| !one.is_read_only() && named(one) && kept(one))
        };
        of(None, &schemas.core(self.kind).attributes)
            || schemas.extensions(self.kind).iter().any(|extension| of(Some(&extension.id), &extension.attributes))
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
    fn prune(&self, extension: Option<&str>, attribute: &'static Attribute, value: &mut Value) -> bool {
        if !self.keeps(extension, attribute, None, None) && !self.has_part(extension, attribute) {
            return false;
        }
        match value {
            Value::Array(elements) => {
                elements.retain_mut(|element| self.prune_one(extension, attribute, element));
                !elements.is_empty()
            }
            one @ (Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                self.prune_one(extension, attribute, one)
            }
        }
    }

    /// The same of one value.
    fn prune_one(&self, extension: Option<&str>, attribute: &'static Attribute, value: &mut Value) -> bool {
        // What is taken away may be what a filter looks at.
        let whole = self.is_selective().then(|| value.clone());
        match value.as_object_mut() {
            Some(members) => {
                members.retain(|name, _| {
                    let sub = attribute.sub_attribute(name);
                    sub.is_some_and(|sub| self.keeps(extension, attribute, Some(sub), whole.as_ref()))
                });
                !members.is_empty()
            }
            None => self.keeps(extension, attribute, None, whole.as_ref()),
        }
    }

    /// Whether any name has a filter.
    fn is_selective(&self) -> bool {
        match &self.choice {
            Choice::Default => false,
            Choice::Only(list) | Choice::Without(list) => list.iter().any(|named| named.filter.is_some()),
        }
    }

    /// Whether the attribute, or the sub-attribute of it, is returned as a whole; or that of one value of it.
    fn keeps(
        &self,
        extension: Option<&str>,
        attribute: &'static Attribute,
        sub: Option<&Attribute>,
        value: Option<&Value>,
    ) -> bool {
        let returned = match sub {
            Some(sub) if attribute.returned == Returned::Always && sub.returned == Returned::Default => {
                Returned::Always
            }
            Some(sub) => sub.returned,
            None => attribute.returned,
        };
        let returned = if sub.unwrap_or(attribute).is_dropped() { Returned::Never } else { returned };
        let names = |named: &Named| named.covers(extension, attribute, sub) && named.selects(attribute, value);
        match (returned, &self.choice) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (Returned::Default, Choice::Default) => true,
            (Returned::Request, Choice::Default | Choice::Without(_)) => false,
            (Returned::Default | Returned::Request, Choice::Only(list)) => list.iter().any(names),
            (Returned::Default, Choice::Without(list)) => !list.iter().any(names),
        }
    }

    /// Whether a sub-attribute of it, or some of its values, are asked for by name.
    fn has_part(&self, extension: Option<&str>, attribute: &Attribute) -> bool {
        match &self.choice {
            Choice::Only(list) => list.iter().any(|named| {
                named.extension == extension
                    && named.attribute == Some(attribute.name.as_str())
                    && (named.sub.is_some() || named.filter.is_some())
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

    /// Whether it speaks of this value; one with a filter does not speak of all.
    fn selects(&self, attribute: &'static Attribute, value: Option<&Value>) -> bool {
        match (&self.filter, value) {
            (None, _) => true,
            (Some(filter), Some(value)) => filter.matches_element(attribute, value),
            (Some(_), None) => false,
        }
    }
}

fn names(kind: ResourceKind, list: &str) -> Result<Vec<Named>, ScimError> {
    let all = split(list);
    if all.len() > Projection::MAX_NAMES {
        let most = Projection::MAX_NAMES;
        return Err(ScimError::InvalidValue(format!("more than {most} attribute names: `{}`", short(list))));
    }
    all.into_iter().filter_map(|name| named(kind, name.trim()).transpose()).collect()
}

/// The names between the commas; those inside a filter are none of them.
fn split(list: &str) -> Vec<&str> {
    let (mut is_filter, mut is_text, mut is_escaped) = (false, false, false);
    list.split(move |c: char| {
        match c {
            '"' if is_filter && !is_escaped => is_text = !is_text,
            '[' | ']' if !is_text => is_filter = c == '[',
            _other => {}
        }
        is_escaped = is_text && c == '\\' && !is_escaped;
        c == ',' && !is_filter
    })
    .collect()
}

fn named(kind: ResourceKind, name: &str) -> Result<Option<Named>, ScimError> {
    if let Some(extension) = Schemas::standard().extension(kind, name) {
        return Ok(Some(Named { filter: None, extension: Some(&extension.id), attribute: None, sub: None }));
    }
    // A boolean in quotes is read in every dialect, and nothing else is lenient about values here.
    let mut parser = Parser::new(Dialect::Generic, name);
    let Some(found) = AttributePath::parse(parser.word()).and_then(|path| path.resolve(kind)) else { return Ok(None) };
    let (mut filter, mut sub) = (None, found.sub);
    if parser.rest().starts_with('[') && sub.is_none() && found.located.attribute.multi_valued {
        filter = Some(parser.brackets(Within::Element(found.located.attribute))?);
        sub = parser.rest().strip_prefix('.').and_then(|name| found.located.attribute.sub_attribute(name));
        if sub.is_none() && !parser.rest().is_empty() {
            return Ok(None);
        }
    } else if !parser.rest().is_empty() {
        return Ok(None);
    }
    Ok(Some(Named {
        filter,
        extension: found.located.extension.map(|schema| schema.id.as_str()),
        attribute: Some(&found.located.attribute.name),
        sub: sub.map(|sub| sub.name.as_str()),
    }))
}
