//! `GET /forward-auth` behind a real nginx with `deploy/nginx.conf`, people signed in by a real identity provider.

use serde_json::json;

use crate::support::{Browser, Gateway, IdentityProvider, Nginx};

/// Ann, pushed by SCIM and signed in over SAML.
struct SignedIn {
    nginx: Nginx,
    browser: Browser,
    user_id: String,
    _provider: IdentityProvider,
}

fn signed_in(gateway: &Gateway) -> SignedIn {
    let provider = IdentityProvider::start();
    let user_id = gateway.scim().post("/Users", &ann()).expect(201).text("id");
    let connection = gateway
        .api()
        .post(
            "/connections",
            &json!({"name": "idp", "metadata_xml": provider.metadata(), "domains": ["corp.example"],
                    "just_in_time": false, "idp_initiated": "off"}),
        )
        .expect(201)
        .json();
    let (entity, acs) = (connection["sp_entity_id"].as_str().unwrap(), connection["acs_url"].as_str().unwrap());
    provider.trust(&json!([{"entity_id": entity, "acs": acs, "behaviour": "assertion"}]));

    let mut browser = Browser::new();
    browser.sign_in(connection["login_url"].as_str().unwrap(), "ann", "ann-password");
    let session = gateway.http().with("Cookie", &browser.cookie_header()).get("/session").expect(200).json();
    assert_eq!(session["user"]["id"], user_id.as_str());
    SignedIn { nginx: Nginx::before(gateway), browser, user_id, _provider: provider }
}

fn ann() -> serde_json::Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ann@corp.example",
        "name": {"givenName": "Ann", "familyName": "Ångström"},
        "emails": [{"value": "ann@corp.example", "type": "work", "primary": true}],
        "active": true
    })
}

on_both! {
    fn who_is_not_signed_in_is_sent_to_sign_in(gateway: &Gateway) {
        let nginx = Nginx::before(gateway);
        let answer = nginx.http().get("/reports?year=2026&page=2").expect(302);
        let location = answer.header("location");
        assert!(location.contains("return_to=%2Freports%3Fyear%3D2026%26page%3D2"), "`{location}`");
    }

    fn the_application_is_told_who_is_signed_in(gateway: &Gateway) {
        let world = signed_in(gateway);
        let answer = world.nginx.http().with("Cookie", &world.browser.cookie_header()).get("/").expect(200);
        assert!(answer.body.contains("user=ann@corp.example"), "{}", answer.body);
        assert!(answer.body.contains(&format!("id={}", world.user_id)), "{}", answer.body);
    }

    fn identity_headers_that_a_client_sends_never_reach_the_application(gateway: &Gateway) {
        let world = signed_in(gateway);
        let client = world.nginx.http().with("Cookie", &world.browser.cookie_header());
        let answer = client.with("Remote-User", "mallory@corp.example").with("Remote-Groups", "admins").get("/").expect(200);
        assert!(answer.body.contains("user=ann@corp.example"), "{}", answer.body);
        assert!(!answer.body.contains("admins"), "{}", answer.body);
    }

    fn the_gate_has_dropped_when_the_identity_provider_has_its_answer(gateway: &Gateway) {
        let world = signed_in(gateway);
        let client = world.nginx.http().with("Cookie", &world.browser.cookie_header());
        client.get("/").expect(200);
        let deactivate = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "value": {"active": false}}]
        });
        let answer = gateway.scim().patch(&format!("/Users/{}", world.user_id), &deactivate);
        assert!([200, 204].contains(&answer.status), "{}", answer.body);
        client.get("/").expect(302);
    }
}
