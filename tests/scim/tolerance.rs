//! What identity providers send beside the RFC is understood whatever dialect the directory was given: nobody has to
//! know whose it is before it works. What cannot mean anything is still refused.

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, USER, create_group, create_user, expect_done, expect_problem, members, patch, sorted};
use crate::support::{Gateway, Http};

const DIALECTS: [&str; 7] = ["generic", "okta", "entra", "google", "onelogin", "jumpcloud", "ping"];

/// A new person after these operations.
#[track_caller]
fn after(scim: &Http, name: &str, operations: Value) -> Value {
    let id = create_user(scim, name);
    expect_done(scim.patch(&format!("/Users/{id}"), &patch(operations)));
    scim.get(&format!("/Users/{id}")).expect(200).json()
}

fn in_every_dialect(gateway: &Gateway, check: impl Fn(&Http, &dyn Fn(&str) -> String)) {
    for dialect in DIALECTS {
        check(&gateway.directory(dialect), &|name| format!("{name}@{dialect}.example"));
    }
}

on_both! {
    fn booleans_as_text_and_numbers_for_text(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            let body = json!({"schemas": [USER], "userName": name("ann"), "active": "False",
                              "emails": [{"value": "a@b.example", "primary": "True"}],
                              ENTERPRISE: {"employeeNumber": 1042}});
            let created = scim.post("/Users", &body).expect(201).json();
            assert_eq!(created["active"], false);
            assert_eq!(created["emails"][0]["primary"], true);
            assert_eq!(created[ENTERPRISE]["employeeNumber"], "1042");
        });
    }

    fn one_value_for_a_list_and_a_list_for_one_value(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            let body = json!({"schemas": [USER], "userName": name("ann"), "title": ["Clerk"],
                              "emails": {"value": "a@b.example", "type": "work"}});
            let created = scim.post("/Users", &body).expect(201).json();
            assert_eq!(created["emails"], json!([{"value": "a@b.example", "type": "work"}]));
            assert_eq!(created["title"], "Clerk");
        });
    }

    fn schemas_missing_old_or_unknown(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            for (n, schemas) in [
                Value::Null,
                json!([]),
                json!(["urn:scim:schemas:core:1.0"]),
                json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]),
                json!([USER, "urn:example:custom:1.0:User"]),
            ].into_iter().enumerate() {
                let body = json!({"schemas": schemas, "userName": name(&format!("person{n}")), "favouriteColour": "red"});
                scim.post("/Users", &body).expect(201);
            }
            let id = create_user(scim, &name("ann"));
            let bare = json!({"Operations": [{"op": "replace", "path": "title", "value": "Clerk"}]});
            expect_done(scim.patch(&format!("/Users/{id}"), &bare));
        });
    }

    fn a_manager_in_every_form_and_none(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            let boss = create_user(scim, &name("boss"));
            let path = format!("{ENTERPRISE}:manager");
            for (n, value) in [json!(boss), json!({"value": boss}), json!([{"value": boss}])].into_iter().enumerate() {
                let read = after(scim, &name(&format!("report{n}")), json!([{"op": "Add", "path": path, "value": value}]));
                assert_eq!(read[ENTERPRISE]["manager"]["value"], boss.as_str(), "{value}");
            }
            for (n, value) in [json!(""), json!(null), json!({"value": ""}), json!([])].into_iter().enumerate() {
                let read = after(scim, &name(&format!("free{n}")), json!([
                    {"op": "add", "path": path, "value": boss},
                    {"op": "replace", "path": path, "value": value},
                ]));
                assert!(read.get(ENTERPRISE).is_none(), "{value}: {read}");
            }
        });
    }

    fn dotted_and_qualified_keys_without_a_path(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            let mut value = json!({"name.familyName": "Lopez", "active": "False", "id": "x", "meta": {}, "nobody": 1});
            value[format!("{ENTERPRISE}:department")] = json!("Sales");
            let read = after(scim, &name("ann"), json!([{"op": "REPLACE", "value": value}]));
            assert_eq!((&read["name"]["familyName"], &read["active"]), (&json!("Lopez"), &json!(false)));
            assert_eq!(read["name"]["givenName"], "Ann");
            assert_eq!(read[ENTERPRISE]["department"], "Sales");
        });
    }

    fn attributes_and_paths_that_nobody_knows_are_passed_over(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            let read = after(scim, &name("ann"), json!([
                {"op": "add", "path": "urn:example:custom:2.0:User:badge", "value": "7"},
                {"op": "replace", "path": "shoeSize", "value": 42},
                {"op": "replace", "path": "TITLE", "value": "Clerk"},
            ]));
            assert_eq!(read["title"], "Clerk");
        });
    }

    fn members_as_one_object_as_text_and_with_any_type(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            let people = ["a", "b", "c"].map(|one| create_user(scim, &name(one)));
            let group = create_group(scim, &name("G"), &[]);
            for value in [json!({"value": people[0]}), json!([people[1]]), json!([{"value": people[2], "type": "user"}])] {
                expect_done(scim.patch(&format!("/Groups/{group}"), &patch(json!([{"op": "Add", "path": "Members", "value": value}]))));
            }
            assert_eq!(members(scim, &group), sorted(&[&people[0], &people[1], &people[2]]));
            let remove = json!([{"op": "remove", "path": "members", "value": {"value": people[0]}}]);
            expect_done(scim.patch(&format!("/Groups/{group}"), &patch(remove)));
            assert_eq!(members(scim, &group), sorted(&[&people[1], &people[2]]));
        });
    }

    fn a_boolean_in_quotes_in_a_path_makes_what_it_misses(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            let role = json!([{"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "Admin"}]);
            let read = after(scim, &name("ann"), role);
            assert_eq!(read["roles"], json!([{"value": "Admin", "primary": true}]));
        });
    }

    fn what_cannot_mean_anything_is_refused_and_says_why(gateway: &Gateway) {
        in_every_dialect(gateway, |scim, name| {
            for (wrong, at) in [
                (json!({"active": "maybe"}), "active"),
                (json!({"active": 1}), "active"),
                (json!({"name": "Ann Lee"}), "name"),
                (json!({"title": {"value": "Clerk"}}), "title"),
                (json!({"userName": null}), "userName"),
            ] {
                let mut body = json!({"schemas": [USER], "userName": name("ann")});
                body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
                let problem = expect_problem(scim.post("/Users", &body), 400, "invalidValue");
                assert!(problem["detail"].as_str().unwrap().contains(&format!("`{at}`")), "{problem}");
            }
            let other_kind = json!({"schemas": [GROUP], "userName": name("ann")});
            expect_problem(scim.post("/Users", &other_kind), 400, "invalidSyntax");
        });
    }

    fn what_two_providers_want_differently_is_the_dialects(gateway: &Gateway) {
        let (generic, entra) = (gateway.scim(), gateway.directory("entra"));
        let miss = patch(json!([{"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "1"}]));
        let [rfc, microsoft] = [&generic, &entra].map(|scim| {
            let name = if std::ptr::eq(scim, &generic) { "g" } else { "e" };
            let user = format!("/Users/{}", create_user(scim, name));
            create_group(scim, "Same", &[]);
            let second = scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": "Same"})).status;
            (scim.patch(&user, &miss).status, second)
        });
        assert_eq!(rfc, (400, 201));
        assert_eq!(microsoft, (204, 409));
    }
}
