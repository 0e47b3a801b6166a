//! Who needs a second factor.

use super::*;
use crate::saml::world::{World, provision};

on_both! {
    fn without_a_policy_a_password_is_enough(gateway: &Gateway) {
        gateway.api().put("/settings", &json!({"mfa_policy": "off"})).expect(200);
        let invited = invite(gateway, "ann@corp.example");
        let mut browser = Browser::new();
        choose(&mut browser, invited["url"].as_str().unwrap(), PASSWORD);
        assert!(is_signed_in(gateway, &browser));
    }

    fn of_two_sign_ins_that_set_one_up_the_first_stands_and_the_second_is_over(gateway: &Gateway) {
        gateway.api().put("/settings", &json!({"mfa_policy": "off"})).expect(200);
        let invited = invite(gateway, "ann@corp.example");
        choose(&mut Browser::new(), invited["url"].as_str().unwrap(), PASSWORD);
        gateway.api().put("/settings", &json!({"mfa_policy": "local"})).expect(200);
        let (mut ann, mut thief, mut later) = (Browser::new(), Browser::new(), Browser::new());
        let offered = sign_in(gateway, &mut ann, "ann@corp.example", PASSWORD);
        let waiting = sign_in(gateway, &mut thief, "ann@corp.example", PASSWORD);
        let (mut app, _) = enrol(&mut ann, &offered);
        let (_, over) = enrol(&mut thief, &waiting);
        assert_eq!((over.status, is_signed_in(gateway, &ann), is_signed_in(gateway, &thief)), (410, true, false), "{over:?}");
        let page = sign_in(gateway, &mut later, "ann@corp.example", PASSWORD);
        later.submit(&page, &[("code", &app.code())]);
        assert!(is_signed_in(gateway, &later));
    }

    fn where_everybody_needs_one_an_identity_providers_word_is_not_enough(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        world.signed_in();
        gateway.api().put("/settings", &json!({"mfa_policy": "everybody"})).expect(200);
        let (mut browser, page) = world.sign_in();
        assert!(!is_signed_in(gateway, &browser), "{page:?}");
        let (mut app, page) = enrol(&mut browser, &page);
        assert!(is_signed_in(gateway, &browser), "{page:?}");
        let (mut browser, page) = world.sign_in();
        assert!(!is_signed_in(gateway, &browser), "{page:?}");
        browser.submit(&page, &[("code", &app.code())]);
        assert!(is_signed_in(gateway, &browser));
    }

    fn where_a_role_needs_one_its_holders_alone_are_asked(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        gateway.api().put("/settings", &json!({"mfa_policy": "roles", "mfa_roles": ["admin"]})).expect(200);
        world.signed_in();
        gateway.api().post("/users/ann@corp.example/assignments", &json!({"role": "admin"})).expect(201);
        let (browser, page) = world.sign_in();
        assert!(!is_signed_in(gateway, &browser) && page.has("offer"), "{page:?}");
    }

    fn a_policy_that_makes_no_sense_is_refused(gateway: &Gateway) {
        for settings in [json!({"mfa_policy": "always"}), json!({"mfa_policy": "roles"}), json!({"mfa_roles": ["no such"]})] {
            gateway.api().put("/settings", &settings).expect(400);
        }
        assert_eq!(gateway.api().get("/settings").expect(200).json()["mfa_policy"], "local");
    }
}
