//! `/api/v1/access-reviews`: who holds what, decided on by somebody else; what is revoked is gone at once.

use serde_json::{Value, json};

use super::{api_of, assign, group, newest, person, refused};
use crate::products::on_both_with;
use crate::support::{Gateway, Http};

/// Opens a review and answers its path and its items.
fn open(api: &Http, covers: &Value) -> (String, Vec<Value>) {
    let mut body = covers.clone();
    body["name"] = json!("Autumn");
    let path = format!("/access-reviews/{}", api.post("/access-reviews", &body).expect(201).text("id"));
    let items = api.get(&format!("{path}/items")).expect(200).json()["items"].as_array().unwrap().clone();
    (path, items)
}

/// The number of the item about this person and role.
fn number(items: &[Value], user: &str, role: &str) -> i64 {
    let found = items.iter().find(|item| item["user_name"] == user && item["role"] == role);
    found.unwrap_or_else(|| panic!("no {role} of {user} in {items:?}"))["number"].as_i64().unwrap()
}

fn decision(path: &str, number: i64) -> String {
    format!("{path}/items/{number}/decision")
}

on_both_with! { "everything":
    fn what_a_review_revokes_is_gone_with_its_answer_and_in_the_log(gateway: &Gateway) {
        let api = gateway.api();
        for name in ["ann", "bob"] {
            person(gateway, name);
            assign(gateway, name, "admin", "organization");
        }
        let (path, items) = open(&api, &json!({"role": "admin"}));
        assert_eq!(items.len(), 2);
        assert_eq!((&items[0]["suggestion"], &items[0]["because"][0]), (&json!("keep"), &json!("no_use_noted_yet")));
        assert!(gateway.allows("ann", "users.manage", "organization"));
        let revoke = json!({"decision": "revoke", "note": "left the team"});
        let decided = api.post(&decision(&path, number(&items, "ann", "admin")), &revoke).expect(200).json();
        assert!(!gateway.allows("ann", "users.manage", "organization") && gateway.allows("bob", "users.manage", "organization"));
        assert_eq!((&decided["decision"], &decided["note"]), (&json!("revoke"), &json!("left the team")));
        assert_eq!(newest(gateway, "assignment.ended")["detail"]["role"], "admin");
        assert_eq!(newest(gateway, "review.decided")["detail"]["decision"], "revoke");
        refused(api.post(&decision(&path, number(&items, "ann", "admin")), &json!({"decision": "keep"})), 409, "decided already");
        refused(api.post(&format!("{path}/complete"), &json!({})), 409, "1 items are not decided");
        api.post(&decision(&path, number(&items, "bob", "admin")), &json!({"decision": "keep"})).expect(200);
        let done = api.post(&format!("{path}/complete"), &json!({})).expect(200).json();
        assert_eq!((&done["kept"], &done["revoked"], &done["undecided"]), (&json!(1), &json!(1), &json!(0)));
        refused(api.post(&format!("{path}/complete"), &json!({})), 409, "completed");
        assert!(gateway.allows("bob", "users.manage", "organization"));
        let unreviewed = api.get("/reports/unreviewed-holders").expect(200).json();
        assert_eq!(unreviewed["total"], 0, "{unreviewed}");
        assign(gateway, "ann", "viewer", "organization");
        let unreviewed = api.get("/reports/unreviewed-holders?limit=1").expect(200).json();
        assert_eq!((&unreviewed["total"], &unreviewed["items"][0]["role"]), (&json!(1), &json!("viewer")));
        let (_, again) = open(&api, &json!({"role": "admin"}));
        assert!(!again[0]["because"].as_array().unwrap().contains(&json!("never_reviewed")), "{again:?}");
    }

    fn what_a_rule_gives_is_revoked_only_once_it_does_not_give_it_any_more(gateway: &Gateway) {
        let (api, ann) = (gateway.api(), person(gateway, "ann"));
        let crew = group(gateway, "Crew", &[&ann]);
        let rule = api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "admin"})).expect(201).text("id");
        let (path, items) = open(&api, &json!({"group": crew}));
        assert_eq!((items.len(), &items[0]["rule"], &items[0]["group"]), (1, &json!(rule), &json!(crew)));
        let revoke = json!({"decision": "revoke"});
        let answer = api.post(&decision(&path, 1), &revoke);
        refused(answer.clone(), 409, &rule);
        refused(answer, 409, "`Crew`");
        assert!(gateway.allows("ann", "users.manage", "organization"), "nothing was half done");
        assert_eq!(api.get(&path).expect(200).json()["undecided"], 1);
        gateway.scim().delete(&format!("/Groups/{crew}")).expect(204);
        api.post(&decision(&path, 1), &revoke).expect(200);
        assert_eq!(api.get(&path).expect(200).json()["revoked"], 1);
    }

    fn nobody_decides_on_what_they_hold_themselves_and_whoever_manages_nothing_on_nothing(gateway: &Gateway) {
        for name in ["ann", "bob", "eve"] {
            person(gateway, name);
        }
        for name in ["ann", "bob"] {
            assign(gateway, name, "admin", "organization");
        }
        let (ann, eve) = (api_of(gateway, "ann"), api_of(gateway, "eve"));
        let (path, items) = open(&ann, &json!({}));
        let keep = json!({"decision": "keep"});
        refused(ann.post(&decision(&path, number(&items, "ann", "admin")), &keep), 403, "somebody else");
        ann.post(&decision(&path, number(&items, "bob", "admin")), &keep).expect(200);
        eve.get("/access-reviews").expect(403);
        eve.post(&decision(&path, 1), &keep).expect(403);
    }

    fn a_review_covers_what_it_says_and_nothing_else(gateway: &Gateway) {
        let (ann, bob) = (person(gateway, "ann"), person(gateway, "bob"));
        let api = gateway.api();
        assign(gateway, &ann, "admin", "organization");
        assign(gateway, &ann, "viewer", "organization");
        assign(gateway, &bob, "viewer", "organization");
        api.post("/users/bob/suspend", &json!({})).expect(200);
        let (_, all) = open(&api, &json!({}));
        let (_, viewers) = open(&api, &json!({"role": "viewer"}));
        assert_eq!((all.len(), viewers.len()), (3, 2));
        let of_bob = viewers.iter().find(|item| item["user_name"] == "bob").unwrap();
        assert_eq!((&of_bob["suggestion"], &of_bob["because"][0]), (&json!("revoke"), &json!("inactive")));
        let crew = group(gateway, "Crew", &[&ann]);
        assert_eq!(open(&api, &json!({"group": crew, "role": "viewer"})).1.len(), 1);
        api.post("/access-reviews", &json!({"name": "x", "role": "nothing"})).expect(400);
        api.post("/access-reviews", &json!({"name": "x", "scope": "no scope"})).expect(400);
        api.post("/access-reviews", &json!({"name": " "})).expect(400);
        api.get("/access-reviews/none").expect(404);
    }
}
