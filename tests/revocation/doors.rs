//! The doors that a person's rights, session and key open, and how to see whether one is open.

use serde_json::{Value, json};

use super::people::Person;
use super::world::ACTION;
use crate::support::{Gateway, Http};

/// A door and how to see whether it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// `GET /session`
    Session,
    /// `GET /console`: a session, of somebody who may manage the organization.
    Console,
    /// `GET /forward-auth`
    Proxy,
    /// `GET /forward-auth?action=…`
    ProxyAction,
    /// `POST /access/v1/evaluation` about the person, asked by the organization's key.
    Decision,
    /// The same among others in `POST /access/v1/evaluations`.
    Decisions,
    /// The person's own key, for what any key opens.
    Key,
    /// The person's own key, for managing the organization.
    Management,
}

/// Every door.
pub const ALL: &[Door] = &[
    Door::Session,
    Door::Console,
    Door::Proxy,
    Door::ProxyAction,
    Door::Decision,
    Door::Decisions,
    Door::Key,
    Door::Management,
];
/// What the right to what is asked and the right to manage open together.
pub const RIGHTS: &[Door] = &[Door::Console, Door::ProxyAction, Door::Decision, Door::Decisions, Door::Management];
/// What the right to what is asked opens, for whoever manages the organization by another right.
pub const ASKED: &[Door] = &[Door::ProxyAction, Door::Decision, Door::Decisions];
/// What a session opens.
pub const SESSION: &[Door] = &[Door::Session, Door::Console, Door::Proxy, Door::ProxyAction];
/// What a key opens.
pub const KEY: &[Door] = &[Door::Key, Door::Management];

/// What is asked about a person at the doors that ask for a right.
#[derive(Debug, Clone)]
pub struct Asked {
    pub action: &'static str,
    pub kind: &'static str,
    pub id: String,
    pub scope: String,
}

impl Asked {
    /// May they do [`ACTION`] in the organization?
    pub fn ordinary() -> Self {
        Self { action: ACTION, kind: "organization", id: "organization".to_owned(), scope: "organization".to_owned() }
    }

    fn resource(&self) -> Value {
        json!({"type": self.kind, "id": self.id, "properties": {"scope": self.scope}})
    }

    fn query(&self) -> String {
        let place = format!("&scope={}&resource_type={}&resource_id={}", self.scope, self.kind, self.id);
        format!("action={}{}", self.action, if self.kind == "organization" { "" } else { &place })
    }
}

/// Whether this door is open to this person now. An answer that is neither yes nor no fails the test.
pub fn is_open(gateway: &Gateway, person: &Person, door: Door) -> bool {
    let http = gateway.http();
    let browser = || http.with("Cookie", &person.cookie);
    let answer = match door {
        Door::Session => browser().get("/session"),
        Door::Console => browser().get("/console"),
        Door::Proxy => browser().get("/forward-auth"),
        Door::ProxyAction => browser().get(&format!("/forward-auth?{}", person.asked.query())),
        Door::Decision => return is_allowed(gateway, person),
        Door::Decisions => return is_allowed_among_others(gateway, person),
        Door::Key => http.bearer(&person.key).post("/access/v1/evaluation", &question(&person.id, person)),
        Door::Management => http.bearer(&person.key).get("/api/v1/policy"),
    };
    // The console sends whoever is not signed in to the sign-in.
    let is_shut = [401, 403].contains(&answer.status)
        || (door == Door::Console && answer.status == 303 && answer.header("location").starts_with("/signin"));
    assert!(answer.status == 200 || is_shut, "{door:?} answered {}: {}", answer.status, answer.body);
    answer.status == 200
}

fn question(subject: &str, person: &Person) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": person.asked.action},
           "resource": person.asked.resource()})
}

fn ask(authzen: &Http, path: &str, body: &Value) -> Value {
    authzen.post(path, body).expect(200).json()
}

fn is_allowed(gateway: &Gateway, person: &Person) -> bool {
    let answer = ask(&gateway.authzen(), "/evaluation", &question(&person.id, person));
    answer["decision"].as_bool().expect("a decision")
}

fn is_allowed_among_others(gateway: &Gateway, person: &Person) -> bool {
    let body = json!({
        "subject": {"type": "user", "id": person.name},
        "resource": person.asked.resource(),
        "evaluations": [{"action": {"name": "no.such"}}, {"action": {"name": person.asked.action}}],
    });
    let answer = ask(&gateway.authzen(), "/evaluations", &body);
    answer["evaluations"][1]["decision"].as_bool().expect("a decision")
}
