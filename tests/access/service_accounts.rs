//! `/api/v1/service-accounts`: programs that hold roles and have keys, and are no people.

use serde_json::{Value, json};

use super::{GROUP, api_of, assign, newest, person, refused};
use crate::products::on_both_with;
use crate::support::{Gateway, Http, until};

/// A service account that may read conversations, with a key of its own.
fn consumer(gateway: &Gateway) -> (String, Http) {
    let api = gateway.api();
    let role = json!({"key": "api_consumer", "title": "API consumer", "permissions": ["api.manage_keys", "conversation.read"]});
    api.post("/roles", &role).expect(201);
    let id = api.post("/service-accounts", &json!({"name": "crm", "description": "Reads"})).expect(201).text("id");
    api.post("/service-accounts/crm/assignments", &json!({"role": "api_consumer"})).expect(201);
    let key =
        api.post("/api-keys", &json!({"name": "crm's", "service_account": "crm", "expires": "2099-01-01T00:00:00Z"}));
    (id, api.bearer(&key.expect(201).text("api_key")))
}

fn may(gateway: &Gateway, account: &str, action: &str) -> bool {
    let mut asked = super::question(account, action, ("organization", "organization"), "organization");
    asked["subject"]["type"] = json!("service_account");
    gateway.authzen().post("/evaluation", &asked).expect(200).json()["decision"].as_bool().unwrap()
}

on_both_with! { "omniflow":
    fn a_service_account_may_what_its_roles_may_and_is_no_person(gateway: &Gateway) {
        let api = gateway.api();
        let (id, own) = consumer(gateway);
        assert!(may(gateway, "crm", "conversation.read") && may(gateway, &id, "api.manage_keys"));
        assert!(!may(gateway, "crm", "conversation.reply") && !may(gateway, "nobody", "conversation.read"));
        assert!(!gateway.allows("crm", "conversation.read", "organization"), "a name of no person");
        let here = own.post("/permissions-here", &json!({})).expect(200).json();
        assert_eq!(here["permissions"], json!(["conversation.read", "api.manage_keys"]));
        own.get("/roles").expect(403);
        assert!(!gateway.scim().get("/Users").expect(200).body.contains(&id));
        gateway.scim().get(&format!("/Users/{id}")).expect(404);
        assert_eq!(api.get("/overview").expect(200).json()["people"], 0);
        api.post(&format!("/users/{id}/suspend"), &json!({})).expect(404);
        api.put("/settings", &json!({"default_role": "trainee"})).expect(200);
        assert!(!may(gateway, "crm", "training.take"));
        let search = |kind: &str| {
            let body = json!({"subject": {"type": kind}, "action": {"name": "conversation.read"},
                              "resource": {"type": "organization", "id": "organization"}});
            gateway.authzen().post("/search/subject", &body).expect(200).json()["results"].clone()
        };
        assert_eq!(search("service_account"), json!([{"type": "service_account", "id": id}]));
        assert_eq!(search("user"), json!([]));
        let list = api.get("/service-accounts").expect(200).json();
        assert_eq!((&list["items"][0]["name"], &list["items"][0]["description"]), (&json!("crm"), &json!("Reads")));
    }

    fn a_service_account_cannot_be_given_admin_by_anybody(gateway: &Gateway) {
        consumer(gateway);
        refused(gateway.api().post("/service-accounts/crm/assignments", &json!({"role": "admin"})), 403, "not for service accounts");
        gateway.api().post("/service-accounts/crm/assignments", &json!({"role": "agent", "scope": "team:a"})).expect(201);
        let group = json!({"schemas": [GROUP], "displayName": "Programs", "members": [{"value": consumer_id(gateway)}]});
        gateway.scim().post("/Groups", &group).expect(400);
    }

    fn a_service_account_that_is_deleted_takes_its_keys_with_it(gateway: &Gateway) {
        let api = gateway.api();
        let (id, own) = consumer(gateway);
        own.post("/permissions-here", &json!({})).expect(200);
        api.delete("/service-accounts/crm").expect(204);
        own.post("/permissions-here", &json!({})).expect(401);
        assert!(!may(gateway, "crm", "conversation.read") && !may(gateway, &id, "conversation.read"));
        api.delete("/service-accounts/crm").expect(404);
        assert_eq!(api.get("/service-accounts").expect(200).json()["items"], json!([]));
        assert_eq!(newest(gateway, "service_account.created")["target"]["id"], id.as_str());
        let deleted = newest(gateway, "service_account.deleted");
        assert_eq!((&deleted["target"]["display"], &deleted["detail"]["keys"]), (&json!("crm"), &json!(1)));
        api.post("/service-accounts", &json!({"name": "crm"})).expect(201);
        assert!(!may(gateway, "crm", "conversation.read"), "a new one begins with nothing");
    }

    fn a_role_that_ends_is_gone_for_the_service_account_at_once(gateway: &Gateway) {
        let api = gateway.api();
        let (_, own) = consumer(gateway);
        let held = api.get("/service-accounts/crm/assignments").expect(200).json();
        let assignment = held["items"][0]["id"].as_str().unwrap();
        api.delete(&format!("/service-accounts/crm/assignments/{assignment}")).expect(204);
        assert_eq!(own.post("/permissions-here", &json!({})).expect(200).json()["permissions"], json!([]));
    }

    fn the_last_use_of_a_key_is_shown(gateway: &Gateway) {
        let (id, own) = consumer(gateway);
        let key = || {
            let list = gateway.api().get("/api-keys").expect(200).json();
            let items = list["items"].as_array().unwrap().clone();
            items.into_iter().find(|key| key["service_account"] == id.as_str()).unwrap()
        };
        assert_eq!((&key()["user"], &key()["last_used"], &key()["expires"]), (&Value::Null, &Value::Null, &json!("2099-01-01T00:00:00Z")));
        own.post("/permissions-here", &json!({})).expect(200);
        until("its use is written down", || key()["last_used"].is_string());
    }

    fn names_of_people_and_of_service_accounts_do_not_meet(gateway: &Gateway) {
        let api = gateway.api();
        consumer(gateway);
        person(gateway, "crm");
        assign(gateway, "crm", "agent", "organization");
        assert!(gateway.allows("crm", "conversation.reply", "organization") && !may(gateway, "crm", "conversation.reply"));
        refused(api.post("/service-accounts", &json!({"name": "CRM"})), 409, "`CRM`");
        refused(api.post("/service-accounts", &json!({"name": " "})), 400, "1 to 128");
        refused(api.post("/service-accounts", &json!({"name": "x", "description": "x".repeat(513)})), 400, "512");
        refused(api.post("/api-keys", &json!({"name": "x", "user": "crm", "service_account": "crm"})), 400, "one of the two");
        api.post("/api-keys", &json!({"name": "x", "service_account": "nobody"})).expect(404);
    }
}

