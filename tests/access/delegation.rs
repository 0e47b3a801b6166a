//! Managing a part: the people of one project, or one kind of thing that is done to people.

use serde_json::json;

use super::{api_of, assign, person, refused};
use crate::products::on_both_with;
use crate::support::Gateway;

on_both_with! { "allinone":
    fn an_administrator_of_a_project_gives_and_takes_roles_there_and_nowhere_else(gateway: &Gateway) {
        for name in ["adam", "mia"] {
            person(gateway, name);
        }
        assign(gateway, "adam", "admin", "project:a");
        let elsewhere = assign(gateway, "mia", "manager", "project:b");
        let adam = api_of(gateway, "adam");
        let role = |scope: &str| json!({"role": "manager", "scope": scope});
        let here = adam.post("/users/mia/assignments", &role("project:a")).expect(201).text("id");
        assert!(gateway.allows("mia", "contact.edit", "project:a"));
        refused(adam.post("/users/mia/assignments", &role("project:b")), 403, "manage `project:b`");
        refused(adam.post("/users/mia/assignments", &role("organization")), 403, "manage `organization`");
        refused(adam.post("/users/mia/assignments", &json!({"role": "super_admin", "scope": "project:a"})), 403, "hold");
        let shown = adam.get("/users/mia/assignments").expect(200).json();
        assert_eq!(shown["items"].as_array().unwrap().len(), 1, "{shown}");
        assert_eq!(shown["items"][0]["scope"], "project:a");
        refused(adam.delete(&format!("/users/mia/assignments/{elsewhere}")), 403, "manage `project:b`");
        adam.delete(&format!("/users/mia/assignments/{here}")).expect(204);
        assert!(!gateway.allows("mia", "contact.edit", "project:a"));
        for path in ["/policy", "/mapping-rules", "/api-keys", "/directories"] {
            adam.get(path).expect(403);
        }
    }

    fn exceptions_are_set_by_who_manages_every_scope_of_them(gateway: &Gateway) {
        for name in ["adam", "mia"] {
            person(gateway, name);
        }
        assign(gateway, "adam", "admin", "project:a");
        let adam = api_of(gateway, "adam");
        let allow = |scope: &str| json!({"allow": ["contact.delete"], "scope": scope});
        adam.put("/users/mia/permissions", &allow("project:a")).expect(200);
        assert!(gateway.allows("mia", "contact.delete", "project:a"));
        refused(adam.put("/users/mia/permissions", &allow("project:b")), 403, "manage `project:b`");
        refused(adam.put("/users/mia/permissions", &json!({"allow": ["contact.delete"]})), 403, "manage `organization`");
        gateway.api().put("/users/mia/permissions", &allow("project:b")).expect(200);
        assert_eq!(adam.get("/users/mia/permissions").expect(200).json()["permissions"], json!([]));
        refused(adam.put("/users/mia/permissions", &json!({"permissions": []})), 403, "manage `project:b`");
        assert!(gateway.allows("mia", "contact.delete", "project:b"));
    }

    fn who_manages_nothing_learns_nothing(gateway: &Gateway) {
        person(gateway, "mia");
        assign(gateway, "mia", "manager", "project:a");
        let mia = api_of(gateway, "mia");
        for user in ["mia", "nobody"] {
            refused(mia.get(&format!("/users/{user}/assignments")), 403, "manage");
            refused(mia.post(&format!("/users/{user}/assignments"), &json!({"role": "manager"})), 403, "manage");
            refused(mia.put(&format!("/users/{user}/permissions"), &json!({"permissions": []})), 403, "manage");
        }
        refused(mia.get("/shares?user=mia"), 403, "manage");
    }
}

on_both_with! { "aibams":
    fn people_are_suspended_and_removed_by_who_holds_what_the_catalogue_names_for_it(gateway: &Gateway) {
        let api = gateway.api();
        for name in ["hope", "rita", "adam", "mia", "max"] {
            person(gateway, name);
        }
        for (key, permission) in [("suspender", "user.suspend"), ("remover", "user.remove")] {
            api.post("/roles", &json!({"key": key, "title": key, "permissions": [permission]})).expect(201);
        }
        assign(gateway, "hope", "suspender", "organization");
        assign(gateway, "rita", "remover", "organization");
        assign(gateway, "adam", "admin", "organization");
        api.put("/users/adam/permissions", &json!({"deny": ["user.suspend"]})).expect(200);
        let [hope, rita, adam] = ["hope", "rita", "adam"].map(|name| api_of(gateway, name));
        refused(adam.post("/users/mia/suspend", &json!({})), 403, "user.suspend");
        refused(rita.post("/users/mia/suspend", &json!({})), 403, "user.suspend");
        hope.post("/users/mia/suspend", &json!({})).expect(200);
        hope.post("/users/mia/restore", &json!({})).expect(200);
        refused(hope.delete("/users/max"), 403, "user.remove");
        rita.delete("/users/max").expect(204);
        refused(hope.post("/users/mia/assignments", &json!({"role": "viewer"})), 403, "manage");
    }
}
