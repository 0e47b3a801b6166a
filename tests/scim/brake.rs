//! The mass-change brake: more people than a directory may let go of at once are held, and nothing is said to be done
//! that is not.

use serde_json::{Value, json};

use super::{create_user, expect_problem, patch, user};
use crate::support::{Answer, Gateway, Http};

/// A directory with this brake and this many people: its path in the API, its client and the people's ids.
fn braked(gateway: &Gateway, brake: Value, people: usize) -> (String, Http, Vec<String>) {
    let made = gateway.api().post("/directories", &json!({"name": "Okta", "dialect": "okta"})).expect(201);
    let (path, scim) = (format!("/directories/{}/brake", made.text("id")), gateway.scim().bearer(&made.text("token")));
    gateway.api().put(&path, &brake).expect(200);
    let ids = (0..people).map(|n| create_user(&scim, &format!("person{n}@corp.example"))).collect();
    (path, scim, ids)
}

fn deactivate(scim: &Http, id: &str) -> Answer {
    scim.patch(&format!("/Users/{id}"), &patch(json!([{"op": "replace", "path": "active", "value": false}])))
}

fn is_active(scim: &Http, id: &str) -> bool {
    scim.get(&format!("/Users/{id}")).expect(200).json()["active"] == true
}

#[track_caller]
fn expect_held(answer: Answer) {
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!(wait >= 1);
    let problem = expect_problem(answer, 503, "");
    assert!(problem["detail"].as_str().unwrap().contains("mass-change brake"), "{problem}");
}

/// How many entries the audit log has of this action.
fn entries(gateway: &Gateway, action: &str) -> usize {
    let found = gateway.api().get(&format!("/audit-events?action={action}&limit=10")).expect(200).json();
    found["items"].as_array().unwrap().len()
}

