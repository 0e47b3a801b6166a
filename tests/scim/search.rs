//! Queries (RFC 7644 §3.4.2, §3.4.3): by filter, over one kind and over all, in the URL and in a body.

use serde_json::{Value, json};

use super::{ENTERPRISE, create_group, create_user, expect_done, expect_problem, patch, total, user};
use crate::support::{Gateway, Http};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn encoded(filter: &str) -> String {
    filter.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// How many of `kind` the filter finds.
#[track_caller]
fn found(scim: &Http, kind: &str, filter: &str) -> u64 {
    total(scim.get(&format!("/{kind}?filter={}", encoded(filter))))
}

fn names(list: &Value) -> Vec<&str> {
    let resources = list["Resources"].as_array().unwrap();
    resources.iter().map(|one| one["userName"].as_str().or(one["displayName"].as_str()).unwrap()).collect()
}

/// Ann (inactive, reports to Bob), Bob, and a group with Ann in it.
fn company(scim: &Http) -> [String; 3] {
    let bob = create_user(scim, "bob@corp.example");
    let mut ann = user("ann@corp.example");
    ann["externalId"] = json!("X-1");
    ann["active"] = json!(false);
    ann["emails"] =
        json!([{"value": "ann@work.example", "type": "work"}, {"value": "ann@home.example", "type": "home"}]);
    ann[ENTERPRISE] = json!({"department": "Sales", "manager": {"value": bob}});
    let ann = scim.post("/Users", &ann).expect(201).text("id");
    let group = create_group(scim, "Sales", &[&ann]);
    [ann, bob, group]
}

on_both! {
    fn people_are_found_by_each_attribute_and_in_any_case(gateway: &Gateway) {
        let scim = gateway.scim();
        let [ann, bob, _] = company(&scim);
        for (filter, expected) in [
            ("userName eq \"ANN@corp.example\"".to_owned(), 1),
            ("USERNAME EQ \"ann@corp.example\"".to_owned(), 1),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ann@corp.example\"".to_owned(), 1),
            ("externalId eq \"X-1\"".to_owned(), 1),
            ("externalId eq \"x-1\"".to_owned(), 0),
            (format!("id eq \"{ann}\""), 1),
            (format!("id eq \"{ann}\" and id eq \"{bob}\""), 0),
            ("emails eq \"ann@home.example\"".to_owned(), 1),
            ("emails.value eq \"ANN@home.example\"".to_owned(), 1),
            ("emails[type eq \"home\"].value eq \"ann@home.example\"".to_owned(), 1),
            ("emails[type eq \"work\" and value eq \"ann@home.example\"]".to_owned(), 0),
            ("active eq true".to_owned(), 1),
            ("active eq false".to_owned(), 1),
            ("active eq False".to_owned(), 1),
            ("active eq \"False\"".to_owned(), 1),
            (format!("manager eq \"{bob}\""), 1),
            (format!("{ENTERPRISE}:manager.value eq \"{bob}\""), 1),
            ("not (active eq true) or userName sw \"bob\"".to_owned(), 2),
            ("name.familyName co \"e\" and (userName ew \"example\")".to_owned(), 2),
            ("title pr".to_owned(), 0),
            ("meta.created gt \"2020-01-01T00:00:00Z\"".to_owned(), 2),
            ("shoeSize eq 42".to_owned(), 0),
        ] {
            assert_eq!(found(&scim, "Users", &filter), expected, "{filter}");
        }
    }

    // An index is asked for what every match equals. `(f) or (f)` says of nothing that every match equals it, so there
    // all people are looked at.
    fn what_an_index_narrows_and_is_then_evaluated_is_what_evaluation_alone_finds(gateway: &Gateway) {
        let scim = gateway.scim();
        let [ann, bob, group] = company(&scim);
        let mut twin = user("ANNA@corp.example");
        twin["externalId"] = json!("x-1");
        twin["emails"] = json!([{"value": "Ann@Home.example", "type": "work"}]);
        scim.post("/Users", &twin).expect(201);
        let people = [
            "userName eq \"ANN@corp.example\"", "userName eq \"\"", "userName eq null", "externalId eq \"X-1\"",
            "externalId eq \"x-1\"", "emails eq \"ann@HOME.example\"", "emails[type eq \"work\"]",
            "emails[type eq \"work\" and value eq \"ann@home.example\"]", "emails[type eq \"home\" or value eq \"x\"]",
            "not (emails.value eq \"ann@work.example\")", &format!("id eq \"{ann}\""), &format!("id eq \"{bob}\""),
            "id eq \"x\"", "active eq true", &format!("groups.value eq \"{group}\""), "userName sw \"a\"",
        ].map(str::to_owned);
        let groups = [
            "displayName eq \"sales\"", "displayName eq \"x\"", &format!("members eq \"{ann}\""), &format!("members[value eq \"{bob}\"]"),
            &format!("members[value eq \"{ann}\" and type eq \"User\"]"), "externalId pr", "members pr",
        ].map(str::to_owned);
        for (kind, conditions) in [("Users", &people[..]), ("Groups", &groups[..])] {
            for one in conditions {
                for other in conditions {
                    let narrowed = format!("{one} and {other}");
                    let evaluated = format!("({narrowed}) or ({narrowed})");
                    assert_eq!(found(&scim, kind, &narrowed), found(&scim, kind, &evaluated), "{narrowed}");
                }
            }
        }
    }

    fn groups_are_found_by_name_and_by_member(gateway: &Gateway) {
        let scim = gateway.scim();
        let [ann, bob, group] = company(&scim);
        for (filter, expected) in [
            ("displayName eq \"SALES\"".to_owned(), 1),
            (format!("members eq \"{ann}\""), 1),
            (format!("members.value eq \"{ann}\""), 1),
            (format!("members[value eq \"{ann}\"]"), 1),
            (format!("members eq \"{bob}\""), 0),
            (format!("id eq \"{group}\" and members eq \"{ann}\""), 1),
        ] {
            assert_eq!(found(&scim, "Groups", &filter), expected, "{filter}");
        }
    }

    fn a_search_in_a_body_finds_what_the_url_finds(gateway: &Gateway) {
        let scim = gateway.scim();
        company(&scim);
        let request = json!({"schemas": [SEARCH], "filter": "active eq true", "attributes": ["userName"], "count": 10});
        let list = scim.post("/Users/.search", &request).expect(200).json();
        assert_eq!(names(&list), ["bob@corp.example"]);
        assert!(list["Resources"][0].get("emails").is_none());
        assert_eq!(list["Resources"][0]["schemas"].as_array().unwrap().len(), 1);
    }

    fn people_and_groups_are_searched_together_at_the_root(gateway: &Gateway) {
        let scim = gateway.scim();
        company(&scim);
        let all = scim.get("?count=10").expect(200).json();
        assert_eq!(names(&all), ["bob@corp.example", "ann@corp.example", "Sales"]);
        let filter = encoded("meta.resourceType eq \"Group\"");
        assert_eq!(names(&scim.get(&format!("/?filter={filter}")).expect(200).json()), ["Sales"]);
        let request = json!({"schemas": [SEARCH], "startIndex": 2, "count": 2, "attributes": ["displayName", "userName"]});
        let page = scim.post("/.search", &request).expect(200).json();
        assert_eq!((names(&page), &page["totalResults"]), (vec!["ann@corp.example", "Sales"], &json!(3)));
        let sorted = scim.get("?sortBy=id&sortOrder=descending").expect(200).json();
        assert_eq!(names(&sorted), ["Sales", "ann@corp.example", "bob@corp.example"]);
    }

    fn a_sorted_list_is_in_order_and_pages_do_not_overlap(gateway: &Gateway) {
        let scim = gateway.scim();
        for name in ["Charlie", "alice", "Bob"] {
            create_user(&scim, name);
        }
        let page = |query: &str| names(&scim.get(&format!("/Users?sortBy=userName{query}")).expect(200).json()).join(" ");
        assert_eq!(page(""), "alice Bob Charlie");
        assert_eq!(page("&sortOrder=descending"), "Charlie Bob alice");
        assert_eq!(page("&startIndex=2&count=1"), "Bob");
    }

    fn what_is_deleted_between_two_pages_takes_nobody_else_away(gateway: &Gateway) {
        let scim = gateway.scim();
        let ids: Vec<_> = (0..6).map(|n| create_user(&scim, &format!("person{n}"))).collect();
        let first = scim.get("/Users?startIndex=1&count=3").expect(200).json();
        assert_eq!(names(&first), ["person0", "person1", "person2"]);
        // The last of all goes; what comes before it keeps its place.
        scim.delete(&format!("/Users/{}", ids[5])).expect(204);
        let second = scim.get("/Users?startIndex=4&count=3").expect(200).json();
        assert_eq!(names(&second), ["person3", "person4"]);
        assert_eq!(second["totalResults"], 5);
    }

    fn a_directory_finds_nothing_of_anothers(gateway: &Gateway) {
        let (one, other) = (gateway.scim(), gateway.directory("okta"));
        let [ann, _, group] = company(&one);
        assert_eq!(total(other.get("/Users")) + total(other.get("/Groups")) + total(other.get("")), 0);
        assert_eq!(found(&other, "Users", &format!("id eq \"{ann}\" or userName pr")), 0);
        for path in [format!("/Users/{ann}"), format!("/Groups/{group}")] {
            expect_problem(other.get(&path), 404, "");
            expect_problem(other.delete(&path), 404, "");
            let change = patch(json!([{"op": "replace", "path": "displayName", "value": "taken"}]));
            expect_problem(other.patch(&path, &change), 404, "");
        }
    }

    fn a_change_is_found_at_once_by_its_new_value_and_not_by_its_old(gateway: &Gateway) {
        let scim = gateway.scim();
        let [ann, ..] = company(&scim);
        let change = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@work.example"}]);
        expect_done(scim.patch(&format!("/Users/{ann}"), &patch(change)));
        assert_eq!(found(&scim, "Users", "emails eq \"ann@work.example\""), 0);
        assert_eq!(found(&scim, "Users", "emails eq \"new@work.example\""), 1);
    }
}
