//! `/api/v1/reports`: what could be taken away, because nobody holds or uses it.

use serde_json::{Value, json};

use super::{api_of, assign, person, question};
use crate::products::on_both_with;
use crate::support::{Gateway, until};

fn report(gateway: &Gateway, path: &str) -> Value {
    gateway.api().get(&format!("/reports/{path}")).expect(200).json()
}

/// The lines of a report by what they are about.
fn line(report: &Value, name: &str, is: &str) -> Option<Value> {
    report["items"].as_array().unwrap().iter().find(|item| item[name] == is).cloned()
}

/// Waits until the gateway has written down that this was exercised.
#[track_caller]
fn noted(gateway: &Gateway, permission: &str) {
    until(&format!("`{permission}` is noted as used"), || {
        line(&report(gateway, "unused-permissions?days=1"), "permission", permission).is_none()
    });
}

on_both_with! { "everything":
    fn what_is_allowed_to_somebody_is_used_and_what_is_only_searched_for_is_not(gateway: &Gateway) {
        person(gateway, "ann");
        assign(gateway, "ann", "admin", "tenant:acme");
        let before = report(gateway, "unused-permissions?days=1");
        assert_eq!(before["complete"], true);
        let unused = line(&before, "permission", "task.view").unwrap();
        assert_eq!((&unused["holders"], &unused["last_used"]), (&json!(1), &Value::Null));
        let (api, authzen) = (gateway.api(), gateway.authzen());
        api.post("/explain", &question("ann", "email.send", ("tenant", "acme"), "tenant:acme")).expect(200);
        let search = json!({"subject": {"type": "user"}, "action": {"name": "email.send"}, "resource": {"type": "tenant", "id": "acme"}});
        let found = authzen.post("/search/subject", &search).expect(200).json();
        assert_eq!(found["page"]["count"], 1);
        assert!(!gateway.allows("ann", "device.wipe", "tenant:acme"));
        assert!(gateway.allows("ann", "task.view", "tenant:acme"));
        noted(gateway, "task.view");
        let after = report(gateway, "unused-permissions?days=1");
        for permission in ["email.send", "device.wipe"] {
            assert!(line(&after, "permission", permission).is_some(), "`{permission}` was not exercised");
        }
    }

    fn roles_without_holders_and_roles_whose_holders_do_nothing_with_them_are_told_apart(gateway: &Gateway) {
        for (name, role) in [("ann", "viewer"), ("bob", "approver"), ("cas", "technician")] {
            person(gateway, name);
            assign(gateway, name, role, "organization");
        }
        gateway.api().post("/users/cas/suspend", &json!({})).expect(200);
        let custom = json!({"key": "desk", "title": "Desk", "permissions": ["email.send"]});
        gateway.api().post("/roles", &custom).expect(201);
        gateway.api().post("/mapping-rules", &json!({"group": {"name": "Desk"}, "role": "desk"})).expect(201);
        assert!(gateway.allows("ann", "task.view", "organization"));
        noted(gateway, "task.view");
        let told = report(gateway, "unused-roles?days=1");
        assert_eq!(line(&told, "role", "viewer"), None);
        let because = |role: &str| line(&told, "role", role).map(|line| (line["because"].clone(), line["holders"].clone()));
        assert_eq!(because("approver"), Some((json!("not_exercised"), json!(1))));
        assert_eq!(because("technician"), Some((json!("no_holders"), json!(0))), "who is suspended holds nothing");
        let desk = line(&told, "role", "desk").unwrap();
        assert_eq!((&desk["custom"], &desk["mapping_rules"]), (&json!(true), &json!(1)));
    }

    fn a_service_account_is_told_with_what_it_holds_and_does_not_use(gateway: &Gateway) {
        let api = gateway.api();
        api.post("/service-accounts", &json!({"name": "robot"})).expect(201);
        for role in ["viewer", "technician"] {
            api.post("/service-accounts/robot/assignments", &json!({"role": role})).expect(201);
        }
        let mut asked = question("robot", "task.view", ("organization", "organization"), "organization");
        asked["subject"]["type"] = json!("service_account");
        assert_eq!(gateway.authzen().post("/evaluation", &asked).expect(200).json()["decision"], true);
        noted(gateway, "task.view");
        let robot = line(&report(gateway, "service-accounts?days=1"), "name", "robot").unwrap();
        assert_eq!((&robot["used"], &robot["unused"]), (&json!(["task.view"]), &json!(["device.wipe"])));
        assert_eq!(robot["roles"], json!(["technician", "viewer"]));
        api.delete("/service-accounts/robot").expect(204);
        assert_eq!(report(gateway, "service-accounts")["items"], json!([]));
    }

    fn a_report_says_when_it_looks_back_on_days_that_nobody_watched(gateway: &Gateway) {
        let told = report(gateway, "unused-roles");
        assert_eq!((&told["days"], &told["complete"]), (&json!(90), &json!(false)));
        assert!(told["since"].as_str().unwrap() < told["noted_since"].as_str().unwrap(), "{told}");
        gateway.api().get("/reports/unused-roles?days=0").expect(400);
        gateway.api().get("/reports/unused-roles?days=all").expect(400);
        person(gateway, "ann");
        api_of(gateway, "ann").get("/reports/unused-permissions").expect(403);
    }
}
