//! What identity providers send beside the RFC is understood whatever dialect the directory was given: nobody has to
//! know whose it is before it works. What cannot mean anything is still refused.
//!
//! [`SHAPES`] is the union of what Okta, Entra, Google, OneLogin, JumpCloud and Ping are known to send; each row sends
//! it over HTTP and asserts the effect that its sender expects. What two of them want differently is in `dialects`.

use serde_json::{Value, json};

use super::{
    ENTERPRISE, GROUP, PATCH, USER, create_group, create_user, expect_done, expect_problem, members, patch, sorted,
    total,
};
use crate::support::{Gateway, Http};

pub(super) const DIALECTS: [&str; 7] = ["generic", "okta", "entra", "google", "onelogin", "jumpcloud", "ping"];

/// One directory, and names that only it gives.
struct Side<'a> {
    scim: &'a Http,
    dialect: &'a str,
}

impl Side<'_> {
    /// `ann@okta.example`: a `userName` is unique among all directories.
    fn name(&self, name: &str) -> String {
        format!("{name}@{}.example", self.dialect)
    }

    #[track_caller]
    fn person(&self, name: &str) -> String {
        create_user(self.scim, &self.name(name))
    }

    /// Posts a person with these members beside the name, and gives what was answered.
    #[track_caller]
    fn created(&self, name: &str, more: Value) -> Value {
        let mut body = json!({"schemas": [USER], "userName": self.name(name)});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.scim.post("/Users", &body).expect(201).json()
    }

    /// A new person after these operations.
    #[track_caller]
    fn patched(&self, name: &str, operations: Value) -> Value {
        let id = self.person(name);
        expect_done(self.scim.patch(&format!("/Users/{id}"), &patch(operations)));
        self.read(&id)
    }

    #[track_caller]
    fn read(&self, id: &str) -> Value {
        self.scim.get(&format!("/Users/{id}")).expect(200).json()
    }

    #[track_caller]
    fn change_group(&self, group: &str, operations: Value) {
        expect_done(self.scim.patch(&format!("/Groups/{group}"), &patch(operations)));
    }

    #[track_caller]
    fn found(&self, kind: &str, filter: &str) -> u64 {
        let filter: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        total(self.scim.get(&format!("/{kind}?filter={filter}")))
    }
}

