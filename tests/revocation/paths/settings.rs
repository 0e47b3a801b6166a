//! What an admin changes for many at once: custom roles, the organization's settings, where scopes lie.

use serde_json::json;

use super::{Path, path};
use crate::revocation::doors::{ASKED, RIGHTS};
use crate::revocation::world::{Held, Person, World};
use crate::support::Answer;

fn set(world: &World<'_>, settings: &serde_json::Value) -> Answer {
    world.gateway.api().put("/settings", settings)
}

fn move_tenant(world: &World<'_>, person: &Person, parent: &str) -> Answer {
    world.gateway.api().post("/scopes", &json!({"scope": person.asked.scope, "parent": parent}))
}

pub fn paths() -> Vec<Path> {
    vec![
        path("role-narrowed", Held::ByCustomRole, RIGHTS, |world, person| {
            let narrower = json!({"title": person.role, "permissions": ["task.view"]});
            world.gateway.api().put(&format!("/roles/{}", person.role), &narrower)
        }),
        path("role-deleted", Held::ByCustomRole, RIGHTS, |world, person| {
            world.gateway.api().delete(&format!("/roles/{}", person.role))
        }),
        path("settings-plan", Held::ByCustomRole, RIGHTS, |world, _| set(world, &json!({"plan": "starter"}))),
        path("settings-default-role", Held::ByDefault, RIGHTS, |world, _| set(world, &json!({"default_role": null}))),
        path("settings-mapping-mode", Held::ByLesserRule, RIGHTS, |world, _| {
            set(world, &json!({"mapping_mode": "highest-priority"}))
        }),
        path("scope-moved", Held::InRegion, ASKED, |world, person| move_tenant(world, person, "region:elsewhere")),
        path("scope-moved-to-the-top", Held::InRegion, ASKED, |world, person| {
            move_tenant(world, person, "organization")
        }),
        path("scope-deleted", Held::InRegion, ASKED, |world, person| {
            world.gateway.api().delete(&format!("/scopes/{}", person.asked.scope))
        }),
    ]
}
