//! A long story of changes over the real interfaces, told by chance from a seed: people come, go and come again, groups
//! nest and are renamed, rules, roles, scopes, exceptions and shares come and go, settings and the catalogue change.

use serde_json::{Value, json};

use crate::support::{Answer, Browser, Gateway, Http};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

pub const PEOPLE: [&str; 5] = ["ann", "bob", "cas", "dan", "eve"];
const GROUPS: [&str; 5] = ["Crew", "app-acme-leads", "app-beta-leads", "app-north-leads", "Board"];
const ROLES: [&str; 6] = ["admin", "technician", "approver", "viewer", "desk", "field"];
const SCOPES: [&str; 5] = ["organization", "tenant:acme", "tenant:beta", "tenant:north", "region:emea"];
const PERMISSIONS: [&str; 5] = ["email.send", "task.view", "device.wipe", "users.manage", "approval.decide"];

/// The next of a sequence that its seed decides.
pub struct Dice(pub u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Who tells the story.
pub struct Teller<'g> {
    gateway: &'g Gateway,
    pub(super) api: Http,
    pub(super) scim: Http,
    dice: Dice,
    /// Two catalogues, one of which runs.
    pub(super) catalogues: [String; 2],
}

impl<'g> Teller<'g> {
    /// With an owner, and tenants that rules and admins make, in regions that admins alone make.
    pub fn new(gateway: &'g Gateway, seed: u64) -> Self {
        let api = gateway.api();
        let shipped = api.get("/catalogue").expect(200).text("catalogue");
        let made = shipped
            .replace("title = \"Region\"\n", "title = \"Region\"\nmade_by = [\"api\"]\n")
            .replace("title = \"Tenant\"\n", "title = \"Tenant\"\nmade_by = [\"api\", \"rule\"]\n");
        let narrower = made.replace(
            "may = [\"email.send\", \"task.view\", \"users.manage\"",
            "may = [\"task.view\", \"users.manage\"",
        );
        assert!(shipped != made && made != narrower);
        api.put("/catalogue", &json!({"catalogue": made})).expect(200);
        Self { gateway, scim: gateway.scim(), dice: Dice(seed), catalogues: [narrower, made], api }
    }

    /// The first owner, and the person to whom the ownership goes.
    pub fn hand_over(&self) {
        let link = self.gateway.made()["owner_setup_url"].as_str().unwrap();
        let mut browser = Browser::new();
        let page = browser.open(link);
        browser.submit(&page, &[("user_name", "olga")]);
        let olga = self.api.without("Authorization").with("Cookie", &browser.cookie_header());
        let body = json!({"schemas": [USER], "userName": "mia", "active": true});
        self.scim.post("/Users", &body).expect(201);
        olga.post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
        let key = self.api.post("/api-keys", &json!({"name": "mia", "user": "mia"})).expect(201).text("api_key");
        self.api.bearer(&key).post("/ownership-transfer/accept", &json!({})).expect(200);
    }

    /// One change, if it is one: what chance picks may be refused, or there already.
    pub fn turn(&mut self) {
        match self.dice.below(24) {
            0..=2 => self.someone_comes(),
            3..=4 => self.someone_changes(),
            5 => self.someone_goes(),
            6..=7 => self.group_comes(),
            8..=12 => self.group_changes(),
            13..=14 => self.rule(),
            15 => self.role(),
            16..=17 => self.assignment(),
            18..=19 => self.exceptions(),
            20 => self.share(),
            21 => self.scope(),
            22 => self.settings(),
            _ => self.robot(),
        };
    }

    fn found(&self, kind: &str, attribute: &str, name: &str) -> Option<String> {
        let filter = format!("/{kind}?filter={attribute}%20eq%20%22{name}%22");
        let found = self.scim.get(&filter).expect(200).json();
        found["Resources"][0]["id"].as_str().map(str::to_owned)
    }

    fn person(&mut self) -> Option<String> {
        let name = self.dice.one(&PEOPLE);
        self.found("Users", "userName", name)
    }

