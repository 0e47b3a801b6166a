//! What history does not know it does not tell, whoever may not ask is not told, and long answers come in pages.

use portcullis::model::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::saml::world::World;
use crate::support::Gateway;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn now() -> String {
    SystemClock.now().rfc3339()
}

fn people(gateway: &Gateway, count: usize) -> Vec<String> {
    let person = |number| json!({"schemas": [USER], "userName": format!("person-{number:04}"), "active": true});
    (0..count).map(|number| gateway.scim().post("/Users", &person(number)).expect(201).text("id")).collect()
}

on_both! {
    fn what_was_before_the_organization_and_what_is_to_come_are_refused(gateway: &Gateway) {
        let api = gateway.api();
        let before = api.get("/access?at=2001-01-01T00:00:00Z").expect(422).json();
        assert!(before["detail"].as_str().unwrap().contains("nothing is known"), "{before}");
        api.get("/access?at=2999-01-01T00:00:00Z").expect(400);
        api.get("/access?at=yesterday").expect(400);
        api.get("/access").expect(400);
        api.get(&format!("/access?at={}&scope=organization", now())).expect(400);
        api.get(&format!("/access?at={}&cursor=x", now())).expect(400);
        api.get(&format!("/access?at={}&user=nobody", now())).expect(404);
    }

    fn only_whoever_may_read_the_log_asks_what_it_says(gateway: &Gateway) {
        people(gateway, 1);
        let key = gateway.api().post("/api-keys", &json!({"name": "hers", "user": "person-0000"})).expect(201);
        let hers = gateway.api().bearer(&key.text("api_key"));
        hers.get(&format!("/access?at={}", now())).expect(403);
        gateway.api().without("Authorization").get(&format!("/access?at={}", now())).expect(401);
    }

    fn what_a_sign_in_brought_and_took_is_told_of_each_moment(gateway: &Gateway) {
        let world = World::with(gateway, "assertion", &json!({"just_in_time": true, "groups": true}));
        let api = gateway.api();
        let rule = json!({"group": {"name": "eng"}, "role": "viewer", "scope": "organization"});
        api.post("/mapping-rules", &rule).expect(201);
        api.post("/invitations", &json!({"userName": "bea@corp.example"})).expect(201);
        let told = |at: &str, user: &str| {
            let path = format!("/access?at={at}&user={user}&permission=task.view");
            api.get(&path).expect(200).json()["items"][0]["decision"].clone()
        };
        world.signed_in();
        let inside = now();
        let path = format!("/connections/{}", world.connection["id"].as_str().unwrap());
        api.put(&path, &json!({"group_attribute": "nothing-of-the-kind"})).expect(200);
        world.signed_in();
        let outside = now();
        api.put(&path, &json!({"group_attribute": null})).expect(200);
        world.signed_in();
        let again = now();
        api.delete(&path).expect(204);
        assert!(!gateway.allows("ann@corp.example", "task.view", "organization"));
        for (at, ann) in [(&inside, true), (&outside, false), (&again, true), (&now(), false)] {
            assert_eq!((told(at, "ann@corp.example"), told(at, "bea@corp.example")), (json!(ann), json!(false)), "{at}");
        }
    }

    fn a_list_comes_in_pages_of_one_moment_whatever_happens_meanwhile(gateway: &Gateway) {
        let ids = people(gateway, 7);
        let (api, role) = (gateway.api(), json!({"role": "viewer"}));
        for id in &ids {
            api.post(&format!("/users/{id}/assignments"), &role).expect(201);
        }
        let at = now();
        let (mut told, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = api.get(&format!("/access?at={at}&limit=3&cursor={cursor}")).expect(200).json();
            told.extend(page["items"].as_array().unwrap().iter().map(|item| item["user"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            next.clone_into(&mut cursor);
            for id in &ids {
                gateway.scim().delete(&format!("/Users/{id}"));
            }
        }
        assert_eq!(told, ids);
        assert_eq!(api.get(&format!("/access?at={}", now())).expect(200).json()["items"], json!([]));
    }

    fn a_person_is_told_with_what_their_rights_rested_on(gateway: &Gateway) {
        let (ids, api) = (people(gateway, 1), gateway.api());
        api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "viewer"})).expect(201);
        let body = json!({"schemas": [GROUP], "displayName": "Crew", "members": [{"value": ids[0]}]});
        let group = gateway.scim().post("/Groups", &body).expect(201).text("id");
        let at = now();
        gateway.scim().delete(&format!("/Groups/{group}")).expect(204);
        gateway.scim().delete(&format!("/Users/{}", ids[0])).expect(204);
        let page = api.get(&format!("/access?at={at}&user=PERSON-0000")).expect(200).json();
        let (item, held) = (&page["items"][0], &page["items"][0]["assignments"][0]);
        assert_eq!((&item["active"], &held["role"], &held["source"]["group_name"]), (&json!(true), &json!("viewer"), &json!("Crew")));
        assert!(!item["access"][0]["permissions"].as_array().unwrap().is_empty(), "{item}");
        let asked = format!("/access?at={at}&user={}&permission=users.manage&scope=organization", ids[0]);
        assert_eq!(api.get(&asked).expect(200).json()["items"][0]["decision"], false);
    }

    fn a_directory_that_goes_takes_its_groups_along_and_stops_its_people_from_then_on(gateway: &Gateway) {
        let (api, okta) = (gateway.api(), gateway.directory("okta"));
        let person = json!({"schemas": [USER], "userName": "zoe", "active": true});
        let zoe = okta.post("/Users", &person).expect(201).text("id");
        let body = json!({"schemas": [GROUP], "displayName": "Crew", "members": [{"value": zoe}]});
        okta.post("/Groups", &body).expect(201);
        api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "viewer"})).expect(201);
        let at = now();
        let directories = api.get("/directories").expect(200).json();
        let id = directories["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        api.delete(&format!("/directories/{id}?people=suspend")).expect(204);
        let told = |at: String| api.get(&format!("/access?at={at}&user=zoe")).expect(200).json()["items"][0].clone();
        let (before, after) = (told(at), told(now()));
        assert_eq!((&before["active"], &before["assignments"][0]["role"]), (&json!(true), &json!("viewer")));
        assert_eq!((&after["active"], &after["assignments"]), (&json!(false), &json!([])));
    }

    fn what_an_entry_has_no_room_for_is_remembered_all_the_same(gateway: &Gateway) {
        // One person, and so many whom the directory names before it has sent them: ids of 36 characters.
        let entra = gateway.directory("entra");
        let person = json!({"schemas": [USER], "userName": "zoe", "active": true});
        let zoe = entra.post("/Users", &person).expect(201).text("id");
        let absent = (0..1_800).map(|number| format!("019a0000-0000-7000-8000-{number:012}"));
        let members: Vec<Value> = absent.chain([zoe]).map(|id| json!({"value": id})).collect();
        let api = gateway.api();
        api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "viewer"})).expect(201);
        let body = json!({"schemas": [GROUP], "displayName": "Crew", "members": members});
        let group = entra.post("/Groups", &body).expect(201).text("id");
        let entry = api.get("/audit-events?action=group.created").expect(200).json();
        assert!(entry["items"][0]["difference"]["after"]["omitted"].is_object(), "{entry}");
        let at = now();
        entra.delete(&format!("/Groups/{group}")).expect(204);
        assert_eq!(api.get(&format!("/access?at={at}&user=zoe")).expect(200).json()["items"][0]["assignments"][0]["role"], "viewer");
    }
}
