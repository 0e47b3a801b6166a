//! `POST /api/v1/explain`: what a decision rests on.

use serde_json::json;

use super::{api_of, assign, group, person, question, refused};
use crate::products::on_both_with;
use crate::support::Gateway;

on_both! {
    fn an_allow_is_traced_to_its_group_and_the_request_that_caused_it(gateway: &Gateway) {
        let mia = person(gateway, "mia");
        let rule = json!({"group": {"name": "Acme"}, "role": "member", "scope": "tenant:acme"});
        let rule = gateway.api().post("/mapping-rules", &rule).expect(201).text("id");
        let group = group(gateway, "Acme", &[&mia]);
        let asked = question("mia", "email.send", ("tenant", "acme"), "tenant:acme");
        let why = gateway.api().post("/explain", &asked).expect(200).json();
        assert_eq!(why["allowed"], true);
        assert_eq!(why["reason"], "allowed_by_role");
        assert_eq!(why["grounds"][0]["role"], "member");
        assert_eq!(why["grounds"][0]["role_version"].as_str().map(str::len), Some(12), "the catalogue's: {why}");
        let source = &why["grounds"][0]["source"];
        assert_eq!((&source["rule"], &source["group"]), (&json!(rule), &json!(group)));
        assert!(source["cause"].is_string(), "{why}");
    }

    fn a_refusal_names_what_would_allow_it(gateway: &Gateway) {
        person(gateway, "mia");
        let asked = question("mia", "email.send", ("tenant", "acme"), "tenant:acme");
        let why = gateway.api().post("/explain", &asked).expect(200).json();
        assert_eq!((&why["allowed"], &why["reason"]), (&json!(false), &json!("no_grant")));
        assert!(!why["nearest"].as_array().unwrap().is_empty(), "{why}");
        assert!(why["sentence"].as_str().unwrap().contains("mia"), "{why}");
    }

    fn the_evaluation_bears_the_same_explanation(gateway: &Gateway) {
        person(gateway, "mia");
        let asked = question("mia", "email.send", ("tenant", "acme"), "tenant:acme");
        let why = gateway.api().post("/explain", &asked).expect(200).json();
        let answer = gateway.authzen().post("/evaluation", &asked).expect(200).json();
        assert_eq!(answer["context"]["explanation"], why);
        assert_eq!(answer["context"]["reason"], "no_grant");
    }

    fn only_who_manages_the_organization_is_told(gateway: &Gateway) {
        person(gateway, "mia");
        let asked = question("mia", "email.send", ("tenant", "acme"), "tenant:acme");
        refused(api_of(gateway, "mia").post("/explain", &asked), 403, "manage");
        let nobody = question("nobody", "email.send", ("tenant", "acme"), "tenant:acme");
        gateway.api().post("/explain", &nobody).expect(404);
    }

    fn a_persons_own_key_is_told_the_answer_and_not_who_gave_it_why(gateway: &Gateway) {
        person(gateway, "mia");
        let deny = json!({"deny": ["email.send"], "reason": "under investigation"});
        gateway.api().put("/users/mia/permissions", &deny).expect(200);
        let key = gateway.api().post("/api-keys", &json!({"name": "mia", "user": "mia"})).expect(201).text("api_key");
        let own = gateway.authzen().bearer(&key);
        let asked = question("mia", "email.send", ("tenant", "acme"), "tenant:acme");
        let plain = json!({"decision": false, "context": {"reason": "denied_by_override"}});
        assert_eq!(own.post("/evaluation", &asked).expect(200).json(), plain);
        let many = own.post("/evaluations", &json!({"evaluations": [asked.clone()]})).expect(200).json();
        assert_eq!(many["evaluations"][0], plain);
        let whole = gateway.authzen().post("/evaluation", &asked).expect(200).body;
        assert!(whole.contains("under investigation"), "{whole}");
    }

    fn the_version_of_a_custom_role_is_named(gateway: &Gateway) {
        person(gateway, "jun");
        let role = |permissions: &[&str]| json!({"key": "junior", "title": "Junior", "permissions": permissions});
        gateway.api().post("/roles", &role(&["task.manage"])).expect(201);
        assign(gateway, "jun", "junior", "organization");
        let changed = json!({"title": "Junior", "permissions": ["task.manage", "task.view"]});
        gateway.api().put("/roles/junior", &changed).expect(200);
        let asked = question("jun", "task.view", ("tenant", "acme"), "tenant:acme");
        let why = gateway.api().post("/explain", &asked).expect(200).json();
        assert_eq!((&why["grounds"][0]["role"], &why["grounds"][0]["role_version"]), (&json!("junior"), &json!("2")));
    }
}

on_both_with! { "opspilot365":
    fn an_explanation_uses_no_approval_up(gateway: &Gateway) {
        for (name, role) in [("tim", "technician"), ("max", "manager")] {
            person(gateway, name);
            assign(gateway, name, role, "customer:contoso");
        }
        let mut asked = question("tim", "device.wipe", ("device", "d1"), "customer:contoso");
        let held = json!({"action": asked["action"], "resource": asked["resource"]});
        let request = api_of(gateway, "tim").post("/approvals", &held).expect(201).text("id");
        api_of(gateway, "max").post(&format!("/approvals/{request}/approve"), &json!({})).expect(200);
        asked["context"] = json!({"approval": request});
        let why = gateway.api().post("/explain", &asked).expect(200).json();
        assert_eq!((&why["allowed"], &why["reason"]), (&json!(false), &json!("approval_required")), "{why}");
        let answer = gateway.authzen().post("/evaluation", &asked).expect(200).json();
        assert_eq!(answer["decision"], true, "{answer}");
    }
}

on_both_with! { "opspilot365":
    fn an_exception_that_a_role_keeps_from_giving_anything_is_explained_by_that_role(gateway: &Gateway) {
        person(gateway, "roy");
        let allow = json!({"permissions": [
            {"permission": "device.view", "effect": "allow", "scope": "customer:contoso", "reason": "for a week"}]});
        gateway.api().put("/users/roy/permissions", &allow).expect(200);
        assert!(gateway.allows("roy", "device.view", "customer:contoso"));
        assign(gateway, "roy", "readonly", "customer:contoso");
        let explained = |action: &str| {
            let asked = question("roy", action, ("device", "d1"), "customer:contoso");
            gateway.api().post("/explain", &asked).expect(200).json()
        };
        let why = explained("device.view");
        assert_eq!((&why["reason"], &why["barred_by"]), (&json!("no_grant"), &json!(["readonly"])));
        assert!(why["sentence"].as_str().unwrap().contains("`readonly`"), "{why}");
        assert_eq!(explained("ticket.manage").get("barred_by"), None, "nothing would allow it");
    }
}
