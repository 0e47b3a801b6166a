//! What the directory does: people deactivated and deleted, groups left, emptied, renamed and deleted, also in bulk.

use serde_json::{Value, json};

use super::{Path, Through, path};
use crate::revocation::doors::{ALL, RIGHTS};
use crate::revocation::world::{Held, Person, World, create_group, user};
use crate::support::Answer;

pub fn paths() -> Vec<Path> {
    let mut paths = deactivations();
    paths.extend(departures());
    paths.extend(bulk_operations());
    paths
}

fn patch(operation: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})
}

fn patch_user(person: &Person, operation: Value) -> Answer {
    person.scim.patch(&format!("/Users/{}", person.id), &patch(operation))
}

fn patch_group(world: &World<'_>, group: &str, operation: Value) -> Answer {
    world.gateway.scim().patch(&format!("/Groups/{group}"), &patch(operation))
}

fn put_group(world: &World<'_>, group: &str, name: &str, members: Value) -> Answer {
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                      "members": members});
    world.gateway.scim().put(&format!("/Groups/{group}"), &body)
}

/// Several operations in one request. Bulk answers 200 whatever became of them, so each is looked at.
fn bulk(world: &World<'_>, operations: Value) -> Answer {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let answer = world.gateway.scim().post("/Bulk", &body).expect(200);
    for operation in answer.json()["Operations"].as_array().unwrap() {
        assert!(operation["status"].as_str().unwrap().starts_with('2'), "{operation}");
    }
    answer
}

fn deactivations() -> Vec<Path> {
    vec![
        path("user-patch-active-pathless", Held::ByGroup, ALL, |_world, person| {
            patch_user(person, json!({"op": "replace", "value": {"active": false}}))
        }),
        path("user-patch-active", Held::ByGroup, ALL, |_world, person| {
            patch_user(person, json!({"op": "replace", "path": "active", "value": false}))
        }),
        Path {
            through: Through::Entra,
            ..path("user-patch-active-False", Held::ByGroup, ALL, |_world, person| {
                patch_user(person, json!({"op": "Replace", "path": "active", "value": "False"}))
            })
        },
        Path {
            through: Through::Entra,
            ..path("user-patch-active-pathless-false", Held::Directly, ALL, |_world, person| {
                patch_user(person, json!({"op": "replace", "value": {"active": "false"}}))
            })
        },
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
        // Where only the rules of the highest priority count, a further group can take away too.
        path("group-created-above", Held::ByUndisplacedRule, RIGHTS, |world, person| {
            let above = format!("{} displaced", person.group_name);
            world.rule(&above, "viewer", 9);
            let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": above,
                              "members": [{"value": person.id}]});
            world.gateway.scim().post("/Groups", &body)
        }),
        path("group-patch-add-above", Held::ByUndisplacedRule, RIGHTS, |world, person| {
            let above = format!("{} displaced", person.group_name);
            world.rule(&above, "viewer", 9);
            let nobody = world.gateway.scim().post("/Users", &user(&format!("not-{}", person.name))).expect(201);
            let group = create_group(&world.gateway.scim(), &above, &nobody.text("id"));
            let joins = json!([{"value": person.id}]);
            patch_group(world, &group, json!({"op": "add", "path": "members", "value": joins}))
        }),
    ]
}

fn bulk_operations() -> Vec<Path> {
    vec![
        path("bulk-user-deactivate", Held::ByGroup, ALL, |world, person| {
            let data = patch(json!({"op": "replace", "path": "active", "value": false}));
            bulk(world, json!([{"method": "PATCH", "path": format!("/Users/{}", person.id), "data": data}]))
        }),
        path("bulk-user-delete", Held::Directly, ALL, |world, person| {
            bulk(world, json!([{"method": "DELETE", "path": format!("/Users/{}", person.id)}]))
        }),
        path("bulk-member-remove", Held::ByGroup, RIGHTS, |world, person| {
            let member = format!("members[value eq \"{}\"]", person.id);
            let data = patch(json!({"op": "remove", "path": member}));
            bulk(world, json!([{"method": "PATCH", "path": format!("/Groups/{}", person.group), "data": data}]))
        }),
        path("bulk-group-delete", Held::ByNestedGroup, RIGHTS, |world, person| {
            // Not the last of the operations: what it takes is gone all the same.
            let other = json!({"method": "POST", "path": "/Users", "bulkId": "new",
                               "data": user(&format!("beside-{}", person.name))});
            bulk(world, json!([{"method": "DELETE", "path": format!("/Groups/{}", person.parent)}, other]))
        }),
    ]
}
