//! What admins see of sign-ins: those that failed, with what to change, and those they try out themselves.

use serde_json::{Value, json};

use super::world::{World, client, events, provision, who};
use crate::support::{Browser, Gateway, Page, until};

fn sign_ins(world: &World<'_>) -> Vec<Value> {
    let path = format!("/connections/{}/sign-ins", world.connection["id"].as_str().unwrap());
    world.gateway.api().get(&path).expect(200).json()["items"].as_array().unwrap().clone()
}

/// The owner's browser tries the connection out as Ann; gives the page with the result.
fn tried(world: &World<'_>) -> (Browser, Page) {
    let mut browser = Browser::new();
    let link = world.gateway.made()["owner_setup_url"].as_str().unwrap().to_owned();
    let page = browser.open(&link);
    let page = if page.has("user_name") { browser.submit(&page, &[("user_name", "owner@corp.example")]) } else { page };
    assert_eq!(page.status, 200, "{page:?}");
    let listed = browser.open(&format!("{}/console/connections", world.gateway.url()));
    let leaving = browser.submit(&listed, &[("csrf", &listed.field("csrf"))]);
    let onward = leaving.refresh().unwrap_or_else(|| panic!("leads nowhere: {leaving:?}"));
    let asked = browser.open(&onward);
    let answered = browser.submit(&asked, &[("username", "ann"), ("password", "ann-password")]);
    let result = browser.submit(&answered, &[("SAMLResponse", &answered.field("SAMLResponse"))]);
    (browser, result)
}

on_both! {
    fn a_failed_sign_in_is_kept_with_the_check_and_what_to_change_and_without_its_secrets(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (browser, sent) = world.answered();
        let xml = sent.xml().replacen("Version=\"2.0\"", "Version=\"1.1\"", 1);
        for _ in 0..20 {
            world.refused(&world.post(&browser, &sent.saying(&xml)), "version");
        }
        world.post(&browser, &sent.saying("<x")).expect(403);
        let has = |code: &str| sign_ins(&world).iter().any(|one| one["code"] == code);
        until("both failures are written down", || has("version") && has("not_well_formed"));
        let kept = sign_ins(&world);
        let version: Vec<&Value> = kept.iter().filter(|one| one["code"] == "version").collect();
        // Few of a kind: nobody hides another's failure by failing often.
        assert!((1..20).contains(&version.len()), "{kept:?}");
        let one = version[0];
        assert!(one["advice"].as_str().unwrap().contains("SAML 2.0"), "{one}");
        let verdict = |name: &str| one["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()["verdict"].clone();
        assert_eq!((verdict("bytes"), verdict("structure"), verdict("signature")), (json!("passed"), json!("failed"), json!("not reached")));
        let document = one["document"].as_str().unwrap();
        let secret = sent.xml().split("SignatureValue>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(document.contains("ann@corp.example") && !document.contains(&secret), "{document}");
        assert_eq!(kept.iter().find(|one| one["code"] == "not_well_formed").unwrap()["document"], Value::Null);
    }

    fn no_more_than_fifty_are_kept_of_one_connection_and_none_once_it_is_deleted(gateway: &Gateway) {
        let world = World::with(gateway, "unsigned", &json!({}));
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "unsigned");
        until("the failure is written down", || sign_ins(&world).len() == 1);
        let path = format!("/connections/{}", world.connection["id"].as_str().unwrap());
        gateway.api().delete(&path).expect(204);
        gateway.api().get(&format!("{path}/sign-ins")).expect(404);
    }

    fn a_connection_is_tried_out_without_anybody_being_signed_in_or_made(gateway: &Gateway) {
        let world = World::with(gateway, "assertion", &json!({"just_in_time": true, "groups": true}));
        let rule = json!({"group": {"name": "eng"}, "role": "viewer", "scope": "organization"});
        gateway.api().post("/mapping-rules", &rule).expect(201);
        let (browser, page) = tried(&world);
        assert_eq!(page.status, 200, "{page:?}");
        for said in ["This sign-in works", "ann@corp.example", "eng", "viewer in organization", "Ångström"] {
            assert!(page.body.contains(said), "not `{said}`: {}", page.body);
        }
        assert_eq!(who(gateway, &browser).as_deref(), Some("owner@corp.example"));
        let sign_in = sign_ins(&world).remove(0);
        assert_eq!((&sign_in["code"], &sign_in["test"]), (&json!("ok"), &json!(true)));
        // Nothing of it is left.
        assert!(events(gateway, "user.created").iter().all(|entry| !entry.to_string().contains("ann@corp.example")));
        assert!(events(gateway, "group.created").is_empty());
        gateway.api().get("/users/ann@corp.example/assignments").expect(404);
    }

    fn a_test_shows_why_a_person_would_not_be_let_in(gateway: &Gateway) {
        let world = World::new(gateway);
        let (_, page) = tried(&world);
        assert!(page.body.contains("This sign-in fails") && page.body.contains("unknown_person"), "{}", page.body);
        assert!(page.body.contains("Assign the person to the provisioning application"), "{}", page.body);
    }

    fn groups_of_the_assertion_give_what_mapping_rules_say_and_end_with_it(gateway: &Gateway) {
        provision(gateway);
        let world = World::with(gateway, "assertion", &json!({"groups": true}));
        for (group, role) in [("eng", "viewer"), ("app-emea-leads", "viewer")] {
            let rule = json!({"group": {"name": group}, "role": role, "scope": "organization"});
            gateway.api().post("/mapping-rules", &rule).expect(201);
        }
        let may = || gateway.allows("ann@corp.example", "task.view", "organization");
        assert!(!may());
        world.signed_in();
        let created = events(gateway, "group.created").len();
        assert_eq!(created, 3);
        world.signed_in();
        assert_eq!(events(gateway, "group.created").len(), created, "the second sign-in makes none");
        assert_eq!(events(gateway, "membership.added").len(), 1);
        assert!(may());
        // An attribute that is not sent: the person is in none.
        let path = format!("/connections/{}", world.connection["id"].as_str().unwrap());
        gateway.api().put(&path, &json!({"group_attribute": "nothing-of-the-kind"})).expect(200);
        world.signed_in();
        assert_eq!(events(gateway, "membership.removed").len(), 1);
        assert!(!may());
        gateway.api().delete(&path).expect(204);
        assert_eq!(events(gateway, "group.deleted").len(), 3);
    }

    fn a_sign_in_that_does_not_take_groups_leaves_them_alone(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let browser = world.signed_in();
        client(&browser).get(&format!("{}/session", gateway.url())).expect(200);
        assert!(events(gateway, "group.created").is_empty());
    }
}
