//! What chance could leave out: each kind of change once, on somebody of their own.

use serde_json::{Value, json};

use super::story::{GROUP, PATCH, Teller, USER};

impl Teller<'_> {
    /// Tells all of it, and looks after each change.
    pub fn prologue(&self, mut look: impl FnMut()) {
        let body = json!({"schemas": [USER], "userName": "fay", "active": true});
        let fay = self.scim.post("/Users", &body).expect(201).text("id");
        look();
        self.life(&fay, &mut look);
        self.groups(&fay, &mut look);
        self.roles(&mut look);
        self.single_grants(&fay, &mut look);
        self.places(&mut look);
        self.choices(&mut look);
        self.program(&mut look);
        self.scim.delete(&format!("/Users/{fay}")).expect(204);
        look();
    }

    fn given(&self, role: &str, scope: &str) -> String {
        self.api.post("/users/fay/assignments", &json!({"role": role, "scope": scope})).expect(201).text("id")
    }

    fn life(&self, fay: &str, look: &mut impl FnMut()) {
        self.given("viewer", "organization");
        look();
        for way in ["suspend", "restore"] {
            self.api.post(&format!("/users/fay/{way}"), &json!({})).expect(200);
            look();
        }
        for active in [false, true] {
            let operations = json!([{"op": "replace", "path": "active", "value": active}]);
            self.scim
                .patch(&format!("/Users/{fay}"), &json!({"schemas": [PATCH], "Operations": operations}))
                .expect(200);
            look();
        }
        let whole = json!({"schemas": [USER], "userName": "fay", "title": "Dr"});
        self.scim.put(&format!("/Users/{fay}"), &whole).expect(200);
        let operations = json!([{"op": "replace", "path": "title", "value": "Prof"}]);
        self.scim.patch(&format!("/Users/{fay}"), &json!({"schemas": [PATCH], "Operations": operations})).expect(200);
        look();
        self.end_all(look);
    }

    fn end_all(&self, look: &mut impl FnMut()) {
        let held = self.api.get("/users/fay/assignments").expect(200).json();
        for one in held["items"].as_array().unwrap() {
            self.api.delete(&format!("/users/fay/assignments/{}", one["id"].as_str().unwrap())).expect(204);
            look();
        }
    }

    fn groups(&self, fay: &str, look: &mut impl FnMut()) {
        let group = |name: &str, members: Value| json!({"schemas": [GROUP], "displayName": name, "members": members});
        let members = json!([{"value": fay}]);
        let hall = self.scim.post("/Groups", &group("Hall", members.clone())).expect(201).text("id");
        let rule = |role: &str| json!({"group": {"name": "Hall"}, "role": role, "scope": "organization"});
        let first = self.api.post("/mapping-rules", &rule("viewer")).expect(201).text("id");
        look();
        self.api.put(&format!("/mapping-rules/{first}"), &rule("approver")).expect(200);
        look();
        for name in ["Corridor", "Hall"] {
            self.scim.put(&format!("/Groups/{hall}"), &group(name, members.clone())).expect(200);
            look();
        }
        let operations = json!([{"op": "remove", "path": "members"}]);
        self.scim.patch(&format!("/Groups/{hall}"), &json!({"schemas": [PATCH], "Operations": operations}));
        look();
        self.scim.put(&format!("/Groups/{hall}"), &group("Hall", members)).expect(200);
        look();
        self.api.delete(&format!("/mapping-rules/{first}")).expect(204);
        look();
        self.scim.delete(&format!("/Groups/{hall}")).expect(204);
        look();
    }

    fn roles(&self, look: &mut impl FnMut()) {
        let role = |permission: &str| json!({"key": "desk", "title": "Desk", "permissions": [permission]});
        let changed = |permission: &str| json!({"title": "Desk", "permissions": [permission]});
        self.api.post("/roles", &role("task.view")).expect(201);
        self.given("desk", "organization");
        look();
        self.api.put("/roles/desk", &changed("email.send")).expect(200);
        look();
        self.api.delete("/roles/desk").expect(200);
        look();
        self.api.post("/roles", &role("users.manage")).expect(201);
        look();
        self.api.delete("/roles/desk").expect(200);
    }

    fn single_grants(&self, fay: &str, look: &mut impl FnMut()) {
        for effect in ["allow", "deny"] {
            let one = json!([{"permission": "task.view", "effect": effect, "scope": "organization"}]);
            self.api.put("/users/fay/permissions", &json!({"permissions": one})).expect(200);
            look();
        }
        self.api.put("/users/fay/permissions", &json!({"permissions": []})).expect(200);
        look();
        for level in ["view", "edit"] {
            let share = json!({"resource": {"type": "file", "id": "plan"}, "level": level, "user": fay});
            let id = self.api.post("/shares", &share).expect(201).text("id");
            look();
            if level == "edit" {
                self.api.delete(&format!("/shares/{id}")).expect(204);
                look();
            }
        }
    }

    fn places(&self, look: &mut impl FnMut()) {
        for scope in ["region:emea", "tenant:acme", "tenant:beta", "tenant:north"] {
            self.api.post("/scopes", &json!({"scope": scope, "parent": "organization"}));
            look();
        }
        self.given("viewer", "region:emea");
        look();
        self.api.post("/scopes", &json!({"scope": "tenant:beta", "parent": "region:emea"}));
        look();
        self.api.delete("/scopes/tenant:beta").expect(204);
        look();
        self.end_all(look);
    }

    fn choices(&self, look: &mut impl FnMut()) {
        for setting in [
            json!({"default_role": "viewer"}),
            json!({"default_role": null}),
            json!({"plan": "starter"}),
            json!({"plan": "agency"}),
        ] {
            self.api.put("/settings", &setting).expect(200);
            look();
        }
        self.given("admin", "organization");
        for text in &self.catalogues {
            self.api.put("/catalogue", &json!({"catalogue": text})).expect(200);
            look();
        }
    }

    fn program(&self, look: &mut impl FnMut()) {
        self.api.post("/service-accounts", &json!({"name": "robot"})).expect(201);
        self.api.post("/service-accounts/robot/assignments", &json!({"role": "viewer"})).expect(201);
        look();
        self.api.delete("/service-accounts/robot").expect(204);
        look();
    }
}
