//! A schema of the installation's own (RFC 7643 §3.3, §7): every characteristic that it declares is kept to, by every
//! method, and what it makes unique, resolves or hides is so on both databases.
//!
//! The schema is the sample that lies in `schema/extensions/`.

use serde_json::{Value, json};

use super::{create_user, expect_problem, patch, total, user};
use crate::support::{Database, Gateway, Http};

const BADGE: &str = "urn:example:params:scim:schemas:extension:badge:2.0:User";

/// A gateway with the sample in force.
fn start(database: Database) -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/extensions/badge.json.example");
    std::fs::copy(sample, folder.path().join("badge.json")).unwrap();
    let config = folder.path().join("portcullis.toml");
    std::fs::write(&config, format!("[scim]\nextensions = \"{}\"\n", folder.path().display())).unwrap();
    Gateway::start_with(database, "miopsai", &["--config", config.to_str().unwrap()])
}

macro_rules! with_badges {
    ($(fn $name:ident($scim:ident: &$kind:ident) $body:block)+) => {
        $(mod $name {
            use super::*;

            fn holds($scim: &$kind) $body

            #[test]
            fn sqlite() {
                holds(&start(Database::Sqlite).scim());
            }

            #[test]
            fn postgres() {
                holds(&start(Database::Postgres).scim());
            }
        })+
    };
}

/// Somebody who wears this badge.
fn wearer(name: &str, badge: Value) -> Value {
    let mut body = user(name);
    body[BADGE] = badge;
    body
}

#[track_caller]
fn create(scim: &Http, name: &str, badge: Value) -> String {
    format!("/Users/{}", scim.post("/Users", &wearer(name, badge)).expect(201).text("id"))
}

#[track_caller]
fn badge(scim: &Http, path: &str) -> Value {
    scim.get(path).expect(200).json()[BADGE].clone()
}

