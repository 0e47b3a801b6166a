//! Names move from one person or group to another; rights must not stay behind with the name.

use serde_json::{Value, json};

use super::world::{ACTION, Held, ROLE, World, create_group, user};
use crate::support::Gateway;

fn replace(path: &str, value: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
           "Operations": [{"op": "replace", "path": path, "value": value}]})
}

on_both! {
    fn a_user_name_that_moves_takes_no_rights_along(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = scim.post("/Users", &user("ann@corp.example")).expect(201).text("id");
        gateway.api().post(&format!("/users/{ann}/assignments"), &json!({"role": ROLE})).expect(201);
        assert!(gateway.allows("ann@corp.example", ACTION, "organization"));

        assert!(scim.patch(&format!("/Users/{ann}"), &replace("userName", json!("ann.old@corp.example"))).status < 300);
        assert!(!gateway.allows("ann@corp.example", ACTION, "organization"), "nobody bears the name now");
        let other = scim.post("/Users", &user("ann@corp.example")).expect(201).text("id");
        assert!(!gateway.allows("ann@corp.example", ACTION, "organization"), "somebody else bears it now");
        assert!(!gateway.allows(&other, ACTION, "organization"));
        assert!(gateway.allows("ann.old@corp.example", ACTION, "organization"));
        assert!(gateway.allows(&ann, ACTION, "organization"));
    }

    fn a_user_name_that_is_used_again_after_a_deletion_takes_no_rights_along(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = scim.post("/Users", &user("ann@corp.example")).expect(201).text("id");
        create_group(&scim, "Platform", &ann);
        let rule = json!({"group": {"name": "Platform"}, "role": ROLE, "scope": "organization"});
        gateway.api().post("/mapping-rules", &rule).expect(201);
        assert!(gateway.allows("ann@corp.example", ACTION, "organization"));
        scim.delete(&format!("/Users/{ann}")).expect(204);
        let again = scim.post("/Users", &user("ann@corp.example")).expect(201).text("id");
        assert_ne!(ann, again);
        assert!(!gateway.allows("ann@corp.example", ACTION, "organization"));
        assert!(!gateway.allows(&ann, ACTION, "organization"));
    }

    fn the_proxy_is_told_the_new_name_of_a_group_at_once(gateway: &Gateway) {
        let world = World::new(gateway);
        let person = world.person(Held::Directly);
        let group = create_group(&gateway.scim(), "Payroll", &person.id);
        let groups = || {
            let browser = gateway.http().with("Cookie", &person.cookie);
            browser.get("/forward-auth").expect(200).header("remote-groups").to_owned()
        };
        assert_eq!(groups(), "Payroll");
        assert!(gateway.scim().patch(&format!("/Groups/{group}"), &replace("displayName", json!("Past"))).status < 300);
        assert_eq!(groups(), "Past");
        gateway.scim().delete(&format!("/Groups/{group}")).expect(204);
        assert_eq!(groups(), "");
    }

    fn whose_name_no_header_can_carry_is_let_through_nowhere(gateway: &Gateway) {
        let world = World::new(gateway);
        let person = world.person(Held::Directly);
        let asked = || gateway.http().with("Cookie", &person.cookie).get("/forward-auth");
        assert!(!asked().expect(200).header("remote-user").is_empty());
        let renamed = replace("userName", json!("ann\r\nroot"));
        assert!(gateway.scim().patch(&format!("/Users/{}", person.id), &renamed).status < 300);
        assert_eq!(asked().expect(403).header("remote-user"), "");
    }

    fn an_external_id_that_moves_takes_the_rights_of_its_rule_along(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = scim.post("/Users", &user("ann@corp.example")).expect(201).text("id");
        let group = create_group(&scim, "Platform", &ann);
        let outside = json!("5b1d-platform");
        assert!(scim.patch(&format!("/Groups/{group}"), &replace("externalId", outside)).status < 300);
        let rule = json!({"group": {"id": "5b1d-platform"}, "role": ROLE, "scope": "organization"});
        gateway.api().post("/mapping-rules", &rule).expect(201);
        assert!(gateway.allows(&ann, ACTION, "organization"));
        assert!(scim.patch(&format!("/Groups/{group}"), &replace("externalId", json!("other"))).status < 300);
        assert!(!gateway.allows(&ann, ACTION, "organization"));
    }
}
