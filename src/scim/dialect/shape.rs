//! Turns the shapes of values that identity providers send into those of the schema, and notes each.
//!
//! Entra sends booleans as `"False"` and `manager` as a bare string or an array of one; OneLogin's templates send an
//! object where a list is due; empty strings stand for nothing in a reference to another resource. Only shapes that can
//! mean one thing are read: `"active":"maybe"` stays what it is, and is refused by its type.
//!
//! Not here: the forms of PATCH operations (`patch::dialect`).

use serde_json::{Map, Number, Value};

use crate::scim::attribute::{Attribute, AttributeType};
use crate::scim::error::short;
use crate::scim::read::Reader;

/// A list for a multi-valued attribute: one value alone becomes a list of one.
pub(in crate::scim) fn into_list(reader: &mut Reader, attribute: &Attribute, at: &str, value: Value) -> Value {
    match value {
        Value::Array(_) | Value::Null => value,
        Value::String(ref text) if text.is_empty() => {
            reader.leniencies.note("empty_string_as_list", at, "sent as an empty string; taken as no value");
            Value::Null
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) if attribute.multi_valued => {
            reader.leniencies.note("single_as_list", at, "sent as one value where a list is due");
            Value::Array(vec![value])
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => value,
    }
}

/// One value in the type of the attribute, as far as what was sent can mean one.
pub(in crate::scim) fn into_single(reader: &mut Reader, attribute: &Attribute, at: &str, value: Value) -> Value {
    if attribute.is_complex() && refers_to_resource(attribute) && is_empty_reference(&value) {
        reader.leniencies.note("empty_reference", at, "sent with an empty `value`; taken as no value");
        return Value::Null;
    }
    match (attribute.kind, value) {
        (_, Value::Array(mut values)) if values.len() <= 1 => {
            reader.leniencies.note("list_as_single", at, "sent as a list where one value is due");
            match values.pop() {
                Some(Value::Array(_)) | None => Value::Null,
                Some(only) => into_single(reader, attribute, at, only),
            }
        }
        (AttributeType::Boolean, Value::String(text)) => boolean(reader, at, text),
        (AttributeType::Integer | AttributeType::Decimal, Value::String(text)) => number(reader, at, text),
        (AttributeType::String, Value::Number(number)) if !is_rounded(&number) => {
            reader.leniencies.note("string_as_number", at, "sent as a number");
            Value::String(number.to_string())
        }
        (AttributeType::Complex, Value::String(text)) if attribute.sub_attribute("value").is_some() => {
            reader.leniencies.note("complex_as_string", at, "sent as a string where an object is due");
            if text.is_empty() {
                Value::Null
            } else {
                Value::Object(Map::from_iter([("value".to_owned(), text.into())]))
            }
        }
        (_, value) => value,
    }
}

/// Takes the id from the end of a `$ref` to a resource here, if there is no `value` beside it.
pub(in crate::scim) fn reference_into_value(
    attribute: &Attribute,
    mut members: Map<String, Value>,
) -> Map<String, Value> {
    if !refers_to_resource(attribute) || members.keys().any(|name| name.eq_ignore_ascii_case("value")) {
        return members;
    }
    let reference =
        members.iter().find(|(name, _)| name.eq_ignore_ascii_case("$ref")).and_then(|(_, value)| value.as_str());
    let id =
        reference.and_then(|reference| reference.rsplit('/').next()).filter(|id| !id.is_empty()).map(str::to_owned);
    if let Some(id) = id {
        members.insert("value".to_owned(), Value::String(id));
    }
    members
}

fn boolean(reader: &mut Reader, at: &str, text: String) -> Value {
    let value = match text.trim() {
        yes if yes.eq_ignore_ascii_case("true") => Value::Bool(true),
        no if no.eq_ignore_ascii_case("false") => Value::Bool(false),
        "" => Value::Null,
        _ => return Value::String(text),
    };
    reader.leniencies.note("boolean_as_string", at, &format!("sent as the string `{}`", short(&text)));
    value
}

fn number(reader: &mut Reader, at: &str, text: String) -> Value {
    match serde_json::from_str::<Number>(text.trim()) {
        Ok(number) => {
            reader.leniencies.note("number_as_string", at, "sent as a string");
            Value::Number(number)
        }
        Err(_) => Value::String(text),
    }
}

fn refers_to_resource(attribute: &Attribute) -> bool {
    attribute.sub_attributes.iter().any(Attribute::is_resource_reference)
}

/// `{"value":""}`, by which Entra takes a manager away.
fn is_empty_reference(value: &Value) -> bool {
    let Value::Object(members) = value else { return false };
    members.iter().any(|(name, value)| name.eq_ignore_ascii_case("value") && value.as_str() == Some(""))
}

/// Whether this is a whole number too long to be kept: rounded, it is no longer what was sent, and is refused as a number.
fn is_rounded(number: &Number) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.is_f64() && number.as_f64().is_some_and(|value| value.abs() >= EXACT)
}
