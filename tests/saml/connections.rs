//! Making a connection: what metadata is taken, and what ours says.

use serde_json::json;

use super::world::{World, events};
use crate::support::{Gateway, IdentityProvider};

/// Insists that this metadata makes no connection, and that the admin is told why.
#[track_caller]
fn unusable(gateway: &Gateway, metadata: &str, why: &str) {
    let answer = gateway.api().post("/connections", &json!({"name": "idp", "metadata_xml": metadata})).expect(400);
    assert!(answer.body.contains(why), "not `{why}`: {}", answer.body);
    assert_eq!(gateway.api().get("/connections").expect(200).json()["items"], json!([]));
}

on_both! {
    fn our_metadata_tells_where_to_post_where_to_log_out_and_which_keys_to_use(gateway: &Gateway) {
        let world = World::new(gateway);
        let answer = gateway.http().get(world.url("metadata_url")).expect(200);
        assert_eq!(answer.header("content-type"), "application/samlmetadata+xml");
        let document = roxmltree::Document::parse(&answer.body).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("entityID"), Some(world.url("sp_entity_id")));
        let at = |name: &str| -> Vec<&str> {
            let nodes = root.descendants().filter(|node| node.tag_name().name() == name);
            nodes.filter_map(|node| node.attribute("Location")).collect()
        };
        assert_eq!(at("AssertionConsumerService"), [world.url("acs_url")]);
        assert_eq!(at("SingleLogoutService"), [world.url("slo_url"); 2]);
        let uses: Vec<_> = root.descendants().filter_map(|node| node.attribute("use")).collect();
        assert_eq!(uses, ["signing", "encryption"]);
        assert_eq!(gateway.http().get(world.url("metadata_url")).body, answer.body);
    }

    fn metadata_that_could_verify_nothing_or_is_dangerous_is_refused_with_the_reason(gateway: &Gateway) {
        let good = IdentityProvider::start().metadata();
        let keys = regex::Regex::new("(?s)<md:KeyDescriptor.*</md:KeyDescriptor>").unwrap();
        unusable(gateway, &keys.replace(&good, ""), "publishes no signing certificate");
        let dtd = good.replace("<md:EntityDescriptor", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><md:EntityDescriptor");
        unusable(gateway, &dtd, "document type or entity declaration");
        unusable(gateway, &format!("{good}{}", " ".repeat(300 * 1024)), "larger than 256 KiB");
        unusable(gateway, &good.replace("IDPSSODescriptor", "SPSSODescriptor"), "describes no SAML 2.0 identity provider");
        unusable(gateway, "<html></html>", "describes no SAML 2.0 identity provider");
        unusable(gateway, "", "not well-formed");
    }

    fn metadata_is_not_fetched_from_a_private_address(gateway: &Gateway) {
        let provider = IdentityProvider::start();
        for url in [provider.metadata_url(), "http://169.254.169.254/latest".to_owned(), "file:///etc/passwd".to_owned()] {
            let answer = gateway.api().post("/connections", &json!({"name": "idp", "metadata_url": url})).expect(400);
            assert!(answer.body.contains("the metadata cannot be fetched"), "{}", answer.body);
        }
    }

    fn a_domain_of_another_organizations_connection_is_refused(gateway: &Gateway) {
        let world = World::new(gateway);
        let catalogue = format!("{}/catalogues/miopsai.toml", env!("CARGO_MANIFEST_DIR"));
        let url = gateway.url();
        gateway.stop();
        let made = ["init", "--organization", "Other", "--catalogue", &catalogue, "--public-url", &url, "--json"];
        let made: serde_json::Value = serde_json::from_str(&gateway.cli(&made)).unwrap();
        gateway.restart();
        let other = gateway.api().bearer(made["api_key"].as_str().unwrap());
        let mut draft = json!({"name": "idp", "metadata_xml": world.provider.metadata()});
        for domains in [json!(["corp.example"]), json!(["other.example", "CORP.example"])] {
            draft["domains"] = domains;
            let answer = other.post("/connections", &draft).expect(409);
            assert!(answer.body.contains("`corp.example` is a domain of another organization"), "{}", answer.body);
        }
        draft["domains"] = json!(["other.example"]);
        other.post("/connections", &draft).expect(201);
        // One organization may have several connections for one domain.
        let second = json!({"name": "second", "metadata_xml": world.provider.metadata(), "domains": ["corp.example"]});
        gateway.api().post("/connections", &second).expect(201);
    }

    fn a_second_connection_of_the_same_name_is_refused(gateway: &Gateway) {
        let world = World::new(gateway);
        let again = json!({"name": "IDP", "metadata_xml": world.provider.metadata()});
        gateway.api().post("/connections", &again).expect(409);
    }

    fn whether_aes_cbc_is_allowed_is_shown_and_audited(gateway: &Gateway) {
        let world = World::with(gateway, "assertion", &json!({"allow_cbc": true}));
        assert_eq!(world.connection["allow_cbc"], true);
        let listed = gateway.api().get("/connections").expect(200).json();
        assert_eq!(listed["items"][0]["allow_cbc"], true);
        let made = events(gateway, "connection.created");
        assert!(made[0].to_string().contains(r#""allow_cbc":true"#), "{made:?}");
    }

    fn the_private_key_of_a_connection_is_never_shown(gateway: &Gateway) {
        World::new(gateway);
        assert!(!gateway.api().get("/connections").expect(200).body.contains("PRIVATE"));
    }
}
