//! What the wire must withstand: wrong tokens, broken and oversized bodies, filters and paths that mean nothing.
//!
//! In each case the gateway says what is wrong in a SCIM error, and is as well afterwards as before.

use serde_json::json;

use super::{GROUP, USER, create_group, create_user, expect_problem, patch, total, user};
use crate::support::{Gateway, until};

on_both! {
    fn without_a_token_there_is_a_scim_error_and_a_challenge(gateway: &Gateway) {
        let answer = gateway.scim().without("Authorization").get("/Users");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{:?}", answer.headers);
        expect_problem(answer, 401, "");
    }

    fn a_token_that_nobody_was_given_opens_nothing(gateway: &Gateway) {
        for token in ["x", "pcl_scim_", &"a".repeat(5_000)] {
            expect_problem(gateway.scim().bearer(token).get("/Users"), 401, "");
        }
    }

    fn a_token_with_one_character_changed_opens_nothing(gateway: &Gateway) {
        let mut token = gateway.scim_token().to_owned();
        let last = token.pop().unwrap();
        token.push(if last == 'A' { 'B' } else { 'A' });
        expect_problem(gateway.scim().bearer(&token).get("/Users"), 401, "");
    }

    fn an_api_key_is_no_scim_token(gateway: &Gateway) {
        expect_problem(gateway.scim().bearer(gateway.api_key()).get("/Users"), 401, "");
    }

    fn a_revoked_token_opens_nothing_any_more(gateway: &Gateway) {
        let api = gateway.api();
        let directory = api.post("/directories", &json!({"name": "second", "dialect": "okta"})).expect(201).json();
        let [id, token_id, token] = ["id", "token_id", "token"].map(|member| directory[member].as_str().unwrap());
        let scim = gateway.scim().bearer(token);
        scim.get("/Users").expect(200);
        api.delete(&format!("/directories/{id}/tokens/{token_id}")).expect(204);
        expect_problem(scim.get("/Users"), 401, "");
    }

    fn no_way_of_saying_nothing_lets_somebody_back_in(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = create_user(&scim, "ann@corp.example");
        let path = format!("/Users/{ann}");
        let is_active = || gateway.api().get(&format!("/users/{ann}")).expect(200).json()["active"] == json!(true);
        assert!(is_active());
        scim.patch(&path, &patch(json!([{"op": "replace", "path": "active", "value": false}])));
        for operation in [json!({"op": "remove", "path": "active"}), json!({"op": "replace", "path": "active", "value": null}),
                          json!({"op": "replace", "value": {"active": ""}})] {
            scim.patch(&path, &patch(json!([operation])));
            assert!(!is_active(), "{operation}");
            let mut whole = user("ann@corp.example");
            whole.as_object_mut().unwrap().remove("active");
            scim.put(&path, &whole).expect(200);
            scim.put(&path, &scim.get(&path).expect(200).json()).expect(200);
            assert!(!is_active(), "{operation}, then PUT");
        }
        scim.patch(&path, &patch(json!([{"op": "replace", "path": "active", "value": true}])));
        assert!(is_active());
    }

    fn a_filter_of_nothing_finds_nobody_rather_than_everybody(gateway: &Gateway) {
        create_user(&gateway.scim(), "ann@corp.example");
        for query in ["filter=", "filter=%20", "filter=+"] {
            expect_problem(gateway.scim().get(&format!("/Users?{query}")), 400, "invalidFilter");
        }
    }

    fn a_query_with_a_character_that_no_database_holds_harms_nobody(gateway: &Gateway) {
        let scim = gateway.scim();
        create_user(&scim, "ann@corp.example");
        assert!(scim.get("/Users?sortBy=%00").status < 500);
        expect_problem(scim.get("/Users?filter=%00"), 400, "invalidFilter");
        let api = gateway.api();
        for query in ["/audit-events?actor=%00", "/audit-events?target=a%00b", "/shares?resource_type=%00"] {
            api.get(query).expect(400);
        }
        let directory = api.get("/directories").expect(200).json()["items"][0]["id"].as_str().unwrap().to_owned();
        until("the lines of all three requests", || {
            let lines = api.get(&format!("/directories/{directory}/requests")).expect(200).json();
            lines["items"].as_array().unwrap().len() >= 3
        });
    }

    fn a_version_that_is_no_text_is_nobodys(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = create_user(&scim, "ann@corp.example");
        let answer = scim.with("If-Match", "é").put(&format!("/Users/{ann}"), &user("ben@corp.example"));
        expect_problem(answer, 412, "");
    }

    fn a_group_is_another_version_once_a_member_was_deleted(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = create_user(&scim, "ann@corp.example");
        let path = format!("/Groups/{}", create_group(&scim, "Staff", &[&ann]));
        let before = scim.get(&path).expect(200).header("etag").to_owned();
        scim.delete(&format!("/Users/{ann}")).expect(204);
        let after = scim.with("If-None-Match", &before).get(&path).expect(200);
        assert!(after.json()["members"].as_array().is_none_or(Vec::is_empty), "{}", after.body);
    }

    fn a_body_that_is_no_json_is_invalid_syntax(gateway: &Gateway) {
        for body in ["", "{", "[]", "null", "\"text\"", "{\"userName\":\"a\"} trailing", "\u{0}"] {
            let answer = gateway.scim().send("POST", "/Users", Some(body.as_bytes().to_vec()));
            expect_problem(answer, 400, "invalidSyntax");
        }
        assert_eq!(total(gateway.scim().get("/Users")), 0);
    }

    fn a_body_that_is_no_utf8_is_invalid_syntax(gateway: &Gateway) {
        let answer = gateway.scim().send("POST", "/Users", Some(b"{\"userName\":\"\xff\xfe\"}".to_vec()));
        expect_problem(answer, 400, "invalidSyntax");
    }

    fn a_body_beyond_the_limit_is_refused_as_too_large(gateway: &Gateway) {
        let mut large = user("ann@corp.example");
        large["displayName"] = json!("x".repeat(1_100_000));
        expect_problem(gateway.scim().post("/Users", &large), 413, "");
    }

    fn a_member_is_refused_for_its_length_however_it_is_sent(gateway: &Gateway) {
        // Not one letter again and again: what compresses well fits an index all the same.
        let long: String = (0..9_000).map(|n: u32| char::from(b'a' + u8::try_from(n.wrapping_mul(n) / 7 % 26).unwrap())).collect();
        let okta = gateway.directory("okta");
        let id = create_group(&okta, "Platform", &[]);
        for member in [json!(long), json!({"value": long}), json!({"$ref": format!("https://sp.example/Users/{long}")})] {
            let group = json!({"schemas": [GROUP], "displayName": "Crowd", "members": [member]});
            expect_problem(okta.post("/Groups", &group), 400, "invalidValue");
            let add = patch(json!([{"op": "add", "path": "members", "value": [member]}]));
            expect_problem(okta.patch(&format!("/Groups/{id}"), &add), 400, "invalidValue");
        }
    }

    fn a_body_nested_ten_thousand_deep_is_refused_and_harms_nothing(gateway: &Gateway) {
        let deep = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"a\",\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        expect_problem(gateway.scim().send("POST", "/Users", Some(deep.into_bytes())), 400, "");
        gateway.http().get("/readyz").expect(200);
    }

    fn attributes_that_nobody_knows_are_ignored(gateway: &Gateway) {
        let mut odd = user("ann@corp.example");
        odd["favouriteColour"] = json!({"hue": [1, 2, 3]});
        odd["urn:example:custom:1.0:User"] = json!({"badge": 7});
        let created = gateway.scim().post("/Users", &odd).expect(201).json();
        assert_eq!(created["userName"], "ann@corp.example");
        assert!(created.get("favouriteColour").is_none());
    }

    fn a_person_without_a_name_is_an_invalid_value(gateway: &Gateway) {
        for name in [json!(null), json!(""), json!("   ")] {
            let nameless = json!({"schemas": [USER], "userName": name});
            expect_problem(gateway.scim().post("/Users", &nameless), 400, "invalidValue");
        }
    }

    fn a_filter_that_means_nothing_is_refused_and_never_ignored(gateway: &Gateway) {
        create_user(&gateway.scim(), "ann@corp.example");
        for filter in ["userName", "userName eq", "userName xx \"a\"", "(userName eq \"a\"", "userName eq \"a\" and", "active gt true", "eq eq eq \"", "userName eq 'a'"] {
            let encoded: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
            expect_problem(gateway.scim().get(&format!("/Users?filter={encoded}")), 400, "invalidFilter");
        }
    }

    fn a_filter_nested_too_deep_or_too_long_is_refused(gateway: &Gateway) {
        let deep = format!("{}userName%20pr{}", "(".repeat(500), ")".repeat(500));
        expect_problem(gateway.scim().get(&format!("/Users?filter={deep}")), 400, "invalidFilter");
        let long = format!("userName%20eq%20%22{}%22", "a".repeat(4_000));
        expect_problem(gateway.scim().get(&format!("/Users?filter={long}")), 400, "invalidFilter");
    }

    fn a_patch_path_that_means_nothing_is_refused_and_changes_nothing(gateway: &Gateway) {
        let scim = gateway.scim();
        let id = create_user(&scim, "ann@corp.example");
        let before = scim.get(&format!("/Users/{id}")).expect(200).body;
        for path in ["emails[", "emails[type eq \"work\"", "name..givenName", ".", "[]", "a b", "1"] {
            let change = json!([
                {"op": "replace", "path": "displayName", "value": "changed"},
                {"op": "replace", "path": path, "value": "x"}
            ]);
            let answer = scim.patch(&format!("/Users/{id}"), &patch(change));
            expect_problem(answer, 400, "invalidPath");
        }
        assert_eq!(scim.get(&format!("/Users/{id}")).expect(200).body, before);
    }

    fn an_operation_that_does_not_exist_is_refused(gateway: &Gateway) {
        let scim = gateway.scim();
        let id = create_user(&scim, "ann@corp.example");
        for body in [
            patch(json!([{"op": "move", "path": "displayName", "value": "x"}])),
            patch(json!([{"path": "displayName", "value": "x"}])),
            patch(json!("replace")),
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}),
        ] {
            expect_problem(scim.patch(&format!("/Users/{id}"), &body), 400, "");
        }
    }

    fn ids_that_are_no_ids_are_not_found(gateway: &Gateway) {
        for id in ["x", "0", "'%20OR%201=1--", "ann@corp.example", &"a".repeat(2_000)] {
            expect_problem(gateway.scim().get(&format!("/Users/{id}")), 404, "");
        }
    }

    fn a_path_that_two_servers_could_read_differently_is_refused(gateway: &Gateway) {
        for id in ["%00", "..%2f..%2fetc%2fpasswd"] {
            expect_problem(gateway.scim().get(&format!("/Users/{id}")), 400, "");
        }
    }

    fn a_filter_in_a_path_that_means_nothing_is_an_invalid_filter(gateway: &Gateway) {
        let scim = gateway.scim();
        let id = create_user(&scim, "ann@corp.example");
        for path in ["emails[type eq]", "emails[]", "emails[type xx \"a\"]"] {
            let change = patch(json!([{"op": "replace", "path": path, "value": "x"}]));
            expect_problem(scim.patch(&format!("/Users/{id}"), &change), 400, "invalidFilter");
        }
    }

    fn a_users_id_names_no_group(gateway: &Gateway) {
        let scim = gateway.scim();
        let id = create_user(&scim, "ann@corp.example");
        expect_problem(scim.get(&format!("/Groups/{id}")), 404, "");
    }

    fn a_path_that_does_not_exist_is_a_scim_error_too(gateway: &Gateway) {
        expect_problem(gateway.scim().get("/Nothing"), 404, "");
    }
}
