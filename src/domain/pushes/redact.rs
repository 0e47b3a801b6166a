//! What is shown of a request, and what is never kept of it.
//!
//! The rule: of a body its shape is shown, that is, every name, number, boolean and id, and those texts that SCIM itself
//! gives (`schemas`, `op`, `path`, `method`, `type`); any other text may be personal, and only its length is told. In a
//! filter or path, what stands in quotes is left out likewise. A password is not kept at all, not even sealed.

use serde_json::{Map, Value};

/// Members whose texts are SCIM's own.
const PLAIN: [&str; 8] = ["schemas", "op", "path", "method", "type", "bulkId", "$ref", "resourceType"];

/// The parameters of a query whose texts are SCIM's own.
const PLAIN_PARAMETERS: [&str; 6] = ["attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count"];

/// The shape of a body; nothing if it is no JSON.
pub fn outline(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().map(|body| shape("", body))
}

fn shape(name: &str, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name.clone(), shape(&name, value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| shape(name, item)).collect()),
        Value::String(text) if is_id(&text) => Value::String(text),
        Value::String(text) if PLAIN.contains(&name) => Value::String(unquoted(&text)),
        Value::String(_) if name.eq_ignore_ascii_case("password") => Value::String("…".to_owned()),
        Value::String(text) => Value::String(format!("… ({} characters)", text.chars().count())),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

fn is_id(text: &str) -> bool {
    text.parse::<crate::model::RequestId>().is_ok()
}

/// The text with `"…"` in the place of whatever stood in quotes, ids apart.
fn unquoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (at, piece) in text.split('"').enumerate() {
        if at > 0 {
            shown.push('"');
        }
        shown.push_str(if at % 2 == 1 && !is_id(piece) { "…" } else { piece });
    }
    shown
}

/// A query string as it may be shown.
pub fn shown_query(query: &str) -> String {
    let shown = url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| {
        let is_plain = PLAIN_PARAMETERS.iter().any(|plain| plain.eq_ignore_ascii_case(&name));
        let value = match (is_plain, name.eq_ignore_ascii_case("filter")) {
            (true, _) => value.into_owned(),
            (false, true) => unquoted(&value),
            (false, false) => "…".to_owned(),
        };
        format!("{name}={value}")
    });
    shown.collect::<Vec<_>>().join("&")
}

/// The body without any password. Only one that names a password is read for it.
pub(super) fn without_password(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    // An escape may spell a name differently.
    if !text.contains("\\u") && !text.to_ascii_lowercase().contains("password") {
        return text.into_owned();
    }
    match serde_json::from_slice(body) {
        Ok(mut value) => {
            forget_password(&mut value);
            value.to_string()
        }
        // What is no JSON changes nothing, so nothing is kept of it.
        Err(_) => String::new(),
    }
}

fn names_password(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("password")
}

fn forget_password(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !names_password(name));
            if members.get("path").and_then(Value::as_str).is_some_and(names_password) {
                *members =
                    Map::from_iter([("op".to_owned(), "replace".into()), ("value".to_owned(), Map::new().into())]);
            }
            members.values_mut().for_each(forget_password);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_password),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_shape_tells_names_numbers_and_ids_and_no_text_that_may_be_personal() {
        let id = "018bcfe5-6800-7000-8000-00000000a001";
        let body = json!({"schemas": ["urn:x"], "userName": "ann@corp.example", "active": true, "n": 7,
                          "emails": [{"value": "ann@corp.example", "type": "work"}], "members": [{"value": id}]});
        let shown = outline(body.to_string().as_bytes()).unwrap();
        assert_eq!(shown["userName"], "… (16 characters)");
        assert_eq!((&shown["schemas"][0], &shown["active"], &shown["n"]), (&json!("urn:x"), &json!(true), &json!(7)));
        assert_eq!((&shown["emails"][0]["type"], &shown["members"][0]["value"]), (&json!("work"), &json!(id)));
        assert!(!shown.to_string().contains("ann"), "{shown}");
    }

    #[test]
    fn what_is_quoted_in_a_filter_or_path_is_left_out() {
        assert_eq!(shown_query("filter=userName+eq+%22ann%22&count=2&x=ann"), "filter=userName eq \"…\"&count=2&x=…");
        let body = json!({"Operations": [{"op": "remove", "path": "emails[value eq \"ann@x\"]"}]});
        assert_eq!(outline(body.to_string().as_bytes()).unwrap()["Operations"][0]["path"], "emails[value eq \"…\"]");
    }

    #[test]
    fn no_password_is_kept_wherever_it_stands() {
        let secret = "hunter2-hunter2";
        for body in [
            json!({"userName": "ann", "password": secret}),
            json!({"userName": "ann", "urn:ietf:params:scim:schemas:core:2.0:User:passWord": secret}),
            json!({"Operations": [{"op": "replace", "path": "password", "value": secret}]}),
            json!({"Operations": [{"op": "replace", "value": {"Password": secret, "active": true}}]}),
        ] {
            let kept = without_password(body.to_string().as_bytes());
            assert!(!kept.contains(secret) && !kept.is_empty(), "{kept}");
        }
        let escaped = without_password(br#"{"passw\u006frd":"hunter2-hunter2","active":true}"#);
        assert_eq!(escaped, r#"{"active":true}"#);
    }
}
