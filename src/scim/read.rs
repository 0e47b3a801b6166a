//! Reads values by the characteristics of their attributes (RFC 7643 §2.3): one canonical form comes out, or an error.
//!
//! Canonical means: the schema's spelling and order of sub-attributes; `null`, `[]`, `{}` and absent are one state
//! (§2.5), which is `None` here; no (type, value) pair twice and at most one `primary` in a list (§2.4). Texts keep
//! the form in which they were sent, for identity providers compare.
//!
//! Read-only sub-attributes and `$ref`s to resources here are left out: the server fills them in.

use std::collections::HashSet;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::attribute::{Attribute, AttributeType};
use super::dialect::shape;
use super::error::short;
use super::filter::prepared;
use super::leniency::Leniencies;
use super::{Dialect, ScimError};
use crate::model::Timestamp;

/// The most characters of one text.
pub(super) const MAX_TEXT: usize = 8_192;
/// The most values of one multi-valued attribute. `members` is not stored in a document and has no such limit.
pub(super) const MAX_VALUES: usize = 500;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads the values of one request.
#[derive(Debug)]
pub(super) struct Reader {
    pub dialect: Dialect,
    pub leniencies: Leniencies,
}

impl Reader {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, leniencies: Leniencies::default() }
    }

    /// All values of `attribute`, which was sent as `at`. `None` is unassigned.
    pub(super) fn attribute(
        &mut self,
        attribute: &Attribute,
        at: &str,
        value: Value,
    ) -> Result<Option<Value>, ScimError> {
        if !attribute.multi_valued {
            return self.single(attribute, at, value);
        }
        let values = self.list(attribute, at, value)?;
        Ok(if values.is_empty() { None } else { Some(Value::Array(values)) })
    }

    /// The values of a multi-valued attribute.
    pub(super) fn list(&mut self, attribute: &Attribute, at: &str, value: Value) -> Result<Vec<Value>, ScimError> {
        let sent = match shape::into_list(self, attribute, at, value) {
            Value::Null => return Ok(Vec::new()),
            Value::Array(sent) => sent,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return Err(ScimError::InvalidValue(format!("`{}` takes a list of values", short(at))));
            }
        };
        if sent.len() > MAX_VALUES {
            return Err(ScimError::InvalidValue(format!("`{}` has more than {MAX_VALUES} values", short(at))));
        }
        let mut values = Vec::with_capacity(sent.len());
        for value in sent {
            if let Some(value) = self.single(attribute, at, value)?
                && !is_hollow(attribute, &value)
            {
                values.push(value);
            }
        }
        let mut values = without_duplicates(attribute, values);
        self.one_primary(attribute, at, &mut values)?;
        Ok(values)
    }

    /// One value of `attribute`.
    pub(super) fn single(&mut self, attribute: &Attribute, at: &str, value: Value) -> Result<Option<Value>, ScimError> {
        let value = shape::into_single(self, attribute, at, value);
        if value.is_null() {
            return Ok(None);
        }
        match (attribute.kind, value) {
            (AttributeType::Complex, Value::Object(members)) => self.complex(attribute, at, members),
            (AttributeType::Boolean, Value::Bool(value)) => Ok(Some(Value::Bool(value))),
            (AttributeType::Decimal, Value::Number(value)) => Ok(Some(Value::Number(value))),
            (AttributeType::Integer, Value::Number(value)) if !value.is_f64() => Ok(Some(Value::Number(value))),
            (AttributeType::String | AttributeType::Reference, Value::String(text)) => text_within_limit(at, text),
            (AttributeType::DateTime, Value::String(text)) if Timestamp::parse_rfc3339(&text).is_some() => {
                Ok(Some(Value::String(text)))
            }
            (AttributeType::Binary, Value::String(text)) if BASE64.decode(&text).is_ok() => text_within_limit(at, text),
            (kind, _) => Err(ScimError::InvalidValue(format!("`{}` takes {}", short(at), described(kind)))),
        }
    }

    /// The sub-attributes of one complex value, in the schema's order.
    fn complex(
        &mut self,
        attribute: &Attribute,
        at: &str,
        members: Map<String, Value>,
    ) -> Result<Option<Value>, ScimError> {
        let mut found: Vec<(usize, &Attribute, Value)> = Vec::new();
        for (name, value) in shape::reference_into_value(attribute, members) {
            let position = attribute.sub_attributes.iter().position(|sub| sub.name.eq_ignore_ascii_case(&name));
            let Some((position, sub)) = position.and_then(|at| Some((at, attribute.sub_attributes.get(at)?))) else {
                self.leniencies.note("unknown_attribute", &format!("{at}.{name}"), "is in no schema and was ignored");
                continue;
            };
            if sub.is_read_only() || sub.is_resource_reference() {
                continue;
            }
            let path = format!("{at}.{}", sub.name);
            if found.iter().any(|(taken, _, _)| *taken == position) {
                return Err(ScimError::InvalidSyntax(format!("`{}` is given twice", short(&path))));
            }
            if let Some(value) = self.attribute(sub, &path, value)? {
                found.push((position, sub, value));
            }
        }
        if found.is_empty() {
            return Ok(None);
        }
        let missing = attribute.sub_attributes.iter().find(|sub| {
            sub.required && !sub.is_read_only() && !found.iter().any(|(_, present, _)| present.name == sub.name)
        });
        if let Some(missing) = missing {
            return Err(ScimError::InvalidValue(format!("`{}.{}` is required", short(at), missing.name)));
        }
        found.sort_by_key(|(position, _, _)| *position);
        Ok(Some(found.into_iter().map(|(_, sub, value)| (sub.name.clone(), value)).collect::<Map<_, _>>().into()))
    }

    /// RFC 7643 §2.4: `primary` is true at most once.
    fn one_primary(&mut self, attribute: &Attribute, at: &str, values: &mut [Value]) -> Result<(), ScimError> {
        if attribute.sub_attribute("primary").is_none() {
            return Ok(());
        }
        let mut later = values.iter_mut().filter(|value| is_primary(value)).skip(1).peekable();
        if later.peek().is_none() {
            return Ok(());
        }
        if !self.dialect.reshapes_values() {
            return Err(ScimError::InvalidValue(format!("`{}` has more than one primary value", short(at))));
        }
        later.for_each(not_primary);
        self.leniencies.note("several_primaries", at, "has more than one primary value; the first was taken");
        Ok(())
    }
}

