//! One entry of the audit log: an event with who, when and over which request, as the bytes that are hashed and kept.
//!
//! The bytes are the [`canonical`] JSON text of the entry, at most 65,535 of them, because C2SP tlog-tiles entry
//! bundles carry 16-bit lengths. Where a difference or detail would exceed that, its parts are replaced by
//! `{"omitted":{"bytes":…,"sha256":"…"}}`, so the entry says what it left out and proves it to whoever has it.
//! A field without a value is absent. The entry's index is not in it: that is its position in the log.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::log::{Hash, leaf_hash};
use super::{AuditError, Difference, Event, Target, canonical, canonical_text};
use crate::model::{Actor, Attribution, Digest, EntryId, OrganizationId, RequestId, Timestamp};

/// The length no entry exceeds.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// The version of the entry's format.
const VERSION: i64 = 1;

/// Who acted, as an entry tells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ActorRef {
    /// The kind, as [`Actor::kind`] names it.
    pub kind: String,
    /// The id, where the kind has one.
    pub id: Option<String>,
}

impl From<&Actor> for ActorRef {
    fn from(actor: &Actor) -> Self {
        Self { kind: actor.kind().to_owned(), id: actor.id() }
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub organization: OrganizationId,
    pub id: EntryId,
    pub at: Timestamp,
    pub actor: ActorRef,
    pub event: Event,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub request_id: Option<RequestId>,
}

/// An entry and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    facts: Facts,
    text: String,
    /// Not of an entry that was read.
    omissions: Vec<Omission>,
}

/// What an entry had no room for: the entry bears its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// SHA-256 of the text, in hexadecimal.
    pub digest: String,
    /// Canonical JSON.
    pub text: String,
}

impl Omission {
    fn new(value: &Value) -> Self {
        let text = canonical(value);
        Self { digest: Digest::of(text.as_bytes()).hex(), text }
    }

    /// What stands in the entry.
    fn mark(&self) -> String {
        canonical(&json!({"omitted": {"bytes": self.text.len(), "sha256": self.digest}}))
    }

    /// The digest of what was left out here, if something was.
    pub fn digest_in(value: &Value) -> Option<&str> {
        value.get("omitted")?.get("sha256")?.as_str()
    }
}

impl Entry {
    /// The entry of `event`, done by whom and when `by` says.
    pub fn new(organization: OrganizationId, id: EntryId, by: &Attribution, event: Event) -> Self {
        let origin = by.origin.as_ref();
        let facts = Facts {
            organization,
            id,
            at: by.at,
            actor: ActorRef::from(&by.actor),
            event,
            ip: origin.and_then(|origin| origin.ip),
            user_agent: origin.and_then(|origin| origin.user_agent.clone()).map(|agent| super::event::clip(agent, 256)),
            request_id: origin.map(|origin| origin.request_id),
        };
        let (text, omissions) = bounded_text(&facts);
        Self { facts, text, omissions }
    }

    /// Reads the bytes of an entry; whatever is not the canonical text of one is refused.
    ///
    /// # Errors
    /// Too long, not JSON, not canonical, an unknown version, or a field missing or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, AuditError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(AuditError::EntryTooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|error| AuditError::EntryNotJson(error.to_string()))?;
        let value: Value = serde_json::from_str(text).map_err(|error| AuditError::EntryNotJson(error.to_string()))?;
        if canonical(&value) != text {
            return Err(AuditError::EntryNotCanonical);
        }
        let facts = read(&value)?;
        Ok(Self { facts, text: text.to_owned(), omissions: Vec::new() })
    }

    /// What the entry says.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The bytes that are kept and hashed.
    pub const fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The same bytes as text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What there was no room for.
    pub fn omissions(&self) -> &[Omission] {
        &self.omissions
    }

    /// The entry's leaf in the Merkle log.
    pub fn leaf(&self) -> Hash {
        leaf_hash(self.bytes())
    }
}

/// INVARIANT: at most [`MAX_ENTRY_BYTES`]. Without difference and detail an entry has at most about 4,100 characters
/// of free text, six bytes each at worst, and some 1,000 bytes besides.
fn bounded_text(facts: &Facts) -> (String, Vec<Omission>) {
    let (mut fields, mut omissions) = (fields(facts), Vec::new());
    for shorter in [difference_omitted, detail_omitted] {
        let text = joined(&fields);
        if text.len() <= MAX_ENTRY_BYTES {
            return (text, omissions);
        }
        if let Some((name, text, omitted)) = shorter(&facts.event)
            && let Some(field) = fields.iter_mut().find(|field| field.0 == name)
        {
            field.1 = text;
            omissions.extend(omitted);
        }
    }
    (joined(&fields), omissions)
}

/// An object of these members, which stand in the canonical order already.
fn joined(fields: &[(&str, String)]) -> String {
    let length = fields.iter().map(|(name, text)| name.len() + text.len() + 4).sum::<usize>();
    let mut object = String::with_capacity(length + 2);
    object.push('{');
    for (at, (name, text)) in fields.iter().enumerate() {
        object.push_str(if at > 0 { ",\"" } else { "\"" });
        object.push_str(name);
        object.push_str("\":");
        object.push_str(text);
    }
    object.push('}');
    object
}

