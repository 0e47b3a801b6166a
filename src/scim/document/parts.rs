//! Sorts the members of a body by the attribute each means, whatever its spelling, before any value is read.
//!
//! A name is an attribute, the URN of an extension, or one qualified by such a URN. An attribute that is given twice
//! in different spellings is refused: which of the two was meant cannot be known.

use serde_json::{Map, Value};

use super::is_kept;
use crate::scim::attribute::Attribute;
use crate::scim::error::short;
use crate::scim::read::Reader;
use crate::scim::schema::{Schema, Schemas};
use crate::scim::{AttributePath, ResourceKind, ScimError};

/// What was sent, by the attribute that it means.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Part>);

#[derive(Debug)]
struct Part {
    extension: Option<&'static str>,
    attribute: &'static str,
    value: Value,
}

impl Parts {
    /// Takes one top-level member of a body: an attribute, or the container of an extension.
    pub(super) fn take(
        &mut self,
        kind: ResourceKind,
        reader: &mut Reader,
        name: &str,
        value: Value,
    ) -> Result<(), ScimError> {
        if let Some(extension) = Schemas::standard().extension(kind, name) {
            return self.take_container(reader, extension, value);
        }
        let path = AttributePath::parse(name);
        match path.as_ref().and_then(|path| path.resolve(kind)) {
            Some(found) => {
                let extension = found.located.extension.map(|schema| schema.id.as_str());
                if extension.is_some() && !name.contains(':') {
                    reader.leniencies.note("unqualified_extension", name, "sent without the URN of its schema");
                }
                match found.sub {
                    None => self.put(extension, found.located.attribute, value),
                    Some(sub) if !found.located.attribute.multi_valued => {
                        reader.leniencies.note("dotted_key", name, "sent as one name where an object is due");
                        self.put_sub(extension, found.located.attribute, sub, value)
                    }
                    Some(_) => {
                        reader.leniencies.note("unknown_attribute", name, "cannot be set this way and was ignored");
                        Ok(())
                    }
                }
            }
            None => {
                reader.leniencies.note("unknown_attribute", name, "is in no schema and was ignored");
                Ok(())
            }
        }
    }

    fn take_container(
        &mut self,
        reader: &mut Reader,
        extension: &'static Schema,
        value: Value,
    ) -> Result<(), ScimError> {
        let members = match value {
            Value::Null => return Ok(()),
            Value::Object(members) => members,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(ScimError::InvalidValue(format!("`{}` takes an object", extension.id)));
            }
        };
        for (name, value) in members {
            match extension.attribute(&name) {
                Some(attribute) => self.put(Some(&extension.id), attribute, value)?,
                None => {
                    let path = format!("{}:{}", extension.name, short(&name));
                    reader.leniencies.note("unknown_attribute", &path, "is in no schema and was ignored");
                }
            }
        }
        Ok(())
    }

    fn put(
        &mut self,
        extension: Option<&'static str>,
        attribute: &'static Attribute,
        value: Value,
    ) -> Result<(), ScimError> {
        if self.find(extension, &attribute.name).is_some() {
            return Err(ScimError::InvalidSyntax(format!("`{}` is given twice", attribute.name)));
        }
        self.0.push(Part { extension, attribute: &attribute.name, value });
        Ok(())
    }

    fn put_sub(
        &mut self,
        extension: Option<&'static str>,
        attribute: &'static Attribute,
        sub: &'static Attribute,
        value: Value,
    ) -> Result<(), ScimError> {
        match self.find(extension, &attribute.name).map(|part| &mut part.value) {
            Some(Value::Object(members)) if !members.contains_key(&sub.name) => {
                members.insert(sub.name.clone(), value);
                Ok(())
            }
            Some(_) => Err(ScimError::InvalidSyntax(format!("`{}.{}` is given twice", attribute.name, sub.name))),
            None => {
                let object = Map::from_iter([(sub.name.clone(), value)]);
                self.0.push(Part { extension, attribute: &attribute.name, value: object.into() });
                Ok(())
            }
        }
    }

    fn find(&mut self, extension: Option<&str>, name: &str) -> Option<&mut Part> {
        self.0.iter_mut().find(|part| part.extension == extension && part.attribute == name)
    }

    /// What is kept of an extension. Where it is there at all, what it requires has to be (RFC 7643 §3.3); of what was stored
    /// under another form of the schema, whatever still fits is taken.
    pub(super) fn container(
        &mut self,
        kind: ResourceKind,
        reader: &mut Reader,
        extension: &'static Schema,
    ) -> Result<Map<String, Value>, ScimError> {
        let mut container = Map::new();
        for attribute in &extension.attributes {
            let value = match self.read(reader, Some(extension), attribute) {
                Err(_) if reader.is_stored() => None,
                read => read?,
            };
            if let Some(value) = value.filter(|_| is_kept(kind, attribute)) {
                container.insert(attribute.name.clone(), value);
            }
        }
        let missing = |attribute: &&Attribute| attribute.required && !container.contains_key(&attribute.name);
        match extension.attributes.iter().find(missing) {
            Some(missing) if !container.is_empty() && !reader.is_stored() => {
                let detail = format!("`{}:{}` is required", short(&extension.id), missing.name);
                Err(ScimError::InvalidValue(detail))
            }
            Some(_) | None => Ok(container),
        }
    }

    /// The value of one attribute, in canonical form.
    pub(super) fn read(
        &mut self,
        reader: &mut Reader,
        extension: Option<&'static Schema>,
        attribute: &'static Attribute,
    ) -> Result<Option<Value>, ScimError> {
        let Some(part) = self.find(extension.map(|schema| schema.id.as_str()), &attribute.name) else {
            return Ok(None);
        };
        let value = part.value.take();
        reader.attribute(attribute, &attribute.name, value)
    }
}
