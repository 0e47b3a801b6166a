//! Which literals an attribute can be compared with, and how (RFC 7644 §3.4.2.2).
//!
//! A comparison that has no meaning is refused when the filter is read, so that evaluation meets only those that have.

use super::{Comparison, Literal};
use crate::model::Timestamp;
use crate::scim::attribute::{Attribute, AttributeType};

/// `literal` in the attribute's type, or why the comparison makes no sense.
pub(super) fn typed(attribute: &Attribute, operator: Comparison, literal: Literal) -> Result<Literal, &'static str> {
    if literal == Literal::Null {
        return match operator {
            Comparison::Equal | Comparison::NotEqual => Ok(literal),
            Comparison::Contains
            | Comparison::StartsWith
            | Comparison::EndsWith
            | Comparison::Greater
            | Comparison::GreaterOrEqual
            | Comparison::Less
            | Comparison::LessOrEqual => Err("null can only be compared with eq and ne"),
        };
    }
    match attribute.kind {
        AttributeType::Boolean if operator.is_ordering() || operator.is_substring() => {
            Err("a boolean can only be compared with eq and ne")
        }
        AttributeType::Boolean => match literal {
            Literal::String(text) if text.eq_ignore_ascii_case("true") => Ok(Literal::Boolean(true)),
            Literal::String(text) if text.eq_ignore_ascii_case("false") => Ok(Literal::Boolean(false)),
            Literal::Boolean(value) => Ok(Literal::Boolean(value)),
            Literal::String(_) | Literal::Number(_) | Literal::Null => Err("a boolean is compared with true or false"),
        },
        AttributeType::Integer | AttributeType::Decimal if operator.is_substring() => {
            Err("a number cannot be compared with co, sw or ew")
        }
        AttributeType::Integer | AttributeType::Decimal => match literal {
            Literal::Number(number) => Ok(Literal::Number(number)),
            Literal::String(text) => {
                serde_json::from_str(&text).map(Literal::Number).map_err(|_| "a number is compared with a number")
            }
            Literal::Boolean(_) | Literal::Null => Err("a number is compared with a number"),
        },
        AttributeType::Binary if operator.is_ordering() => Err("a binary cannot be compared with gt, ge, lt or le"),
        AttributeType::DateTime if !operator.is_substring() => match literal {
            Literal::String(text) if Timestamp::parse_rfc3339(&text).is_some() => Ok(Literal::String(text)),
            Literal::String(_) | Literal::Boolean(_) | Literal::Number(_) | Literal::Null => {
                Err("a dateTime is compared with a string such as \"2026-01-31T08:00:00Z\"")
            }
        },
        AttributeType::String | AttributeType::Reference | AttributeType::Binary | AttributeType::DateTime => {
            Ok(match literal {
                Literal::Boolean(value) => Literal::String(value.to_string()),
                Literal::Number(value) => Literal::String(value.to_string()),
                Literal::String(_) | Literal::Null => literal,
            })
        }
        AttributeType::Complex => Err("a complex attribute is compared by one of its sub-attributes"),
    }
}
