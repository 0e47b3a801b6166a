//! `PUT /api/v1/users/{id}/permissions`: the shapes it takes and what it refuses.

use serde_json::json;

use super::{newest, person, refused};
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

    fn the_audit_has_what_stood_before_and_what_stands_now(gateway: &Gateway) {
        let id = person(gateway, "mia");
        gateway.api().put("/users/mia/permissions", &json!({"allow": ["email.send"], "reason": "on call"})).expect(200);
        let entry = newest(gateway, "override.changed");
        assert_eq!(entry["target"]["id"], id.as_str());
        assert!(entry.to_string().contains("on call"), "{entry}");
    }
}
