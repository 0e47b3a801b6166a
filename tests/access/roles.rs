//! `/api/v1/roles` and `/api/v1/settings`: what an organization makes and chooses.

use serde_json::json;

use super::{api_of, assign, group, newest, person, refused};
use crate::support::Gateway;

on_both! {
    fn a_role_holds_from_the_moment_it_is_given_and_narrows_at_once(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "jun");
        let role = json!({"title": "Junior Account Manager", "permissions": ["task.manage", "contact.edit"]});
        assert_eq!(api.post("/roles", &role).expect(201).text("key"), "junior_account_manager");
        assign(gateway, "jun", "junior_account_manager", "tenant:acme");
        assert!(gateway.allows("jun", "contact.edit", "tenant:acme"));
        assert!(!gateway.allows("jun", "contact.edit", "tenant:globex"));
        let narrower = json!({"title": "Junior Account Manager", "permissions": ["task.manage"]});
        let changed = api.put("/roles/junior_account_manager", &narrower).expect(200).json();
        assert!(!gateway.allows("jun", "contact.edit", "tenant:acme"));
        assert_eq!((&changed["affected"]["holders"], &changed["affected"]["losers"]), (&json!(1), &json!(1)));
        assert_eq!(changed["affected"]["changes"][0]["lost"], json!(["contact.edit"]));
        let entry = newest(gateway, "role.changed").to_string();
        assert!(entry.contains("contact.edit"), "{entry}");
    }

    fn a_role_that_is_deleted_takes_its_rules_and_assignments_with_it(gateway: &Gateway) {
        let api = gateway.api();
        let mia = person(gateway, "mia");
        group(gateway, "Auditors", &[&mia]);
        let role = json!({"key": "auditor", "title": "Auditor", "permissions": ["*.view"]});
        api.post("/roles", &role).expect(201);
        let rule = json!({"group": {"name": "Auditors"}, "role": "auditor", "scope": "organization"});
        api.post("/mapping-rules", &rule).expect(201);
        assert!(gateway.allows("mia", "finance.view", "organization"));
        let affected = api.delete("/roles/auditor").expect(200).json();
        assert_eq!(affected["affected"]["losers"], 1);
        assert!(!gateway.allows("mia", "finance.view", "organization"));
        api.post("/roles", &role).expect(201);
        assert!(!gateway.allows("mia", "finance.view", "organization"), "a new role begins with nobody");
        assert_eq!(api.get("/mapping-rules").expect(200).json()["items"], json!([]));
    }

    fn a_clone_begins_with_what_its_model_has(gateway: &Gateway) {
        let api = gateway.api();
        let role = json!({"key": "sender", "title": "Sender", "clone_of": "member", "permissions": ["export.csv"]});
        let made = api.post("/roles", &role).expect(201).json();
        let has = |key: &str| made["permissions"].as_array().unwrap().contains(&json!(key));
        assert!(has("email.send") && has("export.csv") && !has("users.manage"), "{made}");
    }

    fn nobody_puts_into_a_role_what_they_do_not_hold(gateway: &Gateway) {
        person(gateway, "adam");
        assign(gateway, "adam", "admin", "organization");
        let adam = api_of(gateway, "adam");
        let billing = json!({"key": "payer", "title": "Payer", "permissions": ["billing.manage"]});
        refused(adam.post("/roles", &billing), 403, "billing.manage` is reserved");
        adam.post("/roles", &json!({"key": "clerk", "title": "Clerk", "permissions": ["task.manage"]})).expect(201);
        refused(adam.put("/roles/clerk", &json!({"title": "Clerk", "permissions": ["plan.change"]})), 403, "plan.change");
        refused(adam.post("/roles", &json!({"key": "boss", "title": "Boss", "clone_of": "owner"})), 403, "reserved");
        refused(adam.post("/roles", &json!({"key": "guard", "title": "Guard", "permissions": ["security.manage"]})), 403, "hold");
    }

    fn a_plan_without_custom_roles_refuses_them_and_stops_those_there_are(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "jun");
        let role = json!({"key": "junior", "title": "Junior", "permissions": ["task.manage"]});
        api.post("/roles", &role).expect(201);
        assign(gateway, "jun", "junior", "organization");
        assert!(gateway.allows("jun", "task.manage", "organization"));
        api.put("/settings", &json!({"plan": "starter"})).expect(200);
        assert!(!gateway.allows("jun", "task.manage", "organization"));
        refused(api.post("/roles", &json!({"key": "other", "title": "Other"})), 403, "starter");
        api.put("/settings", &json!({"plan": "agency"})).expect(200);
        assert!(gateway.allows("jun", "task.manage", "organization"));
        assert!(newest(gateway, "settings.changed").to_string().contains("agency"));
    }

    fn the_default_role_is_that_of_whoever_has_no_other(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "mia");
        api.put("/settings", &json!({"default_role": "viewer"})).expect(200);
        assert!(gateway.allows("mia", "task.view", "organization"));
        api.put("/settings", &json!({"default_role": null})).expect(200);
        assert!(!gateway.allows("mia", "task.view", "organization"));
        refused(api.put("/settings", &json!({"default_role": "owner"})), 400, "exactly one holder");
        refused(api.put("/settings", &json!({"default_role": "emperor"})), 400, "emperor");
        refused(api.put("/settings", &json!({"plan": "gold"})), 400, "starter, agency, enterprise");
        refused(api.put("/settings", &json!({"mapping_mode": "any"})), 400, "union");
    }

    fn an_admin_does_not_choose_the_plan(gateway: &Gateway) {
        person(gateway, "adam");
        assign(gateway, "adam", "admin", "organization");
        let adam = api_of(gateway, "adam");
        refused(adam.put("/settings", &json!({"plan": "starter"})), 403, "owner");
        adam.put("/settings", &json!({"default_role": "viewer"})).expect(200);
    }

    fn what_makes_no_sense_is_refused_with_its_reason(gateway: &Gateway) {
        let api = gateway.api();
        refused(api.post("/roles", &json!({"title": "X", "permissions": ["email.sned"]})), 400, "did you mean `email.send`");
        refused(api.post("/roles", &json!({"title": "Owner", "permissions": []})), 400, "built-in");
        refused(api.post("/roles", &json!({"title": "X", "clone_of": "emperor"})), 400, "emperor");
        api.post("/roles", &json!({"title": "X"})).expect(201);
        api.post("/roles", &json!({"title": "X"})).expect(409);
        api.put("/roles/nothing", &json!({"title": "X", "permissions": []})).expect(404);
        api.delete("/roles/nothing").expect(404);
    }
}
