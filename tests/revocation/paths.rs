//! Every path that takes access away: how a person came to their rights, what is then done, and which doors must be
//! closed by it. Doors that are not named must still be open.

use serde_json::{Value, json};

use super::world::{ACTION, ALL, Door, Held, KEY, Person, RIGHTS, SESSION, World, user};
use crate::support::Answer;

/// One row of the matrix.
pub struct Path {
    /// As `tests/coverage/mutating-routes.txt` calls it.
    pub name: &'static str,
    pub held: Held,
    pub act: fn(&World<'_>, &Person) -> Answer,
    pub closes: &'static [Door],
    /// Whether the person has a connection of their own.
    pub own_connection: bool,
}

const fn path(name: &'static str, held: Held, closes: &'static [Door], act: fn(&World<'_>, &Person) -> Answer) -> Path {
    Path { name, held, act, closes, own_connection: false }
}

fn patch(operation: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})
}

fn patch_user(world: &World<'_>, person: &Person, operation: Value) -> Answer {
    world.gateway.scim().patch(&format!("/Users/{}", person.id), &patch(operation))
}

fn patch_group(world: &World<'_>, group: &str, operation: Value) -> Answer {
    world.gateway.scim().patch(&format!("/Groups/{group}"), &patch(operation))
}

fn put_group(world: &World<'_>, group: &str, name: &str, members: Value) -> Answer {
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                      "members": members});
    world.gateway.scim().put(&format!("/Groups/{group}"), &body)
}

fn put_rule(world: &World<'_>, person: &Person, group: &str, role: &str, scope: &str) -> Answer {
    let rule = json!({"group": {"name": group}, "role": role, "scope": scope});
    world.gateway.api().put(&format!("/mapping-rules/{}", person.rule), &rule)
}

/// The matrix, row by row.
pub fn paths() -> Vec<Path> {
    let mut paths = deactivations();
    paths.extend(departures());
    paths.extend(withdrawals());
    paths.extend(endings());
    paths
}

fn deactivations() -> Vec<Path> {
    vec![
        path("user-patch-active-pathless", Held::ByGroup, ALL, |world, person| {
            patch_user(world, person, json!({"op": "replace", "value": {"active": false}}))
        }),
        path("user-patch-active", Held::ByGroup, ALL, |world, person| {
            patch_user(world, person, json!({"op": "replace", "path": "active", "value": false}))
        }),
        path("user-patch-active-False", Held::ByGroup, ALL, |world, person| {
            patch_user(world, person, json!({"op": "Replace", "path": "active", "value": "False"}))
        }),
        path("user-patch-active-pathless-false", Held::Directly, ALL, |world, person| {
            patch_user(world, person, json!({"op": "replace", "value": {"active": "false"}}))
        }),
        path("user-put-active", Held::ByOverride, ALL, |world, person| {
            let mut body = user(&person.name);
            body["active"] = json!(false);
            world.gateway.scim().put(&format!("/Users/{}", person.id), &body)
        }),
        path("user-delete", Held::ByGroup, ALL, |world, person| {
            world.gateway.scim().delete(&format!("/Users/{}", person.id))
        }),
        path("user-delete-direct", Held::Directly, ALL, |world, person| {
            world.gateway.scim().delete(&format!("/Users/{}", person.id))
        }),
    ]
}

