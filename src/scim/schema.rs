//! The schema documents (RFC 7643 §7, §8.7) and look-up by name and URN: those compiled in from `schema/`, and the
//! extensions that an installation has of its own ([`Schemas::extend`]).
//!
//! A URN may itself contain dots and colons, so names are never split at the first one: the longest known URN that
//! begins a text is taken (`AttributePath`).

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use super::attribute::{self, Attribute};
use super::{ResourceKind, urn};

mod extension;

pub use extension::SchemaError;

/// INVARIANT: set once, before anything is read or rendered by it; so a name means the same as long as the process runs.
static SCHEMAS: OnceLock<Schemas> = OnceLock::new();

/// One schema and the document that declares it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Schema {
    pub id: String,
    pub name: String,
    pub description: String,
    pub attributes: Vec<Attribute>,
    /// As served.
    #[serde(skip)]
    pub(super) document: Value,
}

impl Schema {
    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let document: Value = serde_json::from_str(text)?;
        Ok(Self { document: document.clone(), ..serde_json::from_value(document)? })
    }

    /// The attribute called `name`, in any case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        attribute::named(&self.attributes, name)
    }
}

/// All schemas: of both resource types, their extensions, and the attributes that every resource has.
#[derive(Debug, Clone, Default)]
pub struct Schemas {
    common: Schema,
    user: Schema,
    user_extensions: Vec<Schema>,
    group: Schema,
    group_extensions: Vec<Schema>,
}

/// An attribute and where it lies: at the top of the resource, or in the container of an extension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Located {
    pub extension: Option<&'static Schema>,
    pub attribute: &'static Attribute,
}

impl Schemas {
    /// All that this process knows.
    pub fn standard() -> &'static Self {
        SCHEMAS.get_or_init(|| Self::compiled_in().unwrap_or_default())
    }

    /// Adds the installation's own extensions, each a document with a name to be told in errors. A URN that ends in `:Group`
    /// extends groups, every other extends people.
    ///
    /// Errors: a document that is no schema or cannot be kept to; or the schemas are in use already.
    pub fn extend(documents: &[(String, String)]) -> Result<(), SchemaError> {
        let schemas = Self::extended(documents)?;
        SCHEMAS.set(schemas).map_err(|_| SchemaError::new("schemas", "are in use already"))
    }

    fn extended(documents: &[(String, String)]) -> Result<Self, SchemaError> {
        let mut schemas = Self::compiled_in().map_err(|error| SchemaError::new("the compiled-in schemas", error))?;
        for (name, text) in documents {
            let schema = extension::read(&schemas, name, text)?;
            match extension::kind(&schema) {
                ResourceKind::User => schemas.user_extensions.push(schema),
                ResourceKind::Group => schemas.group_extensions.push(schema),
            }
        }
        Ok(schemas)
    }

    fn compiled_in() -> Result<Self, serde_json::Error> {
        Ok(Self {
            common: Schema::parse(include_str!("../../schema/common.json"))?,
            user: Schema::parse(include_str!("../../schema/user.json"))?,
            user_extensions: vec![Schema::parse(include_str!("../../schema/enterprise-user.json"))?],
            group: Schema::parse(include_str!("../../schema/group.json"))?,
            group_extensions: Vec::new(),
        })
    }

    /// The attributes of every resource: `schemas`, `id`, `externalId`, `meta` (RFC 7643 §3.1).
    pub fn common(&self) -> &[Attribute] {
        &self.common.attributes
    }

    /// The core schema of `kind`.
    pub fn core(&self, kind: ResourceKind) -> &Schema {
        match kind {
            ResourceKind::User => &self.user,
            ResourceKind::Group => &self.group,
        }
    }

    /// The extensions of `kind`.
    pub fn extensions(&self, kind: ResourceKind) -> &[Schema] {
        match kind {
            ResourceKind::User => &self.user_extensions,
            ResourceKind::Group => &self.group_extensions,
        }
    }

    /// The extension of `kind` that `urn` names, by its own or an older name, in any case.
    pub fn extension(&self, kind: ResourceKind, urn: &str) -> Option<&Schema> {
        let urn = urn::modern(urn);
        self.extensions(kind).iter().find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// Every schema that is served, in order.
    pub fn served(&self) -> impl Iterator<Item = &Schema> {
        ResourceKind::ALL
            .into_iter()
            .flat_map(|kind| std::iter::once(self.core(kind)).chain(self.extensions(kind).iter()))
    }
}

impl Schemas {
    /// Finds `name` in `kind`: under `urn` if one is given; else among the common and core attributes, then (as
    /// clients write `manager` without its URN) in the extensions.
    pub(super) fn locate(&'static self, kind: ResourceKind, urn: Option<&str>, name: &str) -> Option<Located> {
        let core = || attribute::named(self.common(), name).or_else(|| self.core(kind).attribute(name));
        let at_top = |attribute| Located { extension: None, attribute };
        match urn {
            Some(urn) if self.core(kind).id.eq_ignore_ascii_case(urn) => core().map(at_top),
            Some(urn) => {
                let extension = self.extension(kind, urn)?;
                extension.attribute(name).map(|attribute| Located { extension: Some(extension), attribute })
            }
            None => core().map(at_top).or_else(|| {
                self.extensions(kind).iter().find_map(|extension| {
                    extension.attribute(name).map(|attribute| Located { extension: Some(extension), attribute })
                })
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_documents_are_well_formed() {
        let ids: Vec<_> = Schemas::standard().served().map(|schema| schema.id.as_str()).collect();
        assert_eq!(ids, [urn::USER, urn::ENTERPRISE_USER, urn::GROUP]);
    }

    #[test]
    fn a_core_attribute_is_found_with_and_without_its_urn() {
        let schemas = Schemas::standard();
        for urn in [None, Some(urn::USER)] {
            let found = schemas.locate(ResourceKind::User, urn, "USERNAME").unwrap();
            assert_eq!((found.extension.is_none(), found.attribute.name.as_str()), (true, "userName"));
        }
    }

    #[test]
    fn an_attribute_is_not_found_under_another_types_urn() {
        assert!(Schemas::standard().locate(ResourceKind::Group, Some(urn::USER), "displayName").is_none());
    }

    #[test]
    fn manager_is_found_without_its_urn() {
        let found = Schemas::standard().locate(ResourceKind::User, None, "manager").unwrap();
        assert_eq!(found.extension.unwrap().id, urn::ENTERPRISE_USER);
    }
}
