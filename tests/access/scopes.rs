//! `/api/v1/scopes`: what lies under what.

use serde_json::json;

use super::{api_of, assign, group, newest, person, question, refused};
use crate::products::on_both_with;
use crate::support::Gateway;

on_both! {
    fn a_declared_scope_is_known_until_it_is_taken_away(gateway: &Gateway) {
        let api = gateway.api();
        let made = api.post("/scopes", &json!({"scope": "tenant:acme"})).expect(200).json();
        assert_eq!(made, json!({"scope": "tenant:acme", "parent": "organization"}));
        assert_eq!(newest(gateway, "scope.created")["target"]["id"], "tenant:acme");
        assert_eq!(api.get("/scopes").expect(200).json()["items"].as_array().unwrap().len(), 1);
        api.delete("/scopes/tenant:acme").expect(204);
        api.delete("/scopes/tenant:acme").expect(404);
        assert_eq!(api.get("/scopes").expect(200).json()["items"], json!([]));
    }

    fn what_the_catalogue_does_not_allow_is_refused(gateway: &Gateway) {
        person(gateway, "mia");
        assign(gateway, "mia", "member", "tenant:acme");
        let api = gateway.api();
        refused(api.post("/scopes", &json!({"scope": "team:x"})), 400, "team:x");
        refused(api.post("/scopes", &json!({"scope": "organization"})), 400, "organization");
        let under = json!({"scope": "tenant:globex", "parent": "tenant:acme"});
        refused(api.post("/scopes", &under), 400, "cannot lie under");
        assert!(!gateway.allows("mia", "email.send", "tenant:globex"));
    }
}

on_both_with! { "../tests/access/desks":
    fn a_scope_that_somebody_has_to_declare_is_unknown_until_then(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "mia");
        let give = json!({"role": "clerk", "scope": "team:a"});
        refused(api.post("/users/mia/assignments", &give), 400, "team:a");
        refused(api.put("/users/mia/permissions", &json!({"allow": ["work.do"], "scope": "team:a"})), 400, "team:a");
        let rule = json!({"group": {"name": "A"}, "role": "clerk", "scope": "team:a"});
        refused(api.post("/mapping-rules", &rule), 400, "team:a");
        assign(gateway, "mia", "clerk", "organization");
        let asked = question("mia", "work.do", ("team", "a"), "team:a");
        let answer = gateway.authzen().post("/evaluation", &asked).expect(200).json();
        assert_eq!(answer["context"]["reason"], "unknown_scope");
        api.post("/scopes", &json!({"scope": "team:a"})).expect(200);
        assert!(gateway.allows("mia", "work.do", "team:a"));
        api.post("/users/mia/assignments", &give).expect(201);
        api.delete("/scopes/team:a").expect(204);
        assert!(!gateway.allows("mia", "work.do", "team:a"));
    }

    fn a_rule_makes_the_scopes_that_rules_may_make_and_no_others(gateway: &Gateway) {
        let api = gateway.api();
        let mia = person(gateway, "mia");
        for kind in ["desk", "team", "region"] {
            let pattern = format!("{kind}-(?<id>[a-z]+)");
            let rule = json!({"group": {"pattern": pattern}, "role": "clerk", "scope": format!("{kind}:{{id}}")});
            api.post("/mapping-rules", &rule).expect(201);
        }
        assert!(!gateway.allows("mia", "work.do", "desk:front"));
        for name in ["desk-front", "team-a", "region-north"] {
            group(gateway, name, &[&mia]);
        }
        assert!(gateway.allows("mia", "work.do", "desk:front") && gateway.allows("mia", "work.do", "region:north"));
        assert!(!gateway.allows("mia", "work.do", "team:a") && !gateway.allows("mia", "work.do", "desk:back"));
        assert_eq!(api.get("/scopes").expect(200).json()["items"], json!([{"scope": "desk:front", "parent": "organization"}]));
        let told = api.get("/audit-events?action=group.created").expect(200).body;
        assert!(told.contains("there is no `team:a`") && told.contains("desk:front"), "{told}");
    }

    fn a_scope_is_moved_by_who_holds_everything_where_it_lies_and_where_it_goes(gateway: &Gateway) {
        for name in ["cleo", "olga"] {
            person(gateway, name);
        }
        assign(gateway, "cleo", "clerk", "organization");
        assign(gateway, "olga", "owner", "organization");
        let (cleo, olga) = (api_of(gateway, "cleo"), api_of(gateway, "olga"));
        let under = |parent: &str| json!({"scope": "team:a", "parent": parent});
        cleo.post("/scopes", &json!({"scope": "team:a"})).expect(200);
        refused(cleo.post("/scopes", &under("region:north")), 403, "every role's permissions");
        olga.post("/scopes", &under("region:north")).expect(200);
        refused(cleo.post("/scopes", &under("region:south")), 403, "every role's permissions");
        refused(cleo.delete("/scopes/team:a"), 403, "every role's permissions");
        person(gateway, "mia");
        assign(gateway, "mia", "clerk", "region:north");
        assert!(gateway.allows("mia", "work.do", "team:a"));
        olga.post("/scopes", &under("region:south")).expect(200);
        assert!(!gateway.allows("mia", "work.do", "team:a"));
    }
}
