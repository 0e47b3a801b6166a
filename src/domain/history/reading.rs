//! An audit entry as the replay reads it: whole, with what the entry itself had no room for.

use serde_json::Value;

use crate::audit::{Action, Entry, Facts, Omission};
use crate::domain::GatewayError;
use crate::model::{Digest, OrganizationId, Timestamp};
use crate::store::audit::{self, EntryRow};
use crate::store::{Conn, StoreError};

/// One entry.
pub struct Reading {
    position: i64,
    entry: Entry,
    pub before: Value,
    pub after: Value,
    pub detail: Value,
}

impl Reading {
    /// Reads an entry as it stands in the log.
    pub fn of(conn: &mut Conn, organization: OrganizationId, row: &EntryRow) -> Result<Self, GatewayError> {
        let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("audit entry {}: {error}", row.id));
        let entry = Entry::parse(row.entry.as_bytes()).map_err(|error| corrupt(&error))?;
        let event = &entry.facts().event;
        let mut whole = |part: Option<&Value>| whole(conn, organization, row.position, part);
        let difference = event.difference();
        let before = whole(difference.and_then(|difference| difference.before()))?;
        let after = whole(difference.and_then(|difference| difference.after()))?;
        let detail = whole(event.detail())?;
        Ok(Self { position: row.position, before, after, detail, entry })
    }

    pub fn action(&self) -> Action {
        self.facts().event.action()
    }

    pub fn facts(&self) -> &Facts {
        self.entry.facts()
    }

    pub fn at(&self) -> Timestamp {
        self.facts().at
    }

    /// The id of what it is about.
    pub fn target(&self) -> &str {
        self.facts().event.target().id()
    }

    /// Who did it, as rows note it.
    pub fn actor(&self) -> String {
        let actor = &self.facts().actor;
        actor.id.as_ref().map_or_else(|| actor.kind.clone(), |id| format!("{}:{id}", actor.kind))
    }

    /// A text that must be there.
    pub fn text(&self, part: &Value, name: &str) -> Result<String, GatewayError> {
        part.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| self.silent(name))
    }

    /// A moment that may be there.
    pub fn moment(&self, part: &Value, name: &str) -> Result<Option<i64>, GatewayError> {
        match part.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                let moment = Timestamp::parse_rfc3339(text).ok_or_else(|| self.silent(name))?;
                Ok(Some(moment.micros()))
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Err(self.silent(name)),
        }
    }

    /// What this entry does not tell, and without which nothing can be said about any later moment.
    pub fn silent(&self, name: &str) -> GatewayError {
        let (position, action, at) = (self.position, self.action(), self.at());
        GatewayError::UnknownPast(format!(
            "entry {position} of the log (`{action}` of {at}) does not tell `{name}`, so what was from then on is not known"
        ))
    }
}

/// Texts in a list.
pub fn texts(part: &Value) -> Vec<String> {
    let items = part.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A part of an entry; where the entry bears its digest alone, the part that was kept beside it.
fn whole(
    conn: &mut Conn,
    organization: OrganizationId,
    position: i64,
    part: Option<&Value>,
) -> Result<Value, GatewayError> {
    let Some(part) = part else { return Ok(Value::Null) };
    let Some(digest) = Omission::digest_in(part) else { return Ok(part.clone()) };
    let kept = audit::omission(conn, organization, digest)?.filter(|text| Digest::of(text.as_bytes()).hex() == digest);
    let text = kept.ok_or_else(|| {
        GatewayError::UnknownPast(format!("entry {position} of the log had no room for a part, and that was not kept"))
    })?;
    let corrupt = |error| StoreError::Corrupt(format!("what entry {position} had no room for: {error}"));
    Ok(serde_json::from_str(&text).map_err(corrupt)?)
}
