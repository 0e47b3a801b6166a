//! One of everything that a route may name, in the other organization, and all that it can see of itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Other, Owner, user};
use crate::support::{Http, IdentityProvider, until};

/// Ids of everything that a route may name.
pub type Ids = BTreeMap<&'static str, String>;

/// Events in the other organization's log, so that it has positions that no other has.
const EVENTS: usize = 80;

/// One of each, in the other organization.
pub fn furnish(other: &Other, owner: &Owner) -> Ids {
    let (scim, api) = (other.scim(), other.api());
    let person = scim.post("/Users", &user("ann@other.example")).expect(201).text("id");
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Platform",
                       "members": [{"value": person}]});
    let group = scim.post("/Groups", &group).expect(201).text("id");
    let rule = json!({"group": {"name": "Platform"}, "role": "admin", "scope": "organization"});
    let rule = api.post("/mapping-rules", &rule).expect(201).text("id");
    let role = json!({"role": "technician"});
    let assignment = api.post(&format!("/users/{person}/assignments"), &role).expect(201).text("id");
    let deny = json!({"permissions": [{"permission": "email.send", "effect": "deny"}]});
    api.put(&format!("/users/{person}/permissions"), &deny).expect(200);
    let key = api.post("/api-keys", &json!({"name": "ann's", "user": person})).expect(201).text("id");
    let contract = json!({"name": "ours", "who": {"role": "viewer"}, "never": {"permission": "device.wipe"}});
    let contract = api.post("/access-contracts", &contract).expect(201).text("id");
    let review = json!({"name": "ours", "role": "technician"});
    let review = api.post("/access-reviews", &review).expect(201).text("id");
    let account = api.post("/service-accounts", &json!({"name": "robot"})).expect(201).text("id");
    let given = api.post("/service-accounts/robot/assignments", &role).expect(201).text("id");
    let directory = api.post("/directories", &json!({"name": "Okta", "dialect": "okta"})).expect(201);
    let clients = format!("/directories/{}/clients", directory.text("id"));
    let client = api.post(&clients, &json!({"name": "ours"})).expect(201).text("client_id");
    let connection = json!({"name": "idp", "metadata_xml": IdentityProvider::start().metadata()});
    let connection = api.post("/connections", &connection).expect(201).text("id");
    let attempt = failed_sign_in(other, &connection);
    let share = json!({"resource": {"type": "file", "id": "f1"}, "level": "edit", "user": person});
    let share = api.post("/shares", &share).expect(201).text("id");
    let ask = json!({"user": person, "action": {"name": "device.wipe"}, "resource": {"type": "organization"},
                     "reason": "stolen"});
    let approval = api.post("/approvals", &ask).expect(201).text("id");
    let session = owner.http.get("/session").expect(200).json();
    let directories = api.get("/directories").expect(200).json();
    let source = directories["items"][0]["id"].as_str().unwrap().to_owned();
    // A line is noted once its request has been answered.
    let mut pushed = json!(null);
    until("a line of the provisioning log", || {
        pushed = api.get(&format!("/directories/{source}/requests?limit=1")).expect(200).json();
        pushed["items"][0]["id"].is_string()
    });
    Ids::from([
        ("source", source),
        ("pushed", pushed["items"][0]["id"].as_str().unwrap().to_owned()),
        ("user", person),
        ("owner", session["user"]["id"].as_str().unwrap().to_owned()),
        ("group", group),
        ("rule", rule),
        ("assignment", assignment),
        ("key", key),
        ("client", client),
        ("directory", directory.text("id")),
        ("token", directory.text("token_id")),
        ("connection", connection),
        ("attempt", attempt),
        ("contract", contract),
        ("review", review),
        ("account", account),
        ("given", given),
        ("share", share),
        ("approval", approval),
        ("session", session["session"]["id"].as_str().unwrap().to_owned()),
    ])
}

/// A sign-in that failed, once it has been written down.
fn failed_sign_in(other: &Other, connection: &str) -> String {
    let sent = [("SAMLResponse".to_owned(), "PHg=".to_owned())];
    Http::new(other.url.clone()).form(&format!("/saml/{connection}/acs"), &sent).expect(403);
    let kept =
        || other.api().get(&format!("/connections/{connection}/sign-ins")).expect(200).json()["items"][0].clone();
    until("the failure is written down", || kept().is_object());
    kept()["id"].as_str().unwrap().to_owned()
}

/// Makes the other organization's log longer than any log here, and gives its last position.
pub fn last_position(other: &Other) -> String {
    for number in 0..EVENTS {
        other.api().post("/audit-events", &json!({"name": format!("event {number}")})).expect(201);
    }
    position(&other.api())
}

/// The position of the newest entry that this key sees.
pub fn position(api: &crate::support::Http) -> String {
    api.get("/audit-events?limit=1").expect(200).json()["items"][0]["index"].to_string()
}

/// Ids of the same shape that nothing bears.
pub fn nothing(ids: &Ids) -> Ids {
    let id = |n: usize| format!("018bcfe5-6800-7000-8000-00000000a{n:03x}");
    let absent =
        |(n, &kind): (usize, &&'static str)| (kind, if kind == "position" { "9999999".to_owned() } else { id(n) });
    ids.keys().enumerate().map(absent).collect()
}

/// Everything that the other organization can see of itself.
pub fn state(other: &Other, ids: &Ids) -> Vec<Value> {
    let (scim, api) = (other.scim(), other.api());
    let of_user = |what: &str| api.get(&format!("/users/{}/{what}", ids["user"])).expect(200).json();
    vec![
        scim.get("/Users").expect(200).json(),
        scim.get("/Groups").expect(200).json(),
        api.get("/directories").expect(200).json(),
        api.get("/connections").expect(200).json(),
        api.get("/mapping-rules").expect(200).json(),
        keys(&api),
        api.get("/service-accounts").expect(200).json(),
        api.get("/access-contracts").expect(200).json(),
        api.get("/access-reviews").expect(200).json(),
        api.get("/approvals").expect(200).json(),
        api.get("/shares?resource_type=file&resource_id=f1").expect(200).json(),
        of_user("permissions"),
        of_user("assignments"),
        api.get(&format!("/users/{}/sessions", ids["owner"])).expect(200).json(),
        api.get("/overview").expect(200).json()["people"].clone(),
    ]
}

/// The keys, without when they were last used: that is written down by and by.
fn keys(api: &crate::support::Http) -> Value {
    let mut keys = api.get("/api-keys").expect(200).json();
    keys["items"].as_array_mut().into_iter().flatten().for_each(|key| key["last_used"] = Value::Null);
    keys
}
