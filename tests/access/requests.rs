//! AuthZEN access requests: from the denial to the yes, in the words of the protocol alone.

use serde_json::{Value, json};

use super::approvals::provider;
use super::{question, refused};
use crate::products::on_both_with;
use crate::support::{Gateway, Http};

/// Tim's question about a device at Contoso.
fn asked(device: &str, context: Value) -> Value {
    let mut asked = question("tim", "device.wipe", ("device", device), "customer:contoso");
    asked["context"] = context;
    asked
}

fn evaluated(gateway: &Gateway, asked: &Value) -> Value {
    gateway.authzen().post("/evaluation", asked).expect(200).json()
}

on_both_with! { "opspilot365":
    fn a_denial_says_where_to_ask_and_what_was_asked_there_lifts_it(gateway: &Gateway) {
        let [_, max, _] = provider(gateway);
        let parameters = json!({"keep": false});
        let denied = evaluated(gateway, &asked("d1", json!({})));
        let endpoint = denied["context"]["access_request"]["endpoint"].as_str().unwrap();
        let known = gateway.http().get("/.well-known/authzen-configuration").expect(200);
        assert_eq!(known.text("access_request_endpoint"), endpoint);

        let authzen = gateway.authzen();
        let request = asked("d1", json!({"parameters": parameters, "reason": "stolen"}));
        let made = authzen.post(endpoint, &request).expect(201);
        let told = made.json();
        assert_eq!(told.get("result"), None);
        let task = &told["task"];
        assert_eq!(task["status"], "pending");
        let status = task["status_endpoint"].as_str().unwrap();
        assert!(status.ends_with(made.header("location")), "{status}");
        assert_eq!(authzen.get(status).expect(200).json(), told);

        let id = task["id"].as_str().unwrap();
        assert_eq!(max.get(&format!("/approvals/{id}")).expect(200).text("reason"), "stolen");
        max.post(&format!("/approvals/{id}/approve"), &json!({})).expect(200);
        let told = authzen.get(status).expect(200).json();
        assert_eq!((&told["task"]["status"], &told["result"]["mode"]), (&json!("approved"), &json!("reevaluate")));
        let with = json!({"approval": told["result"]["approval"], "parameters": parameters});
        assert_eq!(evaluated(gateway, &asked("d1", with))["decision"], true);
        assert_eq!(authzen.get(status).expect(200).json()["task"]["status"], "used");
    }

    fn what_was_withdrawn_is_cancelled_in_the_words_of_the_draft(gateway: &Gateway) {
        let [tim, ..] = provider(gateway);
        let requests = format!("{}/access/v1/requests", gateway.url());
        let id = tim.post(&requests, &asked("d1", json!({}))).expect(201).json()["task"]["id"].as_str().unwrap().to_owned();
        tim.post(&format!("/approvals/{id}/withdraw"), &json!({})).expect(200);
        let told = tim.get(&format!("{requests}/{id}")).expect(200).json();
        assert_eq!((&told["task"]["status"], &told["status"]), (&json!("cancelled"), &json!("withdrawn")));
        assert_eq!(told.get("result"), None);
    }

    fn only_a_denial_that_a_yes_could_lift_says_where_to_ask(gateway: &Gateway) {
        provider(gateway);
        let offers = |asked: &Value| evaluated(gateway, asked)["context"].get("access_request").is_some();
        assert!(offers(&asked("d1", json!({}))));
        assert!(!offers(&question("tim", "device.wipe", ("device", "d1"), "customer:fabrikam")), "no grant");
        assert!(!offers(&question("max", "device.wipe", ("device", "d1"), "customer:contoso")), "allowed");
        assert!(!offers(&question("nobody", "device.wipe", ("device", "d1"), "customer:contoso")), "nobody");
        let many = json!({"evaluations": [asked("d1", json!({}))]});
        let many = gateway.authzen().post("/evaluations", &many).expect(200).json();
        assert!(many["evaluations"][0]["context"]["access_request"]["endpoint"].is_string(), "{many}");
        refused(gateway.authzen().post("/evaluation", &asked("d1", json!({"approval": 1}))), 400, "`approval`");
    }

    fn a_person_asks_for_themselves_alone(gateway: &Gateway) {
        let [tim, max, moe] = provider(gateway);
        let requests = format!("{}/access/v1/requests", gateway.url());
        let ask = |who: &Http, asked: &Value| who.post(&requests, asked);
        refused(ask(&max, &asked("d1", json!({}))), 403, "themselves");
        let mut nobody = asked("d1", json!({}));
        nobody["subject"]["id"] = json!("nobody");
        refused(ask(&max, &nobody), 403, "themselves");
        let mut own = asked("d1", json!({}));
        own.as_object_mut().unwrap().remove("subject");
        refused(ask(&gateway.api(), &own), 400, "`subject`");
        let id = ask(&tim, &own).expect(201).text("id");
        ask(&tim, &asked("d2", json!({}))).expect(201);
        tim.get(&format!("{requests}/{id}")).expect(200);
        moe.get(&format!("{requests}/{id}")).expect(404);
    }
}
