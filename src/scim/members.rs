//! The members of a group as clients send them (RFC 7643 §4.2). They are no part of a document: membership is a table.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::error::short;
use super::read::{MAX_TEXT, Reader};
use super::{ResourceKind, ScimError};

/// One member as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRef {
    /// The id of a user or group here. Not checked to be one.
    pub value: String,
    /// What the client calls it (RFC 7643 §2.4).
    pub display: Option<String>,
    /// User or group, if the client says so; else the id decides.
    pub kind: Option<ResourceKind>,
}

/// Reads a list of members, each id once. `null` is an empty list.
pub(super) fn read(reader: &mut Reader, at: &str, value: Value) -> Result<Vec<MemberRef>, ScimError> {
    let sent = match value {
        Value::Null => Vec::new(),
        Value::Array(sent) => sent,
        Value::Object(_) | Value::String(_) => {
            reader.leniencies.note("single_as_list", at, "sent as one value where a list is due");
            vec![value]
        }
        Value::Bool(_) | Value::Number(_) => {
            return Err(ScimError::InvalidValue(format!("`{}` takes a list of members", short(at))));
        }
    };
    let mut seen = HashSet::with_capacity(sent.len());
    let mut members = Vec::with_capacity(sent.len());
    for one in sent {
        let member = member(reader, at, one)?;
        if seen.insert(member.value.clone()) {
            members.push(member);
        }
    }
    Ok(members)
}

fn member(reader: &mut Reader, at: &str, value: Value) -> Result<MemberRef, ScimError> {
    let object = match value {
        Value::Object(object) => object,
        Value::String(id) if !id.is_empty() => {
            reader.leniencies.note("complex_as_string", at, "sent as a string where an object is due");
            check_id(at, &id)?;
            return Ok(MemberRef { value: id, display: None, kind: None });
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err(ScimError::InvalidValue(format!("each value of `{}` is an object with a `value`", short(at))));
        }
    };
    let reference = text(&object, "$ref");
    let id = text(&object, "value").or_else(|| reference.and_then(|reference| reference.rsplit('/').next()));
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Err(ScimError::InvalidValue(format!("`{}.value` is required and is a string", short(at))));
    };
    check_id(at, id)?;
    // A type that is none says nothing: the id decides.
    let kind = text(&object, "type").and_then(ResourceKind::named).or_else(|| reference.and_then(kind_of_reference));
    let display = text(&object, "display").filter(|display| !display.is_empty());
    if display.is_some_and(|display| display.chars().nth(MAX_TEXT).is_some() || display.contains('\0')) {
        let detail = format!("`{}.display` is longer than {MAX_TEXT} characters, or contains U+0000", short(at));
        return Err(ScimError::InvalidValue(detail));
    }
    Ok(MemberRef { value: id.to_owned(), display: display.map(str::to_owned), kind })
}

/// Refuses what is no id of ours, and too long for the index that it would stand in.
fn check_id(at: &str, id: &str) -> Result<(), ScimError> {
    if id.chars().nth(256).is_some() || id.contains('\0') {
        return Err(ScimError::InvalidValue(format!("`{}.value` cannot be the id of a member", short(at))));
    }
    Ok(())
}

fn text<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o str> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
}

fn kind_of_reference(reference: &str) -> Option<ResourceKind> {
    let container = reference.rsplit('/').nth(1)?;
    ResourceKind::ALL.into_iter().find(|kind| kind.endpoint().trim_start_matches('/').eq_ignore_ascii_case(container))
}
