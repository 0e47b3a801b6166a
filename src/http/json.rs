//! JSON from outside: its depth is measured on the bytes, before anything is built from them.

use serde::de::DeserializeOwned;

/// Why a body is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    #[error("the JSON is nested deeper than {limit} levels")]
    TooDeep { limit: u32 },
    /// PostgreSQL cannot store it, and nothing here has a use for it.
    #[error("the JSON holds the character U+0000")]
    Nul,
    #[error("the body is not the JSON that is expected here: {0}")]
    Invalid(#[from] serde_json::Error),
}

/// Reads `bytes` as a `T`, refusing more than `limit` levels of arrays and objects.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], limit: u32) -> Result<T, JsonError> {
    if is_deeper(bytes, limit) {
        return Err(JsonError::TooDeep { limit });
    }
    if has_nul(bytes) {
        return Err(JsonError::Nul);
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Whether a string holds an escaped U+0000. An unescaped one is no JSON.
fn has_nul(bytes: &[u8]) -> bool {
    let is_escape = |at: usize| {
        let before = bytes.get(..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
    };
    bytes.windows(6).enumerate().any(|(at, window)| window == b"\\u0000" && is_escape(at))
}

/// Whether brackets outside of strings nest deeper than `limit`. Total on any bytes; on JSON, exact.
fn is_deeper(bytes: &[u8], limit: u32) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn the_limit_itself_is_allowed_and_one_more_is_not() {
        assert!(parse::<Value>(nested(32).as_bytes(), 32).is_ok());
        assert!(matches!(parse::<Value>(nested(33).as_bytes(), 32), Err(JsonError::TooDeep { limit: 32 })));
    }

    #[test]
    fn a_megabyte_of_brackets_is_refused_at_once() {
        assert!(matches!(parse::<Value>("[".repeat(1 << 20).as_bytes(), 32), Err(JsonError::TooDeep { .. })));
    }

    #[test]
    fn an_escaped_nul_is_refused_and_an_escaped_backslash_before_its_digits_is_not() {
        assert!(matches!(parse::<Value>(br#""a\u0000""#, 1), Err(JsonError::Nul)));
        assert!(parse::<Value>(br#""a\\u0000""#, 1).is_ok());
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        let text = format!(r#"{{"a\"[[": "{}"}}"#, "[{".repeat(100));
        assert!(parse::<Value>(text.as_bytes(), 1).is_ok());
    }

    fn depth(value: &Value) -> u32 {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }

    proptest! {
        #[test]
        fn the_scan_agrees_with_the_parsed_value(parts in proptest::collection::vec("(\\[|\\]|\\{|\\}|\"|\\\\|a|:|,|1)", 0..40)) {
            let text = parts.concat();
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                for limit in 0..6 {
                    prop_assert_eq!(is_deeper(text.as_bytes(), limit), depth(&value) > limit);
                }
            }
        }
    }
}
