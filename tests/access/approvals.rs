//! `/api/v1/approvals`: a sensitive action waits for somebody else's yes, which is used once.

use serde_json::{Value, json};

use super::{api_of, assign, newest, person, question, refused};
use crate::products::on_both_with;
use crate::support::{Gateway, Http};

/// Tim wants to wipe a device; Max may approve it at Contoso, Moe at Fabrikam.
pub(super) fn provider(gateway: &Gateway) -> [Http; 3] {
    for (name, role, scope) in [
        ("tim", "technician", "customer:contoso"),
        ("max", "manager", "customer:contoso"),
        ("moe", "manager", "customer:fabrikam"),
    ] {
        person(gateway, name);
        assign(gateway, name, role, scope);
    }
    ["tim", "max", "moe"].map(|name| api_of(gateway, name))
}

pub(super) fn wipe(device: &str, parameters: Value) -> Value {
    let resource = json!({"type": "device", "id": device, "properties": {"scope": "customer:contoso"}});
    json!({"action": {"name": "device.wipe"}, "resource": resource, "parameters": parameters, "reason": "stolen"})
}

/// Whether Tim may wipe this device with this approval and these parameters.
pub(super) fn may_wipe(gateway: &Gateway, device: &str, approval: &str, parameters: &Value) -> bool {
    let mut asked = question("tim", "device.wipe", ("device", device), "customer:contoso");
    asked["context"] = json!({"approval": approval, "parameters": parameters});
    let answer = gateway.authzen().post("/evaluation", &asked).expect(200).json();
    answer["decision"].as_bool().unwrap()
}

