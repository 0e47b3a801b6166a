//! One person's life, as admins handle it: suspended, restored, taken away.

use serde_json::json;

use super::{api_of, assign, newest, person};
use crate::support::Gateway;

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

on_both! {
    fn a_suspension_ends_everything_and_a_restoration_brings_it_back(gateway: &Gateway) {
        let id = person(gateway, "mia");
        assign(gateway, "mia", "member", "tenant:acme");
        let own = api_of(gateway, "mia");
        own.post("/permissions-here", &json!({"scope": "tenant:acme"})).expect(200);
        gateway.api().post("/users/mia/suspend", &json!({})).expect(200);
        assert!(!gateway.allows("mia", "email.send", "tenant:acme"));
        own.post("/permissions-here", &json!({"scope": "tenant:acme"})).expect(401);
        assert_eq!(newest(gateway, "user.suspended")["target"]["id"], id.as_str());
        gateway.api().post("/users/mia/restore", &json!({})).expect(200);
        assert!(gateway.allows("mia", "email.send", "tenant:acme"));
        assert_eq!(newest(gateway, "user.restored")["target"]["id"], id.as_str());
    }

    fn no_synchronization_lifts_a_suspension(gateway: &Gateway) {
        let id = person(gateway, "mia");
        assign(gateway, "mia", "member", "tenant:acme");
        gateway.api().post("/users/mia/suspend", &json!({})).expect(200);
        for active in [true, false, true] {
            let body = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": active}]});
            let answer = gateway.scim().patch(&format!("/Users/{id}"), &body);
            assert!(answer.status < 300, "{}", answer.body);
        }
        assert!(!gateway.allows("mia", "email.send", "tenant:acme"));
        gateway.api().post("/users/mia/restore", &json!({})).expect(200);
        assert!(gateway.allows("mia", "email.send", "tenant:acme"));
    }

    fn who_is_deleted_is_gone_and_stays_in_the_audit(gateway: &Gateway) {
        let id = person(gateway, "mia");
        assign(gateway, "mia", "member", "tenant:acme");
        let own = api_of(gateway, "mia");
        gateway.api().delete("/users/mia").expect(204);
        assert!(!gateway.allows(&id, "email.send", "tenant:acme"));
        own.get("/overview").expect(401);
        gateway.scim().get(&format!("/Users/{id}")).expect(404);
        gateway.api().delete("/users/mia").expect(404);
        assert_eq!(newest(gateway, "user.deleted")["target"]["id"], id.as_str());
        assert_ne!(person(gateway, "mia"), id);
        assert!(!gateway.allows("mia", "email.send", "tenant:acme"));
    }

    fn only_who_manages_the_organization_suspends_and_deletes(gateway: &Gateway) {
        person(gateway, "mia");
        person(gateway, "max");
        let max = api_of(gateway, "max");
        max.post("/users/mia/suspend", &json!({})).expect(403);
        max.post("/users/mia/restore", &json!({})).expect(403);
        max.delete("/users/mia").expect(403);
    }
}
