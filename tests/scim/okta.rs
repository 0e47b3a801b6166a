//! Okta. OIN apps use PATCH for `active`, groups and passwords, and PUT for profiles; apps made by the wizard always PUT.

use serde_json::json;

use super::{create_group, create_user, expect_done, expect_problem, filter, members, patch, request, sorted, total};
use crate::support::{Gateway, Http};

fn okta(gateway: &Gateway) -> Http {
    gateway
        .directory("okta")
        .with("User-Agent", "Okta SCIM Client 1.0.0")
        .with("Accept", "application/scim+json")
        .with("Accept-Charset", "utf-8")
}

fn ann() -> serde_json::Value {
    request("okta/docs-post-user", &[])
}

on_both! {
    fn the_connector_test_finds_an_empty_directory(gateway: &Gateway) {
        let okta = okta(gateway);
        let users = okta.get("/Users?startIndex=1&count=2").expect(200);
        assert!(users.header("content-type").starts_with("application/scim+json"));
        assert_eq!(total(users), 0);
        assert_eq!(total(okta.get("/Groups?startIndex=1&count=100")), 0);
    }

    fn a_new_person_is_looked_up_and_then_created(gateway: &Gateway) {
        let okta = okta(gateway);
        let look_up = &format!("/Users?{}&startIndex=1&count=100", filter("okta/docs-find-user", &[]));
        assert_eq!(total(okta.get(look_up)), 0);

        let created = okta.post("/Users", &ann()).expect(201);
        let body = created.json();
        assert_eq!(created.header("location"), body["meta"]["location"].as_str().unwrap());
        assert_eq!(body["userName"], "ann.lee@corp.example");
        assert_eq!(body["name"]["givenName"], "Ann");
        assert_eq!(body["emails"][0]["value"], "ann.lee@corp.example");
        assert_eq!(body["active"], true);
        assert_eq!(total(okta.get(look_up)), 1);
    }

    fn the_password_that_always_comes_with_a_person_is_never_shown(gateway: &Gateway) {
        let okta = okta(gateway);
        let created = okta.post("/Users", &ann()).expect(201);
        let read = okta.get(&format!("/Users/{}?attributes=password", created.text("id"))).expect(200);
        assert!(!created.body.contains("4kTr9sQz") && !created.body.contains("\"password\""));
        assert!(!read.body.contains("4kTr9sQz") && !read.body.contains("\"password\""));
    }

    fn a_person_that_is_there_already_is_a_conflict(gateway: &Gateway) {
        let okta = okta(gateway);
        okta.post("/Users", &ann()).expect(201);
        expect_problem(okta.post("/Users", &ann()), 409, "uniqueness");
    }

    fn a_profile_is_put_back_whole_as_it_was_read(gateway: &Gateway) {
        let okta = okta(gateway);
        let id = okta.post("/Users", &ann()).expect(201).text("id");
        let mut read = okta.get(&format!("/Users/{id}")).expect(200).json();
        read["name"]["givenName"] = json!("Anna");
        read["name"]["middleName"] = json!("");
        read["groups"] = json!([]);
        let put = okta.put(&format!("/Users/{id}"), &read).expect(200).json();
        assert_eq!(put["name"]["givenName"], "Anna");
        assert_eq!(put["id"], id.as_str());
        assert_eq!(put["externalId"], "00uab12cd34EFgh5678");
        let put = request("okta/docs-put-user", &[("{id}", &id)]);
        let put = okta.put(&format!("/Users/{id}"), &put).expect(200).json();
        assert_eq!((&put["name"]["givenName"], &put["name"]["familyName"]), (&json!("Anna"), &json!("Lee")));
        assert_eq!(put["emails"][0]["display"], "ann.lee@corp.example");
    }

    fn an_empty_groups_list_in_a_put_takes_nobody_out_of_a_group(gateway: &Gateway) {
        let okta = okta(gateway);
        let id = okta.post("/Users", &ann()).expect(201).text("id");
        let group = create_group(&okta, "Platform", &[&id]);
        let mut read = okta.get(&format!("/Users/{id}")).expect(200).json();
        read["groups"] = json!([]);
        okta.put(&format!("/Users/{id}"), &read).expect(200);
        assert_eq!(members(&okta, &group), [id]);
    }

    fn a_person_is_deactivated_and_reactivated_without_a_path(gateway: &Gateway) {
        let okta = okta(gateway);
        let id = create_user(&okta, "ann.lee@corp.example");
        let mut change = request("okta/docs-patch-user-deactivate", &[]);
        for active in [false, true] {
            change["Operations"][0]["value"]["active"] = json!(active);
            expect_done(okta.patch(&format!("/Users/{id}"), &change));
            assert_eq!(okta.get(&format!("/Users/{id}")).expect(200).json()["active"], active);
        }
    }

    fn the_wizards_apps_deactivate_by_put(gateway: &Gateway) {
        let okta = okta(gateway);
        let id = okta.post("/Users", &ann()).expect(201).text("id");
        let mut read = okta.get(&format!("/Users/{id}")).expect(200).json();
        read["active"] = json!(false);
        assert_eq!(okta.put(&format!("/Users/{id}"), &read).expect(200).json()["active"], false);
    }

    fn an_import_reads_every_page_in_a_stable_order(gateway: &Gateway) {
        let okta = okta(gateway);
        for n in 0..25 {
            create_user(&okta, &format!("person{n:02}@corp.example"));
        }
        let read = || -> Vec<String> {
            [1, 11, 21]
                .iter()
                .flat_map(|start| {
                    let page = okta.get(&format!("/Users?startIndex={start}&count=10")).expect(200).json();
                    page["Resources"].as_array().unwrap().iter().map(|user| user["id"].to_string()).collect::<Vec<_>>()
                })
                .collect()
        };
        let first = read();
        assert_eq!(first, read());
        assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 25);
    }

    fn a_group_is_looked_up_created_empty_and_filled(gateway: &Gateway) {
        let okta = okta(gateway);
        let ann = create_user(&okta, "ann.lee@corp.example");
        let look_up = &format!("/Groups?{}&startIndex=1&count=100", filter("okta/docs-find-group", &[]));
        assert_eq!(total(okta.get(look_up)), 0);
        let group = okta.post("/Groups", &request("okta/docs-post-group", &[])).expect(201).text("id");
        assert_eq!(total(okta.get(look_up)), 1);
        let add = json!([{"op": "add", "path": "members", "value": [{"value": ann, "display": "ann.lee@corp.example"}]}]);
        expect_done(okta.patch(&format!("/Groups/{group}"), &patch(add)));
        assert_eq!(members(&okta, &group), [ann]);
    }

    fn a_group_is_renamed_without_a_path_and_with_its_own_id_in_the_value(gateway: &Gateway) {
        let okta = okta(gateway);
        let ann = create_user(&okta, "ann.lee@corp.example");
        let group = create_group(&okta, "Platform", &[&ann]);
        let rename = request("okta/docs-patch-group-rename", &[("{gid}", &group)]);
        expect_done(okta.patch(&format!("/Groups/{group}"), &rename));
        assert_eq!(okta.get(&format!("/Groups/{group}")).expect(200).text("displayName"), "Platform Team");
        assert_eq!(members(&okta, &group), [ann]);
    }

    fn one_member_leaves_by_value_filter_and_another_joins_in_one_patch(gateway: &Gateway) {
        let okta = okta(gateway);
        let (ann, bob, eve) = (create_user(&okta, "ann"), create_user(&okta, "bob"), create_user(&okta, "eve"));
        let group = create_group(&okta, "Platform", &[&ann, &eve]);
        let change = request("okta/docs-patch-group-members", &[("{u1}", &ann), ("{u2}", &bob)]);
        expect_done(okta.patch(&format!("/Groups/{group}"), &change));
        assert_eq!(members(&okta, &group), sorted(&[&bob, &eve]));
    }

    fn push_now_replaces_all_members(gateway: &Gateway) {
        let okta = okta(gateway);
        let (ann, bob) = (create_user(&okta, "ann"), create_user(&okta, "bob"));
        let group = create_group(&okta, "Platform", &[&ann]);
        let now = request("okta/docs-patch-group-push", &[("{u1}", &bob)]);
        expect_done(okta.patch(&format!("/Groups/{group}"), &now));
        assert_eq!(members(&okta, &group), [bob]);
    }

    fn push_now_of_an_empty_group_empties_it(gateway: &Gateway) {
        let okta = okta(gateway);
        let ann = create_user(&okta, "ann");
        let group = create_group(&okta, "Platform", &[&ann]);
        expect_done(okta.patch(&format!("/Groups/{group}"), &request("okta/issue-patch-group-push-empty", &[])));
        assert!(members(&okta, &group).is_empty());
    }

    fn the_wizards_apps_put_a_group_with_its_full_list(gateway: &Gateway) {
        let okta = okta(gateway);
        let (ann, bob) = (create_user(&okta, "ann"), create_user(&okta, "bob"));
        let group = create_group(&okta, "Platform", &[&bob]);
        let whole = request("okta/docs-put-group", &[("{gid}", &group), ("{u1}", &ann)]);
        okta.put(&format!("/Groups/{group}"), &whole).expect(200);
        assert_eq!(members(&okta, &group), [ann]);
    }

    fn an_unlinked_group_is_deleted_and_its_members_stay(gateway: &Gateway) {
        let okta = okta(gateway);
        let ann = create_user(&okta, "ann");
        let group = create_group(&okta, "Platform", &[&ann]);
        okta.delete(&format!("/Groups/{group}")).expect(204);
        expect_problem(okta.get(&format!("/Groups/{group}")), 404, "");
        okta.get(&format!("/Users/{ann}")).expect(200);
    }
}
