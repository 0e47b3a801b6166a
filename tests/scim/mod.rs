//! Conversations over SCIM: what each identity provider sends, in its order, with the effect that it expects, and
//! what the wire must withstand whoever sends it. Every test runs on both databases.

mod brake;
mod bulk;
mod concurrency;
mod conformance;
mod conversations;
mod dialects;
mod directories;
mod entra;
mod extensions;
mod fixtures;
mod google;
mod hostile;
mod journal;
mod leniencies;
mod oauth;
mod okta;
mod paging;
mod protocol;
mod search;
mod simulations;
mod tolerance;

use serde_json::{Value, json};

use crate::support::{Answer, Http};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A plain user of this name.
fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name, "active": true, "name": {"givenName": "Ann", "familyName": "Lee"},
           "emails": [{"value": name, "type": "work", "primary": true}]})
}

/// A file of `fixtures/scim/` (`okta/docs-post-user.request.json`), with real ids in the place of `{id}`, `{u1}` and their
/// like. One that is left out is an error: the file would be sent as no identity provider sends it.
#[track_caller]
fn fixture(name: &str, ids: &[(&str, &str)]) -> String {
    let path = format!("{}/fixtures/scim/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let text = ids.iter().fold(text, |text, (placeholder, id)| {
        assert!(text.contains(placeholder), "{name} has no {placeholder}");
        text.replace(placeholder, id)
    });
    let left = ["{id}", "{gid}", "{mid}", "{u1}", "{u2}"].into_iter().find(|placeholder| text.contains(placeholder));
    assert_eq!(left, None, "{name}");
    text
}

/// A request body among them.
#[track_caller]
fn request(name: &str, ids: &[(&str, &str)]) -> Value {
    serde_json::from_str(&fixture(&format!("{name}.request.json"), ids)).unwrap()
}

/// The query that asks with a filter among them.
#[track_caller]
fn filter(name: &str, ids: &[(&str, &str)]) -> String {
    let filter = fixture(&format!("{name}.filter.txt"), ids);
    format!("filter={}", filter.trim().bytes().map(|byte| format!("%{byte:02X}")).collect::<String>())
}

/// A PATCH body.
fn patch(operations: Value) -> Value {
    json!({"schemas": [PATCH], "Operations": operations})
}

/// Creates a user of this name and gives its id.
#[track_caller]
fn create_user(scim: &Http, name: &str) -> String {
    scim.post("/Users", &user(name)).expect(201).text("id")
}

/// Creates a group with these members and gives its id.
#[track_caller]
fn create_group(scim: &Http, name: &str, members: &[&str]) -> String {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
    let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
    scim.post("/Groups", &body).expect(201).text("id")
}

/// The ids of a group's members, sorted.
#[track_caller]
fn members(scim: &Http, group: &str) -> Vec<String> {
    let group = scim.get(&format!("/Groups/{group}")).expect(200).json();
    let members = group["members"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<_> = members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// `ids`, sorted, to compare with [`members`].
fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<_> = ids.iter().map(|&id| id.to_owned()).collect();
    ids.sort();
    ids
}

/// Fails unless this is a PATCH that was done: 200 with the resource or 204 without.
#[track_caller]
fn expect_done(answer: Answer) -> Answer {
    assert!([200, 204].contains(&answer.status), "{}: {}", answer.status, answer.body);
    answer
}

/// Fails unless this is a SCIM error of this status and (if not empty) `scimType`.
#[track_caller]
fn expect_problem(answer: Answer, status: u16, scim_type: &str) -> Value {
    let problem = answer.expect(status).json();
    assert_eq!(problem["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{problem}");
    assert_eq!(problem["status"], status.to_string(), "{problem}");
    if !scim_type.is_empty() {
        assert_eq!(problem["scimType"], scim_type, "{problem}");
    }
    problem
}

/// `totalResults` of a list answer.
#[track_caller]
fn total(answer: Answer) -> u64 {
    let list = answer.expect(200).json();
    list["totalResults"].as_u64().unwrap_or_else(|| panic!("no number `totalResults` in {list}"))
}
