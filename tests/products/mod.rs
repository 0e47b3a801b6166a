//! The five shipped catalogues, each through the running gateway: people come in over SCIM, mapping rules turn their
//! groups into roles, and every sentence of the product's access rules that can be asked is asked over AuthZEN.
//!
//! What is asked for literally ("everything", "nothing but") is asked for each permission of the palette, by
//! [`World::may_exactly`]; single sentences are rows of [`World::asked`].

mod aibams;
mod allinone;
mod miopsai;
mod omniflow;
mod opspilot365;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Gateway, Http};

/// Makes of each function two tests, one for each database, on the catalogue of this name.
macro_rules! on_both_with {
    ($catalogue:literal: $($(#[$meta:meta])* fn $name:ident($gateway:ident: &Gateway) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                #[allow(unused_imports, reason = "whatever the surrounding module uses")]
                use super::*;

                fn holds($gateway: &Gateway) $body

                #[test]
                fn sqlite() {
                    holds(&Gateway::start_with($crate::support::Database::Sqlite, $catalogue, &[]));
                }

                #[test]
                fn postgres() {
                    holds(&Gateway::start_with($crate::support::Database::Postgres, $catalogue, &[]));
                }
            }
        )+
    };
}
pub(crate) use on_both_with;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Who asks for what: person, action, resource (`file:plan`, or nothing), scope, and the answer that is right.
pub type Row<'a> = (&'a str, &'a str, &'a str, &'a str, bool);

/// An organization whose people come from a directory.
pub struct World<'g> {
    pub gateway: &'g Gateway,
    pub api: Http,
    scim: Http,
    groups: RefCell<BTreeMap<String, String>>,
    people: RefCell<BTreeMap<String, String>>,
    palette: Vec<String>,
}

impl<'g> World<'g> {
    pub fn new(gateway: &'g Gateway) -> Self {
        let api = gateway.api();
        let policy = api.get("/policy").expect(200).json();
        let palette = policy["permissions"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned());
        Self {
            gateway,
            palette: palette.collect(),
            api,
            scim: gateway.scim(),
            groups: RefCell::default(),
            people: RefCell::default(),
        }
    }

    /// A rule: the group of this name gives this role there.
    pub fn rule(&self, group: &str, role: &str, scope: &str) {
        let rule = json!({"group": {"name": group}, "role": role, "scope": scope});
        self.api.post("/mapping-rules", &rule).expect(201);
    }

    /// A rule: groups that match give this role, in the scope that the match fills in.
    pub fn pattern(&self, pattern: &str, role: &str, scope: &str) {
        let rule = json!({"group": {"pattern": pattern}, "role": role, "scope": scope});
        self.api.post("/mapping-rules", &rule).expect(201);
    }

    /// A person arrives from the directory, and then becomes a member of these groups.
    pub fn arrives(&self, name: &str, groups: &[&str]) -> String {
        let body = json!({"schemas": [USER], "userName": name, "active": true});
        let id = self.scim.post("/Users", &body).expect(201).text("id");
        self.people.borrow_mut().insert(name.to_owned(), id.clone());
        for group in groups {
            self.joins(name, group);
        }
        id
    }

    pub fn id(&self, name: &str) -> String {
        self.people.borrow().get(name).unwrap_or_else(|| panic!("nobody is called {name}")).clone()
    }

    pub fn joins(&self, name: &str, group: &str) {
        let value = json!([{"value": self.id(name)}]);
        self.patch_group(group, json!([{"op": "add", "path": "members", "value": value}]));
    }

    pub fn leaves(&self, name: &str, group: &str) {
        let path = format!("members[value eq \"{}\"]", self.id(name));
        self.patch_group(group, json!([{"op": "remove", "path": path}]));
    }

    /// The directory deactivates a person, or makes them active again.
    pub fn set_active(&self, name: &str, active: bool) {
        let operations = json!([{"op": "replace", "path": "active", "value": active}]);
        let body = json!({"schemas": [PATCH], "Operations": operations});
        self.scim.patch(&format!("/Users/{}", self.id(name)), &body).expect(200);
    }

    /// The directory deletes a person.
    pub fn removed(&self, name: &str) {
        self.scim.delete(&format!("/Users/{}", self.id(name))).expect(204);
    }

    /// Uses the one-time link of `init`.
    pub fn owner(&self, name: &str) -> String {
        let link = self.gateway.made()["owner_setup_url"].as_str().unwrap();
        let token = link.rsplit('/').next().unwrap();
        let fields = [("user_name".to_owned(), name.to_owned())];
        self.gateway.http().form(&format!("/setup/{token}"), &fields).expect(303);
        let found = self.api.get(&format!("/users/{name}/assignments")).expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        name.to_owned()
    }

    /// The granular permissions of one person, in the place of all they had.
    pub fn overrides(&self, name: &str, permissions: Value) {
        self.api.put(&format!("/users/{name}/permissions"), &json!({"permissions": permissions})).expect(200);
    }

