//! POST and PUT bodies (RFC 7644 §3.3, §3.5.1): what of them is kept, and what else they ask for.
//!
//! Read-only attributes are ignored: clients put back what they read. Unknown attributes and schema URNs are ignored
//! and noted. A PUT clears what it leaves out, with two exceptions, both because silence must not harm: a group
//! without `members` keeps its members (a rename must not empty it), and a user without `active` keeps its state (an
//! omission must not let somebody back in).

use serde_json::{Map, Value};

use super::attribute::{Attribute, Mutability};
use super::document::Document;
use super::error::short;
use super::leniency::Leniency;
use super::members::{self, MemberRef};
use super::read::Reader;
use super::schema::Schemas;
use super::{AttributePath, Dialect, ResourceKind, ScimError, urn};
use crate::model::Secret;

/// A body, read.
#[derive(Debug, Clone)]
pub struct Intake {
    pub document: Document,
    /// The members a group shall have; `None` if the body does not speak of them.
    pub members: Option<Vec<MemberRef>>,
    /// A password to set.
    pub password: Option<Secret>,
    pub leniencies: Vec<Leniency>,
}

/// What the body is for.
#[derive(Debug, Clone, Copy)]
pub enum Mode<'a> {
    Create,
    Replace { before: &'a Document },
}

/// Reads the body of a POST or PUT.
///
/// Errors: `invalidSyntax` if it is no resource of this kind, `invalidValue` if a value has the wrong type or a
/// required one is missing, `mutability` if an immutable one would change.
pub fn intake(kind: ResourceKind, dialect: Dialect, mode: Mode<'_>, body: Value) -> Result<Intake, ScimError> {
    let Value::Object(mut body) = body else {
        return Err(ScimError::InvalidSyntax("the body is not a JSON object".to_owned()));
    };
    let mut reader = Reader::new(dialect);
    check_schemas(kind, &mut reader, &body)?;
    body = open_core(kind, &mut reader, body)?;
    let members = match take(kind, &mut body, "members")? {
        Some(value) if kind == ResourceKind::Group => Some(members::read(&mut reader, "members", value)?),
        Some(_) | None => None,
    };
    let password = match take(kind, &mut body, "password")? {
        Some(value) if kind == ResourceKind::User => read_password(value)?,
        Some(_) | None => None,
    };
    if kind == ResourceKind::User {
        settle_active(mode, &mut body);
    }
    let document = Document::read(kind, &mut reader, body)?;
    if let Mode::Replace { before } = mode {
        keep_immutable(before, &document)?;
    }
    Ok(Intake { document, members, password, leniencies: reader.leniencies.into_vec() })
}

/// A password to set; an empty one is none.
pub(super) fn read_password(value: Value) -> Result<Option<Secret>, ScimError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if text.chars().nth(1_024).is_none() => Ok(Some(Secret::new(text))),
        Value::String(_) => Err(ScimError::InvalidValue("`password` is longer than 1024 characters".to_owned())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(ScimError::InvalidValue("`password` takes a string".to_owned()))
        }
    }
}

/// RFC 7643 §3: `schemas` names the resource's schema. Clients leave it out, or use names of old: the endpoint says as
/// much. It is refused only if it names the schema of the other kind.
fn check_schemas(kind: ResourceKind, reader: &mut Reader, body: &Map<String, Value>) -> Result<(), ScimError> {
    let sent = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas")).map(|(_, value)| value);
    let urns: Vec<&str> = match sent {
        Some(Value::Array(urns)) => urns.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(urn)) => vec![urn],
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    };
    if !urns.iter().any(|urn| urn.eq_ignore_ascii_case(kind.schema())) {
        let others = ResourceKind::ALL.into_iter().filter(|other| *other != kind);
        if others.into_iter().any(|other| urns.iter().any(|urn| urn.eq_ignore_ascii_case(other.schema()))) {
            return Err(ScimError::InvalidSyntax(format!("`schemas` must name `{}`", kind.schema())));
        }
        reader.leniencies.note("schema_inferred", kind.schema(), "is missing from `schemas`; taken from the endpoint");
    }
    let schemas = Schemas::standard();
    for urn in urns {
        if !urn.eq_ignore_ascii_case(kind.schema()) && schemas.extension(kind, urn).is_none() {
            reader.leniencies.note("unknown_schema", urn, "is no schema here and was ignored");
        } else if !urn.eq_ignore_ascii_case(urn::modern(urn)) {
            reader.leniencies.note("legacy_schema", urn, "is an older name of a schema");
        }
    }
    Ok(())
}

/// Says `active` where the body does not: true for a new user, and as it was for one that is replaced.
fn settle_active(mode: Mode<'_>, body: &mut Map<String, Value>) {
    let is_active = |name: &str| is_named(ResourceKind::User, name, "active");
    if body.iter().any(|(name, value)| is_active(name) && !is_unassigned(value)) {
        return;
    }
    let settled = match mode {
        Mode::Create => Some(Value::Bool(true)),
        Mode::Replace { before } => before.value(None, "active").cloned(),
    };
    body.retain(|name, _| !is_active(name));
    if let Some(settled) = settled {
        body.insert("active".to_owned(), settled);
    }
}

