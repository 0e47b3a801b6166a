//! Somebody whose deactivation has to be refused, because nobody else owns the organization: their sessions end all the
//! same, and what they have beside the ownership is gone.

use serde_json::json;

use super::doors::{Door, SESSION};
use super::world::{Held, World};
use crate::support::Gateway;

on_both! {
    fn a_refused_deactivation_ends_the_sessions_all_the_same(gateway: &Gateway) {
        let world = World::new(gateway);
        let person = world.person(Held::ByGroup);
        let key = gateway.api().post("/api-keys", &json!({"name": "olga's", "user": "olga@corp.example"})).expect(201);
        let olga = gateway.api().bearer(&key.text("api_key"));
        olga.post("/ownership-transfer", &json!({"to": person.id})).expect(201);
        let own = gateway.api().bearer(&person.key);
        own.post("/ownership-transfer/accept", &json!({})).expect(200);
        let inactive = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": false}]
        });
        person.scim.patch(&format!("/Users/{}", person.id), &inactive).expect(409);
        let open = world.open(&person);
        assert!(open.iter().all(|door| !SESSION.contains(door)), "{open:?}");
        assert!(open.contains(&Door::Decision), "they own the organization until somebody else does");
    }
}
