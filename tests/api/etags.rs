//! `ETag` and `If-Match`: an edit that was made from an older version is not made.

use serde_json::{Value, json};

use crate::products::on_both_with;
use crate::support::{Answer, Gateway, IdentityProvider};

/// What can be edited: its path, and two bodies of which each changes it.
fn edited(gateway: &Gateway) -> Vec<(String, [Value; 2])> {
    let api = gateway.api();
    let role = api.post("/roles", &json!({"title": "Desk", "permissions": ["email.send"]})).expect(201).text("key");
    let rule = json!({"group": {"name": "Desk"}, "role": "viewer"});
    let rule = api.post("/mapping-rules", &rule).expect(201).text("id");
    let directory = api.post("/directories", &json!({"name": "Okta", "dialect": "okta"})).expect(201).text("id");
    let idp = IdentityProvider::start();
    let connection =
        api.post("/connections", &json!({"name": "idp", "metadata_xml": idp.metadata()})).expect(201).text("id");
    let rule_of = |name: &str| json!({"group": {"name": name}, "role": "viewer"});
    let both = |key: &str, one: &str, other: &str, rest: &Value| {
        [one, other].map(|value| {
            let mut body = rest.clone();
            body[key] = json!(value);
            body
        })
    };
    vec![
        (format!("/roles/{role}"), both("title", "Front", "Back", &json!({"permissions": ["email.send"]}))),
        (format!("/mapping-rules/{rule}"), [rule_of("One"), rule_of("Two")]),
        (format!("/directories/{directory}"), both("name", "One", "Two", &json!({"dialect": "okta"}))),
        (format!("/connections/{connection}"), both("name", "one", "two", &json!({}))),
        ("/settings".to_owned(), both("mapping_mode", "highest-priority", "union", &json!({}))),
    ]
}

#[track_caller]
fn stale(answer: Answer) {
    assert_eq!(answer.expect(412).text("type"), "urn:portcullis:problem:precondition-failed");
}

on_both_with! { "everything":
    fn of_two_edits_of_one_version_the_second_is_refused(gateway: &Gateway) {
        let api = gateway.api();
        for (path, [one, two]) in edited(gateway) {
            let tag = api.get(&path).expect(200).header("etag").to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
            let mine = api.with("If-Match", &tag);
            let changed = mine.put(&path, &one).expect(200);
            assert_ne!(changed.header("etag"), tag, "{path}");
            assert_eq!(changed.header("etag"), api.get(&path).expect(200).header("etag"), "{path}");
            let before = api.get(&path).expect(200).body;
            stale(mine.put(&path, &two));
            for unread in ["", "W/\"x\"", "7", "\u{e4}"] {
                stale(api.with("If-Match", unread).put(&path, &two));
            }
            assert_eq!(api.get(&path).expect(200).body, before);
            let listed = format!("\"999\", W/{}", changed.header("etag"));
            api.with("If-Match", &listed).put(&path, &two).expect(200);
            api.with("If-Match", "*").put(&path, &one).expect(200);
            api.put(&path, &two).expect(200);
            if path != "/settings" {
                stale(mine.delete(&path));
                let tag = api.get(&path).expect(200).header("etag").to_owned();
                assert!(api.with("If-Match", &tag).delete(&path).status < 300, "{path}");
                api.get(&path).expect(404);
            }
        }
    }
}
