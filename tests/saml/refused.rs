//! Sign-ins that are refused: what the identity provider should not have sent, and browsers that did not ask.

use serde_json::json;

use super::world::{Sent, World, client, connect, post_to, provision, service_provider, who};
use crate::support::{Browser, Gateway, IdentityProvider};

fn refused_with(gateway: &Gateway, behaviour: &str, settings: &serde_json::Value, code: &str) {
    provision(gateway);
    let world = World::with(gateway, behaviour, settings);
    let (browser, sent) = world.answered();
    world.refused(&world.post(&browser, &sent), code);
    assert_eq!(who(gateway, &browser), None);
}

#[test]
fn the_guide_explains_every_code() {
    let guide = include_str!("../../docs/saml.md");
    let missing: Vec<_> =
        portcullis::saml::Refusal::CODES.iter().filter(|code| !guide.contains(&format!("| `{code}` |"))).collect();
    assert!(missing.is_empty(), "docs/saml.md does not explain {missing:?}");
}

on_both! {
    fn an_unsigned_answer_is_refused(gateway: &Gateway) {
        refused_with(gateway, "unsigned", &json!({}), "unsigned");
    }

    fn a_sha_1_signature_is_refused(gateway: &Gateway) {
        refused_with(gateway, "sha1", &json!({}), "signature_algorithm");
    }

    fn an_encrypted_assertion_that_nobody_signed_is_refused(gateway: &Gateway) {
        refused_with(gateway, "encrypted-unsigned", &json!({"allow_cbc": true}), "unsigned");
    }

    fn an_answer_signed_by_a_key_that_the_metadata_does_not_have_is_refused(gateway: &Gateway) {
        provision(gateway);
        let (provider, other) = (IdentityProvider::start(), IdentityProvider::start());
        let certificates = |metadata: &str| -> Vec<String> {
            let parts: Vec<&str> = metadata.split("X509Certificate>").collect();
            parts.iter().skip(1).step_by(2).map(|part| part.split('<').next().unwrap().to_owned()).collect()
        };
        let (mut metadata, strangers) = (provider.metadata(), certificates(&other.metadata()));
        for (own, stranger) in certificates(&metadata.clone()).iter().zip(&strangers) {
            metadata = metadata.replace(own, stranger);
        }
        let connection = connect(gateway, "idp", &metadata, &json!({}));
        provider.trust(&json!([service_provider(gateway, &connection, "both")]));
        let world = World { gateway, provider, connection };
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "signature_invalid");
    }

    fn an_answer_is_taken_once(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (browser, sent) = world.answered();
        world.post(&browser, &sent).expect(303);
        world.refused(&world.post(&browser, &sent), "unknown_request");
    }

    fn an_answer_that_the_identity_provider_began_is_taken_once(gateway: &Gateway) {
        provision(gateway);
        let world = World::with(gateway, "assertion", &json!({"idp_initiated": "allow"}));
        let mut browser = Browser::new();
        let begun = world.provider.sign_on_url(world.url("sp_entity_id"), "");
        let page = browser.answer_for(&begun, "ann", "ann-password");
        let sent = Sent { response: page.field("SAMLResponse"), relay_state: String::new() };
        world.post(&Browser::new(), &sent).expect(303);
        world.refused(&world.post(&Browser::new(), &sent), "replay");
    }

    fn another_browser_cannot_post_the_answer(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (_, sent) = world.answered();
        // Neither one without a sign-in cookie, nor one with its own, nor one with a made-up cookie.
        world.refused(&world.post(&Browser::new(), &sent), "other_browser");
        let mut other = Browser::new();
        other.open(world.url("login_url"));
        assert!(other.cookie("portcullis-signin").is_some());
        world.refused(&world.post(&other, &sent), "other_browser");
        let made_up = client(&Browser::new()).with("Cookie", "portcullis-signin=x");
        let fields = [("SAMLResponse".to_owned(), sent.response.clone()), ("RelayState".to_owned(), sent.relay_state)];
        world.refused(&made_up.form(world.url("acs_url"), &fields), "other_browser");
    }

    fn an_answer_without_its_relay_state_is_refused(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (browser, mut sent) = world.answered();
        sent.relay_state = String::new();
        world.refused(&world.post(&browser, &sent), "unknown_request");
    }

    fn an_answer_for_one_connection_opens_nothing_at_another(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let other = connect(gateway, "other", &world.provider.metadata(), &json!({}));
        let (browser, sent) = world.answered();
        let acs = other["acs_url"].as_str().unwrap();
        world.refused(&post_to(acs, &browser, &sent), "other_connection");
        // Nor with a sign-in of the other connection's own.
        let mut browser = Browser::new();
        world.provider.trust(&json!([service_provider(gateway, &other, "assertion")]));
        let page = browser.answer_for(other["login_url"].as_str().unwrap(), "ann", "ann-password");
        let mixed = Sent { response: sent.response, relay_state: page.field("RelayState") };
        world.refused(&post_to(acs, &browser, &mixed), "destination");
    }

    fn a_sign_in_that_the_identity_provider_begins_is_refused_unless_the_connection_allows_it(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut browser = Browser::new();
        let begun = world.provider.sign_on_url(world.url("sp_entity_id"), "");
        let page = browser.sign_in(&begun, "ann", "ann-password");
        assert_eq!(page.status, 403, "{page:?}");
        assert_eq!(who(gateway, &browser), None);
        world.noted("unsolicited");
    }

    fn a_sign_in_that_the_identity_provider_begins_can_be_begun_anew_here(gateway: &Gateway) {
        provision(gateway);
        let world = World::with(gateway, "assertion", &json!({"idp_initiated": "restart"}));
        let mut browser = Browser::new();
        let begun = world.provider.sign_on_url(world.url("sp_entity_id"), "");
        let unasked = browser.sign_in(&begun, "ann", "ann-password");
        // Signed in at the identity provider already: it answers at once, and this time it was asked.
        assert!(unasked.has("SAMLResponse"), "{unasked:?}");
        assert_eq!(who(gateway, &browser), None);
        browser.submit(&unasked, &[("SAMLResponse", &unasked.field("SAMLResponse"))]);
        assert_eq!(who(gateway, &browser).as_deref(), Some("ann@corp.example"));
    }

    fn the_relay_state_of_somebody_else_leads_nowhere(gateway: &Gateway) {
        provision(gateway);
        let world = World::with(gateway, "assertion", &json!({"idp_initiated": "allow"}));
        let mut browser = Browser::new();
        let begun = world.provider.sign_on_url(world.url("sp_entity_id"), "https://evil.example/");
        let page = browser.answer_for(&begun, "ann", "ann-password");
        assert_eq!(page.field("RelayState"), "https://evil.example/");
        let sent = Sent { response: page.field("SAMLResponse"), relay_state: page.field("RelayState") };
        assert_eq!(world.post(&browser, &sent).expect(303).header("location"), "/");
    }
}
