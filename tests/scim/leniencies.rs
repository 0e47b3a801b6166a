//! What was tolerated is counted for each directory and shown, as a shape without anybody's values.

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, create_user, expect_done, patch, request};
use crate::support::{Gateway, Http, until};

/// A directory's id and its client.
fn directory(gateway: &Gateway, name: &str, dialect: &str) -> (String, Http) {
    let made = gateway.api().post("/directories", &json!({"name": name, "dialect": dialect})).expect(201);
    let scim = Http::new(made.text("base_url")).bearer(&made.text("token"));
    (made.text("id"), scim)
}

fn shown(gateway: &Gateway, directory: &str) -> Vec<Value> {
    let shown = gateway.api().get(&format!("/directories/{directory}/leniencies")).expect(200).json();
    shown["items"].as_array().unwrap().clone()
}

/// How often it is shown that `at` was sent so.
fn count(gateway: &Gateway, directory: &str, code: &str, at: &str) -> i64 {
    let items = shown(gateway, directory);
    let item = items.iter().find(|item| item["code"] == code && item["at"] == at);
    item.map_or(0, |item| item["count"].as_i64().unwrap())
}

on_both! {
    fn each_use_is_counted_with_its_shape_and_its_time(gateway: &Gateway) {
        let (id, entra) = directory(gateway, "Entra", "entra");
        let person = create_user(&entra, "maria@contoso.example");
        for _time in 0..3 {
            expect_done(entra.patch(&format!("/Users/{person}"), &request("entra/docs-patch-user-disable", &[])));
        }
        until("three uses are shown", || count(gateway, &id, "boolean_as_string", "active") == 3);
        let items = shown(gateway, &id);
        let item = items.iter().find(|item| item["code"] == "boolean_as_string").unwrap();
        assert_eq!(item["example"], "`active` sent as the string `False`");
        assert!(item["first_seen"].as_str().unwrap() < item["last_seen"].as_str().unwrap(), "{item}");
        assert_eq!(count(gateway, &id, "op_case", "Replace"), 3);
        expect_done(entra.patch(&format!("/Users/{person}"), &request("entra/docs-patch-user-disable", &[])));
        until("a fourth is added to them", || count(gateway, &id, "boolean_as_string", "active") == 4);
    }

    fn each_directory_is_forgiven_what_it_sent_itself(gateway: &Gateway) {
        let (one, onelogin) = directory(gateway, "OneLogin", "onelogin");
        let (two, jumpcloud) = directory(gateway, "JumpCloud", "jumpcloud");
        let person = create_user(&onelogin, "tom.w");
        onelogin.put(&format!("/Users/{person}"), &request("onelogin/record-put-user", &[])).expect(200);
        jumpcloud.post("/Users", &request("jumpcloud/record-post-user", &[])).expect(201);
        until("OneLogin's are shown", || count(gateway, &one, "single_as_list", "emails") == 1);
        assert_eq!(count(gateway, &one, "boolean_as_string", "active"), 1);
        assert_eq!(count(gateway, &one, "legacy_schema", "urn:scim:schemas:extension:enterprise:2.0"), 1);
        assert_eq!(shown(gateway, &two), Vec::<Value>::new());
    }

    fn filters_and_members_are_counted_too(gateway: &Gateway) {
        let (id, entra) = directory(gateway, "Entra", "entra");
        let by_mail = "emails%5Btype+eq+%22work%22%5D.value+eq+%22ann%40corp.example%22";
        entra.get(&format!("/Users?filter={by_mail}")).expect(200);
        entra.get("/Users?filter=active+eq+%22True%22").expect(200);
        entra.get("/Users?filter=userName+eq+ann").expect(200);
        let early = json!({"schemas": [GROUP], "displayName": "Early", "members": [{"value": "nobody-yet"}]});
        entra.post("/Groups", &early).expect(201);
        until("all four are shown", || {
            [
                ("sub_attribute_after_filter", "emails"),
                ("boolean_in_quotes", "active"),
                ("literal_without_quotes", "filter"),
                ("unknown_member", "members"),
            ]
            .iter()
            .all(|(code, at)| count(gateway, &id, code, at) == 1)
        });
    }

    fn no_value_of_anybody_is_shown(gateway: &Gateway) {
        let (id, scim) = directory(gateway, "Okta", "okta");
        let secret = "very-private@corp.example";
        let person = create_user(&scim, "ann@corp.example");
        let mut value = json!({"favouriteColour": secret, "title": [secret]});
        value[format!("{ENTERPRISE}:manager")] = json!(person);
        value[format!("emails[value eq \"{secret}\"].display")] = json!(secret);
        expect_done(scim.patch(&format!("/Users/{person}"), &patch(json!([{"op": "Replace", "value": value}]))));
        let number = json!([{"op": "replace", "path": "employeeNumber", "value": 4_711_473}]);
        expect_done(scim.patch(&format!("/Users/{person}"), &patch(number)));
        until("the shapes are shown", || count(gateway, &id, "string_as_number", "employeeNumber") == 1);
        let all = Value::from(shown(gateway, &id)).to_string();
        assert!(all.contains("favouriteColour") && all.contains("emails[value eq"), "{all}");
        assert!(!all.contains("very-private") && !all.contains("4711473") && !all.contains(&person), "{all}");
    }

    fn a_client_that_invents_attributes_fills_no_table_and_is_refused_nothing(gateway: &Gateway) {
        let (id, scim) = directory(gateway, "Inventor", "generic");
        let person = create_user(&scim, "ann@corp.example");
        for round in 0..8 {
            let invented: serde_json::Map<String, Value> =
                (0..40).map(|n| (format!("invented{round}x{n}"), json!(n))).collect();
            let change = patch(json!([{"op": "add", "value": invented}]));
            scim.patch(&format!("/Users/{person}"), &change).expect(200);
        }
        let uses = |items: &[Value]| items.iter().map(|item| item["count"].as_i64().unwrap()).sum::<i64>();
        until("all 320 are counted", || uses(&shown(gateway, &id)) == 320);
        assert!(shown(gateway, &id).len() <= 201);
        assert!(count(gateway, &id, "unknown_attribute", "") >= 119);
    }

    fn what_was_counted_outlives_the_process(gateway: &Gateway) {
        let (id, entra) = directory(gateway, "Entra", "entra");
        let person = create_user(&entra, "maria@contoso.example");
        expect_done(entra.patch(&format!("/Users/{person}"), &request("entra/docs-patch-user-disable", &[])));
        gateway.restart();
        assert_eq!(count(gateway, &id, "boolean_as_string", "active"), 1);
    }

    fn a_directory_that_is_not_there_was_forgiven_nothing(gateway: &Gateway) {
        gateway.api().get("/directories/0199d0f0-0000-7000-8000-000000000000/leniencies").expect(404);
        gateway.http().get("/api/v1/directories/0199d0f0-0000-7000-8000-000000000000/leniencies").expect(401);
    }
}
