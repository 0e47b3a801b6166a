//! Bulk (RFC 7644 §3.7): many operations at once, what they say of each other, and where it ends.

use serde_json::{Value, json};

use super::{GROUP, USER, create_user, expect_problem, members, patch, sorted, total, user};
use crate::support::{Gateway, Http};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const ENTERPRISE: &str = super::ENTERPRISE;

/// Sends the operations and gives their results.
#[track_caller]
fn bulk(scim: &Http, operations: Value) -> Vec<Value> {
    let answer = scim.post("/Bulk", &json!({"schemas": [BULK], "Operations": operations})).expect(200).json();
    assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    answer["Operations"].as_array().unwrap().clone()
}

fn post(path: &str, bulk_id: &str, data: Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": bulk_id, "data": data})
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

/// The last segment of a result's location.
#[track_caller]
fn id(result: &Value) -> String {
    result["location"].as_str().unwrap_or_else(|| panic!("{result}")).rsplit('/').next().unwrap().to_owned()
}

on_both! {
    fn every_method_is_done_and_told(gateway: &Gateway) {
        let scim = gateway.scim();
        let ids: Vec<_> = ["put", "patch", "delete"].map(|name| create_user(&scim, name)).into();
        let mut put = user("put");
        put["title"] = json!("Chief");
        let results = bulk(&scim, json!([
            post("/Users", "new", user("new")),
            {"method": "PUT", "path": format!("/Users/{}", ids[0]), "data": put},
            {"method": "PATCH", "path": format!("/Users/{}", ids[1]),
             "data": patch(json!([{"op": "replace", "path": "title", "value": "Clerk"}]))},
            {"method": "DELETE", "path": format!("/Users/{}", ids[2])},
        ]));
        let statuses: Vec<_> = results.iter().map(|result| result["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["201", "200", "200", "204"]);
        assert_eq!((&results[0]["bulkId"], &results[0]["method"]), (&json!("new"), &json!("POST")));
        assert_eq!(results[1]["version"], "W/\"2\"");
        assert_eq!(scim.get(results[0]["location"].as_str().unwrap()).expect(200).text("userName"), "new");
        assert_eq!(scim.get(&format!("/Users/{}", ids[0])).expect(200).text("title"), "Chief");
        assert_eq!(scim.get(&format!("/Users/{}", ids[1])).expect(200).text("title"), "Clerk");
        expect_problem(scim.get(&format!("/Users/{}", ids[2])), 404, "");
    }

    fn a_group_may_name_members_that_only_come_after_it(gateway: &Gateway) {
        let scim = gateway.scim();
        let results = bulk(&scim, json!([
            post("/Groups", "g", group("Platform", &["bulkId:a", "bulkId:b"])),
            post("/Users", "a", user("ann")),
            post("/Users", "b", user("bob")),
        ]));
        assert_eq!(members(&scim, &id(&results[0])), sorted(&[&id(&results[1]), &id(&results[2])]));
    }

    fn a_manager_may_be_named_inside_the_extension(gateway: &Gateway) {
        let scim = gateway.scim();
        let mut report = user("report");
        report[ENTERPRISE] = json!({"manager": {"value": "bulkId:boss"}});
        let results = bulk(&scim, json!([post("/Users", "report", report), post("/Users", "boss", user("boss"))]));
        let read = scim.get(results[0]["location"].as_str().unwrap()).expect(200).json();
        assert_eq!(read[ENTERPRISE]["manager"]["value"], id(&results[1]).as_str());
    }

    fn groups_that_hold_each_other_in_a_circle_are_all_created_and_filled(gateway: &Gateway) {
        let scim = gateway.scim();
        let results = bulk(&scim, json!([
            post("/Groups", "a", group("A", &["bulkId:b"])),
            post("/Groups", "b", group("B", &["bulkId:c"])),
            post("/Groups", "c", group("C", &["bulkId:a"])),
        ]));
        for (n, next) in [(0, 1), (1, 2), (2, 0)] {
            assert_eq!(results[n]["status"], "201", "{results:?}");
            assert_eq!(members(&scim, &id(&results[n])), [id(&results[next])]);
        }
    }

    fn operations_on_one_resource_take_effect_in_their_order(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = create_user(&scim, "ann");
        let path = format!("/Users/{ann}");
        let titles: Vec<_> = (0..50).map(|n| json!({"method": "PATCH", "path": path,
            "data": patch(json!([{"op": "replace", "path": "title", "value": format!("title {n}")}]))})).collect();
        let results = bulk(&scim, json!(titles));
        for (n, result) in results.iter().enumerate() {
            assert_eq!(result["version"], format!("W/\"{}\"", n + 2), "{result}");
        }
        assert_eq!(scim.get(&path).expect(200).text("title"), "title 49");
        let taken = json!([post("/Users", "a", user("eve")), post("/Users", "b", user("EVE")), {"method": "DELETE", "path": path}]);
        let statuses: Vec<_> = bulk(&scim, taken).iter().map(|result| result["status"].clone()).collect();
        assert_eq!(statuses, ["201", "409", "204"]);
    }

    fn a_thousand_people_and_their_groups_come_in_one_request(gateway: &Gateway) {
        let scim = gateway.scim();
        let names: Vec<_> = (0..990).map(|n| format!("person{n}")).collect();
        let members = |from: usize| names.iter().skip(from * 99).take(99).map(|name| format!("bulkId:{name}")).collect::<Vec<_>>();
        let groups = (0..10).map(|n| {
            let members = members(n);
            post("/Groups", &format!("g{n}"), group(&format!("G{n}"), &members.iter().map(String::as_str).collect::<Vec<_>>()))
        });
        let operations: Vec<_> = groups.chain(names.iter().map(|name| post("/Users", name, user(name)))).collect();
        let results = bulk(&scim, json!(operations));
        assert!(results.iter().all(|result| result["status"] == "201"));
        assert_eq!((total(scim.get("/Users?count=0")), total(scim.get("/Groups?count=0"))), (990, 10));
        assert_eq!(super::members(&scim, &id(&results[9])).len(), 99);
    }

    fn one_failure_leaves_the_others_done(gateway: &Gateway) {
        let scim = gateway.scim();
        create_user(&scim, "ann");
        let results = bulk(&scim, json!([
            post("/Users", "a", user("ann")),
            post("/Users", "b", user("bob")),
            {"method": "GET", "path": "/Users"},
            {"method": "POST", "path": "/Users", "data": user("eve")},
            {"method": "DELETE", "path": "/Users/nobody"},
            post("/Groups", "g", group("G", &["bulkId:a"])),
        ]));
        let statuses: Vec<_> = results.iter().map(|result| result["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["409", "201", "400", "400", "404", "400"]);
        assert_eq!(results[0]["response"]["scimType"], "uniqueness");
        assert!(results[0].get("location").is_none());
        assert_eq!(total(scim.get("/Users")), 2);
        assert_eq!(total(scim.get("/Groups")), 0);
    }

    fn it_ends_after_as_many_errors_as_it_says(gateway: &Gateway) {
        let scim = gateway.scim();
        create_user(&scim, "ann");
        let operations = json!([
            post("/Users", "a", user("first")),
            post("/Users", "b", user("ann")),
            post("/Users", "c", user("last")),
        ]);
        let request = json!({"schemas": [BULK], "failOnErrors": 1, "Operations": operations});
        let answer = scim.post("/Bulk", &request).expect(200).json();
        assert_eq!(answer["Operations"].as_array().unwrap().len(), 2);
        assert_eq!(total(scim.get("/Users")), 2);
    }

    fn a_version_that_is_gone_is_a_failed_precondition(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = create_user(&scim, "ann");
        let results = bulk(&scim, json!([{"method": "DELETE", "path": format!("/Users/{ann}"), "version": "W/\"7\""}]));
        assert_eq!(results[0]["status"], "412");
        scim.get(&format!("/Users/{ann}")).expect(200);
    }

    fn the_limits_are_announced_and_kept(gateway: &Gateway) {
        let scim = gateway.scim();
        let announced = scim.get("/ServiceProviderConfig").expect(200).json();
        assert_eq!(announced["bulk"], json!({"supported": true, "maxOperations": 1000, "maxPayloadSize": 10 << 20}));
        let nothing = json!({"method": "DELETE", "path": "/Users/nobody"});
        let many = json!({"schemas": [BULK], "Operations": vec![nothing.clone(); 1_001]});
        expect_problem(scim.post("/Bulk", &many), 413, "");
        let large = json!({"schemas": [BULK], "Operations": [nothing], "x": "x".repeat(11 << 20)});
        expect_problem(scim.post("/Bulk", &large), 413, "");
        let more_than_elsewhere = json!({"schemas": [BULK], "Operations": [], "x": "x".repeat(2 << 20)});
        scim.post("/Bulk", &more_than_elsewhere).expect(200);
    }

    fn what_is_no_bulk_request_is_invalid_syntax(gateway: &Gateway) {
        for body in [json!([]), json!({"schemas": [BULK]}), json!({"schemas": [USER], "Operations": "x"})] {
            expect_problem(gateway.scim().post("/Bulk", &body), 400, "invalidSyntax");
        }
    }
}