    fn group(&mut self) -> Option<String> {
        let name = self.dice.one(&GROUPS);
        self.found("Groups", "displayName", name)
    }

    fn items(&self, path: &str) -> Vec<Value> {
        self.api.get(path).expect(200).json()["items"].as_array().cloned().unwrap_or_default()
    }

    fn patch(&self, path: &str, operations: Value) -> Option<Answer> {
        Some(self.scim.patch(path, &json!({"schemas": [PATCH], "Operations": operations})))
    }

    fn someone_comes(&mut self) -> Option<Answer> {
        let active = self.dice.below(4) > 0;
        let body = json!({"schemas": [USER], "userName": self.dice.one(&PEOPLE), "active": active});
        Some(self.scim.post("/Users", &body))
    }

    fn someone_changes(&mut self) -> Option<Answer> {
        let (person, name) = (self.person()?, self.dice.one(&PEOPLE));
        let (path, change) = (format!("/Users/{person}"), self.dice.below(6));
        match change {
            0 => self.patch(&path, json!([{"op": "replace", "path": "active", "value": false}])),
            1 => self.patch(&path, json!([{"op": "replace", "path": "active", "value": true}])),
            2 => self.patch(&path, json!([{"op": "replace", "path": "userName", "value": name}])),
            3 => Some(self.scim.put(&path, &json!({"schemas": [USER], "userName": name, "title": "Dr"}))),
            4 => Some(self.api.post(&format!("/users/{person}/suspend"), &json!({}))),
            _ => Some(self.api.post(&format!("/users/{person}/restore"), &json!({}))),
        }
    }

    fn someone_goes(&mut self) -> Option<Answer> {
        let person = self.person()?;
        Some(self.scim.delete(&format!("/Users/{person}")))
    }

    fn group_comes(&mut self) -> Option<Answer> {
        let members: Vec<Value> =
            [self.person(), self.person()].into_iter().flatten().map(|id| json!({"value": id})).collect();
        let body = json!({"schemas": [GROUP], "displayName": self.dice.one(&GROUPS), "members": members});
        Some(self.scim.post("/Groups", &body))
    }

    fn group_changes(&mut self) -> Option<Answer> {
        let (group, name) = (self.group()?, self.dice.one(&GROUPS));
        let path = format!("/Groups/{group}");
        match self.dice.below(9) {
            0..=2 => {
                let member = self.person()?;
                self.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": member}]}]))
            }
            3 => {
                let member = self.person()?;
                self.patch(&path, json!([{"op": "remove", "path": format!("members[value eq \"{member}\"]")}]))
            }
            // Out and in again in one request, or in and out.
            4 => {
                let member = self.person()?;
                let out = json!({"op": "remove", "path": format!("members[value eq \"{member}\"]")});
                let into = json!({"op": "add", "path": "members", "value": [{"value": member}]});
                let both = if self.dice.below(2) == 0 { json!([out, into]) } else { json!([into, out]) };
                self.patch(&path, both)
            }
            5 => {
                let nested = self.group().filter(|nested| *nested != group)?;
                self.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": nested}]}]))
            }
            6 => self.patch(&path, json!([{"op": "replace", "path": "displayName", "value": name}])),
            7 => {
                let members: Vec<Value> = self.person().into_iter().map(|id| json!({"value": id})).collect();
                let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
                Some(self.scim.put(&path, &body))
            }
            _ => Some(self.scim.delete(&path)),
        }
    }

    fn rule(&mut self) -> Option<Answer> {
        let (role, priority) = (self.dice.one(&ROLES), self.dice.below(3));
        let body = match self.dice.below(2) {
            0 => {
                json!({"group": {"name": self.dice.one(&GROUPS)}, "role": role, "scope": self.dice.one(&SCOPES), "priority": priority})
            }
            _ => {
                json!({"group": {"pattern": "app-(?<tenant>.+)-leads"}, "role": role, "scope": "tenant:{tenant}", "priority": priority})
            }
        };
        let rules = self.items("/mapping-rules");
        let old = (rules.len() > 2).then(|| rules[self.dice.below(rules.len())]["id"].as_str().unwrap().to_owned());
        match (old, self.dice.below(2)) {
            (None, _) => Some(self.api.post("/mapping-rules", &body)),
            (Some(old), 0) => Some(self.api.put(&format!("/mapping-rules/{old}"), &body)),
            (Some(old), _) => Some(self.api.delete(&format!("/mapping-rules/{old}"))),
        }
    }

