//! `bulkId:…` in the data of an operation (RFC 7644 §3.7.2): as a value, at the end of a `$ref`, in quotes in a path.

use serde_json::{Map, Value};

const MARK: &str = "bulkId:";

/// The `bulkId` that a text is a reference to, as a whole.
pub(super) fn whole(text: &str) -> Option<&str> {
    text.strip_prefix(MARK).filter(|bulk_id| !bulk_id.is_empty())
}

/// All that `data` refers to.
pub(super) fn of(data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each(data, "", &mut |bulk_id| found.push(bulk_id.to_owned()));
    found
}

/// Puts in the ids that are known.
pub(super) fn resolve(data: &mut Value, id_of: &dyn Fn(&str) -> Option<String>) {
    replace(data, "", id_of);
}

/// Takes out the parts of a resource that refer to what `is_missing`: values of lists, and attributes otherwise. Gives
/// what was taken, in the shape of the resource.
pub(super) fn cut(data: &mut Value, is_missing: &dyn Fn(&str) -> bool) -> Option<Value> {
    let taken = cut_members(data.as_object_mut()?, is_missing);
    if taken.is_empty() { None } else { Some(Value::Object(taken)) }
}

fn cut_members(members: &mut Map<String, Value>, is_missing: &dyn Fn(&str) -> bool) -> Map<String, Value> {
    let misses = |value: &Value| of(value).iter().any(|bulk_id| is_missing(bulk_id));
    let mut taken = Map::new();
    for (name, value) in members.iter_mut() {
        if !misses(value) {
            continue;
        }
        let part = match value {
            Value::Array(values) => {
                let (missing, known) = std::mem::take(values).into_iter().partition(|value| misses(value));
                *values = known;
                Value::Array(missing)
            }
            // The container of an extension.
            Value::Object(inner) if name.contains(':') => Value::Object(cut_members(inner, is_missing)),
            Value::Object(_) | Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.take(),
        };
        taken.insert(name.clone(), part);
    }
    taken
}

/// INVARIANT: the depth of a body is bounded before it gets here.
fn each(value: &Value, key: &str, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => {
            if let Some((_, bulk_id, _)) = parts(text, key) {
                found(bulk_id);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| each(value, key, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| each(value, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace(value: &mut Value, key: &str, id_of: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            let resolved = parts(text, key).and_then(|(head, bulk_id, tail)| Some((head, id_of(bulk_id)?, tail)));
            if let Some((head, id, tail)) = resolved {
                *text = format!("{head}{id}{tail}");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, key, id_of)),
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| replace(value, name, id_of)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text around its reference.
fn parts<'t>(text: &'t str, key: &str) -> Option<(&'t str, &'t str, &'t str)> {
    if let Some(bulk_id) = whole(text) {
        return Some(("", bulk_id, ""));
    }
    let (before, ends) = match key {
        "$ref" => ("/", None),
        "path" => ("\"", Some('"')),
        _other => return None,
    };
    let mark = format!("{before}{MARK}");
    let (head, tail) = text.split_at_checked(text.find(&mark)?)?;
    let rest = tail.strip_prefix(&mark)?;
    let (bulk_id, tail) = match ends {
        Some(end) => rest.split_at_checked(rest.find(end)?)?,
        None => (rest, ""),
    };
    let head = text.get(..head.len() + before.len())?;
    (!bulk_id.is_empty()).then_some((head, bulk_id, tail))
}