type Shorter = (&'static str, String, Vec<Omission>);

/// A difference keeps its sides, each with its own size and digest.
fn difference_omitted(event: &Event) -> Option<Shorter> {
    let difference = event.difference()?;
    let omissions = [difference.after(), difference.before()].into_iter().flatten().map(Omission::new).collect();
    Some(("difference", sides(difference, |side| Omission::new(side).mark()), omissions))
}

fn detail_omitted(event: &Event) -> Option<Shorter> {
    let omission = Omission::new(event.detail()?);
    Some(("detail", omission.mark(), vec![omission]))
}

/// The entry's members, each as canonical text, in the canonical order of their names. Every change builds an entry in
/// front of everybody who waits behind it, so nothing is copied into a tree first.
fn fields(facts: &Facts) -> Vec<(&'static str, String)> {
    let event = &facts.event;
    let target = event.target();
    let all = [
        ("action", Some(canonical_text(event.action().as_str()))),
        ("actor", Some(object([("id", facts.actor.id.as_deref()), ("kind", Some(&facts.actor.kind))]))),
        ("at", Some(canonical_text(&facts.at.rfc3339()))),
        ("count", Some(event.count().to_string())),
        ("detail", event.detail().map(canonical)),
        ("difference", event.difference().map(|difference| sides(difference, canonical))),
        ("id", Some(canonical_text(&facts.id.to_string()))),
        ("ip", facts.ip.map(|ip| canonical_text(&ip.to_string()))),
        ("on_behalf_of", event.on_behalf_of().map(|user| canonical_text(&user.to_string()))),
        ("organization", Some(canonical_text(&facts.organization.to_string()))),
        ("outcome", Some(canonical_text(event.outcome().as_str()))),
        ("reason", event.reason().map(canonical_text)),
        ("request_id", facts.request_id.map(|id| canonical_text(&id.to_string()))),
        ("scope", event.scope().map(canonical_text)),
        (
            "target",
            Some(object([
                ("display", target.display()),
                ("id", Some(target.id())),
                ("kind", Some(target.kind().as_str())),
            ])),
        ),
        ("user_agent", facts.user_agent.as_deref().map(canonical_text)),
        ("v", Some(VERSION.to_string())),
    ];
    all.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

/// An object of texts, its names in the canonical order.
fn object<const N: usize>(members: [(&'static str, Option<&str>); N]) -> String {
    let members: Vec<_> = members.into_iter().filter_map(|(name, text)| Some((name, canonical_text(text?)))).collect();
    joined(&members)
}

fn sides(difference: &Difference, written: impl Fn(&Value) -> String) -> String {
    let sides = [("after", difference.after()), ("before", difference.before())];
    let written: Vec<_> = sides.into_iter().filter_map(|(side, value)| Some((side, written(value?)))).collect();
    joined(&written)
}

fn read(value: &Value) -> Result<Facts, AuditError> {
    let version = value.get("v").and_then(Value::as_i64).ok_or(AuditError::EntryField("v"))?;
    if version != VERSION {
        return Err(AuditError::EntryVersion(version));
    }
    let at = text(value, "at")?;
    let actor = value.get("actor").ok_or(AuditError::EntryField("actor"))?;
    Ok(Facts {
        organization: parsed(value, "organization")?,
        id: parsed(value, "id")?,
        at: Timestamp::parse_rfc3339(at).filter(|at_| at_.rfc3339() == at).ok_or(AuditError::EntryField("at"))?,
        actor: ActorRef {
            kind: text(actor, "kind").map_err(|_| AuditError::EntryField("actor"))?.to_owned(),
            id: optional_text(actor, "id").map_err(|_| AuditError::EntryField("actor"))?.map(str::to_owned),
        },
        event: read_event(value)?,
        ip: optional_parsed(value, "ip")?,
        user_agent: optional_text(value, "user_agent")?.map(str::to_owned),
        request_id: optional_parsed(value, "request_id")?,
    })
}

fn read_event(value: &Value) -> Result<Event, AuditError> {
    let count = value.get("count").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    let mut event = Event::new(text(value, "action")?.parse()?, read_target(value)?)
        .with_outcome(text(value, "outcome")?.parse()?)
        .with_count(count.filter(|count| *count > 0).ok_or(AuditError::EntryField("count"))?);
    if let Some(user) = optional_parsed(value, "on_behalf_of")? {
        event = event.with_on_behalf_of(user);
    }
    if let Some(scope) = optional_text(value, "scope")? {
        event = event.with_scope(scope);
    }
    if let Some(difference) = value.get("difference") {
        let sides = difference.as_object().ok_or(AuditError::EntryField("difference"))?;
        event =
            event.with_difference(Difference::from_parts(sides.get("before").cloned(), sides.get("after").cloned()));
    }
    if let Some(reason) = optional_text(value, "reason")? {
        event = event.with_reason(reason);
    }
    if let Some(detail) = value.get("detail") {
        event = event.with_detail(detail.clone());
    }
    Ok(event)
}

fn read_target(value: &Value) -> Result<Target, AuditError> {
    let target = value.get("target").ok_or(AuditError::EntryField("target"))?;
    let field = |_| AuditError::EntryField("target");
    let kind = text(target, "kind").map_err(field)?.parse()?;
    let plain = Target::new(kind, text(target, "id").map_err(field)?);
    Ok(match optional_text(target, "display").map_err(field)? {
        Some(display) => plain.named(display),
        None => plain,
    })
}

fn text<'v>(value: &'v Value, name: &'static str) -> Result<&'v str, AuditError> {
    value.get(name).and_then(Value::as_str).ok_or(AuditError::EntryField(name))
}

fn optional_text<'v>(value: &'v Value, name: &'static str) -> Result<Option<&'v str>, AuditError> {
    value.get(name).map(|found| found.as_str().ok_or(AuditError::EntryField(name))).transpose()
}

fn parsed<T: std::str::FromStr>(value: &Value, name: &'static str) -> Result<T, AuditError> {
    text(value, name)?.parse().map_err(|_| AuditError::EntryField(name))
}

fn optional_parsed<T: std::str::FromStr>(value: &Value, name: &'static str) -> Result<Option<T>, AuditError> {
    optional_text(value, name)?.map(|found| found.parse().map_err(|_| AuditError::EntryField(name))).transpose()
}

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