fn consumer_id(gateway: &Gateway) -> String {
    let list = gateway.api().get("/service-accounts").expect(200).json();
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

on_both! {
    fn nobody_gets_by_a_service_account_what_they_could_not_give_it(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "adam");
        assign(gateway, "adam", "admin", "organization");
        let adam = api_of(gateway, "adam");
        api.post("/roles", &json!({"key": "payer", "title": "Payer", "permissions": ["security.manage"]})).expect(201);
        for name in ["payments", "mailer"] {
            adam.post("/service-accounts", &json!({"name": name})).expect(201);
        }
        let role = json!({"role": "payer"});
        refused(adam.post("/service-accounts/payments/assignments", &role), 403, "security.manage");
        api.post("/service-accounts/payments/assignments", &role).expect(201);
        adam.post("/service-accounts/mailer/assignments", &json!({"role": "member"})).expect(201);
        refused(adam.post("/api-keys", &json!({"name": "x", "service_account": "payments"})), 403, "security.manage");
        refused(adam.delete("/service-accounts/payments"), 403, "security.manage");
        adam.post("/api-keys", &json!({"name": "x", "service_account": "mailer"})).expect(201);
        adam.delete("/service-accounts/mailer").expect(204);
    }

    fn a_service_account_never_owns(gateway: &Gateway) {
        let token = gateway.made()["owner_setup_url"].as_str().unwrap().rsplit('/').next().unwrap();
        gateway.http().form(&format!("/setup/{token}"), &[("user_name".to_owned(), "olga".to_owned())]).expect(303);
        let id = gateway.api().post("/service-accounts", &json!({"name": "robot"})).expect(201).text("id");
        let olga = api_of(gateway, "olga");
        for name in ["robot", &id] {
            olga.post("/ownership-transfer", &json!({"to": name})).expect(404);
        }
        refused(gateway.api().post("/service-accounts/robot/assignments", &json!({"role": "owner"})), 400, "exactly one");
    }
}
