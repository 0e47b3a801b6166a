//! The log on its way out: JSON Lines, which can be verified, and CSV, which can be read.
//!
//! A line is `{"log":organization,"index":n,"leaf":base64,"entry":"canonical text"}`. The entry stands in it as a
//! string, so that its exact bytes survive any JSON tool on the way.

use serde::{Deserialize, Serialize};

use super::log::{Hash, leaf_hash};
use super::{AuditError, Entry};

/// The length no line exceeds: an entry, each byte of it escaped, and room for the rest.
pub const MAX_LINE_BYTES: usize = 6 * super::MAX_ENTRY_BYTES + 4_096;

/// One line of an export, as it says: [`verify`](super::verify) asks whether it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The organization's id.
    pub log: String,
    /// The position in the log, from 0.
    pub index: u64,
    pub leaf: Hash,
    /// The canonical text of the entry.
    pub entry: String,
}

#[derive(Serialize, Deserialize)]
struct Written<'l> {
    #[serde(borrow)]
    log: std::borrow::Cow<'l, str>,
    index: u64,
    leaf: String,
    entry: std::borrow::Cow<'l, str>,
}

impl Line {
    /// The line of the entry at `index`.
    pub fn new(index: u64, entry: &Entry) -> Self {
        Self { log: entry.facts().organization.to_string(), index, leaf: entry.leaf(), entry: entry.text().to_owned() }
    }

    /// The line of stored bytes, without taking the entry apart.
    pub fn of_text(log: impl Into<String>, index: u64, entry: impl Into<String>) -> Self {
        let entry = entry.into();
        Self { log: log.into(), index, leaf: leaf_hash(entry.as_bytes()), entry }
    }

    /// The line's text, without a line end.
    pub fn to_json(&self) -> String {
        let written = Written {
            log: (&self.log).into(),
            index: self.index,
            leaf: self.leaf.to_string(),
            entry: (&self.entry).into(),
        };
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads a line's text.
    ///
    /// # Errors
    /// Too long, not JSON, a field missing, the leaf not a hash.
    pub fn parse(text: &str) -> Result<Self, AuditError> {
        if text.len() > MAX_LINE_BYTES {
            return Err(AuditError::ExportLine("it is too long".to_owned()));
        }
        let written: Written<'_> = serde_json::from_str(text)
            .map_err(|error| AuditError::ExportLine(AuditError::excerpt(&error.to_string())))?;
        let leaf = Hash::parse(&written.leaf)
            .ok_or_else(|| AuditError::ExportLine("the leaf is not 32 bytes of base64".to_owned()))?;
        Ok(Self { log: written.log.into_owned(), index: written.index, leaf, entry: written.entry.into_owned() })
    }
}

/// The first row of a CSV export.
pub const CSV_HEADER: &str = "index,at,action,outcome,actor_kind,actor_id,on_behalf_of,target_kind,target_id,\
    target_display,scope,reason,count,ip,user_agent,request_id,id,leaf\r\n";

/// The entry as a CSV row (RFC 4180), line end included. A cell that a spreadsheet would take for a formula begins
/// with an apostrophe.
pub fn csv_row(index: u64, entry: &Entry) -> String {
    let facts = entry.facts();
    let event = &facts.event;
    let target = event.target();
    let optional = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let cells = [
        index.to_string(),
        facts.at.rfc3339(),
        event.action().to_string(),
        event.outcome().to_string(),
        facts.actor.kind.clone(),
        optional(facts.actor.id.as_deref()),
        event.on_behalf_of().map(|user| user.to_string()).unwrap_or_default(),
        target.kind().to_string(),
        target.id().to_owned(),
        optional(target.display()),
        optional(event.scope()),
        optional(event.reason()),
        event.count().to_string(),
        facts.ip.map(|ip| ip.to_string()).unwrap_or_default(),
        optional(facts.user_agent.as_deref()),
        facts.request_id.map(|id| id.to_string()).unwrap_or_default(),
        facts.id.to_string(),
        entry.leaf().to_string(),
    ];
    let mut row = cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",");
    row.push_str("\r\n");
    row
}

fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

#[cfg(test)]
mod tests;
