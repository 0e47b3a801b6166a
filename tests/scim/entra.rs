//! Microsoft Entra ID: always PATCH, capitalised operations, booleans as text, form-encoded filters.

use serde_json::{Value, json};

use super::{
    ENTERPRISE, GROUP, PATCH, USER, create_group, create_user, expect_done, expect_problem, filter, members, patch,
    request, sorted, total,
};
use crate::support::{Gateway, Http, raw_request};

fn entra(gateway: &Gateway) -> Http {
    gateway.directory("entra")
}

fn maria() -> Value {
    request("entra/docs-post-user", &[])
}

fn finance() -> Value {
    request("entra/docs-post-group", &[])
}

/// Applies the change to Maria and gives her as read afterwards.
#[track_caller]
fn after(entra: &Http, change: &Value) -> Value {
    let id = entra.post("/Users", &maria()).expect(201).text("id");
    expect_done(entra.patch(&format!("/Users/{id}"), change));
    entra.get(&format!("/Users/{id}")).expect(200).json()
}

on_both! {
    fn the_connection_test_finds_an_empty_list_and_no_error(gateway: &Gateway) {
        let entra = entra(gateway).without("Content-Type");
        let nobody = "0a8b1c2d-3e4f-5061-7283-94a5b6c7d8e9";
        assert_eq!(total(entra.get(&format!("/Users?filter=userName+eq+%22{nobody}%22"))), 0);
        assert_eq!(total(entra.get(&format!("/Groups?excludedAttributes=members&filter=displayName+eq+%22{nobody}%22"))), 0);
    }

    fn a_filter_with_plus_signs_for_blanks_is_understood(gateway: &Gateway) {
        gateway.scim().post("/Users", &maria()).expect(201);
        let request = format!(
            "GET /scim/v2/Users?filter=userName+eq+%22mlopez%40contoso.example%22& HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Authorization: Bearer {}\r\nConnection: close\r\n\r\n",
            gateway.port(),
            gateway.scim_token()
        );
        let answer = raw_request(gateway.port(), request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"totalResults\":1"), "{answer}");
    }

    fn a_tenant_url_with_a_flag_query_works_on_every_path(gateway: &Gateway) {
        let entra = entra(gateway);
        let id = entra.post("/Users?aadOptscim062020", &maria()).expect(201).text("id");
        entra.get(&format!("/Users/{id}?aadOptscim062020")).expect(200);
        let off = patch(json!([{"op": "replace", "path": "active", "value": false}]));
        expect_done(entra.patch(&format!("/Users/{id}?aadOptscim062020"), &off));
    }

    fn a_new_person_may_hold_nulls_and_a_meta(gateway: &Gateway) {
        let created = entra(gateway).post("/Users", &maria()).expect(201).json();
        assert_eq!(created["externalId"], "mlopez");
        assert_eq!(created[ENTERPRISE]["department"], "Sales");
        assert!(created.get("title").is_none_or(Value::is_null));
    }

    fn people_are_matched_by_any_attribute_entra_is_set_to(gateway: &Gateway) {
        let entra = entra(gateway);
        entra.post("/Users", &maria()).expect(201);
        for filter in [
            "userName+eq+%22MLOPEZ%40contoso.example%22",
            "externalId+eq+%22mlopez%22",
            "emails%5Btype+eq+%22work%22%5D.value+eq+%22maria.lopez%40contoso.example%22",
        ] {
            assert_eq!(total(entra.get(&format!("/Users?filter={filter}"))), 1, "{filter}");
        }
    }

    fn one_patch_changes_many_attributes(gateway: &Gateway) {
        let maria = after(&entra(gateway), &request("entra/docs-patch-user", &[]));
        assert_eq!(maria["displayName"], "Maria L.");
        assert_eq!(maria["emails"][0]["value"], "ml@contoso.example");
        assert_eq!(maria["phoneNumbers"][0]["value"], "+47 900 00 000");
        assert_eq!(maria["phoneNumbers"][0]["type"], "mobile");
        assert_eq!(maria["name"]["givenName"], "Mary");
        assert_eq!(maria["externalId"], "mlopez2");
        assert_eq!(maria[ENTERPRISE]["employeeNumber"], "1042");
        assert_eq!(maria[ENTERPRISE]["department"], "Sales");
    }

    fn a_patch_without_path_may_have_dotted_and_urn_keys(gateway: &Gateway) {
        let maria = after(&entra(gateway), &request("entra/docs-patch-user-flag", &[]));
        assert_eq!(maria["emails"][0]["value"], "ml@contoso.example");
        assert_eq!(maria["displayName"], "Maria L.");
        assert_eq!(maria["name"]["givenName"], "Mary");
        assert_eq!(maria[ENTERPRISE]["employeeNumber"], "1042");
    }

    fn a_value_path_that_matches_nothing_creates_the_element(gateway: &Gateway) {
        let entra = entra(gateway);
        let bare = json!({"schemas": [USER], "userName": "bare@contoso.example"});
        let id = entra.post("/Users", &bare).expect(201).text("id");
        let change = json!([{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "bare@contoso.example"}]);
        expect_done(entra.patch(&format!("/Users/{id}"), &patch(change)));
        let read = entra.get(&format!("/Users/{id}")).expect(200).json();
        assert_eq!(read["emails"][0]["value"], "bare@contoso.example");
        assert_eq!(read["emails"][0]["type"], "work");
    }

    fn disabling_with_the_text_false_disables(gateway: &Gateway) {
        let entra = entra(gateway);
        assert_eq!(after(&entra, &request("entra/docs-patch-user-disable", &[]))["active"], false);
        // The same with the compatibility flag, where it is a boolean.
        let id = create_user(&entra, "ben@contoso.example");
        expect_done(entra.patch(&format!("/Users/{id}"), &request("entra/docs-patch-user-disable-flag", &[])));
        assert_eq!(entra.get(&format!("/Users/{id}")).expect(200).json()["active"], false);
    }

    fn a_disabled_person_stays_visible(gateway: &Gateway) {
        let entra = entra(gateway);
        let id = entra.post("/Users", &maria()).expect(201).text("id");
        expect_done(entra.patch(&format!("/Users/{id}"), &request("entra/docs-patch-user-disable", &[])));
        assert_eq!(total(entra.get("/Users?filter=userName+eq+%22mlopez%40contoso.example%22")), 1);
    }

    fn a_manager_comes_as_object_array_or_text(gateway: &Gateway) {
        let entra = entra(gateway);
        let boss = create_user(&entra, "boss@contoso.example");
        for (n, name) in
            ["docs-patch-user-manager", "docs-patch-user-manager-list", "issue-patch-user-manager-string"].into_iter().enumerate()
        {
            let id = create_user(&entra, &format!("report{n}@contoso.example"));
            let change = request(&format!("entra/{name}"), &[("{mid}", &boss)]);
            expect_done(entra.patch(&format!("/Users/{id}"), &change));
            let read = entra.get(&format!("/Users/{id}")).expect(200).json();
            assert_eq!(read[ENTERPRISE]["manager"]["value"], boss.as_str(), "{name}");
        }
    }

    fn an_empty_manager_value_removes_the_manager(gateway: &Gateway) {
        let entra = entra(gateway);
        let boss = create_user(&entra, "boss@contoso.example");
        let id = create_user(&entra, "report@contoso.example");
        for change in [
            request("entra/docs-patch-user-manager", &[("{mid}", &boss)]),
            request("entra/record-patch-user-manager-clear", &[]),
        ] {
            expect_done(entra.patch(&format!("/Users/{id}"), &change));
        }
        let read = entra.get(&format!("/Users/{id}")).expect(200).json();
        assert!(read[ENTERPRISE].get("manager").is_none_or(Value::is_null), "{read}");
    }

    fn a_reference_is_checked_by_filter(gateway: &Gateway) {
        let entra = entra(gateway);
        let boss = create_user(&entra, "boss@contoso.example");
        let id = create_user(&entra, "report@contoso.example");
        let change = request("entra/docs-patch-user-manager", &[("{mid}", &boss)]);
        expect_done(entra.patch(&format!("/Users/{id}"), &change));
        let ask = |manager: &str| {
            let filter = filter("entra/docs-check-manager", &[("{id}", &id), ("{mid}", manager)]);
            total(entra.get(&format!("/Users?{filter}&attributes=id")))
        };
        assert_eq!((ask(&boss), ask(&id)), (1, 0));
    }

    fn a_role_is_a_json_text_inside_a_string(gateway: &Gateway) {
        let maria = after(&entra(gateway), &request("entra/docs-patch-user-roles-add", &[]));
        assert!(maria["roles"][0]["value"].as_str().is_some_and(|value| value.contains("Admin")), "{maria}");
    }

    fn a_group_is_created_with_microsofts_schema_beside_the_standard_one(gateway: &Gateway) {
        let entra = entra(gateway);
        let created = entra.post("/Groups", &finance()).expect(201).json();
        assert_eq!(created["displayName"], "Finance");
        let found = entra.get("/Groups?excludedAttributes=members&filter=displayName+eq+%22finance%22").expect(200).json();
        assert_eq!(found["totalResults"], 1);
        assert!(found["Resources"][0].get("members").is_none());
    }

    fn a_second_group_of_the_same_name_is_a_conflict(gateway: &Gateway) {
        let entra = entra(gateway);
        entra.post("/Groups", &finance()).expect(201);
        expect_problem(entra.post("/Groups", &finance()), 409, "uniqueness");
    }

    fn members_are_added_with_null_references(gateway: &Gateway) {
        let entra = entra(gateway);
        let (ann, bob) = (create_user(&entra, "ann"), create_user(&entra, "bob"));
        let group = entra.post("/Groups", &finance()).expect(201).text("id");
        let add = request("entra/docs-patch-group-add", &[("{u1}", &ann), ("{u2}", &bob)]);
        expect_done(entra.patch(&format!("/Groups/{group}"), &add));
        assert_eq!(members(&entra, &group), sorted(&[&ann, &bob]));
    }

    fn a_remove_with_a_value_array_removes_only_those(gateway: &Gateway) {
        let entra = entra(gateway);
        let (ann, bob) = (create_user(&entra, "ann"), create_user(&entra, "bob"));
        let group = create_group(&entra, "Finance", &[&ann, &bob]);
        let remove = request("entra/docs-patch-group-remove", &[("{u1}", &ann)]);
        expect_done(entra.patch(&format!("/Groups/{group}"), &remove));
        assert_eq!(members(&entra, &group), [bob.as_str()]);
        // The same with the compatibility flag: a path with a filter.
        let remove = request("entra/docs-patch-group-remove-flag", &[("{u1}", &bob)]);
        expect_done(entra.patch(&format!("/Groups/{group}"), &remove));
        assert!(members(&entra, &group).is_empty());
    }

    fn membership_is_checked_by_filter(gateway: &Gateway) {
        let entra = entra(gateway);
        let (ann, bob) = (create_user(&entra, "ann"), create_user(&entra, "bob"));
        let group = create_group(&entra, "Finance", &[&ann]);
        let ask = |user: &str| {
            let filter = filter("entra/docs-check-member", &[("{gid}", &group), ("{u1}", user)]);
            total(entra.get(&format!("/Groups?{filter}&excludedAttributes=members")))
        };
        assert_eq!((ask(&ann), ask(&bob)), (1, 0));
    }

    fn deleting_twice_says_the_second_time_that_nobody_is_there(gateway: &Gateway) {
        let entra = entra(gateway);
        let id = entra.post("/Users", &maria()).expect(201).text("id");
        entra.delete(&format!("/Users/{id}")).expect(204);
        expect_problem(entra.delete(&format!("/Users/{id}")), 404, "");
    }

    fn the_schemas_are_discovered_as_a_list(gateway: &Gateway) {
        let schemas = entra(gateway).get("/Schemas").expect(200).json();
        let ids: Vec<_> = schemas["Resources"].as_array().unwrap().iter().map(|schema| schema["id"].as_str().unwrap()).collect();
        assert!(ids.contains(&USER) && ids.contains(&GROUP) && ids.contains(&ENTERPRISE), "{ids:?}");
        assert!(!ids.contains(&PATCH));
    }
}
