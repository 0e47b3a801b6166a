//! Promise 2, from outside: no change without its entry, no entry without its change, and nobody alters the log unseen.

mod entries;
mod refusals;
mod search;
mod tampering;

use serde_json::{Value, json};

use crate::support::Gateway;

/// The entries that this query finds, newest first.
fn entries(gateway: &Gateway, query: &str) -> Vec<Value> {
    let page = gateway.api().get(&format!("/audit-events?limit=1000&{query}")).expect(200).json();
    page["items"].as_array().unwrap().clone()
}

/// A user resource of this name.
fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true})
}
