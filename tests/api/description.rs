//! The document and the page to try it on.

use serde_json::json;

use crate::support::{Gateway, Http};

on_both! {
    fn the_document_is_served_to_anybody_as_it_is_kept(gateway: &Gateway) {
        let answer = Http::new(gateway.url()).get("/api/v1/openapi.json").expect(200);
        assert_eq!(answer.body, include_str!("../../schema/openapi.json"));
    }

    fn the_page_brings_all_that_it_needs_from_this_server(gateway: &Gateway) {
        let http = Http::new(gateway.url());
        let page = http.get("/api/v1/docs").expect(200);
        let links = regex::Regex::new(r#"(?:src|href)="([^"]+)""#).unwrap();
        let named: Vec<_> = links.captures_iter(&page.body).map(|link| link[1].to_owned()).collect();
        assert!(named.len() >= 4, "{named:?}");
        for link in named {
            assert!(link.starts_with('/'), "`{link}` is elsewhere");
            http.get(&link).expect(200);
        }
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        http.get("/api/v1/docs/swagger-initializer.js").expect(404);
    }

    fn a_list_in_the_place_of_an_object_changes_nothing(gateway: &Gateway) {
        let before = gateway.api().get("/settings").expect(200).body;
        let answer = gateway.api().put("/settings", &json!([null, "highest-priority"])).expect(400);
        assert_eq!(answer.text("type"), "urn:portcullis:problem:invalid");
        assert_eq!(gateway.api().get("/settings").expect(200).body, before);
    }
}
