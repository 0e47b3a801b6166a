//! What is left after the worst moment: power cuts, a database that goes away, a full disk, two servers, a stop.
//!
//! Nothing here waits for a fixed time: what may take a moment is polled.

mod database_gone;
mod disk_full;
mod power_cut;
mod server;
mod stop;
mod two_servers;

use serde_json::{Value, json};

/// A user resource of this name.
fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true})
}
