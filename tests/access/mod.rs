//! Who holds what, over the management API: exceptions, explanations, shares, roles, scopes, ownership, approvals.

mod approvals;
mod catalogues;
mod contracts;
mod delegation;
mod expiry;
mod explain;
mod floor;
mod found;
mod grants;
mod later;
mod ownership;
mod people;
mod permissions;
mod plans;
mod previews;
mod reports;
mod requests;
mod reviews;
mod roles;
mod scopes;
mod search;
mod service_accounts;
mod shares;

use serde_json::{Value, json};

use crate::support::{Answer, Gateway, Http};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A person of this name, from the directory.
#[track_caller]
pub fn person(gateway: &Gateway, name: &str) -> String {
    let body = json!({"schemas": [USER], "userName": name, "active": true});
    gateway.scim().post("/Users", &body).expect(201).text("id")
}

/// A group with these members.
#[track_caller]
pub fn group(gateway: &Gateway, name: &str, members: &[&str]) -> String {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
    let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
    gateway.scim().post("/Groups", &body).expect(201).text("id")
}

/// Gives a role directly.
#[track_caller]
pub fn assign(gateway: &Gateway, user: &str, role: &str, scope: &str) -> String {
    let body = json!({"role": role, "scope": scope});
    gateway.api().post(&format!("/users/{user}/assignments"), &body).expect(201).text("id")
}

/// The management API with a key of this person's own.
#[track_caller]
pub fn api_of(gateway: &Gateway, user: &str) -> Http {
    let made = gateway.api().post("/api-keys", &json!({"name": user, "user": user})).expect(201);
    gateway.api().bearer(&made.text("api_key"))
}

/// A question as AuthZEN writes it.
fn question(user: &str, action: &str, resource: (&str, &str), scope: &str) -> Value {
    json!({
        "subject": {"type": "user", "id": user},
        "action": {"name": action},
        "resource": {"type": resource.0, "id": resource.1, "properties": {"scope": scope}},
    })
}

/// Fails unless it is a refusal with this status that says this.
#[track_caller]
pub fn refused(answer: Answer, status: u16, says: &str) {
    let detail = answer.expect(status).text("detail");
    assert!(detail.contains(says), "{detail}");
}

/// The newest entry of this action.
#[track_caller]
pub fn newest(gateway: &Gateway, action: &str) -> Value {
    let found = gateway.api().get(&format!("/audit-events?action={action}&limit=1")).expect(200).json();
    let entry = found["items"][0].clone();
    assert!(entry.is_object(), "no {action} in {found}");
    entry
}