    fn role(&mut self) -> Option<Answer> {
        let key = self.dice.one(&["desk", "field"]);
        let permissions = [self.dice.one(&PERMISSIONS), self.dice.one(&PERMISSIONS)];
        let body = json!({"key": key, "title": "Made here", "permissions": permissions});
        match self.dice.below(3) {
            0 => Some(self.api.post("/roles", &body)),
            1 => Some(self.api.put(&format!("/roles/{key}"), &json!({"title": "Changed", "permissions": permissions}))),
            _ => Some(self.api.delete(&format!("/roles/{key}"))),
        }
    }

    fn assignment(&mut self) -> Option<Answer> {
        let person = self.person()?;
        let path = format!("/users/{person}/assignments");
        let held = self.items(&path);
        if held.len() > 1 {
            return Some(self.api.delete(&format!("{path}/{}", held[0]["id"].as_str().unwrap())));
        }
        Some(self.api.post(&path, &json!({"role": self.dice.one(&ROLES), "scope": self.dice.one(&SCOPES)})))
    }

    fn exceptions(&mut self) -> Option<Answer> {
        let person = self.person()?;
        let effect = self.dice.one(&["allow", "deny"]);
        let one = json!({"permission": self.dice.one(&PERMISSIONS), "effect": effect, "scope": self.dice.one(&SCOPES)});
        let all = if self.dice.below(4) == 0 { json!([]) } else { json!([one]) };
        Some(self.api.put(&format!("/users/{person}/permissions"), &json!({"permissions": all})))
    }

    fn share(&mut self) -> Option<Answer> {
        let holder = if self.dice.below(2) == 0 { ("user", self.person()?) } else { ("group", self.group()?) };
        let shared = self.items("/shares?resource_type=file&resource_id=plan");
        if let Some(first) = shared.first().filter(|_| shared.len() > 1) {
            return Some(self.api.delete(&format!("/shares/{}", first["id"].as_str().unwrap())));
        }
        let level = self.dice.one(&["view", "edit"]);
        let body = json!({"resource": {"type": "file", "id": "plan"}, "level": level, holder.0: holder.1});
        Some(self.api.post("/shares", &body))
    }

    fn scope(&mut self) -> Option<Answer> {
        let scope = self.dice.one(&SCOPES[1..]);
        let parent = if self.dice.below(2) == 0 { "region:emea" } else { "organization" };
        match self.dice.below(4) {
            0 => Some(self.api.delete(&format!("/scopes/{scope}"))),
            _ => Some(self.api.post("/scopes", &json!({"scope": scope, "parent": parent}))),
        }
    }

    fn settings(&mut self) -> Option<Answer> {
        let setting = match self.dice.below(4) {
            0 => json!({"plan": self.dice.one(&["starter", "agency"])}),
            1 => json!({"default_role": self.dice.one(&[None, Some("viewer"), Some("desk")])}),
            2 => json!({"mapping_mode": self.dice.one(&["union", "highest-priority"])}),
            _ => {
                let text = &self.catalogues[self.dice.below(2)];
                return Some(self.api.put("/catalogue", &json!({"catalogue": text})));
            }
        };
        Some(self.api.put("/settings", &setting))
    }

    fn robot(&mut self) -> Option<Answer> {
        match self.dice.below(3) {
            0 => Some(self.api.post("/service-accounts", &json!({"name": "robot"}))),
            1 => {
                let given = json!({"role": self.dice.one(&["viewer", "technician"]), "scope": "organization"});
                Some(self.api.post("/service-accounts/robot/assignments", &given))
            }
            _ => Some(self.api.delete("/service-accounts/robot")),
        }
    }
}
