//! Signing in at a real identity provider, in every way in which it signs, names and encrypts.

use serde_json::json;

use super::world::{Sent, World, connect, events, post_to, provision, service_provider, who};
use crate::support::{Browser, Gateway, IdentityProvider};

fn works_with(gateway: &Gateway, behaviour: &str) {
    provision(gateway);
    World::with(gateway, behaviour, &json!({})).signed_in();
}

on_both! {
    fn a_sign_in_that_leads_nowhere_else_ends_at_a_page_that_says_so_and_signs_out(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (mut browser, page) = world.sign_in();
        assert_eq!((page.url.as_str(), page.status), (format!("{}/", gateway.url()).as_str(), 200), "{page:?}");
        assert!(page.body.contains("You are signed in") && page.body.contains("ann@corp.example"), "{page:?}");
        assert!(page.body.contains("Corp"), "{page:?}");
        browser.submit(&page, &[]);
        assert_eq!(who(gateway, &browser), None);
    }

    fn a_signed_assertion_signs_in(gateway: &Gateway) {
        works_with(gateway, "assertion");
    }

    fn a_signed_response_signs_in(gateway: &Gateway) {
        works_with(gateway, "response");
    }

    fn a_signed_assertion_in_a_signed_response_signs_in(gateway: &Gateway) {
        works_with(gateway, "both");
    }

    fn signatures_with_sha_512_sign_in(gateway: &Gateway) {
        works_with(gateway, "sha512");
    }

    fn a_persistent_name_id_signs_in_whoever_has_the_address_and_again(gateway: &Gateway) {
        provision(gateway);
        let world = World::with(gateway, "persistent", &json!({}));
        world.signed_in();
        world.signed_in();
    }

    fn a_transient_name_id_signs_in_whoever_has_the_address(gateway: &Gateway) {
        works_with(gateway, "transient");
    }

    fn claims_as_entra_names_them_sign_in(gateway: &Gateway) {
        works_with(gateway, "entra");
    }

    fn a_request_is_signed_for_an_identity_provider_that_wants_it_so(gateway: &Gateway) {
        works_with(gateway, "signed-request");
    }

    fn a_request_goes_by_form_to_an_identity_provider_that_knows_no_redirect(gateway: &Gateway) {
        provision(gateway);
        let provider = IdentityProvider::start();
        let redirect = regex::Regex::new(r#"<md:SingleSignOnService Binding="[^"]*HTTP-Redirect"[^>]*/>"#).unwrap();
        let metadata = provider.metadata();
        assert!(redirect.is_match(&metadata), "{metadata}");
        let connection = connect(gateway, "idp", &redirect.replace(&metadata, ""), &json!({}));
        provider.trust(&json!([service_provider(gateway, &connection, "signed-request")]));
        let world = World { gateway, provider, connection };
        let first = Browser::new().open(world.url("login_url"));
        assert!(first.has("SAMLRequest"), "{first:?}");
        world.signed_in();
    }

    fn an_assertion_encrypted_with_aes_cbc_signs_in_where_the_connection_allows_it(gateway: &Gateway) {
        provision(gateway);
        World::with(gateway, "encrypted", &json!({"allow_cbc": true})).signed_in();
    }

    fn an_assertion_encrypted_with_aes_cbc_is_refused_where_nobody_allowed_it(gateway: &Gateway) {
        provision(gateway);
        let world = World::with(gateway, "encrypted", &json!({}));
        let (browser, sent) = world.answered();
        world.refused(&world.post(&browser, &sent), "encryption_algorithm");
    }

    fn the_session_is_told_in_the_audit_log_with_its_connection(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        world.signed_in();
        let opened = events(gateway, "session.opened");
        assert!(opened[0].to_string().contains(world.connection["id"].as_str().unwrap()), "{opened:?}");
    }

    fn two_tabs_of_one_browser_sign_in_both(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut browser = Browser::new();
        let one = browser.answer_for(world.url("login_url"), "ann", "ann-password");
        let two = browser.answer_for(world.url("login_url"), "ann", "ann-password");
        for page in [one, two] {
            browser.submit(&page, &[("SAMLResponse", &page.field("SAMLResponse"))]);
            assert_eq!(who(gateway, &browser).as_deref(), Some("ann@corp.example"));
        }
    }

    fn who_signs_in_comes_back_to_the_page_they_wanted(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (browser, sent) = world.answered_to("/reports?year=2026&page=2");
        assert_eq!(world.post(&browser, &sent).expect(303).header("location"), "/reports?year=2026&page=2");
    }

    fn the_way_back_never_leaves_the_site(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a//b"] {
            let (browser, sent) = world.answered_to(elsewhere);
            assert_eq!(world.post(&browser, &sent).expect(303).header("location"), "/", "{elsewhere}");
        }
    }

    fn on_plain_http_the_cookies_bear_no_prefix_and_scripts_cannot_read_them(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let begun = gateway.http().get(world.url("login_url")).expect(303);
        let cookie = begun.header("set-cookie");
        assert!(cookie.starts_with("portcullis-signin="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; Max-Age=600"), "{cookie}");
        let (browser, sent) = world.answered();
        let answer = world.post(&browser, &sent).expect(303);
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("portcullis=pcl_ses_"), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    }

    fn an_address_leads_to_the_identity_provider_of_its_domain(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let mut browser = Browser::new();
        let asked = browser.open(&format!("{}/signin?return_to=/reports", gateway.url()));
        let led = browser.submit(&asked, &[("email", "Ann@CORP.example")]);
        assert!(led.url.starts_with(&world.provider.url()), "{led:?}");
        assert!(led.has("password"), "{led:?}");
    }

    fn the_address_that_led_somewhere_is_remembered_until_it_is_to_be_forgotten(gateway: &Gateway) {
        let _world = World::new(gateway);
        let page = format!("{}/signin", gateway.url());
        let mut browser = Browser::new();
        let asked = browser.open(&page);
        browser.submit(&asked, &[("email", "nobody@elsewhere.example")]);
        assert_eq!(browser.open(&page).field("email"), "", "it led nowhere");
        let asked = browser.open(&page);
        browser.submit(&asked, &[("email", "ann+\"><b>@corp.example")]);
        let again = browser.open(&page);
        assert_eq!(again.field("email"), "ann+\"><b>@corp.example");
        assert!(again.body.contains("remembers") && !again.body.contains("<b>@"), "{again:?}");
        browser.open(&format!("{page}?forget="));
        assert_eq!(browser.open(&page).field("email"), "");
    }

    fn a_cookie_that_holds_no_address_is_not_shown(gateway: &Gateway) {
        for value in ["%%%", "bm90aGluZw", "YUANCmI"] {
            let shown = gateway.http().with("Cookie", &format!("portcullis-address={value}")).get("/signin").expect(200);
            assert!(!shown.body.contains("remembers"), "{value}");
        }
    }

    fn an_address_of_no_connection_is_asked_for_its_password(gateway: &Gateway) {
        World::new(gateway);
        let mut browser = Browser::new();
        let asked = browser.open(&format!("{}/signin", gateway.url()));
        let told = browser.submit(&asked, &[("email", "ann@elsewhere.example\"><script>")]);
        assert_eq!(told.status, 200);
        assert!(told.has("email") && told.has("password"), "{told:?}");
        assert!(!told.body.contains("<script>"), "{told:?}");
    }
}

/// Behind TLS, as in production: the answer is posted by hand, because nothing here speaks TLS.
mod over_https {
    use super::*;
    use crate::support::Database;

    fn holds(database: Database) {
        let gateway = Gateway::start_behind(database, "https://gate.example");
        provision(&gateway);
        let world = World::new(&gateway);
        let id = world.connection["id"].as_str().unwrap();
        assert_eq!(world.url("acs_url"), format!("https://gate.example/saml/{id}/acs"));

        let begun = gateway.http().get(&format!("/saml/{id}/login")).expect(303);
        let cookie = begun.header("set-cookie");
        assert!(cookie.starts_with("__Host-portcullis-signin="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=600"), "{cookie}");

        let mut browser = Browser::new();
        let page = browser.answer_for(&format!("{}/saml/{id}/login", gateway.url()), "ann", "ann-password");
        let sent = Sent { response: page.field("SAMLResponse"), relay_state: page.field("RelayState") };
        let answer = post_to(&format!("{}/saml/{id}/acs", gateway.url()), &browser, &sent).expect(303);
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("__Host-portcullis=pcl_ses_"), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax"), "{cookie}");
    }

    #[test]
    fn the_cookies_are_bound_to_the_host_sqlite() {
        holds(Database::Sqlite);
    }

    #[test]
    fn the_cookies_are_bound_to_the_host_postgres() {
        holds(Database::Postgres);
    }
}
