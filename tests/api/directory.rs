//! Who there is: people, groups and sessions, as lists that are read page by page, and each alone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::access::{assign, group, person};
use crate::products::on_both_with;
use crate::support::{Browser, Gateway, Http};

/// The member `name` of every item of a list, read in pages of `limit`.
fn walk(api: &Http, path: &str, name: &str, limit: usize) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}limit={limit}&cursor={cursor}")).expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{page}");
        seen.extend(items.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return seen,
        }
    }
}

fn with_email(gateway: &Gateway, name: &str, email: &str) {
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name,
                      "emails": [{"value": email, "primary": true}]});
    gateway.scim().post("/Users", &body).expect(201);
}

on_both_with! { "everything":
    fn people_are_found_by_name_or_address_and_each_is_on_one_page(gateway: &Gateway) {
        for name in ["anna", "Anton", "berta", "carl", "antje"] {
            person(gateway, name);
        }
        with_email(gateway, "zoe", "ANT@corp.example");
        with_email(gateway, "antonia", "ant.onia@corp.example");
        gateway.api().post("/service-accounts", &json!({"name": "ant-robot"})).expect(201);
        let api = gateway.api();
        for limit in [1, 2, 3, 100] {
            assert_eq!(walk(&api, "/users?q=aNt&", "user_name", limit), ["antje", "Anton", "antonia", "zoe"], "{limit}");
        }
        let all = walk(&api, "/users?", "user_name", 2);
        assert_eq!(all, ["anna", "antje", "Anton", "antonia", "berta", "carl", "zoe"]);
        let zoe = api.get("/users?q=zoe").expect(200).json()["items"][0].clone();
        assert_eq!((&zoe["email"], &zoe["active"], &zoe["suspended"]), (&json!("ANT@corp.example"), &json!(true), &json!(false)));
        for path in ["/users?cursor=%21", "/groups?cursor=eA", "/sessions?cursor=eA", "/users?q=%00"] {
            assert_eq!(api.get(path).expect(400).text("type"), "urn:portcullis:problem:invalid", "{path}");
        }
    }

    fn a_person_is_told_with_where_each_right_comes_from(gateway: &Gateway) {
        let (api, ann) = (gateway.api(), person(gateway, "ann"));
        let inner = group(gateway, "Inner", &[&ann]);
        let outer = group(gateway, "Outer", &[&inner]);
        let rule = api.post("/mapping-rules", &json!({"group": {"name": "Outer"}, "role": "admin"})).expect(201).text("id");
        let direct = assign(gateway, "ann", "viewer", "organization");
        let deny = json!({"deny": ["email.send"], "reason": "on leave"});
        api.put("/users/ann/permissions", &deny).expect(200);
        let told = api.get(&format!("/users/{ann}")).expect(200).json();
        assert_eq!(told, api.get("/users/ANN").expect(200).json());
        let groups: Vec<_> = told["groups"].as_array().unwrap().iter().map(|it| (&it["id"], &it["via"])).collect();
        assert_eq!(groups, [(&json!(inner), &json!([])), (&json!(outer), &json!(["Inner"]))]);
        let source = |role: &str| {
            let roles: Vec<Value> = told["roles"].as_array().unwrap().clone();
            roles.into_iter().find(|held| held["role"] == role).unwrap()["source"].clone()
        };
        assert_eq!((&source("admin")["kind"], &source("admin")["rule"]), (&json!("derived"), &json!(rule)));
        assert_eq!(source("admin")["group"], json!(outer));
        assert_eq!((&source("viewer")["kind"], &source("viewer")["id"]), (&json!("direct"), &json!(direct)));
        assert_eq!(told["overrides"][0]["permission"], "email.send");
        api.post("/users/ann/suspend", &json!({})).expect(200);
        assert_eq!(api.get("/users/ann").expect(200).json()["suspended"], true);
        api.get("/users/nobody").expect(404);
    }

    fn groups_of_one_name_are_told_apart_and_each_is_on_one_page(gateway: &Gateway) {
        let api = gateway.api();
        let people: Vec<_> = (0..5).map(|number| person(gateway, &format!("p{number}"))).collect();
        let members: Vec<_> = people.iter().map(String::as_str).collect();
        let mut ids = BTreeSet::from([group(gateway, "Crew", &members)]);
        let nested = group(gateway, "Nested", &[ids.first().unwrap(), &people[0]]);
        for dialect in ["okta", "entra"] {
            let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "crew"});
            ids.insert(gateway.directory(dialect).post("/Groups", &body).expect(201).text("id"));
        }
        api.post("/mapping-rules", &json!({"group": {"name": "Nested"}, "role": "admin"})).expect(201);
        for limit in [1, 2, 100] {
            let found = walk(&api, "/groups?q=CR&", "id", limit);
            assert_eq!((found.len(), found.into_iter().collect::<BTreeSet<_>>()), (3, ids.clone()), "{limit}");
        }
        assert_eq!(walk(&api, "/groups?", "name", 3).last().unwrap(), "Nested");
        let told = api.get(&format!("/groups/{nested}")).expect(200).json();
        assert_eq!((&told["members"], &told["gives"][0]["role"]), (&json!(2), &json!("admin")));
        let kinds = walk(&api, &format!("/groups/{nested}/members?"), "kind", 1);
        assert_eq!(kinds.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(["group".to_owned(), "user".to_owned()]));
        let crew = walk(&api, &format!("/groups/{}/members?", told_id(&api, "Crew")), "id", 2);
        assert_eq!(crew.into_iter().collect::<BTreeSet<_>>(), people.into_iter().collect());
        api.get("/groups/nothing/members").expect(404);
    }

    fn a_session_is_listed_with_its_person_until_it_is_ended(gateway: &Gateway) {
        let mut browser = Browser::new();
        let page = browser.open(gateway.made()["owner_setup_url"].as_str().unwrap());
        browser.submit(&page, &[("user_name", "owner@corp.example")]);
        let api = gateway.api();
        let found = api.get("/sessions?user=owner@corp.example&limit=1").expect(200).json();
        assert_eq!(found, api.get("/sessions").expect(200).json());
        let session = &found["items"][0];
        assert_eq!((&session["user_name"], &found["next_cursor"]), (&json!("owner@corp.example"), &Value::Null));
        api.delete(&format!("/sessions/{}", session["id"].as_str().unwrap())).expect(204);
        assert_eq!(api.get("/sessions").expect(200).json()["items"], json!([]));
        person(gateway, "mia");
        assert_eq!(api.get("/sessions?user=mia").expect(200).json()["items"], json!([]));
        api.get("/sessions?user=nobody").expect(404);
    }
}

/// The id of the group that is called so, letter by letter.
fn told_id(api: &Http, name: &str) -> String {
    let found = api.get("/groups").expect(200).json();
    let groups = found["items"].as_array().unwrap();
    groups.iter().find(|group| group["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}
