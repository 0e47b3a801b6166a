//! The same against npm's `saml-idp`, which shares nothing with SimpleSAMLphp: signed Response and Assertion, milliseconds, a
//! NotBefore of this very moment, logout answered by form.

use serde_json::json;

use super::world::{connect, events, provision, who};
use crate::support::{Browser, Gateway, Page, SamlIdp};

/// Signs somebody in, as far as that goes.
fn sign_in(gateway: &Gateway, settings: &serde_json::Value, name: &str) -> (SamlIdp, Browser, Page) {
    // It must know us when it starts, and we must know it to have an address: so there is one before it.
    let before = SamlIdp::start("http://127.0.0.1:1/acs", "http://127.0.0.1:1/slo", "urn:nobody");
    let connection = connect(gateway, "npm", &before.metadata(), settings);
    let url = |endpoint: &str| connection[endpoint].as_str().unwrap();
    let provider = SamlIdp::start(url("acs_url"), url("slo_url"), url("sp_entity_id"));
    let path = format!("/connections/{}", url("id"));
    gateway.api().put(&path, &json!({"metadata_xml": provider.metadata()})).expect(200);
    let mut browser = Browser::new();
    let asked = browser.open(url("login_url"));
    assert!(asked.url.starts_with(&provider.url()), "{asked:?}");
    let answered = browser.submit(&asked, &[("userName", name), ("email", name)]);
    assert!(answered.has("SAMLResponse"), "{answered:?}");
    let page = browser.submit(&answered, &[("SAMLResponse", &answered.field("SAMLResponse"))]);
    (provider, browser, page)
}

on_both! {
    fn somebody_provisioned_signs_in_at_another_stack_and_out_again(gateway: &Gateway) {
        provision(gateway);
        let (provider, mut browser, page) = sign_in(gateway, &json!({"require_signed": "both"}), "ann@corp.example");
        assert_eq!(who(gateway, &browser).as_deref(), Some("ann@corp.example"), "{page:?}");
        let leaving = browser.press(&format!("{}/session/sign-out", gateway.url()));
        let at_provider = match leaving.refresh() {
            Some(next) => browser.open(&next),
            None => leaving,
        };
        assert!(at_provider.url.starts_with(&provider.url()), "{at_provider:?}");
        let answer = at_provider.field("SAMLResponse");
        let back = browser.submit(&at_provider, &[("SAMLResponse", &answer)]);
        assert_eq!(back.url, format!("{}/signin", gateway.url()), "{back:?}");
        assert_eq!(who(gateway, &browser), None);
        assert_eq!(events(gateway, "signin.refused"), Vec::<serde_json::Value>::new());
    }

    fn another_stack_makes_an_account_just_in_time(gateway: &Gateway) {
        let (_provider, browser, page) = sign_in(gateway, &json!({"just_in_time": true}), "new@corp.example");
        assert_eq!(who(gateway, &browser).as_deref(), Some("new@corp.example"), "{page:?}");
    }
}
