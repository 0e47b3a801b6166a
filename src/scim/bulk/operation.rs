//! Reads one operation of a bulk request: `method`, `bulkId`, `version`, `path`, `data` (RFC 7644 §3.7).

use serde_json::{Map, Value};

use super::{BulkMethod, Entry, Operation, State};
use crate::scim::error::short;
use crate::scim::etag::Precondition;
use crate::scim::{ResourceKind, ScimError};

impl BulkMethod {
    const ALL: [Self; 4] = [Self::Post, Self::Put, Self::Patch, Self::Delete];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// An operation as sent, right or wrong.
pub(super) fn read(sent: Value) -> Entry {
    let mut described = Map::new();
    let mut bulk_id = None;
    let operation = match sent {
        Value::Object(mut members) => {
            if let Some(Value::String(method)) = members.get("method") {
                described.insert("method".to_owned(), short(method).into());
            }
            if let Some(Value::String(id)) = take(&mut members, "bulkId")
                && !id.is_empty()
            {
                described.insert("bulkId".to_owned(), short(&id).into());
                bulk_id = Some(id);
            }
            operation(members, bulk_id.is_some())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(ScimError::InvalidSyntax("an operation is not a JSON object".to_owned()))
        }
    };
    Entry { described, bulk_id, operation, needs: Vec::new(), rest: None, state: State::Waiting }
}

fn operation(mut members: Map<String, Value>, has_bulk_id: bool) -> Result<Operation, ScimError> {
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => text,
        Some(_) | None => String::new(),
    };
    let method = text(take(&mut members, "method"));
    let method = BulkMethod::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(&method));
    let method =
        method.ok_or_else(|| ScimError::InvalidSyntax("`method` must be POST, PUT, PATCH or DELETE".to_owned()))?;
    let path = text(take(&mut members, "path"));
    let (kind, id) = target(&path)
        .ok_or_else(|| ScimError::InvalidPath(format!("`{}` is no path of a User or Group", short(&path))))?;
    match (method, &id) {
        (BulkMethod::Post, Some(_)) => {
            return Err(ScimError::InvalidPath(format!("a POST goes to `{}`", kind.endpoint())));
        }
        (BulkMethod::Post, None) if !has_bulk_id => {
            return Err(ScimError::InvalidValue("a POST needs a `bulkId`".to_owned()));
        }
        (BulkMethod::Put | BulkMethod::Patch | BulkMethod::Delete, None) => {
            return Err(ScimError::InvalidPath(format!("`{}` names no resource", short(&path))));
        }
        (BulkMethod::Post, None) | (BulkMethod::Put | BulkMethod::Patch | BulkMethod::Delete, Some(_)) => {}
    }
    let version = text(take(&mut members, "version"));
    let expected = Precondition::parse((!version.is_empty()).then_some(version.as_str()));
    let data = take(&mut members, "data").unwrap_or(Value::Null);
    Ok(Operation { method, kind, id, data, expected })
}

/// `/Users`, `/Users/{id}`; also below the base URL.
fn target(path: &str) -> Option<(ResourceKind, Option<String>)> {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    ResourceKind::ALL.into_iter().find_map(|kind| {
        let (head, tail) = split_at_endpoint(path, kind.endpoint())?;
        let is_base = head.is_empty() || head.ends_with("/v2");
        match tail.strip_prefix('/') {
            _ if !is_base => None,
            None if tail.is_empty() => Some((kind, None)),
            Some(id) if !id.is_empty() && !id.contains('/') => Some((kind, Some(id.to_owned()))),
            None | Some(_) => None,
        }
    })
}

/// What stands before and after the first `endpoint` in `path`, in any case.
fn split_at_endpoint<'p>(path: &'p str, endpoint: &str) -> Option<(&'p str, &'p str)> {
    let at = path.to_ascii_lowercase().find(&endpoint.to_ascii_lowercase())?;
    let (head, rest) = path.split_at_checked(at)?;
    rest.split_at_checked(endpoint.len()).map(|(_, tail)| (head, tail))
}

/// The member called `name`, in any case.
pub(super) fn take(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()?;
    object.shift_remove(&key)
}
