//! What an admin chooses about a connection, and changes later.

use serde_json::{Value, json};

use super::world::{World, client, events, provision, service_provider, who};
use crate::support::{Browser, Gateway};

fn path(world: &World<'_>) -> String {
    format!("/connections/{}", world.connection["id"].as_str().unwrap())
}

on_both! {
    fn a_change_keeps_what_it_does_not_name_and_is_told_with_before_and_after(gateway: &Gateway) {
        let world = World::with(gateway, "assertion", &json!({"allow_cbc": true}));
        let changed = gateway.api().put(&path(&world), &json!({"clock_skew_seconds": 30, "preset": "entra"})).expect(200).json();
        let shown = gateway.api().get(&path(&world)).expect(200).json();
        assert_eq!(shown, changed);
        let seen = ["clock_skew_seconds", "preset", "allow_cbc", "domains", "name"].map(|key| shown[key].clone());
        assert_eq!(json!(seen), json!([30, "entra", true, ["corp.example"], "idp"]));
        let back = gateway.api().put(&path(&world), &json!({"preset": null})).expect(200).json();
        assert_eq!(back["preset"], Value::Null);
        let told = events(gateway, "connection.changed")[1].to_string();
        assert!(told.contains(r#""clock_skew_seconds":120"#) && told.contains(r#""clock_skew_seconds":30"#), "{told}");
    }

    fn what_makes_no_sense_is_refused_and_changes_nothing(gateway: &Gateway) {
        let world = World::new(gateway);
        for (body, why) in [
            (json!({"clock_skew_seconds": 601}), "0 to 600"),
            (json!({"clock_skew_seconds": -1}), "0 to 600"),
            (json!({"require_signed": "nothing"}), "`either`, `assertion`, `response` or `both`"),
            (json!({"preset": "other"}), "`okta`, `entra`, `google` or `generic`"),
            (json!({"idp_initiated": "yes"}), "`off`, `restart` or `allow`"),
            (json!({"group_attribute": ""}), "1 to 512"),
            (json!({"metadata_xml": "<x/>"}), "describes no SAML 2.0 identity provider"),
            (json!({"domains": ["nodot"]}), "is no domain"),
            (json!({"surprise": 1}), "surprise"),
        ] {
            let answer = gateway.api().put(&path(&world), &body).expect(400);
            assert!(answer.body.contains(why), "not `{why}`: {}", answer.body);
        }
        assert_eq!(gateway.api().get(&path(&world)).expect(200).json(), world.connection);
    }

    fn metadata_that_has_run_out_makes_no_connection(gateway: &Gateway) {
        let world = World::new(gateway);
        let metadata = world.provider.metadata().replace("entityID=", "validUntil=\"2020-01-01T00:00:00Z\" entityID=");
        let answer = gateway.api().put(&path(&world), &json!({"metadata_xml": metadata})).expect(400);
        assert!(answer.body.contains("it was valid until 2020-01-01"), "{}", answer.body);
    }

    fn a_connection_may_insist_on_both_signatures(gateway: &Gateway) {
        provision(gateway);
        let world = World::with(gateway, "assertion", &json!({"require_signed": "both"}));
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "response_unsigned");
        world.trust("both");
        world.signed_in();
    }

    fn a_fresh_sign_in_is_asked_for_by_the_connection_or_by_the_link(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut browser = world.signed_in();
        // The identity provider has a session: it asks for no password unless it is told to.
        let asked = |browser: &mut Browser, query: &str| {
            browser.answer_for(&format!("{}{query}", world.url("login_url")), "ann", "ann-password").has("SAMLResponse")
        };
        assert!(asked(&mut browser, ""));
        let again = browser.open(&format!("{}?force_authn=true", world.url("login_url")));
        assert!(again.has("password"), "{again:?}");
        gateway.api().put(&path(&world), &json!({"force_authn": true})).expect(200);
        let again = browser.open(world.url("login_url"));
        assert!(again.has("password"), "{again:?}");
        world.signed_in();
    }

    fn an_authentication_context_that_was_asked_for_must_be_the_one_answered(gateway: &Gateway) {
        provision(gateway);
        let x509 = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";
        let world = World::with(gateway, "assertion", &json!({"authn_contexts": [x509]}));
        // SimpleSAMLphp answers `Password` whatever it was asked for.
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "authn_context");
    }

    fn a_connection_that_is_switched_off_signs_nobody_in_until_it_is_on_again(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let browser = world.signed_in();
        gateway.api().put(&path(&world), &json!({"enabled": false})).expect(200);
        assert_eq!(who(gateway, &browser), None);
        client(&browser).get(world.url("login_url")).expect(404);
        gateway.api().put(&path(&world), &json!({"enabled": true})).expect(200);
        assert_eq!(who(gateway, &browser), None);
        world.signed_in();
    }

    fn our_key_is_replaced_without_a_gap(gateway: &Gateway) {
        provision(gateway);
        let mut world = World::with(gateway, "encrypted", &json!({"allow_cbc": true}));
        let spare = format!("{}/spare-key", path(&world));
        let made = gateway.api().post(&spare, &json!({})).expect(201).json();
        gateway.api().post(&spare, &json!({})).expect(409);
        let metadata = gateway.http().get(world.url("metadata_url")).body;
        assert_eq!(metadata.matches("<md:KeyDescriptor").count(), 4, "{metadata}");
        // The identity provider has the old certificate still, then the new one.
        world.signed_in();
        let active = gateway.api().post(&format!("{spare}/activate"), &json!({})).expect(200).json();
        let order = |view: &Value, at: usize| view["sp_certificates"][at]["fingerprint"].clone();
        assert_eq!((order(&active, 0), order(&active, 1)), (order(&made, 1), order(&made, 0)));
        world.signed_in();
        world.connection = active;
        world.provider.trust(&json!([service_provider(gateway, &world.connection, "encrypted")]));
        world.signed_in();
        gateway.api().delete(&spare).expect(204);
        world.signed_in();
        gateway.api().delete(&spare).expect(404);
        gateway.restart();
        world.signed_in();
    }

    fn an_own_attribute_names_the_person(gateway: &Gateway) {
        let world = World::with(gateway, "transient", &json!({"just_in_time": true, "email_attribute": "MAIL"}));
        world.signed_in();
        gateway.api().put(&path(&world), &json!({"email_attribute": "nothing-of-the-kind"})).expect(200);
        // A transient NameID names nobody twice: it is another account.
        let (browser, _) = world.sign_in();
        assert_ne!(who(gateway, &browser).as_deref(), Some("ann@corp.example"));
    }

    fn two_hundred_refusals_keep_nobody_of_the_same_address_out(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (browser, sent) = world.answered();
        for _ in 0..200 {
            let answer = world.post(&browser, &sent.saying("<x/>"));
            assert_eq!(answer.status, 403, "{}", answer.body);
        }
        world.post(&browser, &sent).expect(303);
    }
}
