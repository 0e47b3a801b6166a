//! `/api/v1/scopes`: what lies under what.

use serde_json::json;

use super::{assign, newest, person, refused};
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
