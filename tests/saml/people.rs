//! Who is let in: those whom a directory has pushed, and, where a connection says so, those it has not.

use serde_json::json;

use super::world::{World, client, deactivate, events, provision, who};
use crate::support::{Browser, Gateway};

on_both! {
    fn somebody_whom_nobody_has_provisioned_is_refused(gateway: &Gateway) {
        let world = World::new(gateway);
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "unknown_person");
        assert!(events(gateway, "user.created").is_empty());
    }

    fn a_connection_may_make_accounts_just_in_time(gateway: &Gateway) {
        let world = World::with(gateway, "assertion", &json!({"just_in_time": true}));
        let browser = world.signed_in();
        let created = events(gateway, "user.created");
        assert_eq!(created.len(), 1, "{created:?}");
        assert!(created[0].to_string().contains("Ångström"), "{created:?}");
        // The second time it is the same account.
        let id = |browser: &Browser| client(browser).get(&format!("{}/session", gateway.url())).json()["user"]["id"].clone();
        assert_eq!(id(&browser), id(&world.signed_in()));
        assert_eq!(events(gateway, "user.created").len(), 1);
    }

    fn somebody_deactivated_is_refused_at_the_callback_and_gets_no_new_account(gateway: &Gateway) {
        let id = provision(gateway);
        let world = World::with(gateway, "assertion", &json!({"just_in_time": true}));
        let (browser, sent) = world.answered();
        deactivate(gateway, &id);
        world.refused(&world.post(&browser, &sent), "deactivated");
        assert_eq!(who(gateway, &browser), None);
        assert_eq!(events(gateway, "user.created").len(), 1);
    }

    fn somebody_whom_a_directory_deleted_is_not_brought_back_by_signing_in(gateway: &Gateway) {
        let id = provision(gateway);
        let world = World::with(gateway, "entra", &json!({"just_in_time": true}));
        world.signed_in();
        gateway.scim().delete(&format!("/Users/{id}")).expect(204);
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "deleted_by_directory");
        assert_eq!(events(gateway, "user.created").len(), 1);
    }

    fn somebody_whom_a_directory_deleted_under_another_name_is_not_brought_back_either(gateway: &Gateway) {
        let id = provision(gateway);
        let world = World::with(gateway, "assertion", &json!({"just_in_time": true}));
        world.signed_in();
        let rename = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "userName", "value": "ann.smith@corp.example"}]
        });
        gateway.scim().patch(&format!("/Users/{id}"), &rename);
        gateway.scim().delete(&format!("/Users/{id}")).expect(204);
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "deleted_by_directory");
    }

    fn somebody_whom_a_directory_brought_back_signs_in_as_the_new_account(gateway: &Gateway) {
        let old = provision(gateway);
        let world = World::new(gateway);
        world.signed_in();
        gateway.scim().delete(&format!("/Users/{old}")).expect(204);
        let new = provision(gateway);
        let browser = world.signed_in();
        let session = client(&browser).get(&format!("{}/session", gateway.url())).json();
        assert_eq!(session["user"]["id"], new.as_str());
    }

    fn a_name_that_was_given_to_somebody_else_opens_the_account_of_whoever_has_it_now(gateway: &Gateway) {
        let old = provision(gateway);
        let world = World::new(gateway);
        world.signed_in();
        let rename = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "value": {"userName": "ann.smith@corp.example", "emails": []}}]
        });
        gateway.scim().patch(&format!("/Users/{old}"), &rename);
        let new = provision(gateway);
        let browser = world.signed_in();
        let session = client(&browser).get(&format!("{}/session", gateway.url())).json();
        assert_eq!(session["user"]["id"], new.as_str());
    }

    fn nobody_gets_a_second_account_under_their_e_mail_address(gateway: &Gateway) {
        let id = gateway.scim().post("/Users", &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ann", "emails": [{"value": "ann@corp.example"}], "active": false
        })).expect(201).text("id");
        assert!(!id.is_empty());
        let world = World::with(gateway, "assertion", &json!({"just_in_time": true}));
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "address_in_use");
    }

    fn a_name_too_long_to_be_found_again_makes_no_account(gateway: &Gateway) {
        let world = World::with(gateway, "long-name", &json!({"just_in_time": true}));
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "unusable_name");
        assert_eq!(who(gateway, &browser), None);
    }

    fn a_connection_signs_in_people_of_its_domains_alone(gateway: &Gateway) {
        provision(gateway);
        let settings = json!({"just_in_time": true, "domains": ["other.example"]});
        let world = World::with(gateway, "assertion", &settings);
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "foreign_domain");
        assert_eq!(who(gateway, &browser), None);
    }

    fn a_connection_makes_accounts_of_its_domains_alone(gateway: &Gateway) {
        let settings = json!({"just_in_time": true, "domains": ["other.example"]});
        let world = World::with(gateway, "assertion", &settings);
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "foreign_domain");
        assert!(events(gateway, "user.created").is_empty());
    }
}
