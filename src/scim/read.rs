//! Reads values by the characteristics of their attributes (RFC 7643 §2.3): one canonical form comes out, or an error.
//!
//! Canonical means: the schema's spelling and order of sub-attributes; `null`, `[]`, `{}` and absent are one state
//! (§2.5), which is `None` here; no (type, value) pair twice and at most one `primary` in a list (§2.4). Texts keep
//! the form in which they were sent, for identity providers compare.
//!
//! Read-only sub-attributes and `$ref`s to resources here are left out: the server fills them in.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

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
    stored: bool,
}

impl Reader {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, leniencies: Leniencies::default(), stored: false }
    }

    /// Reads what was read before and stored, perhaps under another form of an extension.
    pub(super) fn of_stored() -> Self {
        Self { stored: true, ..Self::new(Dialect::Generic) }
    }

    pub(super) fn is_stored(&self) -> bool {
        self.stored
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
            (AttributeType::String | AttributeType::Reference, Value::String(text)) => {
                self.note_unlisted(attribute, at, &text);
                text_within_limit(at, text)
            }
            (AttributeType::DateTime, Value::String(text)) if Timestamp::parse_rfc3339(&text).is_some() => {
                Ok(Some(Value::String(text)))
            }
            (AttributeType::Binary, Value::String(text)) if BASE64.decode(&text).is_ok() => text_within_limit(at, text),
            (kind, _) => Err(ScimError::InvalidValue(format!("`{}` takes {}", short(at), described(kind)))),
        }
    }

    /// RFC 7643 §7: canonical values are suggestions, so another is kept, as it was sent, and noted.
    fn note_unlisted(&mut self, attribute: &Attribute, at: &str, text: &str) {
        let is_listed = |listed: &String| prepared(attribute, listed) == prepared(attribute, text);
        if !self.stored && !attribute.canonical_values.is_empty() && !attribute.canonical_values.iter().any(is_listed) {
            self.leniencies.note(
                "unlisted_value",
                at,
                &format!("sent as `{}`, which its schema does not list", short(text)),
            );
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
            if sub.is_read_only() || sub.is_dropped() || sub.is_resource_reference() {
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
        if let Some(missing) = missing.filter(|_| !self.stored) {
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
        if self.dialect.is_to_the_letter() {
            return Err(ScimError::InvalidValue(format!("`{}` has more than one primary value", short(at))));
        }
        later.for_each(not_primary);
        self.leniencies.note("several_primaries", at, "has more than one primary value; the first was taken");
        Ok(())
    }
}

/// Texts have a length, and none of U+0000, which not every database can hold.
fn text_within_limit(at: &str, text: String) -> Result<Option<Value>, ScimError> {
    if text.chars().nth(MAX_TEXT).is_some() {
        return Err(ScimError::InvalidValue(format!("`{}` is longer than {MAX_TEXT} characters", short(at))));
    }
    if text.contains('\0') {
        return Err(ScimError::InvalidValue(format!("`{}` contains the character U+0000", short(at))));
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
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity<'v> {
    Valued { value: Cow<'v, str>, kind: Cow<'v, str> },
    Whole(String),
}

/// The identity of `value` among the elements of `attribute`.
pub(super) fn identity<'v>(attribute: &Attribute, value: &'v Value) -> Identity<'v> {
    if let Some(text) = value.as_str() {
        return Identity::Valued { value: prepared(attribute, text), kind: Cow::Borrowed("") };
    }
    let part = |name| Some(prepared(attribute.sub_attribute(name)?, value.get(name)?.as_str()?));
    match part("value") {
        Some(value) => Identity::Valued { value, kind: part("type").unwrap_or_default() },
        None => Identity::Whole(value.to_string()),
    }
}

/// Keeps the first of those that are the same; it becomes primary if a later one was and none else is.
fn without_duplicates(attribute: &Attribute, mut values: Vec<Value>) -> Vec<Value> {
    let mut first: HashMap<Identity<'_>, usize> = HashMap::with_capacity(values.len());
    let mut keep = Vec::with_capacity(values.len());
    let mut primary = None;
    for (index, value) in values.iter().enumerate() {
        match first.entry(identity(attribute, value)) {
            Entry::Vacant(entry) => {
                entry.insert(index);
                keep.push(true);
            }
            Entry::Occupied(entry) => {
                keep.push(false);
                if is_primary(value) {
                    primary.get_or_insert(*entry.get());
                }
            }
        }
    }
    let none_is_primary = !values.iter().zip(&keep).any(|(value, keep)| *keep && is_primary(value));
    if let Some(members) = primary.filter(|_| none_is_primary).and_then(|index| values.get_mut(index)?.as_object_mut())
    {
        members.insert("primary".to_owned(), Value::Bool(true));
    }
    let mut keep = keep.into_iter();
    values.retain(|_| keep.next() == Some(true));
    values
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(dialect: Dialect, attribute: Value, value: Value) -> Result<Option<Value>, ScimError> {
        let attribute: Attribute = serde_json::from_value(attribute).unwrap();
        Reader::new(dialect).attribute(&attribute, &attribute.name, value)
    }

    #[test]
    fn each_type_takes_its_own_values_alone() {
        let values = [
            json!("x"),
            json!(true),
            json!(1.5),
            json!(7),
            json!("2026-01-31T08:00:00+01:00"),
            json!("eHg="),
            json!({}),
        ];
        for (kind, taken) in [
            ("string", [true, false, true, true, true, true, false]),
            ("reference", [true, false, false, false, true, true, false]),
            ("boolean", [false, true, false, false, false, false, false]),
            ("decimal", [false, false, true, true, false, false, false]),
            ("integer", [false, false, false, true, false, false, false]),
            ("dateTime", [false, false, false, false, true, false, false]),
            ("binary", [false, false, false, false, false, true, false]),
            ("complex", [false, false, false, false, false, false, true]),
        ] {
            for (value, taken) in values.iter().zip(taken) {
                let read = read(Dialect::Generic, json!({ "name": "a", "type": kind }), value.clone());
                assert_eq!(read.is_ok(), taken, "{kind} {value}");
            }
        }
    }

    #[test]
    fn numbers_in_quotes_are_numbers() {
        let attribute = json!({ "name": "a", "type": "integer" });
        assert_eq!(read(Dialect::Generic, attribute.clone(), json!("7")), Ok(Some(json!(7))));
        assert!(read(Dialect::Generic, attribute, json!("7.5")).is_err());
    }

    #[test]
    fn a_list_of_simple_values_has_each_once_by_its_case() {
        let tags = |exact| json!({ "name": "a", "type": "string", "multiValued": true, "caseExact": exact });
        let sent = json!(["x", "X", null, "x"]);
        assert_eq!(read(Dialect::Generic, tags(true), sent.clone()), Ok(Some(json!(["x", "X"]))));
        assert_eq!(read(Dialect::Generic, tags(false), sent), Ok(Some(json!(["x"]))));
    }

    #[test]
    fn a_required_sub_attribute_is_missed_and_a_read_only_one_is_ignored() {
        let subs = json!([
            { "name": "code", "type": "string", "required": true },
            { "name": "label", "type": "string", "mutability": "readOnly" },
            { "name": "note", "type": "string" },
        ]);
        let attribute = json!({ "name": "a", "type": "complex", "subAttributes": subs });
        assert!(read(Dialect::Generic, attribute.clone(), json!({ "note": "n" })).is_err());
        let read = read(Dialect::Generic, attribute, json!({ "note": "n", "label": "l", "code": "c" }));
        assert_eq!(read, Ok(Some(json!({ "code": "c", "note": "n" }))));
    }

    #[test]
    fn a_text_with_a_character_that_cannot_be_stored_is_refused() {
        assert!(read(Dialect::Okta, json!({ "name": "a", "type": "string" }), json!("a\u{0}b")).is_err());
    }
}