fn text_within_limit(at: &str, text: String) -> Result<Option<Value>, ScimError> {
    if text.chars().nth(MAX_TEXT).is_some() {
        return Err(ScimError::InvalidValue(format!("`{}` is longer than {MAX_TEXT} characters", short(at))));
    }
    Ok(Some(Value::String(text)))
}

const fn described(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String | AttributeType::Reference => "a string",
        AttributeType::Boolean => "true or false",
        AttributeType::Decimal => "a number",
        AttributeType::Integer => "a whole number",
        AttributeType::DateTime => "a date and time such as \"2026-01-31T08:00:00Z\"",
        AttributeType::Binary => "base64",
        AttributeType::Complex => "an object",
    }
}

/// Whether an element says nothing: an e-mail address with a type but without an address.
fn is_hollow(attribute: &Attribute, value: &Value) -> bool {
    attribute.sub_attribute("value").is_some()
        && value.as_object().is_some_and(|members| members.keys().all(|name| name == "type" || name == "primary"))
}

pub(super) fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

pub(super) fn not_primary(value: &mut Value) {
    if let Some(primary) = value.get_mut("primary") {
        *primary = Value::Bool(false);
    }
}

/// What makes two elements of a list the same: type and value where there is a value, and everything otherwise.
pub(super) fn identity(attribute: &Attribute, value: &Value) -> String {
    let part = |name| {
        let sub = attribute.sub_attribute(name)?;
        value.get(name)?.as_str().map(|text| prepared(sub, text).into_owned())
    };
    match part("value") {
        Some(text) => Value::from(vec![text, part("type").unwrap_or_default()]).to_string(),
        None => value.to_string(),
    }
}

/// Keeps the first of those that are the same; it becomes primary if any of them is.
fn without_duplicates(attribute: &Attribute, values: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::with_capacity(values.len());
    let mut primary = None;
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        let identity = identity(attribute, &value);
        if seen.contains(&identity) {
            if is_primary(&value) {
                primary.get_or_insert(identity);
            }
            continue;
        }
        seen.insert(identity);
        kept.push(value);
    }
    if let Some(primary) = primary
        && !kept.iter().any(is_primary)
        && let Some(first) = kept.iter_mut().find(|value| identity(attribute, value) == primary)
        && let Some(members) = first.as_object_mut()
    {
        members.insert("primary".to_owned(), Value::Bool(true));
    }
    kept
}
