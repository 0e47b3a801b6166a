//! Turns the PATCH operations that identity providers send into those of RFC 7644 §3.5.2, and notes each.
//!
//! | sent by | form | becomes |
//! |---|---|---|
//! | Entra | `"op":"Add"` | `add` |
//! | Entra (flag), Okta | no path, a value whose keys are names, dotted names or URN-qualified names | one operation per key |
//! | Okta | `id` among those keys | left out: read-only, and only put back as read |
//! | Entra, JumpCloud | `remove` with a list in `value` | removes only those, never all |
//! | Entra | `replace` at a value filter that selects nothing | makes the element (if the dialect or the form says Entra) |
//! | all | an attribute that no schema has | left out |
//! | Entra | `roles[primary eq "True"].value` | the literal is read as a boolean (by `filter`) |
//!
//! The shapes of values (`"False"`, `manager` as a string) are the same in POST and PUT: see `dialect::shape`.

use serde_json::{Map, Value};

use super::Unmatched;
use crate::scim::error::short;
use crate::scim::read::Reader;
use crate::scim::schema::{Schema, Schemas};
use crate::scim::{Dialect, ResourceKind, ScimError, urn};

/// The operation's verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Remove,
    Replace,
}

impl Verb {
    const ALL: [Self; 3] = [Self::Add, Self::Remove, Self::Replace];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }

    /// The verb that `text` means, and whether it was written as the RFC has it. Its case never matters: a stricter
    /// reading has no use and breaks Entra.
    pub(super) fn read(reader: &mut Reader, text: &str) -> Result<(Self, bool), ScimError> {
        let found = Self::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            ScimError::InvalidSyntax(format!("`{}` is no operation (add, remove or replace)", short(text)))
        })?;
        let is_exact = text == found.as_str();
        if !is_exact {
            reader.leniencies.note("op_case", text, "sent for an operation whose name is lower case");
        }
        Ok((found, is_exact))
    }
}

/// One operation at one path.
#[derive(Debug)]
pub(super) struct AtPath {
    pub path: String,
    pub value: Value,
    /// Read-only targets are left out rather than refused: they were put back as read.
    pub from_object: bool,
}

/// The operations that a value without a path stands for, one per key.
pub(super) fn without_path(
    kind: ResourceKind,
    reader: &mut Reader,
    value: Map<String, Value>,
) -> Result<Vec<AtPath>, ScimError> {
    let mut operations = Vec::new();
    for (key, value) in value {
        if let Some(extension) = Schemas::standard().extension(kind, &key) {
            operations.extend(of_container(extension, value)?);
            continue;
        }
        if key.contains(['.', ':', '[']) {
            reader.leniencies.note("path_as_key", &key, "sent as a key of a value without a path");
        }
        operations.push(AtPath { path: key, value, from_object: true });
    }
    Ok(operations)
}

/// The operations that a value for a whole extension stands for. `null` is one for each of its attributes.
pub(super) fn of_container(extension: &Schema, value: Value) -> Result<Vec<AtPath>, ScimError> {
    let members: Vec<(String, Value)> = match value {
        Value::Object(members) => members.into_iter().collect(),
        Value::Null => extension.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null)).collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(ScimError::InvalidValue(format!("`{}` takes an object", extension.id)));
        }
    };
    let at = |(name, value)| AtPath { path: format!("{}:{name}", extension.id), value, from_object: true };
    Ok(members.into_iter().map(at).collect())
}

/// Notes a body that does not say that it is a PATCH: the method does.
pub(super) fn check_schemas(reader: &mut Reader, body: &Map<String, Value>) {
    let schemas = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas")).map(|(_, value)| value);
    let named = schemas
        .and_then(Value::as_array)
        .is_some_and(|urns| urns.iter().filter_map(Value::as_str).any(|sent| sent.eq_ignore_ascii_case(urn::PATCH_OP)));
    if !named {
        reader.leniencies.note("schema_inferred", urn::PATCH_OP, "is missing from `schemas`; taken from the method");
    }
}

/// Notes a path that names no attribute. Clients are set up to send more than a server keeps, and take an error for
/// the failure of the whole request.
pub(super) fn unknown_attribute(reader: &mut Reader, path: &str) {
    reader.leniencies.note("unknown_attribute", path, "is in no schema and was ignored");
}

/// What happens if the filter of a path selects nothing (RFC 7644 §3.5.2.2, §3.5.2.3). `entra_form` says that the
/// operation is written as only Entra writes them, whatever the directory's dialect.
pub(super) fn unmatched(dialect: Dialect, verb: Verb, entra_form: bool) -> Unmatched {
    let creates = entra_form || dialect.unmatched_value_path_creates();
    match verb {
        Verb::Add => Unmatched::Create,
        Verb::Replace if creates => Unmatched::Create,
        Verb::Remove if creates => Unmatched::Nothing,
        Verb::Replace | Verb::Remove => Unmatched::NoTarget,
    }
}
