//! Sorting (RFC 7644 §3.4.2.3): by the value, or the primary or first of several; what has none comes last
//! (ascending) or first (descending). Equal ones are put in order of their kind and id, so that pages do not overlap.
//! Of a text the first [`COMPARED`] characters decide: what a place in the order is remembered by has to be bounded.

use std::cmp::Ordering;

use serde_json::Value;

use super::attribute::{Attribute, AttributeType};
use super::error::short;
use super::filter::{order_numbers, prepared};
use super::path::Resolved;
use super::read::is_primary;
use super::{AttributePath, ResourceKind, ScimError};
use crate::model::Timestamp;

/// How many characters of a text are compared.
pub const COMPARED: usize = 256;

/// An order of rendered resources.
#[derive(Debug, Clone)]
pub struct Sort {
    by: AttributePath,
    kind: Option<ResourceKind>,
    descending: bool,
}

impl Sort {
    /// Reads `sortBy` and `sortOrder` for resources of `kind`, or of any. Without `sortBy` there is no order.
    ///
    /// Errors: `invalidPath` if `sortBy` names no attribute, `invalidValue` if `sortOrder` is neither order.
    pub fn parse(
        kind: Option<ResourceKind>,
        sort_by: Option<&str>,
        sort_order: Option<&str>,
    ) -> Result<Option<Self>, ScimError> {
        let descending = match sort_order.map(str::trim) {
            None | Some("") => false,
            Some(order) if order.eq_ignore_ascii_case("ascending") => false,
            Some(order) if order.eq_ignore_ascii_case("descending") => true,
            Some(order) => {
                let reason = "is neither ascending nor descending";
                return Err(ScimError::InvalidValue(format!("`sortOrder` {reason}: `{}`", short(order))));
            }
        };
        let Some(text) = sort_by.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        let known = |path: &AttributePath| {
            let mut kinds = ResourceKind::ALL.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one));
            kinds.any(|kind| path.resolve(kind).is_some_and(|found| key_attribute(&found).is_some()))
        };
        let by = AttributePath::parse(text).filter(known);
        let by = by.ok_or_else(|| ScimError::InvalidPath(format!("`sortBy` names no attribute: `{}`", short(text))))?;
        Ok(Some(Self { by: by.canonical(kind), kind, descending }))
    }

    /// The order of two keys of this sort; without one, last (ascending) or first.
    pub fn compare(&self, left: Option<&SortKey>, right: Option<&SortKey>) -> Ordering {
        let order = match (left, right) {
            (Some(left), Some(right)) => left.compare(right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        if self.descending { order.reverse() } else { order }
    }

    /// Whether it is by the top-level attribute `name`.
    pub fn mentions(&self, name: &str) -> bool {
        self.by.name.eq_ignore_ascii_case(name)
    }

    /// What a rendered resource is sorted by, if it has it.
    pub fn key(&self, resource: &Value) -> Option<SortKey> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => ResourceKind::named(resource.get("meta")?.get("resourceType")?.as_str()?)?,
        };
        let found = self.by.resolve(kind)?;
        let container = match found.located.extension {
            Some(extension) => resource.get(&extension.id)?,
            None => resource,
        };
        let value = match container.get(&found.located.attribute.name)? {
            Value::Array(all) => all.iter().find(|one| is_primary(one)).or_else(|| all.first())?,
            one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => one,
        };
        let attribute = key_attribute(&found)?;
        let value = if value.is_object() { value.get(&attribute.name)? } else { value };
        SortKey::of(attribute, value)
    }
}

/// The simple attribute whose value decides: of a complex one its `value`.
fn key_attribute(found: &Resolved) -> Option<&'static Attribute> {
    let attribute = found.sub.unwrap_or(found.located.attribute);
    if attribute.is_complex() { attribute.sub_attribute("value") } else { Some(attribute) }
}

/// What a resource is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub enum SortKey {
    Flag(bool),
    Number(serde_json::Number),
    Moment(Timestamp),
    Text(String),
}

impl SortKey {
    fn of(attribute: &Attribute, value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Flag(*value)),
            Value::Number(value) => Some(Self::Number(value.clone())),
            Value::String(text) if attribute.kind == AttributeType::DateTime => {
                Timestamp::parse_rfc3339(text).map(Self::Moment)
            }
            Value::String(text) => Some(Self::Text(prepared(attribute, text).chars().take(COMPARED).collect())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Flag(left), Self::Flag(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => order_numbers(left, right).unwrap_or(Ordering::Equal),
            (Self::Moment(left), Self::Moment(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (left, right) => left.rank().cmp(&right.rank()),
        }
    }

    /// As it stands in a cursor.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Flag(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Moment(moment) => Value::from(vec![moment.micros()]),
            Self::Text(text) => Value::from(text.as_str()),
        }
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub(super) fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(Self::Flag(flag)),
            Value::Number(number) => Some(Self::Number(number)),
            Value::Array(moment) => Some(Self::Moment(Timestamp::from_micros(moment.first()?.as_i64()?))),
            Value::String(text) => Some(Self::Text(text)),
            Value::Null | Value::Object(_) => None,
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Number(_) => 1,
            Self::Moment(_) => 2,
            Self::Text(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sorted(by: &str, order: Option<&str>, mut resources: Vec<Value>) -> Vec<String> {
        let sort = Sort::parse(Some(ResourceKind::User), Some(by), order).unwrap().unwrap();
        resources.sort_by(|left, right| {
            let order = sort.compare(sort.key(left).as_ref(), sort.key(right).as_ref());
            order.then_with(|| left["id"].as_str().cmp(&right["id"].as_str()))
        });
        resources.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    fn people() -> Vec<Value> {
        vec![
            json!({ "id": "1", "userName": "Bea", "title": "Clerk" }),
            json!({ "id": "2", "userName": "ann" }),
            json!({ "id": "3", "userName": "Cyd", "title": "clerk" }),
        ]
    }

    #[test]
    fn names_sort_without_case() {
        assert_eq!(sorted("USERNAME", None, people()), ["2", "1", "3"]);
    }

    #[test]
    fn what_is_missing_comes_last_and_descending_first_and_ids_break_ties() {
        assert_eq!(sorted("title", None, people()), ["1", "3", "2"]);
        assert_eq!(sorted("title", Some("Descending"), people()), ["2", "1", "3"]);
    }

    #[test]
    fn the_primary_of_several_values_decides_and_else_the_first() {
        let people = vec![
            json!({ "id": "1", "emails": [{ "value": "a" }, { "value": "z", "primary": true }] }),
            json!({ "id": "2", "emails": [{ "value": "m" }, { "value": "a" }] }),
        ];
        assert_eq!(sorted("emails", None, people), ["2", "1"]);
    }

    #[test]
    fn an_unknown_attribute_or_order_is_refused() {
        assert!(matches!(Sort::parse(None, Some("shoeSize"), None), Err(ScimError::InvalidPath(_))));
        assert!(matches!(Sort::parse(None, Some("name"), None), Err(ScimError::InvalidPath(_))));
        assert!(matches!(Sort::parse(None, Some("id"), Some("up")), Err(ScimError::InvalidValue(_))));
    }
}
