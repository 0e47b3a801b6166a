//! What a filter means: the one truth. Evaluated on a rendered resource, whose spelling is canonical.
//!
//! A multi-valued attribute matches if any of its values does. An absent attribute equals `null` and differs from
//! everything else. An attribute that no schema has matches nothing, whatever the operator. Strings compare by
//! `caseExact`, dateTimes by instant.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::{Comparison, Filter, Literal, Within};
use crate::model::{Timestamp, fold};
use crate::scim::attribute::{Attribute, AttributeType};
use crate::scim::{AttributePath, ResourceKind};

/// What an absent `active` means (`Document::active`).
static ACTIVE: Value = Value::Bool(true);

impl Filter {
    /// Whether `resource`, a rendered resource of `kind`, fulfils this filter.
    pub fn matches(&self, kind: ResourceKind, resource: &Value) -> bool {
        self.holds(Within::Resource(Some(kind)), resource)
    }

    /// Whether `element`, a value of the multi-valued `attribute`, fulfils this inner filter.
    pub(in crate::scim) fn matches_element(&self, attribute: &'static Attribute, element: &Value) -> bool {
        self.holds(Within::Element(attribute), element)
    }

    fn holds(&self, within: Within, value: &Value) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.holds(within, value)),
            Self::Or(any) => any.iter().any(|one| one.holds(within, value)),
            Self::Not(inner) => !inner.holds(within, value),
            Self::Compare { path, operator, literal } => match values_at(within, path, value) {
                Some((attribute, values)) => compare_any(attribute, *operator, &values, literal),
                None => false,
            },
            Self::Present(path) => values_at(within, path, value).is_some_and(|(_, values)| !values.is_empty()),
            Self::ValuePath { path, inner } => {
                let Within::Resource(Some(kind)) = within else { return false };
                let Some(found) = path.resolve(kind) else { return false };
                let container = contain(found.located.extension.map(|schema| schema.id.as_str()), value);
                let element = Within::Element(found.located.attribute);
                elements(container.and_then(|container| container.get(&found.located.attribute.name)))
                    .any(|one| inner.holds(element, one))
            }
        }
    }
}

/// The attribute that `path` names and its non-empty values; nothing if there is no such attribute.
fn values_at<'v>(
    within: Within,
    path: &AttributePath,
    value: &'v Value,
) -> Option<(&'static Attribute, Vec<&'v Value>)> {
    match within {
        Within::Resource(Some(kind)) => {
            let found = path.resolve(kind)?;
            let container = contain(found.located.extension.map(|schema| schema.id.as_str()), value);
            let tops = elements(container.and_then(|container| container.get(&found.located.attribute.name)));
            let values: Vec<&Value> = match found.sub {
                Some(sub) => tops.filter_map(|top| top.get(&sub.name)).filter(|value| is_present(value)).collect(),
                None => tops.filter(|value| is_present(value)).collect(),
            };
            let attribute = found.sub.unwrap_or(found.located.attribute);
            if values.is_empty() && kind == ResourceKind::User && attribute.name == "active" {
                return Some((attribute, vec![&ACTIVE]));
            }
            Some((attribute, values))
        }
        Within::Element(attribute) if path.urn.is_none() && path.sub.is_none() => {
            match attribute.sub_attribute(&path.name) {
                Some(sub) => Some((sub, value.get(&sub.name).into_iter().filter(|value| is_present(value)).collect())),
                None if !attribute.is_complex() && path.name.eq_ignore_ascii_case("value") => {
                    Some((attribute, vec![value]))
                }
                None => None,
            }
        }
        Within::Element(_) | Within::Resource(None) | Within::Unknown => None,
    }
}

fn contain<'v>(urn: Option<&str>, resource: &'v Value) -> Option<&'v Value> {
    match urn {
        Some(urn) => resource.get(urn),
        None => Some(resource),
    }
}

/// The elements of an array, or the one value.
fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
    .iter()
}

/// RFC 7644 §3.4.2.2, `pr`: a non-empty value.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => all.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare_any(attribute: &Attribute, operator: Comparison, values: &[&Value], literal: &Literal) -> bool {
    match (operator, literal) {
        (Comparison::Equal, Literal::Null) => values.is_empty(),
        (Comparison::NotEqual, Literal::Null) => !values.is_empty(),
        // An empty string is no value, so `eq ""` holds where there is none.
        (Comparison::Equal, Literal::String(text)) if text.is_empty() => values.is_empty(),
        (Comparison::NotEqual, Literal::String(text)) if text.is_empty() => !values.is_empty(),
        (Comparison::NotEqual, _) if values.is_empty() => true,
        (_, _) => values.iter().any(|value| compare(attribute, operator, value, literal)),
    }
}

fn compare(attribute: &Attribute, operator: Comparison, value: &Value, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::Bool(left), Literal::Boolean(right)) => match operator {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Contains
            | Comparison::StartsWith
            | Comparison::EndsWith
            | Comparison::Greater
            | Comparison::GreaterOrEqual
            | Comparison::Less
            | Comparison::LessOrEqual => false,
        },
        (Value::Number(left), Literal::Number(right)) => ordered(operator, order_numbers(left, right)),
        (Value::String(left), Literal::String(right)) => match attribute.kind {
            AttributeType::DateTime if !operator.is_substring() => {
                match (Timestamp::parse_rfc3339(left), Timestamp::parse_rfc3339(right)) {
                    (Some(left), Some(right)) => ordered(operator, Some(left.cmp(&right))),
                    (_, _) => false,
                }
            }
            AttributeType::String
            | AttributeType::Boolean
            | AttributeType::Decimal
            | AttributeType::Integer
            | AttributeType::DateTime
            | AttributeType::Binary
            | AttributeType::Reference
            | AttributeType::Complex => compare_text(operator, &prepared(attribute, left), &prepared(attribute, right)),
        },
        (_, _) => operator == Comparison::NotEqual,
    }
}

fn compare_text(operator: Comparison, left: &str, right: &str) -> bool {
    match operator {
        Comparison::Contains => left.contains(right),
        Comparison::StartsWith => left.starts_with(right),
        Comparison::EndsWith => left.ends_with(right),
        Comparison::Equal
        | Comparison::NotEqual
        | Comparison::Greater
        | Comparison::GreaterOrEqual
        | Comparison::Less
        | Comparison::LessOrEqual => ordered(operator, Some(left.cmp(right))),
    }
}

fn ordered(operator: Comparison, order: Option<Ordering>) -> bool {
    match operator {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith => false,
    }
}

/// Whole numbers exactly, others as floats.
pub(in crate::scim) fn order_numbers(left: &serde_json::Number, right: &serde_json::Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (_, _) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// The text in the form in which it is compared (RFC 7643 §2.2 `caseExact`).
pub(in crate::scim) fn prepared<'v>(attribute: &Attribute, text: &'v str) -> Cow<'v, str> {
    let is_folded = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if attribute.case_exact || text.bytes().all(is_folded) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(fold(text).into_string())
}
