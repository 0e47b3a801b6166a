//! What a change changed: the attributes that differ, as they were and as they are.
//!
//! Complex attributes are entered, so that a new family name does not drag the whole name along; multi-valued
//! attributes are kept whole, because their elements have no identity. A text attribute called `password`
//! (RFC 7643 §4.1.1: never returned) is named but its value is not recorded.

use serde_json::{Map, Value};

/// How deep complex attributes are entered; deeper ones are compared and kept whole.
const MAX_DEPTH: usize = 8;

const NOT_RECORDED: &str = "(not recorded)";

/// The attributes that differ, before and after. `None` on one side: there was, or is, nothing at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    before: Option<Value>,
    after: Option<Value>,
}

impl Difference {
    /// What differs between `before` and `after`; nothing if they are equal.
    pub fn between(before: &Value, after: &Value) -> Option<Self> {
        let (before, after) = differing(before, after, 0)?;
        Some(Self { before: Some(before), after: Some(after) })
    }

    /// Something that was not there before.
    pub fn created(after: &Value) -> Self {
        Self { before: None, after: Some(recorded(after, 0)) }
    }

    /// Something that is no longer there.
    pub fn deleted(before: &Value) -> Self {
        Self { before: Some(recorded(before, 0)), after: None }
    }

    /// The attributes as they were.
    pub const fn before(&self) -> Option<&Value> {
        self.before.as_ref()
    }

    /// The attributes as they are now.
    pub const fn after(&self) -> Option<&Value> {
        self.after.as_ref()
    }

    /// As read from an entry.
    pub(super) const fn from_parts(before: Option<Value>, after: Option<Value>) -> Self {
        Self { before, after }
    }
}

fn differing(before: &Value, after: &Value, depth: usize) -> Option<(Value, Value)> {
    let (Value::Object(old), Value::Object(new), true) = (before, after, depth < MAX_DEPTH) else {
        return (before != after).then(|| (recorded(before, depth), recorded(after, depth)));
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    for (name, value) in old {
        match new.get(name) {
            None => {
                was.insert(name.clone(), member(name, recorded(value, depth + 1)));
            }
            Some(changed) => {
                if let Some((from, to)) = differing(value, changed, depth + 1) {
                    was.insert(name.clone(), member(name, from));
                    is.insert(name.clone(), member(name, to));
                }
            }
        }
    }
    for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        is.insert(name.clone(), member(name, recorded(value, depth + 1)));
    }
    (!was.is_empty() || !is.is_empty()).then_some((Value::Object(was), Value::Object(is)))
}

/// The value as it may be recorded.
fn recorded(value: &Value, depth: usize) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) if depth > 64 => Value::from("(nested deeper than 64 levels)"),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), member(name, recorded(value, depth + 1)))).collect()
        }
        Value::Array(items) => items.iter().map(|item| recorded(item, depth + 1)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn member(name: &str, value: Value) -> Value {
    if value.is_string() && name.eq_ignore_ascii_case("password") { Value::from(NOT_RECORDED) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_kept() {
        let before = json!({"userName": "ann", "active": true, "name": {"givenName": "Ann", "familyName": "Lee"}});
        let after = json!({"userName": "ann", "active": false, "name": {"givenName": "Ann", "familyName": "Ray"}});
        let difference = Difference::between(&before, &after).unwrap();
        assert_eq!(difference.before(), Some(&json!({"active": true, "name": {"familyName": "Lee"}})));
        assert_eq!(difference.after(), Some(&json!({"active": false, "name": {"familyName": "Ray"}})));
    }

    #[test]
    fn equal_values_have_no_difference_whatever_the_order_of_their_keys() {
        assert_eq!(Difference::between(&json!({"a": 1, "b": 2}), &json!({"b": 2, "a": 1})), None);
    }

    #[test]
    fn an_attribute_that_came_or_went_stands_on_one_side_only() {
        let difference = Difference::between(&json!({"title": "x"}), &json!({"nickName": "y"})).unwrap();
        assert_eq!(difference.before(), Some(&json!({"title": "x"})));
        assert_eq!(difference.after(), Some(&json!({"nickName": "y"})));
    }

    #[test]
    fn a_changed_list_is_kept_whole() {
        let difference = Difference::between(&json!({"l": [1, 2]}), &json!({"l": [1, 3]})).unwrap();
        assert_eq!(difference.after(), Some(&json!({"l": [1, 3]})));
    }

    #[test]
    fn a_changed_password_is_told_but_not_shown() {
        let difference =
            Difference::between(&json!({"password": "one"}), &json!({"Password": "two", "password": "three"})).unwrap();
        assert_eq!(difference.before(), Some(&json!({"password": NOT_RECORDED})));
        assert_eq!(difference.after(), Some(&json!({"password": NOT_RECORDED, "Password": NOT_RECORDED})));
        assert_eq!(
            Difference::created(&json!({"u": [{"password": "x"}]})).after(),
            Some(&json!({"u": [{"password": NOT_RECORDED}]}))
        );
    }

    #[test]
    fn a_deep_value_neither_overflows_nor_is_forgotten() {
        let deep = |leaf: i32| (0..200).fold(json!(leaf), |inner, _| json!({"x": inner}));
        assert!(Difference::between(&deep(1), &deep(2)).is_some());
    }
}