with_badges! {
    fn discovery_tells_of_it(scim: &Http) {
        let served = scim.get(&format!("/Schemas/{BADGE}")).expect(200).json();
        assert_eq!((&served["id"], &served["meta"]["resourceType"]), (&json!(BADGE), &json!("Schema")));
        assert_eq!(total(scim.get("/Schemas")), 4);
        let extensions = scim.get("/ResourceTypes/User").expect(200).json()["schemaExtensions"].clone();
        assert!(extensions.as_array().unwrap().contains(&json!({"schema": BADGE, "required": false})), "{extensions}");
    }

    fn each_is_returned_as_it_is_declared(scim: &Http) {
        let sent = json!({"number": "7", "clearance": "staff", "note": "limps", "pin": "1234", "lastSeen": "2026-01-31T08:00:00Z"});
        let created = scim.post("/Users", &wearer("ann", sent)).expect(201);
        let path = format!("/Users/{}", created.text("id"));
        assert_eq!(created.json()[BADGE], json!({"number": "7", "clearance": "staff"}));
        assert!(created.json()["schemas"].as_array().unwrap().contains(&json!(BADGE)));
        let shown = |query: &str| badge(scim, &format!("{path}?{query}"));
        assert_eq!(shown("attributes=userName"), json!({"clearance": "staff"}));
        assert_eq!(shown(&format!("attributes={BADGE}:note")), json!({"clearance": "staff", "note": "limps"}));
        assert_eq!(shown(&format!("excludedAttributes={BADGE}")), json!({"clearance": "staff"}));
        assert_eq!(shown(&format!("attributes={BADGE}:pin,{BADGE}:lastSeen")), json!({"clearance": "staff"}));
        expect_problem(scim.get(&format!("/Users?filter={BADGE}:pin+pr")), 403, "sensitive");
    }

    fn a_required_one_is_missed_where_its_extension_is_there(scim: &Http) {
        expect_problem(scim.post("/Users", &wearer("ann", json!({"clearance": "staff"}))), 400, "invalidValue");
        let path = create(scim, "bob", json!({"number": "7"}));
        let number = format!("{BADGE}:number");
        expect_problem(scim.patch(&path, &patch(json!([{"op": "remove", "path": number}]))), 400, "mutability");
        scim.patch(&path, &patch(json!([{"op": "remove", "path": BADGE}]))).expect(400);
        scim.put(&path, &user("bob")).expect(200);
        assert_eq!(badge(scim, &path), Value::Null);
    }

    fn an_immutable_one_is_set_once(scim: &Http) {
        let path = create(scim, "ann", json!({"number": "7"}));
        let issue = |at: &str| patch(json!([{"op": "replace", "path": format!("{BADGE}:issued"), "value": at}]));
        scim.patch(&path, &issue("2026-01-31T08:00:00Z")).expect(200);
        scim.patch(&path, &issue("2026-01-31T08:00:00Z")).expect(200);
        expect_problem(scim.patch(&path, &issue("2027-01-31T08:00:00Z")), 400, "mutability");
        expect_problem(scim.put(&path, &wearer("ann", json!({"number": "7"}))), 400, "mutability");
        let escorted = |since: &str| wearer("bob", json!({"number": "8", "escort": {"value": "x", "since": since}}));
        let path = format!("/Users/{}", scim.post("/Users", &escorted("2026-01-31T08:00:00Z")).expect(201).text("id"));
        expect_problem(scim.put(&path, &escorted("2027-01-31T08:00:00Z")), 400, "mutability");
    }

    fn a_read_only_one_is_refused_by_path_and_ignored_otherwise(scim: &Http) {
        let path = create(scim, "ann", json!({"number": "7", "lastSeen": "2026-01-31T08:00:00Z"}));
        let seen = format!("{BADGE}:lastSeen");
        let direct = patch(json!([{"op": "replace", "path": seen, "value": "2026-01-31T08:00:00Z"}]));
        expect_problem(scim.patch(&path, &direct), 400, "mutability");
        scim.patch(&path, &patch(json!([{"op": "replace", "value": {seen: "2026-01-31T08:00:00Z"}}]))).expect(200);
        assert_eq!(badge(scim, &path), json!({"number": "7"}));
    }

    fn a_unique_one_is_taken_until_its_holder_gives_it_up(scim: &Http) {
        let first = create(scim, "ann", json!({"number": "7a"}));
        let second = create(scim, "bob", json!({"number": "7A"}));
        let taken = wearer("eve", json!({"number": "7a"}));
        expect_problem(scim.post("/Users", &taken), 409, "uniqueness");
        expect_problem(scim.put(&second, &wearer("bob", json!({"number": "7a"}))), 409, "uniqueness");
        let take = patch(json!([{"op": "add", "path": format!("{BADGE}:number"), "value": "7a"}]));
        expect_problem(scim.patch(&second, &take), 409, "uniqueness");
        assert_eq!(badge(scim, &second)["number"], "7A");
        scim.put(&first, &wearer("ann", json!({"number": "9"}))).expect(200);
        let third = create(scim, "eve", json!({"number": "7a"}));
        scim.delete(&third).expect(204);
        scim.patch(&second, &take).expect(200);
    }

    fn values_are_of_their_type_and_compare_by_it(scim: &Http) {
        for wrong in [json!({"number": true}), json!({"number": "1", "issued": "today"}), json!({"number": "1", "doors": {"a": 1}})] {
            expect_problem(scim.post("/Users", &wearer("ann", wrong)), 400, "invalidValue");
        }
        create(scim, "ann", json!({"number": "7a", "issued": "2026-01-31T09:00:00+01:00", "clearance": "Boss", "doors": ["N1", "N2"]}));
        let found = |filter: &str| total(scim.get(&format!("/Users?filter={}", filter.replace(' ', "+").replace('"', "%22"))));
        for (filter, expected) in [
            (format!("{BADGE}:number eq \"7A\""), 0),
            (format!("{}:NUMBER eq \"7a\"", BADGE.to_uppercase()), 1),
            (format!("{BADGE}:issued eq \"2026-01-31T08:00:00Z\""), 1),
            (format!("{BADGE}:issued gt \"2026-01-31T08:30:00Z\""), 0),
            (format!("{BADGE}:clearance eq \"boss\""), 1),
            (format!("{BADGE}:doors eq \"N2\" and {BADGE}:doors[value sw \"N\"]"), 1),
            (format!("{BADGE}:doors eq \"n2\""), 0),
        ] {
            assert_eq!(found(&filter), expected, "{filter}");
        }
    }

    fn those_it_refers_to_are_told_by_name_as_managers_are(scim: &Http) {
        let mut guard = user("guard");
        guard["displayName"] = json!("Gil Guard");
        let guard = scim.post("/Users", &guard).expect(201).text("id");
        let sent = json!({"number": "7", "escort": {"value": guard, "displayName": "somebody else"}});
        let created = scim.post("/Users", &wearer("ann", sent)).expect(201).json();
        assert_eq!(created[BADGE]["escort"]["displayName"], "Gil Guard");
        let reference = created[BADGE]["escort"]["$ref"].as_str().unwrap();
        assert_eq!(scim.get(reference).expect(200).text("id"), guard);
        let found = scim.get(&format!("/Users?filter={BADGE}:escort.displayName+eq+%22gil+guard%22"));
        assert_eq!(total(found), 1);
        create_user(scim, "nobody");
    }
}

#[test]
fn a_schema_that_cannot_be_kept_to_is_refused_at_the_start() {
    let gateway = Gateway::start(Database::Sqlite);
    gateway.stop();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wrong.json"), r#"{"id":"urn:x:y","name":"x","description":"","attributes":[]}"#)
        .unwrap();
    let output = gateway.command(&["serve"]).env("PORTCULLIS_SCIM_EXTENSIONS", folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("wrong.json") && said.contains("no attributes"), "{said}");
}