fn departures() -> Vec<Path> {
    vec![
        path("group-patch-remove-value-path", Held::ByGroup, RIGHTS, |world, person| {
            let path = format!("members[value eq \"{}\"]", person.id);
            patch_group(world, &person.group, json!({"op": "remove", "path": path}))
        }),
        path("group-patch-remove-value-array", Held::ByGroup, RIGHTS, |world, person| {
            let gone = json!({"op": "Remove", "path": "members", "value": [{"value": person.id}]});
            patch_group(world, &person.group, gone)
        }),
        path("group-patch-remove-all", Held::ByGroup, RIGHTS, |world, person| {
            patch_group(world, &person.group, json!({"op": "remove", "path": "members"}))
        }),
        path("group-patch-replace-members", Held::ByGroup, RIGHTS, |world, person| {
            patch_group(world, &person.group, json!({"op": "replace", "path": "members", "value": []}))
        }),
        path("group-patch-replace-pathless", Held::ByGroup, RIGHTS, |world, person| {
            patch_group(world, &person.group, json!({"op": "replace", "value": {"members": []}}))
        }),
        path("group-put-members", Held::ByGroup, RIGHTS, |world, person| {
            put_group(world, &person.group, &person.group_name, json!([]))
        }),
        path("group-patch-rename", Held::ByGroup, RIGHTS, |world, person| {
            let renamed =
                json!({"op": "replace", "path": "displayName", "value": format!("{} old", person.group_name)});
            patch_group(world, &person.group, renamed)
        }),
        path("group-put-rename", Held::ByGroup, RIGHTS, |world, person| {
            let name = format!("{} old", person.group_name);
            put_group(world, &person.group, &name, json!([{"value": person.id}]))
        }),
        path("group-delete", Held::ByGroup, RIGHTS, |world, person| {
            world.gateway.scim().delete(&format!("/Groups/{}", person.group))
        }),
        path("nested-group-leaves", Held::ByNestedGroup, RIGHTS, |world, person| {
            let path = format!("members[value eq \"{}\"]", person.group);
            patch_group(world, &person.parent, json!({"op": "remove", "path": path}))
        }),
        path("nested-person-leaves", Held::ByNestedGroup, RIGHTS, |world, person| {
            patch_group(world, &person.group, json!({"op": "replace", "path": "members", "value": []}))
        }),
        path("nested-group-delete", Held::ByNestedGroup, RIGHTS, |world, person| {
            world.gateway.scim().delete(&format!("/Groups/{}", person.group))
        }),
        path("nested-parent-delete", Held::ByNestedGroup, RIGHTS, |world, person| {
            world.gateway.scim().delete(&format!("/Groups/{}", person.parent))
        }),
    ]
}

fn withdrawals() -> Vec<Path> {
    vec![
        path("rule-change-role", Held::ByGroup, RIGHTS, |world, person| {
            put_rule(world, person, &person.group_name, "viewer", "organization")
        }),
        path("rule-change-group", Held::ByGroup, RIGHTS, |world, person| {
            put_rule(world, person, "Nobody's group", "admin", "organization")
        }),
        path("rule-change-scope", Held::ByGroup, RIGHTS, |world, person| {
            put_rule(world, person, &person.group_name, "admin", "tenant:acme")
        }),
        path("rule-delete", Held::ByGroup, RIGHTS, |world, person| {
            world.gateway.api().delete(&format!("/mapping-rules/{}", person.rule))
        }),
        path("rule-delete-nested", Held::ByNestedGroup, RIGHTS, |world, person| {
            world.gateway.api().delete(&format!("/mapping-rules/{}", person.rule))
        }),
        path("override-deny", Held::ByGroup, RIGHTS, |world, person| {
            let deny = |permission: &str| json!({"permission": permission, "effect": "deny", "reason": "a test"});
            let both = json!({"permissions": [deny(ACTION), deny("users.manage")]});
            world.gateway.api().put(&format!("/users/{}/permissions", person.id), &both)
        }),
        path("override-deny-technicians", Held::Directly, RIGHTS, |world, person| {
            let deny = |permission: &str| json!({"permission": permission, "effect": "deny"});
            let both = json!({"permissions": [deny(ACTION), deny("users.manage")]});
            let url = format!("{}/api/technicians/{}/permissions", world.gateway.url(), person.id);
            world.gateway.api().put(&url, &both)
        }),
        path("override-allow-ended", Held::ByOverride, RIGHTS, |world, person| {
            world.gateway.api().put(&format!("/users/{}/permissions", person.id), &json!({"permissions": []}))
        }),
        path("assignment-ended", Held::Directly, RIGHTS, |world, person| {
            world.gateway.api().delete(&format!("/users/{}/assignments/{}", person.id, person.assignment))
        }),
    ]
}

fn endings() -> Vec<Path> {
    vec![
        path("session-revoked", Held::ByGroup, SESSION, |world, person| {
            world.gateway.api().delete(&format!("/sessions/{}", person.session))
        }),
        path("signed-out-everywhere", Held::ByGroup, SESSION, |world, person| {
            world.gateway.api().delete(&format!("/users/{}/sessions", person.id))
        }),
        path("signed-out", Held::ByGroup, SESSION, |world, person| {
            let browser = world.gateway.http().with("Cookie", &person.cookie);
            browser.with("Origin", &world.gateway.url()).send("POST", "/session/sign-out", None)
        }),
        Path {
            own_connection: true,
            ..path("connection-deleted", Held::ByGroup, SESSION, |world, person| {
                world.gateway.api().delete(&format!("/connections/{}", person.connection.id))
            })
        },
        path("api-key-revoked", Held::ByGroup, KEY, |world, person| {
            world.gateway.api().delete(&format!("/api-keys/{}", person.key_id))
        }),
    ]
}
