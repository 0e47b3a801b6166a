//! The audit log with names: who is behind the ids, as they are called now.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::directory_names;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::domain::ledger::EntryQuery;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, OrganizationId, UserId};
use crate::store::audit::{self, EntryRow};
use crate::store::{Conn, StoreError, api_keys, users};

/// Somebody or something in an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    pub kind: String,
    pub id: Option<String>,
    /// As the entry or, for who is still there, the database calls it.
    pub name: Option<String>,
}

/// An entry to be read by a person.
#[derive(Debug, Clone, Default)]
pub struct LoggedEntry {
    pub position: i64,
    /// RFC 3339.
    pub at: String,
    pub action: String,
    pub outcome: String,
    pub actor: Named,
    pub target: Named,
    pub scope: Option<String>,
    pub reason: Option<String>,
    /// For how many like ones it stands.
    pub count: u64,
    pub request: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub detail: Option<Value>,
}

/// A page of the log, newest first.
#[derive(Debug, Clone, Default)]
pub struct LogPage {
    pub entries: Vec<LoggedEntry>,
    /// Where the next page begins; none on the last.
    pub next: Option<i64>,
}

impl Gateway {
    /// A page of the log. `actor` and `target` of the selection may be ids or userNames.
    pub async fn search_log(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        mut selection: EntryQuery,
        before: Option<i64>,
        limit: usize,
    ) -> Result<LogPage, GatewayError> {
        for side in [&mut selection.actor, &mut selection.target].into_iter().flatten() {
            *side = self.id_of(organization, side).await?;
        }
        let page = self.read_audit(by, organization, selection, before, limit).await?;
        let entries = self.store.read(move |conn| named(conn, organization, page.entries)).await?;
        Ok(LogPage { entries, next: page.next })
    }

    /// What was done last and what was refused last, at most `limit` of each, newest first.
    pub async fn latest_entries(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        limit: i64,
    ) -> Result<(Vec<LoggedEntry>, Vec<LoggedEntry>), GatewayError> {
        self.note_reading(organization, by);
        self.store
            .read(move |conn| {
                let done = audit::newest_done(conn, organization, limit)?;
                let refused = audit::newest_refused(conn, organization, limit)?;
                Ok((named(conn, organization, parsed(done)?)?, named(conn, organization, parsed(refused)?)?))
            })
            .await
    }

    /// One entry.
    pub async fn log_entry(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        position: i64,
    ) -> Result<LoggedEntry, GatewayError> {
        self.note_reading(organization, by);
        self.store
            .read(move |conn| {
                let row = audit::at(conn, organization, position)?;
                let entries = parsed(row.into_iter().collect())?;
                let found = named(conn, organization, entries)?.pop();
                found.ok_or_else(|| GatewayError::not_found("audit entry", position))
            })
            .await
    }

    fn note_reading(&self, organization: OrganizationId, by: &Attribution) {
        let event = Event::new(Action::AuditRead, Target::new(TargetKind::Audit, "log"));
        self.note_refusal(organization, by.clone(), event);
    }

    /// The id behind a userName; what is no userName here stays what it is.
    async fn id_of(self: &Arc<Self>, organization: OrganizationId, text: &str) -> Result<String, GatewayError> {
        let text = text.trim().to_owned();
        if text.parse::<UserId>().is_ok() {
            return Ok(text);
        }
        let name = text.clone();
        let row = self.store.read(move |conn| users::by_user_name(conn, organization, &name)).await?;
        Ok(row.map_or(text, |row| row.id.to_string()))
    }
}

fn parsed(rows: Vec<EntryRow>) -> Result<Vec<(i64, Value)>, GatewayError> {
    let parse = |row: EntryRow| {
        let entry = serde_json::from_str(&row.entry)
            .map_err(|error| StoreError::Corrupt(format!("audit entry {}: {error}", row.id)))?;
        Ok((row.position, entry))
    };
    rows.into_iter().map(parse).collect()
}

/// The entries with the names of people, directories and keys that are still there.
fn named(
    conn: &mut Conn,
    organization: OrganizationId,
    entries: Vec<(i64, Value)>,
) -> Result<Vec<LoggedEntry>, StoreError> {
    let mut read: Vec<LoggedEntry> = entries.iter().map(|(position, entry)| logged(*position, entry)).collect();
    let sides = read.iter().flat_map(|entry| [&entry.actor, &entry.target]);
    let mut people: Vec<String> = sides.filter(|side| side.kind == "user").filter_map(|side| side.id.clone()).collect();
    people.sort_unstable();
    people.dedup();
    let mut names: HashMap<String, String> = users::names(conn, organization, &people)?.into_iter().collect();
    names.extend(directory_names(conn, organization)?);
    names.extend(api_keys::live(conn, organization)?.into_iter().map(|key| (key.id.to_string(), key.name)));
    for side in read.iter_mut().flat_map(|entry| [&mut entry.actor, &mut entry.target]) {
        if side.name.is_none() {
            side.name = side.id.as_ref().and_then(|id| names.get(id).cloned());
        }
    }
    Ok(read)
}

fn logged(position: i64, entry: &Value) -> LoggedEntry {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let side = |key: &str| {
        let part = |name: &str| entry.get(key)?.get(name)?.as_str().map(str::to_owned);
        Named { kind: part("kind").unwrap_or_default(), id: part("id"), name: part("display") }
    };
    let difference = |key: &str| entry.get("difference").and_then(|sides| sides.get(key)).cloned();
    LoggedEntry {
        position,
        at: text("at").unwrap_or_default(),
        action: text("action").unwrap_or_default(),
        outcome: text("outcome").unwrap_or_default(),
        actor: side("actor"),
        target: side("target"),
        scope: text("scope"),
        reason: text("reason"),
        count: entry.get("count").and_then(Value::as_u64).unwrap_or(1),
        request: text("request_id"),
        ip: text("ip"),
        user_agent: text("user_agent"),
        before: difference("before"),
        after: difference("after"),
        detail: entry.get("detail").cloned(),
    }
}
