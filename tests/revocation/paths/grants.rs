//! What an admin takes away from one person or group: rules, overrides, assignments, shares, the person themselves, and
//! the ownership that moves on. Some of it by giving something else.

use serde_json::json;

use super::{Path, path};
use crate::revocation::doors::{ALL, ASKED, RIGHTS};
use crate::revocation::world::{ACTION, Held, MANAGE, Person, World};
use crate::support::Answer;

pub fn paths() -> Vec<Path> {
    let mut paths = rules();
    paths.extend(withdrawals());
    paths.extend(displacements());
    paths
}

fn put_rule(world: &World<'_>, person: &Person, group: &str, role: &str, scope: &str) -> Answer {
    let rule = json!({"group": {"name": group}, "role": role, "scope": scope});
    world.gateway.api().put(&format!("/mapping-rules/{}", person.rule), &rule)
}

fn rules() -> Vec<Path> {
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
        path("console-rule-deleted", Held::ByGroup, RIGHTS, |world, person| {
            world.console(&format!("/groups/rules/{}/delete", person.rule))
        }),
    ]
}

fn withdrawals() -> Vec<Path> {
    vec![
        path("override-deny", Held::ByGroup, RIGHTS, |world, person| {
            let deny = |permission: &str| json!({"permission": permission, "effect": "deny", "reason": "a test"});
            let both = json!({"permissions": [deny(ACTION), deny(MANAGE)]});
            world.gateway.api().put(&format!("/users/{}/permissions", person.id), &both)
        }),
        path("override-deny-technicians", Held::Directly, RIGHTS, |world, person| {
            let deny = |permission: &str| json!({"permission": permission, "effect": "deny"});
            let both = json!({"permissions": [deny(ACTION), deny(MANAGE)]});
            let url = format!("{}/api/technicians/{}/permissions", world.gateway.url(), person.id);
            world.gateway.api().put(&url, &both)
        }),
        path("override-allow-ended", Held::ByOverride, RIGHTS, |world, person| {
            world.gateway.api().put(&format!("/users/{}/permissions", person.id), &json!({"permissions": []}))
        }),
        path("assignment-ended", Held::Directly, RIGHTS, |world, person| {
            world.gateway.api().delete(&format!("/users/{}/assignments/{}", person.id, person.assignment))
        }),
        path("user-suspended", Held::ByGroup, ALL, |world, person| {
            world.gateway.api().post(&format!("/users/{}/suspend", person.id), &json!({}))
        }),
        path("user-deleted-by-admin", Held::Directly, ALL, |world, person| {
            world.gateway.api().delete(&format!("/users/{}", person.id))
        }),
        path("share-ended", Held::ByShare, ASKED, |world, person| {
            world.gateway.api().delete(&format!("/shares/{}", person.share))
        }),
        path("share-lowered", Held::ByShare, ASKED, |world, person| person.share_to(world, "view")),
        path("ownership-handed-over", Held::AsOwner, RIGHTS, |world, person| {
            let owner = world.owner.get(&format!("{}/session", world.gateway.url())).expect(200).json();
            person.api(world).post("/ownership-transfer", &json!({"to": owner["user"]["id"]})).expect(201);
            world.owner.post("/ownership-transfer/accept", &json!({}))
        }),
    ]
}

/// What gives and takes away at once.
fn displacements() -> Vec<Path> {
    vec![
        path("rule-added-above", Held::ByUndisplacedRule, RIGHTS, |world, person| {
            let rule = json!({"group": {"name": person.group_name}, "role": "viewer", "scope": "organization",
                              "priority": 9});
            world.gateway.api().post("/mapping-rules", &rule)
        }),
        // The default role is that of whoever has no other.
        path("assignment-ends-default", Held::ByDefault, RIGHTS, |world, person| {
            world.gateway.api().post(&format!("/users/{}/assignments", person.id), &json!({"role": "viewer"}))
        }),
    ]
}
