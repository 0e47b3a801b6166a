//! Values whose schema says that no other resource may have them (RFC 7643 §7, `uniqueness`).

use serde_json::Value;

use crate::scim::attribute::{Attribute, Uniqueness};
use crate::scim::filter::prepared;

/// Adds what `value`, of the attribute called `name`, has of them.
pub(super) fn collect(attribute: &Attribute, name: &str, value: &Value, found: &mut Vec<(String, String)>) {
    let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    for element in elements {
        if attribute.uniqueness != Uniqueness::None
            && let Some(key) = key(attribute, element)
        {
            found.push((name.to_owned(), key));
        }
        for sub in &attribute.sub_attributes {
            if let Some(value) = element.get(&sub.name) {
                collect(sub, &format!("{name}.{}", sub.name), value, found);
            }
        }
    }
}

fn key(attribute: &Attribute, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(prepared(attribute, text).into_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
