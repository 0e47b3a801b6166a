//! What two identity providers want differently of the same request is the directory's dialect, and nothing else is:
//! one row for each such request, with the answer that each dialect gives.

use serde_json::{Value, json};

use super::tolerance::DIALECTS;
use super::{GROUP, USER, create_group, create_user, members, patch};
use crate::support::{Gateway, Http};

/// A request, and the statuses that it is answered with, in the order of [`DIALECTS`].
type Decision = (&'static str, fn(&Http, &str) -> u16, [u16; 7]);

fn patch_user(scim: &Http, name: &str, operations: Value) -> u16 {
    let id = create_user(scim, name);
    scim.patch(&format!("/Users/{id}"), &patch(operations)).status
}

const DECISIONS: &[Decision] = &[
    (
        "PATCH of a person",
        |scim, name| patch_user(scim, name, json!([{"op": "replace", "path": "title", "value": "Clerk"}])),
        [200, 200, 204, 200, 200, 200, 200],
    ),
    (
        "PATCH of a group",
        |scim, name| {
            let group = create_group(scim, name, &[]);
            let rename = json!([{"op": "replace", "path": "externalId", "value": "1"}]);
            scim.patch(&format!("/Groups/{group}"), &patch(rename)).status
        },
        [200, 200, 204, 200, 200, 200, 200],
    ),
    (
        "a second group of the same name",
        |scim, name| {
            create_group(scim, name, &[]);
            scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": name.to_uppercase()})).status
        },
        [201, 201, 409, 201, 201, 201, 201],
    ),
    (
        "replace at a value filter that selects nothing",
        |scim, name| {
            patch_user(
                scim,
                name,
                json!([{"op": "replace", "path": "phoneNumbers[type eq \"fax\"].value", "value": "1"}]),
            )
        },
        [400, 200, 204, 200, 200, 200, 200],
    ),
    (
        "remove at a value filter that selects nothing",
        |scim, name| patch_user(scim, name, json!([{"op": "remove", "path": "phoneNumbers[type eq \"fax\"]"}])),
        [400, 200, 204, 200, 200, 200, 200],
    ),
    (
        "a member who is nobody",
        |scim, name| {
            let nobody = json!([{"value": "0199d0f0-0000-7000-8000-000000000000"}]);
            scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": name, "members": nobody})).status
        },
        [201, 400, 201, 400, 400, 400, 400],
    ),
    (
        "a literal without its quotes",
        |scim, name| scim.get(&format!("/Users?filter=userName%20eq%20{}", name.replace('@', "%40"))).status,
        [400, 200, 200, 200, 200, 200, 200],
    ),
    ("no operations at all", |scim, name| patch_user(scim, name, json!([])), [400, 200, 204, 200, 200, 200, 200]),
    (
        "two primary values",
        |scim, name| {
            let emails = json!([{"value": "1@b.example", "primary": true}, {"value": "2@b.example", "primary": true}]);
            scim.post("/Users", &json!({"schemas": [USER], "userName": name, "emails": emails})).status
        },
        [400, 201, 201, 201, 201, 201, 201],
    ),
];

on_both! {
    fn what_two_providers_want_differently_is_the_dialects(gateway: &Gateway) {
        for (n, (request, send, expected)) in DECISIONS.iter().enumerate() {
            let answered = DIALECTS.map(|dialect| send(&gateway.directory(dialect), &format!("d{n}@{dialect}.example")));
            assert_eq!(answered, *expected, "{request}: {DIALECTS:?}");
        }
    }

    fn what_was_done_leniently_has_its_effect(gateway: &Gateway) {
        let okta = gateway.directory("okta");
        let id = create_user(&okta, "ann@corp.example");
        let fax = json!([{"op": "replace", "path": "phoneNumbers[type eq \"fax\"].value", "value": "1"}]);
        let patched = okta.patch(&format!("/Users/{id}"), &patch(fax)).expect(200).json();
        assert_eq!(patched["phoneNumbers"], json!([{"value": "1", "type": "fax"}]));
        let primaries = json!([{"op": "replace", "path": "emails", "value": [
            {"value": "1@b.example", "primary": true}, {"value": "2@b.example", "primary": true}]}]);
        let patched = okta.patch(&format!("/Users/{id}"), &patch(primaries)).expect(200).json();
        assert_eq!(patched["emails"], json!([{"value": "1@b.example", "primary": true}, {"value": "2@b.example", "primary": false}]));
        assert_eq!(okta.get("/Users?filter=userName%20eq%20ann%40corp.example").expect(200).json()["totalResults"], 1);
    }

    fn a_member_who_is_nobody_yet_gives_nobody_anything(gateway: &Gateway) {
        let entra = gateway.directory("entra");
        let group = json!({"schemas": [GROUP], "displayName": "Early", "members": [{"value": "nobody-yet"}]});
        let id = entra.post("/Groups", &group).expect(201).text("id");
        assert_eq!(members(&entra, &id), ["nobody-yet"]);
        assert!(!gateway.allows("nobody-yet", "reports.run", "organization"));
    }
}
