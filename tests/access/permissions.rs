//! `PUT /api/v1/users/{id}/permissions`: the shapes it takes and what it refuses.

use serde_json::json;

use super::{api_of, assign, newest, person, refused};
use crate::support::Gateway;

on_both! {
    fn each_shape_says_the_same(gateway: &Gateway) {
        person(gateway, "mia");
        let whole = json!({"permissions": [
            {"permission": "email.send", "effect": "allow", "scope": "tenant:acme"},
            {"permission": "email.read", "effect": "deny", "scope": "tenant:acme"},
        ]});
        let lists = json!({"allow": ["email.send"], "deny": ["email.read"], "scope": "tenant:acme"});
        let mixed = json!({"permissions": ["email.send"], "deny": ["email.read"], "scope": "tenant:acme"});
        for body in [whole, lists, mixed] {
            gateway.api().put("/users/mia/permissions", &json!({"permissions": []})).expect(200);
            assert!(!gateway.allows("mia", "email.send", "tenant:acme"));
            gateway.api().put("/users/mia/permissions", &body).expect(200);
            assert!(gateway.allows("mia", "email.send", "tenant:acme"), "{body}");
            assert!(!gateway.allows("mia", "email.send", "tenant:globex"), "{body}");
            let set = gateway.api().get("/users/mia/permissions").expect(200).json();
            assert_eq!((&set["permissions"][0]["permission"], &set["permissions"][0]["effect"]), (&json!("email.read"), &json!("deny")));
            assert_eq!(set["permissions"][1]["permission"], "email.send");
        }
    }

    fn a_person_is_named_by_id_or_user_name(gateway: &Gateway) {
        let id = person(gateway, "mia@corp.example");
        for (name, permission) in [(id.as_str(), "email.send"), ("mia@corp.example", "email.read"), ("MIA@corp.example", "export.csv")] {
            let body = json!({"permissions": [permission]});
            gateway.api().put(&format!("/users/{name}/permissions"), &body).expect(200);
            assert!(gateway.allows(&id, permission, "organization"));
        }
        gateway.api().put("/users/nobody/permissions", &json!({"permissions": []})).expect(404);
    }

    fn the_alias_for_technicians_does_the_same(gateway: &Gateway) {
        let id = person(gateway, "mia");
        let http = gateway.http().bearer(gateway.api_key());
        http.put(&format!("/api/technicians/{id}/permissions"), &json!({"allow": ["email.send"]})).expect(200);
        assert!(gateway.allows("mia", "email.send", "organization"));
    }

    fn what_makes_no_sense_is_refused_with_its_reason(gateway: &Gateway) {
        person(gateway, "mia");
        let put = |body| gateway.api().put("/users/mia/permissions", &body);
        refused(put(json!({})), 400, "`permissions`");
        refused(put(json!({"permissions": ["email.sned"]})), 400, "did you mean `email.send`");
        refused(put(json!({"allow": ["email.send"], "scope": "team:x"})), 400, "`team:x`");
        refused(put(json!({"permissions": [{"permission": "email.send", "effect": "maybe"}]})), 400, "permission");
        refused(put(json!({"permissions": [], "extra": 1})), 400, "extra");
        refused(put(json!({"allow": ["email.send"], "until": "tomorrow"})), 400, "RFC 3339");
    }

    fn an_exception_that_has_ended_counts_no_more(gateway: &Gateway) {
        person(gateway, "mia");
        let body = json!({"allow": ["email.send"], "until": "2001-01-01T00:00:00Z"});
        gateway.api().put("/users/mia/permissions", &body).expect(200);
        assert!(!gateway.allows("mia", "email.send", "organization"));
    }

    fn a_map_allows_and_denies_by_key(gateway: &Gateway) {
        person(gateway, "mia");
        assign(gateway, "mia", "member", "tenant:acme");
        let body = json!({"permissions": {"export.csv": true, "email.send": false}});
        gateway.api().put("/users/mia/permissions", &body).expect(200);
        assert!(gateway.allows("mia", "export.csv", "tenant:acme"));
        assert!(!gateway.allows("mia", "email.send", "tenant:acme"));
        refused(gateway.api().put("/users/mia/permissions", &json!({"permissions": {"export.csv": 1}})), 400, "permission");
    }

    fn what_stands_keeps_its_author_its_reason_and_its_time(gateway: &Gateway) {
        person(gateway, "mia");
        person(gateway, "adam");
        assign(gateway, "adam", "admin", "organization");
        let api = gateway.api();
        let first = json!({"allow": ["email.send"], "reason": "on call"});
        let made = api.put("/users/mia/permissions", &first).expect(200).json()["permissions"][0].clone();
        assert!(made["author"].as_str().unwrap().starts_with("api_key:"), "{made}");
        assert!(made["created"].is_string() && made["reason"] == "on call", "{made}");
        let more = json!({"permissions": {"email.send": true, "export.csv": true}});
        let now = api_of(gateway, "adam").put("/users/mia/permissions", &more).expect(200).json();
        assert_eq!(now["permissions"][0], made, "what stood was made anew");
        assert!(now["permissions"][1]["author"].as_str().unwrap().starts_with("user:"), "{now}");
        assert_eq!(api.get("/users/mia/permissions").expect(200).json(), now);
        let other = json!({"allow": ["email.send"], "reason": "for good"});
        let now = api.put("/users/mia/permissions", &other).expect(200).json();
        assert_eq!((&now["permissions"][0]["reason"], now["permissions"].as_array().unwrap().len()), (&json!("for good"), 1));
    }

    fn the_audit_has_what_stood_before_and_what_stands_now(gateway: &Gateway) {
        let id = person(gateway, "mia");
        gateway.api().put("/users/mia/permissions", &json!({"allow": ["email.send"], "reason": "on call"})).expect(200);
        let entry = newest(gateway, "override.changed");
        assert_eq!(entry["target"]["id"], id.as_str());
        assert!(entry.to_string().contains("on call"), "{entry}");
    }
}
