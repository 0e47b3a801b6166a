//! AuthZEN searches: the same answers as asking one by one.

use serde_json::{Value, json};

use super::{api_of, assign, person, question, refused};
use crate::products::on_both_with;
use crate::support::Gateway;

/// The ids (or names) that a search finds, over all its pages of `limit`.
fn search(gateway: &Gateway, what: &str, body: &Value, limit: usize) -> Vec<String> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let mut body = body.clone();
        body["page"] = json!({"token": token, "limit": limit});
        let page = gateway.authzen().post(&format!("/search/{what}"), &body).expect(200).json();
        let results = page["results"].as_array().unwrap();
        assert!(results.len() <= limit || what == "action", "{page}");
        found.extend(results.iter().map(|one| one["id"].as_str().or(one["name"].as_str()).unwrap().to_owned()));
        token = page["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            return found;
        }
    }
}

/// Whether the evaluation of this question is an allow.
fn allowed(gateway: &Gateway, user: &str, action: &str, resource: (&str, &str), scope: &str) -> bool {
    let answer = gateway.authzen().post("/evaluation", &question(user, action, resource, scope)).expect(200).json();
    answer["decision"].as_bool().unwrap()
}

fn user(id: &str) -> Value {
    json!({"type": "user", "id": id})
}

on_both_with! { "miopsai":
    fn searches_find_what_evaluations_allow(gateway: &Gateway) {
        let people = ["ann", "bob", "cid", "dan", "eve"].map(|name| person(gateway, name));
        let [ann, bob, cid, dan, eve] = people.each_ref().map(String::as_str);
        assign(gateway, ann, "admin", "organization");
        assign(gateway, bob, "member", "tenant:a");
        assign(gateway, bob, "manager", "tenant:b");
        assign(gateway, cid, "viewer", "organization");
        let put = |who: &str, body: Value| { gateway.api().put(&format!("/users/{who}/permissions"), &body).expect(200); };
        put(ann, json!({"deny": ["email.send"], "scope": "tenant:a"}));
        put(bob, json!({"deny": ["pipeline.view"]}));
        put(cid, json!({"allow": ["email.send"], "scope": "tenant:c"}));
        assign(gateway, dan, "manager", "organization");
        gateway.scim().patch(&format!("/Users/{dan}"), &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": false}]})).expect(200);
        gateway.api().post("/scopes", &json!({"scope": "tenant:d"})).expect(200);
        let tenants = ["a", "b", "c", "d"];
        for action in ["email.send", "pipeline.view", "team.manage", "finance.view"] {
            for tenant in tenants {
                let scope = format!("tenant:{tenant}");
                let body = json!({"subject": {"type": "user"}, "action": {"name": action},
                                  "resource": {"type": "tenant", "id": tenant}});
                let mut expected: Vec<String> = people.iter()
                    .filter(|who| allowed(gateway, who, action, ("tenant", tenant), &scope)).cloned().collect();
                expected.sort();
                assert_eq!(search(gateway, "subject", &body, 2), expected, "{action} in {scope}");
            }
            for who in [ann, bob, cid, dan, eve] {
                let body = json!({"subject": user(who), "action": {"name": action}, "resource": {"type": "tenant"}});
                let expected: Vec<&str> = tenants.into_iter()
                    .filter(|tenant| allowed(gateway, who, action, ("tenant", tenant), &format!("tenant:{tenant}")))
                    .collect();
                assert_eq!(search(gateway, "resource", &body, 2), expected, "{who} {action}");
            }
        }
        for who in [ann, bob, cid, dan, eve] {
            let body = json!({"subject": user(who), "resource": {"type": "tenant", "id": "a"}});
            let found = search(gateway, "action", &body, 1_000);
            let policy = gateway.api().get("/policy").expect(200).json();
            let expected: Vec<&str> = policy["permissions"].as_array().unwrap().iter().map(|key| key.as_str().unwrap())
                .filter(|key| allowed(gateway, who, key, ("tenant", "a"), "tenant:a")).collect();
            assert_eq!(found, expected);
        }
    }

    fn to_a_client_portal_user_no_other_tenant_is_visible(gateway: &Gateway) {
        let cli = person(gateway, "cli");
        let other = person(gateway, "other");
        let role = json!({"key": "client_portal_user", "title": "Client Portal User", "permissions": ["tenant.view"]});
        gateway.api().post("/roles", &role).expect(201);
        assign(gateway, &cli, "client_portal_user", "tenant:x");
        assign(gateway, &other, "client_portal_user", "tenant:y");
        let body = json!({"subject": user("cli"), "action": {"name": "tenant.view"}, "resource": {"type": "tenant"}});
        assert_eq!(search(gateway, "resource", &body, 100), ["x"]);
        let own = api_of(gateway, "cli");
        let here = own.post("/permissions-here", &json!({"scope": "tenant:x"})).expect(200).json();
        assert_eq!(here, json!({"permissions": ["tenant.view"], "held_back": []}));
        let here = own.post("/permissions-here", &json!({"resource": {"type": "tenant", "id": "y"}})).expect(200).json();
        assert_eq!(here["permissions"], json!([]));
        refused(own.post("/permissions-here", &json!({"subject": user("other")})), 403, "manage");
        let http = gateway.http().with("Authorization", "");
        http.post("/access/v1/search/resource", &body).expect(401);
    }

    fn a_search_that_leaves_something_out_is_refused(gateway: &Gateway) {
        let authzen = gateway.authzen();
        let tenant = json!({"type": "tenant", "id": "a"});
        for (what, body) in [
            ("subject", json!({"subject": {"type": "user"}, "resource": tenant})),
            ("subject", json!({"action": {"name": "email.send"}, "resource": tenant})),
            ("subject", json!({"subject": {"type": "group"}, "action": {"name": "email.send"}, "resource": tenant})),
            ("resource", json!({"subject": user("ann"), "resource": {"type": "tenant"}})),
            ("action", json!({"subject": user("ann")})),
        ] {
            authzen.post(&format!("/search/{what}"), &body).expect(400);
        }
    }
}

mod shared {
    use super::*;

    on_both_with! { "aibams":
        fn shared_resources_and_inboxes_are_found_by_those_who_may(gateway: &Gateway) {
            for name in ["olga", "vic"] {
                person(gateway, name);
            }
            assign(gateway, "olga", "admin", "organization");
            let share = |kind: &str, id: &str, level: &str, who: &str| {
                let body = json!({"resource": {"type": kind, "id": id}, "level": level, "user": who});
                gateway.api().post("/shares", &body).expect(201);
            };
            share("file", "f1", "view", "vic");
            share("file", "f2", "edit", "vic");
            share("file", "f3", "edit", "olga");
            share("shared_inbox", "support", "member", "vic");
            for (who, action, kind, expected) in [
                ("vic", "file.view", "file", vec!["f1", "f2"]),
                ("vic", "file.edit", "file", vec!["f2"]),
                ("olga", "file.view", "file", vec!["f3"]),
                ("vic", "shared_inbox.read", "shared_inbox", vec!["support"]),
                ("olga", "shared_inbox.read", "shared_inbox", vec![]),
                ("olga", "shared_inbox.manage", "shared_inbox", vec!["support"]),
            ] {
                let body = json!({"subject": user(who), "action": {"name": action}, "resource": {"type": kind}});
                assert_eq!(search(gateway, "resource", &body, 1), expected, "{who} {action}");
            }
        }
    }
}
