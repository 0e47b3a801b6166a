//! One text for one JSON value, so that two parties who hold the same value hash the same bytes.
//!
//! The form is that of RFC 8785 (no insignificant space, keys sorted by UTF-16 code units, the shortest escapes)
//! with one narrowing: the only numbers are integers up to 2^53 − 1 in size, which every JSON reader keeps exactly.
//! Any other number is written as a string of its decimal text, so no reader needs RFC 8785's rules for floats.

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::Value;

/// How deep a value is written; what lies deeper is replaced by [`TOO_DEEP`]. Requests are refused at 32.
const MAX_DEPTH: usize = 64;

const TOO_DEEP: &str = "\"(nested deeper than 64 levels)\"";

/// 2^53 − 1.
const MAX_INTEGER: u64 = 9_007_199_254_740_991;

/// The canonical text of `value`.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

/// The canonical text of a string.
pub fn canonical_text(content: &str) -> String {
    let mut text = String::with_capacity(content.len() + 2);
    string(content, &mut text);
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    if depth > MAX_DEPTH {
        text.push_str(TOO_DEEP);
        return;
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => {
            let exact = number.as_i64().is_some_and(|n| n.unsigned_abs() <= MAX_INTEGER);
            if exact {
                let _infallible = write!(text, "{number}");
            } else {
                string(&number.to_string(), text);
            }
        }
        Value::String(content) => string(content, text),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, depth + 1, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| utf16_order(a, b));
            text.push('{');
            for (at, (key, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                string(key, text);
                text.push(':');
                write(member, depth + 1, text);
            }
            text.push('}');
        }
    }
}

fn utf16_order(a: &str, b: &str) -> Ordering {
    // ASCII sorts the same either way.
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

fn string(content: &str, text: &mut String) {
    text.push('"');
    if content.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        text.push_str(content);
        text.push('"');
        return;
    }
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => {
                let _infallible = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_by_utf_16_as_in_rfc_8785_section_3_2_3() {
        let value = json!({"\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis"});
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
            \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
            \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical(&value), expected);
    }

    #[test]
    fn strings_are_escaped_as_in_rfc_8785_section_3_2_2_2() {
        let value = json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/");
        assert_eq!(canonical(&value), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
    }

    #[test]
    fn numbers_that_are_not_small_integers_become_text() {
        let value = json!([0, -1, 9_007_199_254_740_991_i64, 9_007_199_254_740_992_i64, 1.5, u64::MAX]);
        assert_eq!(canonical(&value), r#"[0,-1,9007199254740991,"9007199254740992","1.5","18446744073709551615"]"#);
    }

    #[test]
    fn what_is_nested_too_deep_is_cut_and_says_so() {
        let value = (0..100).fold(json!(1), |inner, _| json!([inner]));
        let text = canonical(&value);
        assert!(text.contains("nested deeper"));
        assert!(serde_json::from_str::<Value>(&text).is_ok());
    }

    pub(crate) fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,8}|[\\x00-\\x1f\"\\\\]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("\\PC{0,4}", inner), 0..5).prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_text_of_the_canonical_text_is_itself(value in any_json()) {
            let text = canonical(&value);
            let again: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(canonical(&again), text);
        }

        #[test]
        fn the_order_in_which_keys_came_does_not_matter(members in prop::collection::btree_map("\\PC{0,4}", 0_i32..9, 0..6)) {
            let forth: Value = members.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<serde_json::Map<_, _>>().into();
            let back: Value = members.iter().rev().map(|(k, v)| (k.clone(), json!(v))).collect::<serde_json::Map<_, _>>().into();
            prop_assert_eq!(canonical(&forth), canonical(&back));
        }
    }
}
