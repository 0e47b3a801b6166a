//! `/api/v1/approvals`: a sensitive action waits for somebody else's yes, which is used once.

use serde_json::{Value, json};

use super::{api_of, assign, newest, person, question, refused};
use crate::products::on_both_with;
use crate::support::{Gateway, Http};

/// Tim wants to wipe a device; Max may approve it at Contoso, Moe at Fabrikam.
fn provider(gateway: &Gateway) -> [Http; 3] {
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

fn wipe(device: &str, parameters: Value) -> Value {
    let resource = json!({"type": "device", "id": device, "properties": {"scope": "customer:contoso"}});
    json!({"action": {"name": "device.wipe"}, "resource": resource, "parameters": parameters, "reason": "stolen"})
}

/// Whether Tim may wipe this device with this approval and these parameters.
fn may_wipe(gateway: &Gateway, device: &str, approval: &str, parameters: &Value) -> bool {
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

    fn only_what_is_held_back_is_asked_for(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        refused(max.post("/approvals", &wipe("d1", json!(null))), 400, "allowed_by_role");
        let mut elsewhere = wipe("d1", json!(null));
        elsewhere["resource"]["properties"]["scope"] = json!("customer:fabrikam");
        refused(tim.post("/approvals", &elsewhere), 400, "no_grant");
    }

    fn requests_are_listed_to_those_whom_they_concern(gateway: &Gateway) {
        let [tim, max, moe] = provider(gateway);
        tim.post("/approvals", &wipe("d1", json!(null))).expect(201);
        let count = |who: &Http| who.get("/approvals?state=open").expect(200).json()["items"].as_array().unwrap().len();
        assert_eq!([count(&tim), count(&max), count(&moe), count(&gateway.api())], [1, 1, 0, 1]);
    }
}