/// RFC 7643 §2.5: null and an empty list are no value; an empty text is none for a boolean.
fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// Opens a container that bears the URN of the resource's own schema, as those of extensions do: its members stand for
/// themselves.
pub(super) fn open_core(
    kind: ResourceKind,
    reader: &mut Reader,
    body: Map<String, Value>,
) -> Result<Map<String, Value>, ScimError> {
    let is_core = |name: &str| name.trim().eq_ignore_ascii_case(kind.schema());
    if !body.keys().any(|name| is_core(name)) {
        return Ok(body);
    }
    let mut opened = Map::new();
    let mut put = |name: String, value: Value| match opened.insert(name.clone(), value) {
        None => Ok(()),
        Some(_) => Err(ScimError::InvalidSyntax(format!("`{}` is given twice", short(&name)))),
    };
    for (name, value) in body {
        match value {
            Value::Object(members) if is_core(&name) => {
                reader.leniencies.note("core_container", &name, "sent as a container; its members were taken");
                members.into_iter().try_for_each(|(name, value)| put(name, value))?;
            }
            Value::Null if is_core(&name) => {}
            _other if is_core(&name) => return Err(ScimError::InvalidValue(format!("`{name}` takes an object"))),
            value => put(name, value)?,
        }
    }
    Ok(opened)
}

/// Takes the attribute called `name` out of the body, however it is spelled.
fn take(kind: ResourceKind, body: &mut Map<String, Value>, name: &str) -> Result<Option<Value>, ScimError> {
    let keys: Vec<String> = body.keys().filter(|key| is_named(kind, key, name)).cloned().collect();
    match keys.as_slice() {
        [] => Ok(None),
        [key] => Ok(body.shift_remove(key)),
        [_, _, ..] => Err(ScimError::InvalidSyntax(format!("`{name}` is given twice"))),
    }
}

fn is_named(kind: ResourceKind, key: &str, name: &str) -> bool {
    AttributePath::parse(key).is_some_and(|path| {
        let path = path.canonical(Some(kind));
        path.urn.is_none() && path.sub.is_none() && path.name.eq_ignore_ascii_case(name)
    })
}

/// RFC 7644 §3.5.1, §3.5.2: an immutable attribute that is set stays as it is.
pub(super) fn keep_immutable(before: &Document, after: &Document) -> Result<(), ScimError> {
    let schemas = Schemas::standard();
    let tops = schemas.common().iter().chain(&schemas.core(before.kind()).attributes);
    tops.map(|attribute| (None, attribute))
        .chain(
            schemas.extensions(before.kind()).iter().flat_map(|schema| {
                schema.attributes.iter().map(move |attribute| (Some(schema.id.as_str()), attribute))
            }),
        )
        .try_for_each(|(extension, attribute)| keeps(extension, attribute, before, after))
}

fn keeps(extension: Option<&str>, attribute: &Attribute, before: &Document, after: &Document) -> Result<(), ScimError> {
    let (was, is) = (before.value(extension, &attribute.name), after.value(extension, &attribute.name));
    let is_changed = |attribute: &Attribute, was: Option<&Value>, is: Option<&Value>| {
        attribute.mutability == Mutability::Immutable && was.is_some() && was != is
    };
    let refused = |name: String| Err(ScimError::Mutability(format!("`{name}` cannot be changed once set")));
    if is_changed(attribute, was, is) {
        return refused(attribute.name.clone());
    }
    // The elements of a list have no identity: what changes in one is a new one (RFC 7643 §8.7.1, `members`).
    let of = |value: Option<&'_ Value>, name: &str| value.and_then(|value| value.get(name)).cloned();
    let subs = attribute.sub_attributes.iter().filter(|_| !attribute.multi_valued && is.is_some());
    match subs.into_iter().find(|sub| is_changed(sub, of(was, &sub.name).as_ref(), of(is, &sub.name).as_ref())) {
        Some(sub) => refused(format!("{}.{}", attribute.name, sub.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_immutable_attribute_may_be_set_and_stays_as_it_was_set() {
        let title: Attribute =
            serde_json::from_str(r#"{"name":"title","type":"string","mutability":"immutable"}"#).unwrap();
        let with = |text| Document::from_stored(ResourceKind::User, text).unwrap();
        let none = with(r#"{"userName":"ann"}"#);
        let clerk = with(r#"{"userName":"ann","title":"Clerk"}"#);
        let chief = with(r#"{"userName":"ann","title":"Chief"}"#);
        assert_eq!(keeps(None, &title, &none, &clerk), Ok(()));
        assert_eq!(keeps(None, &title, &clerk, &clerk), Ok(()));
        assert!(matches!(keeps(None, &title, &clerk, &chief), Err(ScimError::Mutability(_))));
        assert!(matches!(keeps(None, &title, &clerk, &none), Err(ScimError::Mutability(_))));
    }
}
