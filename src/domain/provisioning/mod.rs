//! People and groups as directories push them in over SCIM.
//!
//! A directory sees and changes what it owns and nothing else (RFC 7643 §3.1: `externalId` belongs to its
//! provisioning domain); `userName` is unique in the whole organization.

mod brake;
mod departures;
mod groups;
mod listing;
mod members;
pub mod overview;
mod render;
mod unique;
mod users;

pub(super) use departures::finish_departures;
pub(super) use groups::{bury as bury_group, leave_tombstone};
pub use listing::{ListQuery, Listing, Stretch, Walks};
pub use render::Rendered;
pub(super) use users::bury as bury_user;

use serde_json::{Map, Value, json};

use super::GatewayError;
use super::directories::DirectoryClient;
use crate::audit::Event;
use crate::scim::{Leniency, Precondition, ScimError};
use crate::store::users::UserRow;

/// Refuses if the resource is not in the state that the client expects.
pub(super) fn check_version(kind: &'static str, expected: &Precondition, version: i64) -> Result<(), GatewayError> {
    if expected.holds(version) { Ok(()) } else { Err(GatewayError::Precondition { kind, version }) }
}

/// Whether the row belongs to the directory that asks.
fn is_own(client: &DirectoryClient, directory_id: Option<&str>) -> bool {
    directory_id.is_some_and(|id| id == client.directory.to_string())
}

/// The event, telling also what mapping rules made of it and which leniencies were used.
fn telling(event: Event, derived: Option<Value>, leniencies: &[Leniency]) -> Event {
    let mut detail = Map::new();
    if let Some(derived) = derived {
        detail.insert("derived".to_owned(), derived);
    }
    if !leniencies.is_empty() {
        let told: Vec<Value> = leniencies.iter().map(|one| json!({ "code": one.code, "detail": one.detail })).collect();
        detail.insert("leniencies".to_owned(), Value::from(told));
    }
    if detail.is_empty() { event } else { event.with_detail(Value::Object(detail)) }
}

/// The most characters of a value that an index bears: a B-tree page of PostgreSQL takes 2,704 bytes.
const MAX_INDEXED: usize = 512;

/// Refuses a value that is too long to be found again.
pub(super) fn check_indexed<'v>(values: impl IntoIterator<Item = (&'static str, &'v str)>) -> Result<(), GatewayError> {
    for (name, value) in values {
        if value.chars().count() > MAX_INDEXED {
            return Err(ScimError::InvalidValue(format!("`{name}` is longer than {MAX_INDEXED} characters")).into());
        }
    }
    Ok(())
}

/// A person's primary e-mail address, or else their first.
pub(super) fn primary_email(row: &UserRow) -> Option<String> {
    let document: Value = serde_json::from_str(&row.document).ok()?;
    let emails = document.get("emails")?.as_array()?;
    let is_primary = |email: &&Value| email.get("primary").and_then(Value::as_bool).unwrap_or_default();
    let email = emails.iter().find(is_primary).or_else(|| emails.first())?;
    email.get("value")?.as_str().map(str::to_owned)
}