    /// Makes a custom role, and a rule that gives it to the group of the same name.
    pub fn role(&self, key: &str, permissions: &[&str], scope: &str) {
        self.api.post("/roles", &json!({"key": key, "title": key, "permissions": permissions})).expect(201);
        self.rule(key, key, scope);
    }

    pub fn plan(&self, plan: &str) {
        self.api.put("/settings", &json!({"plan": plan})).expect(200);
    }

    /// Shares a resource with a person and gives the id of the share.
    pub fn share(&self, name: &str, level: &str, kind: &str, id: &str) -> String {
        let body = json!({"resource": {"type": kind, "id": id}, "level": level, "user": name});
        self.api.post("/shares", &body).expect(201).text("id")
    }

    pub fn group_id(&self, group: &str) -> String {
        self.groups.borrow().get(group).unwrap_or_else(|| panic!("there is no group {group}")).clone()
    }

    /// The API with a key of this person's own.
    pub fn api_of(&self, name: &str) -> Http {
        let user = self.people.borrow().get(name).cloned();
        let user = user.unwrap_or_else(|| name.to_owned());
        let made = self.api.post("/api-keys", &json!({"name": name, "user": user})).expect(201);
        self.gateway.api().bearer(&made.text("api_key"))
    }

    /// Asks all rows at once and fails with each that is answered otherwise.
    #[track_caller]
    pub fn asked(&self, rows: &[Row<'_>]) {
        let answers = self.ask(rows.iter().map(|(who, action, on, scope, _)| question(who, action, on, scope)));
        let wrong: Vec<String> = rows
            .iter()
            .zip(&answers)
            .filter(|(row, answer)| answer["decision"] != row.4)
            .map(|(row, answer)| {
                format!("{row:?} is answered {} ({})", answer["decision"], answer["context"]["reason"])
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Of the whole palette, somebody may do in `scope` what `patterns` name (`*`, `ticket.*`, `*.view`; `-` before a
    /// pattern takes out), and nothing else.
    #[track_caller]
    pub fn may_exactly(&self, who: &str, scope: &str, patterns: &str) {
        let expected = self.matching(patterns);
        let answers = self.ask(self.palette.iter().map(|action| question(who, action, "", scope)));
        let may: BTreeSet<&str> = self
            .palette
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer["decision"] == true)
            .map(|(key, _)| key.as_str())
            .collect();
        let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        let (more, less): (Vec<_>, Vec<_>) = (may.difference(&expected).collect(), expected.difference(&may).collect());
        assert!(more.is_empty() && less.is_empty(), "{who} in {scope}: may also {more:?}, may not {less:?}");
    }

    /// Why somebody may not: the stable code.
    #[track_caller]
    pub fn reason(&self, who: &str, action: &str, on: &str, scope: &str) -> String {
        let answers = self.ask([question(who, action, on, scope)]);
        answers[0]["context"]["reason"].as_str().unwrap().to_owned()
    }

    fn matching(&self, patterns: &str) -> BTreeSet<String> {
        let mut set = BTreeSet::new();
        for pattern in patterns.split_whitespace() {
            let (out, pattern) = pattern.strip_prefix('-').map_or((false, pattern), |pattern| (true, pattern));
            let found: BTreeSet<&String> = self.palette.iter().filter(|key| fits(key, pattern)).collect();
            assert!(!found.is_empty(), "`{pattern}` means nothing in this catalogue");
            for key in found {
                if out {
                    set.remove(key)
                } else {
                    set.insert(key.clone())
                };
            }
        }
        set
    }

    fn ask(&self, questions: impl IntoIterator<Item = Value>) -> Vec<Value> {
        let questions: Vec<Value> = questions.into_iter().collect();
        let count = questions.len();
        let answer = self.gateway.authzen().post("/evaluations", &json!({"evaluations": questions})).expect(200);
        let answers = answer.json()["evaluations"].as_array().cloned().unwrap();
        assert_eq!(answers.len(), count);
        answers
    }

    fn patch_group(&self, group: &str, operations: Value) {
        let known = self.groups.borrow().get(group).cloned();
        let id = known.unwrap_or_else(|| {
            let body = json!({"schemas": [GROUP], "displayName": group});
            let id = self.scim.post("/Groups", &body).expect(201).text("id");
            self.groups.borrow_mut().insert(group.to_owned(), id.clone());
            id
        });
        let answer = self.scim.patch(&format!("/Groups/{id}"), &json!({"schemas": [PATCH], "Operations": operations}));
        assert!([200, 204].contains(&answer.status), "{}", answer.body);
    }
}

fn fits(key: &str, pattern: &str) -> bool {
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => key.starts_with(start),
        (None, Some(end)) => key.ends_with(end),
        (None, None) => key == pattern,
    }
}

fn question(who: &str, action: &str, on: &str, scope: &str) -> Value {
    let (kind, id) = if on.is_empty() { scope } else { on }.split_once(':').unwrap_or((scope, scope));
    json!({
        "subject": {"type": "user", "id": who},
        "action": {"name": action},
        "resource": {"type": kind, "id": id, "properties": {"scope": scope}},
    })
}
