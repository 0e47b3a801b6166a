//! The whole of each identity provider's conversation, from the test of the connection to the deletion, as
//! `fixtures/scim/<provider>/conversation.json` has it: every request is sent in its order with its headers, and each
//! answer and effect is what that provider expects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fixture;
use crate::support::Gateway;

/// What every provider does, unless its file says why it does not.
const STEPS: [&str; 11] = [
    "test connection",
    "look up",
    "create",
    "update",
    "deactivate",
    "reactivate",
    "group push",
    "membership",
    "rename",
    "unlink",
    "delete",
];

/// The ids that a server gave out, by the names that the conversation has for them.
type Ids = BTreeMap<String, String>;

fn filled(text: &str, ids: &Ids) -> String {
    ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
}

/// Whether `shown` has all that `expected` has; `null` is nothing.
fn shows(shown: &Value, expected: &Value) -> bool {
    match (shown, expected) {
        (Value::Object(shown), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| shown.get(name).map_or(value.is_null(), |shown| shows(shown, value)))
        }
        (Value::Array(shown), Value::Array(expected)) => {
            shown.len() == expected.len() && shown.iter().zip(expected).all(|(shown, value)| shows(shown, value))
        }
        (shown, expected) => shown == expected,
    }
}

fn hold_conversation(gateway: &Gateway, provider: &str) {
    let conversation: Value = serde_json::from_str(&fixture(&format!("{provider}/conversation.json"), &[])).unwrap();
    let headers = conversation["headers"].as_object().unwrap();
    let scim = headers
        .iter()
        .fold(gateway.directory(provider), |scim, (name, value)| scim.with(name, value.as_str().unwrap()));
    let reading = scim.without("Content-Type");
    let (mut ids, mut done) = (Ids::new(), BTreeSet::new());
    for step in conversation["steps"].as_array().unwrap() {
        let request = filled(step["request"].as_str().unwrap(), &ids);
        let (method, path) = request.split_once(' ').unwrap();
        let body = step.get("body").map(|body| filled(&body.to_string(), &ids).into_bytes());
        let client = if body.is_some() { &scim } else { &reading };
        let answer = client.send(method, path, body);
        assert_eq!(
            u64::from(answer.status),
            step["status"].as_u64().unwrap(),
            "{provider}: {request}: {}",
            answer.body
        );
        if let Some(name) = step.get("keep") {
            ids.insert(name.as_str().unwrap().to_owned(), answer.text("id"));
        }
        let expected = |value: &Value| -> Value { serde_json::from_str(&filled(&value.to_string(), &ids)).unwrap() };
        if let Some(value) = step.get("shows") {
            assert!(shows(&answer.json(), &expected(value)), "{provider}: {request}: {}", answer.body);
        }
        if let Some(then) = step.get("then") {
            let status = then.get("status").map_or(200, |status| u16::try_from(status.as_u64().unwrap()).unwrap());
            let read = reading.get(&filled(then["path"].as_str().unwrap(), &ids)).expect(status);
            let value = then.get("shows").cloned().unwrap_or_else(|| serde_json::json!({}));
            assert!(shows(&read.json(), &expected(&value)), "{provider}: after {request}: {}", read.body);
        }
        done.insert(step["step"].as_str().unwrap());
    }
    let left_out: BTreeSet<&str> = conversation["leaves_out"].as_object().unwrap().keys().map(String::as_str).collect();
    let spoken: BTreeSet<&str> = done.union(&left_out).copied().collect();
    assert_eq!(spoken, BTreeSet::from(STEPS), "{provider}");
    assert!(done.is_disjoint(&left_out), "{provider}");
}

on_both! {
    fn each_provider_holds_its_whole_conversation(gateway: &Gateway) {
        for provider in ["okta", "entra", "google", "onelogin", "jumpcloud", "ping"] {
            hold_conversation(gateway, provider);
        }
    }
}
