//! Checks an extension that an installation brings along: what it declares must be possible to keep.
//!
//! Read-only attributes never have a value (nothing here computes them); those that are write-only or never returned are
//! accepted and dropped, for nobody could ever see them. So neither can be required or unique.

use super::Schema;
use crate::scim::attribute::{Attribute, AttributeType, Mutability, Uniqueness};
use crate::scim::path::is_name;
use crate::scim::{ResourceKind, Schemas, urn};

/// The most attributes, and sub-attributes of one.
const MAX_ATTRIBUTES: usize = 100;
/// The most characters of a URN or a name.
const MAX_NAME: usize = 200;

/// A document that is no extension of ours, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{document}`: {reason}")]
pub struct SchemaError {
    document: String,
    reason: String,
}

impl SchemaError {
    pub(super) fn new(document: &str, reason: impl std::fmt::Display) -> Self {
        Self { document: document.to_owned(), reason: reason.to_string() }
    }
}

/// Which resources it extends.
pub(super) fn kind(schema: &Schema) -> ResourceKind {
    let name = schema.id.rsplit(':').next().unwrap_or_default();
    if name.eq_ignore_ascii_case(ResourceKind::Group.as_str()) { ResourceKind::Group } else { ResourceKind::User }
}

/// Reads one beside those that there are.
pub(super) fn read(known: &Schemas, document: &str, text: &str) -> Result<Schema, SchemaError> {
    let schema = Schema::parse(text).map_err(|error| SchemaError::new(document, error))?;
    check(known, &schema).map_err(|reason| SchemaError::new(document, reason))?;
    Ok(schema)
}

fn check(known: &Schemas, schema: &Schema) -> Result<(), String> {
    let id = &schema.id;
    let is_urn = id.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"))
        && id.len() <= MAX_NAME
        && id.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"[](),".contains(&byte));
    if !is_urn || id.ends_with(':') {
        return Err(format!("the id `{id}` is no URN"));
    }
    if known.served().any(|other| other.id.eq_ignore_ascii_case(id)) || urn::modern(id) != id {
        return Err(format!("`{id}` is a schema already"));
    }
    if schema.attributes.is_empty() {
        return Err("it has no attributes".to_owned());
    }
    check_all(&schema.attributes, "")
}

fn check_all(attributes: &[Attribute], within: &str) -> Result<(), String> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(format!("there are more than {MAX_ATTRIBUTES} attributes in one place"));
    }
    for (index, attribute) in attributes.iter().enumerate() {
        let at = format!("{within}{}", attribute.name);
        if !is_name(&attribute.name) || attribute.name.len() > MAX_NAME {
            return Err(format!("`{at}` is no attribute name"));
        }
        if attributes.iter().take(index).any(|other| other.name.eq_ignore_ascii_case(&attribute.name)) {
            return Err(format!("`{at}` is there twice"));
        }
        check_one(attribute, &at, !within.is_empty())?;
    }
    Ok(())
}

fn check_one(attribute: &Attribute, at: &str, is_sub: bool) -> Result<(), String> {
    match (attribute.is_complex(), attribute.sub_attributes.is_empty()) {
        (true, _) if is_sub => return Err(format!("`{at}` is complex inside a complex attribute")),
        (true, true) => return Err(format!("`{at}` is complex and has no sub-attributes")),
        (false, false) => return Err(format!("`{at}` has sub-attributes and is not complex")),
        (true, false) | (false, true) => {}
    }
    let is_seen = !attribute.is_dropped() && attribute.mutability != Mutability::ReadOnly;
    if attribute.required && !is_seen {
        return Err(format!("`{at}` is required, though nobody could read it or write it"));
    }
    let is_unique = attribute.uniqueness != Uniqueness::None;
    let is_comparable = !matches!(attribute.kind, AttributeType::Complex | AttributeType::Boolean);
    if is_unique && !(is_seen && is_comparable) {
        return Err(format!("`{at}` cannot be unique"));
    }
    check_all(&attribute.sub_attributes, &format!("{at}."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn extended(id: &str, attributes: Value) -> Result<Schemas, SchemaError> {
        let document = json!({ "id": id, "name": "Badge", "description": "", "attributes": attributes });
        Schemas::extended(&[("badge.json".to_owned(), document.to_string())])
    }

    #[test]
    fn the_urn_says_what_is_extended() {
        let attributes = json!([{ "name": "code", "type": "string" }]);
        for (id, kind) in
            [("urn:example:2.0:Badge", ResourceKind::User), ("urn:example:2.0:Group", ResourceKind::Group)]
        {
            let schemas = extended(id, attributes.clone()).unwrap();
            assert!(schemas.extension(kind, &id.to_uppercase()).is_some(), "{id}");
        }
    }

    #[test]
    fn what_cannot_be_kept_to_is_refused_and_named() {
        let taken = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:USER";
        let code = json!([{ "name": "code", "type": "string" }]);
        for (id, attributes, reason) in [
            ("badge", code.clone(), "no URN"),
            (taken, code, "already"),
            ("urn:x:y", json!([]), "no attributes"),
            ("urn:x:y", json!([{ "name": "a b", "type": "string" }]), "no attribute name"),
            ("urn:x:y", json!([{ "name": "a", "type": "string" }, { "name": "A", "type": "string" }]), "twice"),
            ("urn:x:y", json!([{ "name": "a", "type": "colour" }]), "unknown variant"),
            ("urn:x:y", json!([{ "name": "a", "type": "complex" }]), "no sub-attributes"),
            (
                "urn:x:y",
                json!([{ "name": "a", "type": "string", "required": true, "mutability": "readOnly" }]),
                "required",
            ),
            ("urn:x:y", json!([{ "name": "a", "type": "boolean", "uniqueness": "server" }]), "unique"),
        ] {
            let error = extended(id, attributes).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("badge.json"), "{error}");
        }
    }
}
