//! Refused decisions, refused requests and failed authentications: in the log, once a minute for each who, what and
//! where, with a count.

use serde_json::json;

use super::{entries, user};
use crate::support::{Gateway, Http, until};

/// Waits until the log holds such an entry and gives all of them.
fn awaited(gateway: &Gateway, query: &str) -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    until(query, || {
        found = entries(gateway, query);
        !found.is_empty()
    });
    found
}

/// A second organization in the same installation; what `init --json` printed.
fn other_organization(gateway: &Gateway) -> serde_json::Value {
    let catalogue = format!("{}/catalogues/miopsai.toml", env!("CARGO_MANIFEST_DIR"));
    let url = gateway.url();
    gateway.stop();
    let made = ["init", "--organization", "Other", "--catalogue", &catalogue, "--public-url", &url, "--json"];
    let made = serde_json::from_str(&gateway.cli(&made)).unwrap();
    gateway.restart();
    made
}

on_both! {
    fn a_revoked_secret_is_told_to_the_organization_whose_it_was_and_to_no_other(gateway: &Gateway) {
        let made = other_organization(gateway);
        let api = Http::new(format!("{}/api/v1", gateway.url())).bearer(made["api_key"].as_str().unwrap());
        let key = api.post("/api-keys", &json!({"name": "old"})).expect(201).json();
        let directory = api.post("/directories", &json!({"name": "old", "dialect": "okta"})).expect(201).json();
        let text = |of: &serde_json::Value, member: &str| of[member].as_str().unwrap().to_owned();
        api.delete(&format!("/api-keys/{}", text(&key, "id"))).expect(204);
        let token = format!("/directories/{}/tokens/{}", text(&directory, "id"), text(&directory, "token_id"));
        api.delete(&token).expect(204);
        gateway.http().bearer(&text(&key, "api_key")).get("/api/v1/overview").expect(401);
        gateway.http().bearer(&text(&directory, "token")).get("/scim/v2/Users").expect(401);

        let failed = |api: &Http| {
            let page = api.get("/audit-events?action=authentication.failed").expect(200).json();
            page["items"].as_array().unwrap().clone()
        };
        until("both are in the log", || failed(&api).len() == 2);
        let mut targets: Vec<String> = failed(&api).iter().map(|entry| text(&entry["target"], "id")).collect();
        let mut expected = [text(&key, "id"), text(&directory, "token_id")];
        targets.sort_unstable();
        expected.sort_unstable();
        assert_eq!(targets, expected);
        assert_eq!(failed(&gateway.api()).len(), 0);
    }

    fn a_failed_authentication_is_recorded_once_however_often_it_is_tried(gateway: &Gateway) {
        for _ in 0..10 {
            gateway.http().bearer("wrong").with("User-Agent", "guesser").get("/api/v1/overview").expect(401);
        }
        let found = awaited(gateway, "action=authentication.failed");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["outcome"], "failed");
        assert_eq!(found[0]["actor"]["kind"], "anonymous");
        assert_eq!(found[0]["ip"], "127.0.0.1");
        assert_eq!(found[0]["user_agent"], "guesser");
    }

    fn a_refused_decision_says_who_what_where_and_why(gateway: &Gateway) {
        let ann = gateway.scim().post("/Users", &user("ann@corp.example")).expect(201).text("id");
        for _ in 0..10 {
            assert!(!gateway.allows(&ann, "billing.manage", "tenant:acme"));
        }
        let found = awaited(gateway, "action=decision.refused");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["target"]["id"], ann.as_str());
        assert_eq!(found[0]["outcome"], "refused");
        assert_eq!(found[0]["scope"], "tenant:acme");
        assert_eq!(found[0]["detail"]["action"], "billing.manage");
        assert!(found[0]["reason"].is_string(), "{found:?}");
        assert!(!gateway.allows(&ann, "billing.manage", "organization"));
        until("a refusal elsewhere is another", || entries(gateway, "action=decision.refused").len() == 2);
    }

    fn a_refused_request_says_which_right_it_wanted(gateway: &Gateway) {
        let ann = gateway.scim().post("/Users", &user("ann@corp.example")).expect(201).text("id");
        let key = gateway.api().post("/api-keys", &json!({"name": "ann's", "user": ann})).expect(201).text("api_key");
        let refused = gateway.api().bearer(&key).get("/policy").expect(403);
        let found = awaited(gateway, "action=request.refused");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["actor"], json!({"kind": "user", "id": ann}));
        assert_eq!(found[0]["outcome"], "refused");
        assert_eq!(found[0]["target"]["id"], "/api/v1/policy");
        assert_eq!(found[0]["request_id"], refused.header("x-request-id"));
    }

    fn reading_the_log_is_in_the_log(gateway: &Gateway) {
        let found = awaited(gateway, "action=audit.read");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["actor"]["kind"], "api_key");
    }
}
