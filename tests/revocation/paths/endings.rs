//! How a session or a key ends.

use super::{Path, Through, path};
use crate::revocation::doors::{KEY, SESSION};
use crate::revocation::world::Held;

pub fn paths() -> Vec<Path> {
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
            through: Through::OwnConnection,
            ..path("connection-deleted", Held::ByGroup, SESSION, |world, person| {
                world.gateway.api().delete(&format!("/connections/{}", person.connection.id))
            })
        },
        Path {
            through: Through::OwnConnection,
            ..path("connection-disabled", Held::ByGroup, SESSION, |world, person| {
                let path = format!("/connections/{}", person.connection.id);
                world.gateway.api().put(&path, &serde_json::json!({"enabled": false}))
            })
        },
        path("api-key-revoked", Held::ByGroup, KEY, |world, person| {
            world.gateway.api().delete(&format!("/api-keys/{}", person.key_id))
        }),
        path("idp-logout", Held::ByGroup, SESSION, |world, person| world.log_out_at_provider(person)),
        Path {
            through: Through::LogoutByForm,
            ..path("idp-logout-form", Held::Directly, SESSION, |world, person| world.log_out_at_provider(person))
        },
        path("console-signed-out", Held::ByGroup, SESSION, |world, person| {
            world.console(&format!("/people/{}/sign-out", person.id))
        }),
        path("console-session-ended", Held::ByGroup, SESSION, |world, person| {
            world.console(&format!("/people/{}/sessions/{}/end", person.id, person.session))
        }),
    ]
}
