//! How a session ends: here, by the directory, at the identity provider, with the connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::connection::SimpleConnection;
use portcullis::store::{Address, open_for_reading};

use super::world::{World, client, deactivate, events, post_to, provision, service_provider, who};
use crate::support::{Browser, Gateway};

fn sign_out_url(gateway: &Gateway) -> String {
    format!("{}/session/sign-out", gateway.url())
}

on_both! {
    fn signing_out_ends_the_session_here_and_at_the_identity_provider(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut browser = world.signed_in();
        let before = client(&browser);
        let page = browser.press(&sign_out_url(gateway));
        // Here it is over whether or not the browser goes on.
        assert_eq!(who(gateway, &browser), None);
        assert!(browser.cookie("portcullis").is_none());
        before.get(&format!("{}/session", gateway.url())).expect(401);
        let onward = page.refresh().unwrap_or_else(|| panic!("leads nowhere: {page:?}"));
        assert!(onward.starts_with(&world.provider.url()), "{onward}");
        let back = browser.open(&onward);
        assert_eq!(back.url, format!("{}/signin", gateway.url()), "{back:?}");
        // The identity provider asks for the password again.
        assert!(browser.open(world.url("login_url")).has("password"));
    }

    fn the_identity_providers_answer_to_a_logout_is_taken_once(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut browser = world.signed_in();
        let onward = browser.press(&sign_out_url(gateway)).refresh().unwrap();
        let answer = stopped_at(&browser, &world, onward);
        assert!(answer.contains("SAMLResponse="), "{answer}");
        gateway.http().get(&answer).expect(303);
        gateway.http().get(&answer).expect(403);
        world.noted("unknown_logout_request");
    }

    fn a_logout_by_form_ends_the_session_too(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut settings = service_provider(gateway, &world.connection, "assertion");
        settings["slo_binding"] = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST".into();
        world.provider.trust(&serde_json::json!([settings]));
        let mut browser = world.signed_in();
        let end = format!("{}/healthz", gateway.url());
        let form = browser.open(&world.provider.logout_url(&end));
        let request = form.field("SAMLRequest");
        assert!(!request.is_empty(), "{form:?}");
        let unsigned = [("SAMLRequest".to_owned(), unsigned(&request))];
        gateway.http().form(world.url("slo_url"), &unsigned).expect(403);
        gateway.http().form(world.url("slo_url"), &[]).expect(400);
        assert!(who(gateway, &browser).is_some());
        let page = browser.submit(&form, &[("SAMLRequest", &request)]);
        assert_eq!((page.url.as_str(), page.status), (end.as_str(), 200), "{page:?}");
        assert_eq!(who(gateway, &browser), None);
    }

    fn another_sites_page_cannot_sign_anybody_out(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let browser = world.signed_in();
        client(&browser).with("Origin", "https://evil.example").form(&sign_out_url(gateway), &[]).expect(403);
        assert!(who(gateway, &browser).is_some());
    }

    fn a_directory_that_deactivates_somebody_ends_their_sessions(gateway: &Gateway) {
        let id = provision(gateway);
        let world = World::new(gateway);
        let (one, two) = (world.signed_in(), world.signed_in());
        deactivate(gateway, &id);
        assert_eq!((who(gateway, &one), who(gateway, &two)), (None, None));
    }

    fn a_logout_at_the_identity_provider_ends_the_session_it_names_and_no_other(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (mut one, two) = (world.signed_in(), world.signed_in());
        let end = format!("{}/healthz", gateway.url());
        let page = one.open(&world.provider.logout_url(&end));
        // The identity provider had our signed answer, and went on.
        assert_eq!((page.url.as_str(), page.status), (end.as_str(), 200), "{page:?}");
        assert_eq!(who(gateway, &one), None);
        assert!(who(gateway, &two).is_some());
        assert_eq!(events(gateway, "session.ended").len(), 1);
    }

    fn an_assertion_from_before_a_logout_opens_nothing_when_it_comes_after_it(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (mut browser, sent) = world.answered();
        let end = format!("{}/healthz", gateway.url());
        let page = browser.open(&world.provider.logout_url(&end));
        assert_eq!((page.url.as_str(), page.status), (end.as_str(), 200), "{page:?}");
        world.refused(&world.post(&browser, &sent), "logged_out");
        assert_eq!(who(gateway, &browser), None);
        world.signed_in();
    }

    fn a_logout_of_an_index_that_was_never_told_ends_the_sessions_without_one(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut browser = world.signed_in();
        forget_indexes(gateway);
        let end = format!("{}/healthz", gateway.url());
        browser.open(&world.provider.logout_url(&end));
        assert_eq!(who(gateway, &browser), None);
        assert_eq!(events(gateway, "session.ended").len(), 1);
    }

    fn a_logout_message_without_a_signature_ends_nothing(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let browser = world.signed_in();
        let asked = stopped_at(&browser, &world, world.provider.logout_url(&world.provider.url()));
        let unsigned = asked.split("&SigAlg=").next().unwrap();
        gateway.http().get(unsigned).expect(403);
        let changed = asked.replace("&Signature=", "&Signature=AAAA");
        gateway.http().get(&changed).expect(403);
        assert!(who(gateway, &browser).is_some());
        world.noted("unsigned");
        gateway.http().get(&asked).expect(303);
        assert_eq!(who(gateway, &browser), None);
    }

    fn a_connection_that_is_deleted_takes_its_sessions_with_it(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let browser = world.signed_in();
        let (late, sent) = world.answered();
        gateway.api().delete(&format!("/connections/{}", world.connection["id"].as_str().unwrap())).expect(204);
        assert_eq!(who(gateway, &browser), None);
        post_to(world.url("acs_url"), &late, &sent).expect(404);
    }
}

/// Makes the sessions such as an identity provider opens that tells no SessionIndex: SimpleSAMLphp always tells one.
fn forget_indexes(gateway: &Gateway) {
    let address = match gateway.database_url() {
        Some(url) => Address::parse(url).unwrap(),
        None => Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
    };
    open_for_reading(&address).unwrap().batch_execute("UPDATE browser_session SET session_index = NULL").unwrap();
}

/// Follows `url` to the message that the identity provider has for our logout endpoint, and stops there.
fn stopped_at(browser: &Browser, world: &World<'_>, mut url: String) -> String {
    for _redirect in 0..6 {
        if url.starts_with(world.url("slo_url")) {
            return url;
        }
        let answer = client(browser).get(&url);
        url = reqwest::Url::parse(&url).unwrap().join(answer.header("location")).unwrap().into();
    }
    panic!("no logout message came: {url}");
}

/// A message by form without its signature.
fn unsigned(message: &str) -> String {
    let xml = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
    let signature = regex::Regex::new("(?s)<ds:Signature .*</ds:Signature>").unwrap();
    assert!(signature.is_match(&xml), "{xml}");
    STANDARD.encode(signature.replace(&xml, "").as_bytes())
}