on_both_with! { "opspilot365":
    fn a_yes_allows_the_very_same_action_once(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        let parameters = json!({"keep": false, "pin": 1});
        let request = tim.post("/approvals", &wipe("d1", parameters.clone())).expect(201).text("id");
        assert!(!may_wipe(gateway, "d1", &request, &parameters), "nobody has agreed yet");
        let yes = max.post(&format!("/approvals/{request}/approve"), &json!({"note": "go"})).expect(200);
        assert_eq!(yes.text("state"), "approved");
        assert!(!may_wipe(gateway, "d2", &request, &parameters), "another device");
        assert!(!may_wipe(gateway, "d1", &request, &json!({"keep": true, "pin": 1})), "other parameters");
        assert!(may_wipe(gateway, "d1", &request, &json!({"pin": 1, "keep": false})));
        assert!(!may_wipe(gateway, "d1", &request, &parameters), "it was used");
        assert_eq!(newest(gateway, "approval.used")["target"]["id"], request.as_str());
    }

    fn nobody_approves_what_they_asked_for_nor_without_the_right_there(gateway: &Gateway) {
        let [tim, _, moe] = provider(gateway);
        let request = tim.post("/approvals", &wipe("d1", json!(null))).expect(201).text("id");
        let approve = format!("/approvals/{request}/approve");
        refused(tim.post(&approve, &json!({})), 403, "asked for");
        refused(moe.post(&approve, &json!({})), 403, "in that scope");
        refused(gateway.api().post(&approve, &json!({})), 400, "`user`");
        refused(gateway.api().post(&approve, &json!({"user": "tim"})), 403, "asked for");
        assert!(!may_wipe(gateway, "d1", &request, &json!(null)));
        gateway.api().post(&approve, &json!({"user": "max"})).expect(200);
        assert!(may_wipe(gateway, "d1", &request, &json!(null)));
    }

    fn a_program_says_neither_yes_nor_no(gateway: &Gateway) {
        let [tim, _, _] = provider(gateway);
        let api = gateway.api();
        api.post("/service-accounts", &json!({"name": "robot"})).expect(201);
        let role = json!({"role": "manager", "scope": "customer:contoso"});
        api.post("/service-accounts/robot/assignments", &role).expect(201);
        let key = api.post("/api-keys", &json!({"name": "x", "service_account": "robot"})).expect(201).text("api_key");
        let request = tim.post("/approvals", &wipe("d1", json!(null))).expect(201).text("id");
        refused(api.bearer(&key).post(&format!("/approvals/{request}/approve"), &json!({})), 403, "right to approve");
        refused(api.bearer(&key).post(&format!("/approvals/{request}/deny"), &json!({})), 403, "right to approve");
    }

    fn a_no_and_a_withdrawal_are_final(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        let ask = || tim.post("/approvals", &wipe("d1", json!(null))).expect(201).text("id");
        let (denied, withdrawn) = (ask(), ask());
        max.post(&format!("/approvals/{denied}/deny"), &json!({})).expect(200);
        refused(max.post(&format!("/approvals/{withdrawn}/withdraw"), &json!({})), 403, "only who asked");
        tim.post(&format!("/approvals/{withdrawn}/withdraw"), &json!({})).expect(200);
        for request in [denied, withdrawn] {
            max.post(&format!("/approvals/{request}/approve"), &json!({})).expect(409);
            assert!(!may_wipe(gateway, "d1", &request, &json!(null)));
        }
    }

    fn a_yes_is_worth_nothing_once_the_right_is_gone(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        let request = tim.post("/approvals", &wipe("d1", json!(null))).expect(201).text("id");
        max.post(&format!("/approvals/{request}/approve"), &json!({})).expect(200);
        gateway.api().put("/users/tim/permissions", &json!({"deny": ["device.wipe"]})).expect(200);
        assert!(!may_wipe(gateway, "d1", &request, &json!(null)));
        gateway.api().put("/users/tim/permissions", &json!({"permissions": []})).expect(200);
        gateway.api().post("/users/tim/suspend", &json!({})).expect(200);
        assert!(!may_wipe(gateway, "d1", &request, &json!(null)));
    }

    fn a_yes_is_worth_nothing_once_who_gave_it_could_no_longer_give_it(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        let request = tim.post("/approvals", &wipe("d1", json!(null))).expect(201).text("id");
        max.post(&format!("/approvals/{request}/approve"), &json!({})).expect(200);
        let deny = |permissions: Value| {
            gateway.api().put("/users/max/permissions", &json!({"permissions": permissions})).expect(200);
        };
        deny(json!([{"permission": "approval.decide", "effect": "deny", "scope": "customer:contoso"}]));
        assert!(!may_wipe(gateway, "d1", &request, &json!(null)));
        deny(json!([]));
        gateway.api().post("/users/max/suspend", &json!({})).expect(200);
        assert!(!may_wipe(gateway, "d1", &request, &json!(null)));
        gateway.api().post("/users/max/restore", &json!({})).expect(200);
        assert!(may_wipe(gateway, "d1", &request, &json!(null)), "it was not used up meanwhile");
    }

    fn a_yes_that_is_taken_back_is_worth_nothing(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        let request = tim.post("/approvals", &wipe("d1", json!(null))).expect(201).text("id");
        max.post(&format!("/approvals/{request}/approve"), &json!({})).expect(200);
        let withdraw = format!("/approvals/{request}/withdraw");
        refused(max.post(&withdraw, &json!({})), 403, "only who asked");
        assert_eq!(tim.post(&withdraw, &json!({})).expect(200).text("state"), "withdrawn");
        assert!(!may_wipe(gateway, "d1", &request, &json!(null)));
        tim.post(&withdraw, &json!({})).expect(409);
    }

    fn only_what_is_held_back_is_asked_for(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        refused(max.post("/approvals", &wipe("d1", json!(null))), 400, "allowed_by_role");
        let mut elsewhere = wipe("d1", json!(null));
        elsewhere["resource"]["properties"]["scope"] = json!("customer:fabrikam");
        refused(tim.post("/approvals", &elsewhere), 400, "no_grant");
    }

    fn a_request_is_shown_to_those_whom_it_concerns(gateway: &Gateway) {
        let [tim, max, moe] = provider(gateway);
        let request = tim.post("/approvals", &wipe("d1", json!(null))).expect(201).text("id");
        let count = |who: &Http| who.get("/approvals?state=open").expect(200).json()["items"].as_array().unwrap().len();
        assert_eq!([count(&tim), count(&max), count(&moe), count(&gateway.api())], [1, 1, 0, 1]);
        for who in [&tim, &max, &gateway.api()] {
            assert_eq!(who.get(&format!("/approvals/{request}")).expect(200).text("reason"), "stolen");
        }
        moe.get(&format!("/approvals/{request}")).expect(404);
        gateway.api().get("/approvals/nothing").expect(404);
    }

    fn an_old_request_is_found_behind_newer_ones_that_do_not_concern_who_looks(gateway: &Gateway) {
        let [tim, _, moe] = provider(gateway);
        person(gateway, "tom");
        assign(gateway, "tom", "technician", "customer:fabrikam");
        let tom = api_of(gateway, "tom");
        let mut there = wipe("d1", json!(null));
        there["resource"]["properties"]["scope"] = json!("customer:fabrikam");
        let old = tom.post("/approvals", &there).expect(201).text("id");
        for number in 0..9 {
            tim.post("/approvals", &wipe(&format!("d{number}"), json!(null))).expect(201);
        }
        for who in [&tom, &moe] {
            assert_eq!(listed(who, "state=open", 1), [old.as_str()]);
        }
    }

    fn requests_are_listed_by_state_and_page_by_page(gateway: &Gateway) {
        let [tim, max, moe] = provider(gateway);
        let ask = |device: &str| tim.post("/approvals", &wipe(device, json!(null))).expect(201).text("id");
        let made: Vec<String> = (0..7).map(|number| ask(&format!("d{number}"))).collect();
        max.post(&format!("/approvals/{}/approve", made[2]), &json!({})).expect(200);
        max.post(&format!("/approvals/{}/deny", made[4]), &json!({})).expect(200);
        assert_eq!(listed(&tim, "state=approved", 1), [made[2].as_str()]);
        assert_eq!(listed(&tim, "state=denied", 100), [made[4].as_str()]);
        assert_eq!(listed(&max, "state=open", 2), [6, 5, 3, 1, 0].map(|at: usize| made[at].clone()));
        let all: Vec<_> = made.iter().rev().cloned().collect();
        for who in [&tim, &max, &gateway.api()] {
            assert_eq!(listed(who, "", 3), all);
        }
        assert!(listed(&moe, "", 3).is_empty());
        refused(tim.get("/approvals?state=opne"), 400, "`expired`");
        refused(tim.get("/approvals?cursor=x"), 400, "cursor");
        refused(tim.get("/approvals?limit=x"), 400, "limit");
    }
}

/// The ids on all pages of this many.
#[track_caller]
fn listed(who: &Http, query: &str, limit: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("/approvals?{query}&limit={limit}&cursor={cursor}")).expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{page}");
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return ids,
        }
    }
}