/// A shape, and what sending it must come to.
type Shape = (&'static str, fn(&Side));

const SHAPES: &[Shape] = &[
    ("`op` in any case", |side| {
        for (n, op) in ["Replace", "REPLACE", "replace"].into_iter().enumerate() {
            let read = side.patched(&format!("op{n}"), json!([{"op": op, "path": "title", "value": "Clerk"}]));
            assert_eq!(read["title"], "Clerk");
        }
        let read = side
            .patched("gone", json!([{"op": "Add", "path": "title", "value": "x"}, {"op": "Remove", "path": "title"}]));
        assert!(read.get("title").is_none());
    }),
    ("paths and attribute names in any case", |side| {
        let created = side.created("case", json!({"DISPLAYNAME": "Ann", "Name": {"GIVENNAME": "Ann"}}));
        assert_eq!((&created["displayName"], &created["name"]["givenName"]), (&json!("Ann"), &json!("Ann")));
        let read = side.patched(
            "paths",
            json!([
                {"op": "replace", "path": "NAME.FamilyName", "value": "Lopez"},
                {"op": "replace", "path": "EMAILS[Type eq \"work\"].Value", "value": "m@b.example"},
                {"op": "add", "path": ENTERPRISE.to_uppercase() + ":DEPARTMENT", "value": "Sales"},
            ]),
        );
        assert_eq!(
            (&read["name"]["familyName"], &read["emails"][0]["value"]),
            (&json!("Lopez"), &json!("m@b.example"))
        );
        assert_eq!(read[ENTERPRISE]["department"], "Sales");
        assert_eq!(side.found("Users", &format!("USERNAME EQ \"{}\"", side.name("CASE"))), 1);
    }),
    ("no path, and an object as value", |side| {
        let read = side.patched("nopath", json!([{"op": "replace", "value": {"active": false, "title": "Clerk"}}]));
        assert_eq!((&read["active"], &read["title"]), (&json!(false), &json!("Clerk")));
        let group = create_group(side.scim, "Platform", &[]);
        side.change_group(&group, json!([{"op": "replace", "value": {"id": group, "displayName": "Platform Team"}}]));
        assert_eq!(side.scim.get(&format!("/Groups/{group}")).expect(200).text("displayName"), "Platform Team");
    }),
    ("dotted and URN-qualified keys in that value", |side| {
        let mut value = json!({"name.familyName": "Lopez", "id": "x", "meta": {}, "nobody": 1});
        value[format!("{ENTERPRISE}:department")] = json!("Sales");
        value[format!("{ENTERPRISE}:manager")] = json!("");
        value["emails[type eq \"work\"].value"] = json!("m@b.example");
        let read = side.patched("keys", json!([{"op": "replace", "value": value}]));
        assert_eq!((&read["name"]["familyName"], &read["name"]["givenName"]), (&json!("Lopez"), &json!("Ann")));
        assert_eq!(read[ENTERPRISE], json!({"department": "Sales"}));
        assert_eq!(read["emails"][0]["value"], "m@b.example");
    }),
    ("a value path that selects nothing, written as Entra writes it", |side| {
        let read = side.patched(
            "miss",
            json!([
                {"op": "Replace", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+47 900 00 000"},
                {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Oslo"},
                {"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "Admin"},
            ]),
        );
        assert_eq!(read["phoneNumbers"], json!([{"value": "+47 900 00 000", "type": "mobile"}]));
        assert_eq!(read["addresses"], json!([{"locality": "Oslo", "type": "work"}]));
        assert_eq!(read["roles"], json!([{"value": "Admin", "primary": true}]));
    }),
    ("remove with a list in `value`", |side| {
        let [ann, bob] = ["ann.r", "bob.r"].map(|name| side.person(name));
        let group = create_group(side.scim, "Removing", &[&ann, &bob]);
        side.change_group(
            &group,
            json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": ann}]}]),
        );
        assert_eq!(members(side.scim, &group), [bob.as_str()]);
        side.change_group(&group, json!([{"op": "remove", "path": "members", "value": {"value": bob}}]));
        assert!(members(side.scim, &group).is_empty());
        let both = json!([{"value": "1", "type": "work"}, {"value": "2", "type": "home"}]);
        let read = side.patched(
            "numbers",
            json!([
                {"op": "add", "path": "phoneNumbers", "value": both},
                {"op": "remove", "path": "phoneNumbers", "value": [{"value": "1"}]},
            ]),
        );
        assert_eq!(read["phoneNumbers"], json!([{"value": "2", "type": "home"}]));
    }),
    ("booleans as text", |side| {
        for (n, (sent, meant)) in
            [("False", false), ("True", true), ("false", false), ("true", true)].into_iter().enumerate()
        {
            let created = side.created(
                &format!("bool{n}"),
                json!({"active": sent, "emails": [{"value": "a@b.example", "primary": "True"}]}),
            );
            assert_eq!((&created["active"], &created["emails"][0]["primary"]), (&json!(meant), &json!(true)));
            let read = side.patched(&format!("bool.p{n}"), json!([{"op": "Replace", "path": "active", "value": sent}]));
            assert_eq!(read["active"], meant);
        }
        assert!(side.found("Users", "active eq \"False\" and userName sw \"bool\"") >= 2);
    }),
    ("numbers for texts", |side| {
        let created = side.created("number", json!({"title": 7, ENTERPRISE: {"employeeNumber": 1042}}));
        assert_eq!((&created["title"], &created[ENTERPRISE]["employeeNumber"]), (&json!("7"), &json!("1042")));
    }),
    ("a manager as text, object, list of one, with `$ref`, and taken away by nothing", |side| {
        let boss = side.person("boss");
        let path = format!("{ENTERPRISE}:manager");
        let there = format!("https://sp.example/scim/v2/Users/{boss}");
        for (n, value) in
            [json!(boss), json!({"value": boss}), json!([{"$ref": there, "value": boss}]), json!({"$ref": there})]
                .into_iter()
                .enumerate()
        {
            let read = side.patched(&format!("report{n}"), json!([{"op": "Add", "path": path, "value": value}]));
            assert_eq!(read[ENTERPRISE]["manager"]["value"], boss.as_str(), "{value}");
        }
        let created = side.created("report", json!({ENTERPRISE: {"manager": boss}}));
        assert_eq!(created[ENTERPRISE]["manager"]["value"], boss.as_str());
        let read = side.patched("report.short", json!([{"op": "Add", "path": "manager", "value": [{"value": boss}]}]));
        assert_eq!(read[ENTERPRISE]["manager"]["value"], boss.as_str());
        for (n, value) in [json!(""), json!(null), json!({"value": ""}), json!([])].into_iter().enumerate() {
            let read = side.patched(
                &format!("free{n}"),
                json!([
                    {"op": "add", "path": path, "value": boss},
                    {"op": "replace", "path": path, "value": value},
                ]),
            );
            assert!(read.get(ENTERPRISE).is_none(), "{value}: {read}");
        }
    }),
    ("one object for a list, and a list of one for a single value", |side| {
        let created =
            side.created("shapes", json!({"title": ["Clerk"], "emails": {"value": "a@b.example", "type": "work"}}));
        assert_eq!(created["emails"], json!([{"value": "a@b.example", "type": "work"}]));
        assert_eq!(created["title"], "Clerk");
        let read =
            side.patched("shape", json!([{"op": "replace", "path": "emails", "value": {"value": "c@b.example"}}]));
        assert_eq!(read["emails"], json!([{"value": "c@b.example"}]));
        let people = ["m1", "m2", "m3"].map(|name| side.person(name));
        let group = create_group(side.scim, "Shapes", &[]);
        for value in [json!({"value": people[0]}), json!([people[1]]), json!([{"value": people[2], "type": "user"}])] {
            side.change_group(&group, json!([{"op": "Add", "path": "Members", "value": value}]));
        }
        assert_eq!(members(side.scim, &group), sorted(&[&people[0], &people[1], &people[2]]));
    }),
    ("`null` is absent in POST and PUT, and clears in PATCH", |side| {
        let created = side.created(
            "nulls",
            json!({"title": null, "phoneNumbers": null, "name": {"givenName": null, "familyName": "Lee"}}),
        );
        assert_eq!(created["name"], json!({"familyName": "Lee"}));
        assert!(created.get("title").is_none() && created.get("phoneNumbers").is_none());
        let id = created["id"].as_str().unwrap();
        let put =
            json!({"schemas": [USER], "userName": side.name("nulls"), "emails": null, "addresses": [], "title": null});
        assert!(side.scim.put(&format!("/Users/{id}"), &put).expect(200).json().get("emails").is_none());
        let read = side.patched(
            "cleared",
            json!([{"op": "replace", "path": "name.givenName", "value": null},
                                                  {"op": "replace", "value": {"emails": null}}]),
        );
        assert_eq!(read["name"], json!({"familyName": "Lee"}));
        assert!(read.get("emails").is_none());
    }),
    ("attributes and schemas that nobody knows", |side| {
        let strange = json!({"schemas": [USER, "urn:example:custom:1.0:User"], "favouriteColour": "red",
                             "urn:example:custom:1.0:User": {"badge": "7"}, "name": {"givenName": "Ann", "nick": "A"}});
        assert_eq!(side.created("strange", strange)["name"], json!({"givenName": "Ann"}));
        let read = side.patched(
            "passed",
            json!([
                {"op": "add", "path": "urn:example:custom:2.0:User:badge", "value": "7"},
                {"op": "replace", "path": "shoeSize", "value": 42},
                {"op": "replace", "path": "emails[type eq \"work\"].colour", "value": "red"},
                {"op": "replace", "path": "TITLE", "value": "Clerk"},
            ]),
        );
        assert_eq!(read["title"], "Clerk");
        let microsoft = json!([GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]);
        let group = json!({"schemas": microsoft, "displayName": "Finance", "meta": {"resourceType": "Group"}});
        side.scim.post("/Groups", &group).expect(201);
    }),
    ("what is read-only put back as it was read, or worse", |side| {
        let id = side.person("readonly");
        let group = create_group(side.scim, "Readers", &[&id]);
        let mut read = side.read(&id);
        let before = read.clone();
        for (name, value) in
            [("id", json!("another")), ("groups", json!([])), ("meta", json!({"version": "W/\"99\"", "created": "x"}))]
        {
            read[name] = value;
        }
        read["title"] = json!("Clerk");
        let put = side.scim.put(&format!("/Users/{id}"), &read).expect(200).json();
        assert_eq!((&put["id"], &put["title"], &put["groups"]), (&before["id"], &json!("Clerk"), &before["groups"]));
        assert_eq!(put["meta"]["created"], before["meta"]["created"]);
        assert_eq!(members(side.scim, &group), [id]);
    }),
    ("a password that is accepted and never shown", |side| {
        let created = side.created("secret", json!({"password": "4kTr9sQz"}));
        let id = created["id"].as_str().unwrap();
        let change = patch(json!([{"op": "replace", "value": {"password": "8uWe2mXn"}}]));
        let patched = side.scim.patch(&format!("/Users/{id}"), &change);
        let read = side.scim.get(&format!("/Users/{id}?attributes=password,userName")).expect(200).body;
        for shown in [created.to_string(), expect_done(patched).body, read] {
            assert!(
                !shown.contains("4kTr9sQz") && !shown.contains("8uWe2mXn") && !shown.contains("\"password\""),
                "{shown}"
            );
        }
    }),
    ("`schemas` missing, of old, or in another order", |side| {
        for (n, schemas) in [
            Value::Null,
            json!([]),
            json!(["urn:scim:schemas:core:1.0"]),
            json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]),
            json!([ENTERPRISE, USER]),
        ]
        .into_iter()
        .enumerate()
        {
            let mut body = json!({"schemas": schemas});
            body[ENTERPRISE] = json!({"department": "Sales"});
            let created = side.created(&format!("schemas{n}"), body);
            assert_eq!(created[ENTERPRISE]["department"], "Sales", "{schemas}");
            assert_eq!(created["schemas"][0], USER);
        }
        let nothing = json!({"userName": side.name("schemaless")});
        let id = side.scim.post("/Users", &nothing).expect(201).text("id");
        let bare = json!({"Operations": [{"op": "replace", "path": "title", "value": "Clerk"}]});
        expect_done(side.scim.patch(&format!("/Users/{id}"), &bare));
        assert_eq!(side.read(&id)["title"], "Clerk");
    }),
    ("any content type, and none on a GET", |side| {
        let types = [
            "application/json",
            "application/json; charset=UTF-8",
            "application/scim+json",
            "application/scim+json; charset=utf-8",
            "text/json",
        ];
        for (n, content_type) in types.into_iter().enumerate() {
            let body = json!({"schemas": [USER], "userName": side.name(&format!("type{n}"))});
            let created = side.scim.with("Content-Type", content_type).post("/Users", &body).expect(201);
            assert!(created.header("content-type").starts_with("application/scim+json"), "{content_type}");
        }
        let bare = side.scim.without("Content-Type");
        assert!(bare.get("/Users?count=1").expect(200).header("content-type").starts_with("application/scim+json"));
    }),
    ("`+` for a blank, `?` and `&` at the end, and a flag on any URL", |side| {
        let id = side.person("query");
        let encoded = side.name("query").replace('@', "%40");
        assert_eq!(total(side.scim.get(&format!("/Users?filter=userName+eq+%22{encoded}%22&"))), 1);
        assert_eq!(total(side.scim.get(&format!("/Users?aadOptscim062020&filter=userName+eq+%22{encoded}%22"))), 1);
        let mut read = side.scim.get(&format!("/Users/{id}?")).expect(200).json();
        read["title"] = json!("Clerk");
        assert_eq!(side.scim.put(&format!("/Users/{id}?"), &read).expect(200).json()["title"], "Clerk");
        let off = patch(json!([{"op": "Replace", "path": "active", "value": "False"}]));
        expect_done(side.scim.patch(&format!("/Users/{id}?aadOptscim062020"), &off));
        assert_eq!(side.read(&id)["active"], false);
        side.scim.delete(&format!("/Users/{id}?aadOptscim062020&")).expect(204);
    }),
    ("filters on people in every form that is sent", |side| {
        let (name, boss) = (side.name("filter"), side.person("filter.boss"));
        let external = format!("00u-{}", side.dialect);
        let created = side.created(
            "filter",
            json!({"externalId": external, "emails": [{"value": name, "type": "work", "primary": true}],
                                                    ENTERPRISE: {"manager": {"value": boss}}}),
        );
        let id = created["id"].as_str().unwrap();
        for filter in [
            format!("userName eq \"{}\"", name.to_uppercase()),
            format!("externalId eq \"{external}\""),
            format!("emails eq \"{name}\""),
            format!("emails.value eq \"{name}\""),
            format!("emails[type eq \"work\" and value eq \"{name}\"]"),
            format!("emails[type eq \"work\"].value eq \"{name}\""),
            format!("emails[type eq \"work\"] and userName eq \"{name}\""),
            format!("id eq \"{id}\" and manager eq \"{boss}\""),
            format!("id eq \"{id}\" and {ENTERPRISE}:manager.value eq \"{boss}\""),
            format!("{USER}:userName eq \"{name}\""),
        ] {
            assert_eq!(side.found("Users", &filter), 1, "{filter}");
        }
        assert_eq!(side.found("Users", &format!("emails[type eq \"home\"].value eq \"{name}\"")), 0);
        assert_eq!(side.found("Users", "userName eq \"5f0c7a0e-6c0e-4f0b-9d3c-0d7a5a4f2b11\""), 0);
    }),
    ("filters on members in every form that is sent", |side| {
        let (ann, bob) = (side.person("filter.ann"), side.person("filter.bob"));
        let group = create_group(side.scim, "Filtered", &[&ann]);
        for form in ["members eq \"{}\"", "members.value eq \"{}\"", "members[value eq \"{}\"]"] {
            let ask = |id: &str| side.found("Groups", &format!("id eq \"{group}\" and {}", form.replace("{}", id)));
            assert_eq!((ask(&ann), ask(&bob)), (1, 0), "{form}");
        }
        assert_eq!(side.found("Groups", "displayName eq \"FILTERED\""), 1);
    }),
    ("a slash at the end, and `users` for `Users`", |side| {
        let body = json!({"schemas": [USER], "userName": side.name("slash")});
        let id = side.scim.post("/users/", &body).expect(201).text("id");
        for path in [format!("/Users/{id}/"), format!("/users/{id}"), format!("/users/{id}/")] {
            assert_eq!(side.scim.get(&path).expect(200).text("id"), id);
        }
        assert_eq!(side.scim.get("/groups?count=0").expect(200).json()["Resources"].as_array().map_or(0, Vec::len), 0);
    }),
    ("a token with `Bearer` in any case, or alone", |side| {
        let token = side.scim.header("Authorization").unwrap().trim_start_matches("Bearer ").to_owned();
        for header in [format!("Bearer {token}"), format!("bearer {token}"), token.clone()] {
            side.scim.with("Authorization", &header).get("/Users?count=1").expect(200);
        }
        expect_problem(side.scim.with("Authorization", "Basic YTpi").get("/Users?count=1"), 401, "");
    }),
    ("a PATCH whose members, names and empty lists are as templates make them", |side| {
        let id = side.person("loose");
        let body = json!({"SCHEMAS": [PATCH], "operations": [{"OP": "Replace", "PATH": "title", "VALUE": "Clerk"}]});
        expect_done(side.scim.patch(&format!("/Users/{id}"), &body));
        assert_eq!(side.read(&id)["title"], "Clerk");
        let group = create_group(side.scim, "Emptied", &[&id]);
        side.change_group(&group, json!([{"op": "replace", "path": "members", "value": []}]));
        assert!(members(side.scim, &group).is_empty());
    }),
];

on_both! {
    fn every_shape_that_is_sent_has_the_effect_its_sender_expects_in_every_dialect(gateway: &Gateway) {
        for dialect in DIALECTS {
            let scim = gateway.directory(dialect);
            for (shape, holds) in SHAPES {
                println!("{dialect}: {shape}");
                holds(&Side { scim: &scim, dialect });
            }
        }
    }

    fn what_cannot_mean_anything_is_refused_and_says_why(gateway: &Gateway) {
        for dialect in DIALECTS {
            let scim = gateway.directory(dialect);
            let side = Side { scim: &scim, dialect };
            for (wrong, at) in [
                (json!({"active": "maybe"}), "active"),
                (json!({"active": 1}), "active"),
                (json!({"name": "Ann Lee"}), "name"),
                (json!({"title": {"value": "Clerk"}}), "title"),
                (json!({"userName": null}), "userName"),
            ] {
                let mut body = json!({"schemas": [USER], "userName": side.name("ann")});
                body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
                let problem = expect_problem(scim.post("/Users", &body), 400, "invalidValue");
                assert!(problem["detail"].as_str().unwrap().contains(&format!("`{at}`")), "{problem}");
            }
            let other_kind = json!({"schemas": [GROUP], "userName": side.name("ann")});
            expect_problem(scim.post("/Users", &other_kind), 400, "invalidSyntax");
        }
    }
}
