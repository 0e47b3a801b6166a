//! Who is kept out, and what of it is in the audit.

use super::*;
use crate::support::IdentityProvider;

/// Somebody without any right, pushed by SCIM and signed in at a real identity provider.
fn signed_in_without_rights(gateway: &Gateway) -> (Browser, IdentityProvider) {
    push_person(gateway, "ann@corp.example");
    let provider = IdentityProvider::start();
    let connection = json!({"name": "idp", "metadata_xml": provider.metadata(), "domains": ["corp.example"],
                            "just_in_time": false, "idp_initiated": "off"});
    let connection = gateway.api().post("/connections", &connection).expect(201).json();
    let (entity, acs) = (connection["sp_entity_id"].as_str().unwrap(), connection["acs_url"].as_str().unwrap());
    provider.trust(&json!([{"entity_id": entity, "acs": acs, "behaviour": "assertion"}]));
    let mut browser = Browser::new();
    browser.sign_in(connection["login_url"].as_str().unwrap(), "ann", "ann-password");
    (browser, provider)
}

on_both! {
    fn who_is_not_signed_in_is_sent_to_sign_in_and_back(gateway: &Gateway) {
        let answer = gateway.http().get("/console/people?q=a%26b").expect(303);
        assert_eq!(answer.header("location"), "/signin?return_to=%2Fconsole%2Fpeople%3Fq%3Da%2526b");
        let answer = gateway.http().form(&gateway.http().url("/console/groups/rules"), &[]).expect(303);
        assert_eq!(answer.header("location"), "/signin?return_to=%2Fconsole");
    }

    fn who_may_not_manage_sees_nothing_and_the_audit_says_that_they_tried(gateway: &Gateway) {
        let (browser, _provider) = signed_in_without_rights(gateway);
        let http = gateway.http().with("Cookie", &browser.cookie_header());
        http.get("/session").expect(200);
        for path in ["/console", "/console/people", "/console/groups", "/console/audit", "/console/directories"] {
            let answer = http.get(path).expect(403);
            assert!(!answer.body.contains("ann@corp.example") && !answer.body.contains("/scim/v2"), "{}", answer.body);
        }
        http.form(&http.url("/console/directories"), &[("name".to_owned(), "Mine".to_owned())]).expect(403);
        // What was refused is written down at the latest when the gateway stops.
        gateway.restart();
        let refused = gateway.api().get("/audit-events?action=request.refused").expect(200).json();
        let targets: Vec<_> = refused["items"].as_array().unwrap().iter().map(|entry| &entry["target"]["id"]).collect();
        assert!(targets.contains(&&json!("/console/people")), "{targets:?}");
    }

    fn who_audits_and_manages_nothing_sees_the_log_and_no_other_page(gateway: &Gateway) {
        let (browser, _provider) = signed_in_without_rights(gateway);
        let http = gateway.http().with("Cookie", &browser.cookie_header());
        let auditor = json!({"key": "auditor", "title": "Auditor", "permissions": ["audit.search"]});
        gateway.api().post("/roles", &auditor).expect(201);
        let given = gateway.api().post("/users/ann@corp.example/assignments", &json!({"role": "auditor"})).expect(201).text("id");
        assert!(http.get("/console/audit").expect(200).body.contains("role.created"));
        let page = http.get("/console/audit/1").expect(200).body;
        assert!(page.contains("href=\"/console/audit\"") && !page.contains("href=\"/console\""), "{page}");
        assert!(!page.contains("/console/people") && !page.contains("/console/directories"), "links that lead nowhere: {page}");
        assert_eq!(http.get("/").expect(303).header("Location"), "/console/audit");
        for path in ["/console", "/console/people", "/console/groups", "/console/directories"] {
            http.get(path).expect(403);
        }
        gateway.api().delete(&format!("/users/ann@corp.example/assignments/{given}")).expect(204);
        http.get("/console/audit").expect(403);
    }

    fn a_form_without_the_sessions_token_changes_nothing(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let rule = [("match", "name"), ("group", "x"), ("role", "manager"), ("scope", "organization"), ("priority", "0")];
        owner.post("/console/groups/rules", &rule).expect(403);
        let forged: Vec<_> = rule.into_iter().chain([("csrf", "pcl_csrf_forged")]).collect();
        owner.post("/console/groups/rules", &forged).expect(403);
        let right: Vec<_> = rule.into_iter().chain([("csrf", csrf.as_str())]).collect();
        let elsewhere: Vec<_> = right.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let other_site = owner.http().with("Origin", "https://evil.example");
        other_site.form(&gateway.http().url("/console/groups/rules"), &elsewhere).expect(403);
        assert_eq!(gateway.api().get("/mapping-rules").expect(200).json()["items"], json!([]));
        owner.post("/console/groups/rules", &right).expect(303);
    }
}