on_both! {
    fn more_than_may_go_are_held_and_stay_as_they_were(gateway: &Gateway) {
        let (path, scim, ids) = braked(gateway, json!({"people": 2}), 5);
        deactivate(&scim, &ids[0]).expect(200);
        scim.delete(&format!("/Users/{}", ids[1])).expect(204);
        expect_held(deactivate(&scim, &ids[2]));
        expect_held(scim.delete(&format!("/Users/{}", ids[3])));
        let mut replaced = user("person4@corp.example");
        replaced["active"] = json!(false);
        replaced["title"] = json!("Left");
        expect_held(scim.put(&format!("/Users/{}", ids[4]), &replaced));
        assert!(ids[2..].iter().all(|id| is_active(&scim, id)));
        assert_eq!(scim.get(&format!("/Users/{}", ids[4])).expect(200).json().get("title"), None);
        // Again is once; all else goes on.
        expect_held(deactivate(&scim, &ids[2]));
        create_user(&scim, "new@corp.example");
        let brake = gateway.api().get(&path).expect(200).json();
        assert_eq!((&brake["state"], &brake["gone"], &brake["held"]), (&json!("engaged"), &json!(2), &json!(3)));
        let held: Vec<_> = brake["held_people"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(held, ids[2..].iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(entries(gateway, "directory.brake_engaged"), 1);
    }

    fn those_whom_an_admin_lets_go_pass_when_they_are_tried_again(gateway: &Gateway) {
        let (path, scim, ids) = braked(gateway, json!({"people": 1}), 4);
        deactivate(&scim, &ids[0]).expect(200);
        expect_held(deactivate(&scim, &ids[1]));
        gateway.api().post(&format!("{path}/release"), &json!({"minutes": 0})).expect(400);
        let brake = gateway.api().post(&format!("{path}/release"), &json!({"minutes": 5})).expect(200).json();
        assert_eq!((&brake["state"], &brake["held"]), (&json!("lifted"), &json!(0)));
        assert!(is_active(&scim, &ids[1]));
        deactivate(&scim, &ids[1]).expect(200);
        scim.delete(&format!("/Users/{}", ids[2])).expect(204);
        scim.delete(&format!("/Users/{}", ids[3])).expect(204);
        gateway.api().post(&format!("{path}/release"), &json!({})).expect(409);
        assert_eq!(entries(gateway, "directory.brake_released"), 1);
    }

    fn those_whom_an_admin_keeps_stay_and_the_count_begins_anew(gateway: &Gateway) {
        let (path, scim, ids) = braked(gateway, json!({"people": 1}), 4);
        deactivate(&scim, &ids[0]).expect(200);
        expect_held(deactivate(&scim, &ids[1]));
        let brake = gateway.api().send("POST", &format!("{path}/reset"), None).expect(200).json();
        assert_eq!((&brake["state"], &brake["gone"], &brake["held"]), (&json!("ready"), &json!(0), &json!(0)));
        assert!(is_active(&scim, &ids[1]));
        deactivate(&scim, &ids[2]).expect(200);
        expect_held(deactivate(&scim, &ids[3]));
        assert_eq!(entries(gateway, "directory.brake_reset"), 1);
    }

    fn a_person_counts_once_and_one_who_comes_back_not_at_all(gateway: &Gateway) {
        let (path, scim, ids) = braked(gateway, json!({"people": 2}), 4);
        deactivate(&scim, &ids[0]).expect(200);
        scim.delete(&format!("/Users/{}", ids[0])).expect(204);
        deactivate(&scim, &ids[1]).expect(200);
        let back = patch(json!([{"op": "replace", "path": "active", "value": true}]));
        scim.patch(&format!("/Users/{}", ids[1]), &back).expect(200);
        assert_eq!(gateway.api().get(&path).expect(200).json()["gone"], 1);
        deactivate(&scim, &ids[2]).expect(200);
        expect_held(deactivate(&scim, &ids[3]));
    }

    fn a_part_of_a_hundred_is_of_those_whom_the_directory_had(gateway: &Gateway) {
        let (_, scim, ids) = braked(gateway, json!({"people": 0, "percent": 20, "least": 0}), 10);
        deactivate(&scim, &ids[0]).expect(200);
        scim.delete(&format!("/Users/{}", ids[1])).expect(204);
        expect_held(scim.delete(&format!("/Users/{}", ids[2])));
    }

    fn each_operation_of_a_bulk_request_is_held_for_itself(gateway: &Gateway) {
        let (_, scim, ids) = braked(gateway, json!({"people": 2}), 4);
        let operations: Vec<_> =
            ids.iter().map(|id| json!({"method": "DELETE", "path": format!("/Users/{id}")})).collect();
        let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
        let answer = scim.post("/Bulk", &bulk).expect(200).json();
        let statuses: Vec<_> =
            answer["Operations"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect();
        assert_eq!(statuses, ["204", "204", "503", "503"]);
        assert!(is_active(&scim, &ids[2]) && is_active(&scim, &ids[3]));
    }

    fn a_brake_that_is_off_holds_nobody_and_one_that_means_nothing_is_refused(gateway: &Gateway) {
        let (path, scim, ids) = braked(gateway, json!({"people": 1}), 4);
        deactivate(&scim, &ids[0]).expect(200);
        expect_held(deactivate(&scim, &ids[1]));
        for wrong in [json!({"people": -1}), json!({"percent": 101}), json!({"minutes": 0}), json!({"persons": 1}),
                      json!({"people": 0, "percent": 0})] {
            gateway.api().put(&path, &wrong).expect(400);
        }
        assert_eq!(gateway.api().put(&path, &json!({"enabled": false})).expect(200).json()["state"], "off");
        ids[1..].iter().for_each(|id| drop(deactivate(&scim, id).expect(200)));
    }

    fn every_directory_has_a_brake_from_the_first(gateway: &Gateway) {
        let id = gateway.api().get("/directories").expect(200).json()["items"][0]["id"].as_str().unwrap().to_owned();
        let brake = gateway.api().get(&format!("/directories/{id}/brake")).expect(200).json();
        let limits = ["people", "percent", "least", "minutes"].map(|name| brake[name].as_i64().unwrap());
        assert_eq!((&brake["state"], limits), (&json!("ready"), [500, 20, 50, 60]));
    }
}
