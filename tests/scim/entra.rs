//! Microsoft Entra ID: always PATCH, capitalised operations, booleans as text, form-encoded filters.

use serde_json::{Value, json};

use super::{
    ENTERPRISE, GROUP, PATCH, USER, create_group, create_user, expect_done, expect_problem, members, patch, sorted,
    total,
};
use crate::support::{Gateway, Http, raw_request};

fn entra(gateway: &Gateway) -> Http {
    gateway.directory("entra")
}

/// ENTRA-1
fn maria() -> Value {
    json!({"schemas": [USER, ENTERPRISE], "externalId": "mlopez", "userName": "mlopez@contoso.example", "active": true,
           "displayName": "Maria Lopez",
           "emails": [{"primary": true, "type": "work", "value": "maria.lopez@contoso.example"}],
           "meta": {"resourceType": "User"},
           "name": {"formatted": "Maria Lopez", "familyName": "Lopez", "givenName": "Maria"},
           "phoneNumbers": null, "title": null, "roles": [], ENTERPRISE: {"department": "Sales"}})
}

/// ENTRA-7
fn finance() -> Value {
    json!({"schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
           "externalId": "8aa1a0c0-0000-4bc0-b4a5-2ef676900159", "displayName": "Finance", "meta": {"resourceType": "Group"}})
}

/// Applies the operations to Maria and gives her as read afterwards.
#[track_caller]
fn after(entra: &Http, operations: Value) -> Value {
    let id = entra.post("/Users", &maria()).expect(201).text("id");
    expect_done(entra.patch(&format!("/Users/{id}"), &patch(operations)));
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
        // ENTRA-2
        let maria = after(&entra(gateway), json!([
            {"op": "Replace", "path": "displayName", "value": "Maria L."},
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ml@contoso.example"},
            {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+47 900 00 000"},
            {"op": "Replace", "path": "name.givenName", "value": "Mary"},
            {"op": "Replace", "path": "externalId", "value": "mlopez2"},
            {"op": "Add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "1042"}
        ]));
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
        // ENTRA-3
        let mut value = json!({"displayName": "Maria L.", "name.givenName": "Mary", "name.familyName": "Lopez"});
        value[format!("{ENTERPRISE}:employeeNumber")] = json!("1042");
        let maria = after(&entra(gateway), json!([
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ml@contoso.example"},
            {"op": "replace", "value": value}
        ]));
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
        // ENTRA-4
        assert_eq!(after(&entra(gateway), json!([{"op": "Replace", "path": "active", "value": "False"}]))["active"], false);
    }

    fn a_disabled_person_stays_visible(gateway: &Gateway) {
        let entra = entra(gateway);
        let id = entra.post("/Users", &maria()).expect(201).text("id");
        expect_done(entra.patch(&format!("/Users/{id}"), &patch(json!([{"op": "Replace", "path": "active", "value": "False"}]))));
        assert_eq!(total(entra.get("/Users?filter=userName+eq+%22mlopez%40contoso.example%22")), 1);
    }

    fn a_manager_comes_as_object_array_or_text(gateway: &Gateway) {
        // ENTRA-5a, 5b, 5c
        let entra = entra(gateway);
        let boss = create_user(&entra, "boss@contoso.example");
        let path = format!("{ENTERPRISE}:manager");
        for (n, (path, value)) in [
            (path.as_str(), json!({"value": boss})),
            ("manager", json!([{"$ref": format!("https://sp.example/scim/Users/{boss}"), "value": boss}])),
            (path.as_str(), json!(boss)),
        ].into_iter().enumerate() {
            let id = create_user(&entra, &format!("report{n}@contoso.example"));
            expect_done(entra.patch(&format!("/Users/{id}"), &patch(json!([{"op": "Add", "path": path, "value": value}]))));
            let read = entra.get(&format!("/Users/{id}")).expect(200).json();
            assert_eq!(read[ENTERPRISE]["manager"]["value"], boss.as_str(), "{value}");
        }
    }

    fn an_empty_manager_value_removes_the_manager(gateway: &Gateway) {
        // ENTRA-5d
        let entra = entra(gateway);
        let boss = create_user(&entra, "boss@contoso.example");
        let path = format!("{ENTERPRISE}:manager");
        let read = after(&entra, json!([
            {"op": "add", "path": path, "value": {"value": boss}},
            {"op": "replace", "path": path, "value": {"value": ""}}
        ]));
        assert!(read[ENTERPRISE].get("manager").is_none_or(Value::is_null), "{read}");
    }

    fn a_reference_is_checked_by_filter(gateway: &Gateway) {
        let entra = entra(gateway);
        let boss = create_user(&entra, "boss@contoso.example");
        let id = create_user(&entra, "report@contoso.example");
        let path = format!("{ENTERPRISE}:manager");
        expect_done(entra.patch(&format!("/Users/{id}"), &patch(json!([{"op": "add", "path": path, "value": {"value": boss}}]))));
        let ask = |manager: &str| {
            total(entra.get(&format!("/Users?filter=id+eq+%22{id}%22+and+manager+eq+%22{manager}%22&attributes=id")))
        };
        assert_eq!((ask(&boss), ask(&id)), (1, 0));
    }

    fn a_role_is_a_json_text_inside_a_string(gateway: &Gateway) {
        // ENTRA-6
        let role = r#"{"id":"0d1e","value":"Admin","displayName":"Admin"}"#;
        let maria = after(&entra(gateway), json!([{"op": "Add", "path": "roles", "value": [{"value": role}]}]));
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
        // ENTRA-8
        let entra = entra(gateway);
        let (ann, bob) = (create_user(&entra, "ann"), create_user(&entra, "bob"));
        let group = entra.post("/Groups", &finance()).expect(201).text("id");
        let add = json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": ann}, {"$ref": null, "value": bob}]}]);
        expect_done(entra.patch(&format!("/Groups/{group}"), &patch(add)));
        assert_eq!(members(&entra, &group), sorted(&[&ann, &bob]));
    }

    fn a_remove_with_a_value_array_removes_only_those(gateway: &Gateway) {
        // ENTRA-9, default
        let entra = entra(gateway);
        let (ann, bob) = (create_user(&entra, "ann"), create_user(&entra, "bob"));
        let group = create_group(&entra, "Finance", &[&ann, &bob]);
        let remove = json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": ann}]}]);
        expect_done(entra.patch(&format!("/Groups/{group}"), &patch(remove)));
        assert_eq!(members(&entra, &group), [bob]);
    }

    fn membership_is_checked_by_filter(gateway: &Gateway) {
        let entra = entra(gateway);
        let (ann, bob) = (create_user(&entra, "ann"), create_user(&entra, "bob"));
        let group = create_group(&entra, "Finance", &[&ann]);
        let ask = |user: &str| {
            let filter = format!("id+eq+%22{group}%22+and+members+eq+%22{user}%22");
            total(entra.get(&format!("/Groups?filter={filter}&excludedAttributes=members")))
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
