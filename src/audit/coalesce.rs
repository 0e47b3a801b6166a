//! Refusals, coalesced: the first of who, what and where is an entry at once, the rest of the minute is one entry
//! with a count. So nobody can fill the disk from outside, and yet every refusal is counted.
//!
//! The number of keys held is bounded. While it is full, refusals with a new key are counted per organization and
//! action alone. What was not drained is lost in a crash: a minute of repeats, never a change.

use std::collections::HashMap;
use std::time::Duration;

use super::{Action, ActorRef, Event, Outcome, Target, TargetKind};
use crate::model::{Actor, Attribution, OrganizationId, Timestamp};

/// For how long like refusals are one.
const WINDOW: Duration = Duration::from_secs(60);

/// An event that is due to become an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub organization: OrganizationId,
    pub by: Attribution,
    pub event: Event,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    organization: OrganizationId,
    action: Action,
    outcome: Outcome,
    /// Who and where; `None` in the key of those that found no room.
    detail: Option<KeyDetail>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct KeyDetail {
    actor: ActorRef,
    ip: Option<std::net::IpAddr>,
    target: Target,
    scope: Option<String>,
    reason: Option<String>,
}

#[derive(Debug)]
struct Held {
    ends: Timestamp,
    /// The last like event since the window began, if any, and how many there were.
    repeat: Option<Due>,
    count: u32,
}

/// Holds back repeats.
#[derive(Debug)]
pub struct Coalescer {
    capacity: usize,
    held: HashMap<Key, Held>,
}

impl Coalescer {
    /// Holds at most `capacity` different keys, and one more for each organization and action.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, held: HashMap::new() }
    }

    /// Takes a refusal that happened at `by.at` and gives back what is due now: it itself, if it is the first of its
    /// kind, or else, once the minute is over, its repeats.
    pub fn push(&mut self, organization: OrganizationId, by: Attribution, event: Event) -> Option<Due> {
        let now = by.at;
        let mut key = Key::of(organization, &by, &event);
        let mut due = Due { organization, by, event };
        if self.held.len() >= self.capacity && !self.held.contains_key(&key) {
            due = crowded(due);
            key.detail = None;
        }
        let Some(held) = self.held.get_mut(&key) else {
            self.held.insert(key, Held { ends: now.plus(WINDOW), repeat: None, count: 0 });
            return Some(due);
        };
        held.count = held.count.saturating_add(due.event.count());
        due.event = due.event.slim();
        held.repeat = Some(due);
        if now < held.ends {
            return None;
        }
        held.ends = now.plus(WINDOW);
        held.take()
    }

    /// What is due at `now`: the repeats of every minute that is over. Call it every few seconds.
    pub fn drain(&mut self, now: Timestamp) -> Vec<Due> {
        let mut due = Vec::new();
        self.held.retain(|_, held| {
            if now < held.ends {
                return true;
            }
            let repeats = held.take();
            // A kind that repeats goes on holding back; one that fell silent is forgotten.
            held.ends = now.plus(WINDOW);
            let repeated = repeats.is_some();
            due.extend(repeats);
            repeated
        });
        due
    }

    /// Everything held, due or not: for a graceful stop.
    pub fn drain_all(&mut self) -> Vec<Due> {
        self.held.drain().filter_map(|(_, mut held)| held.take()).collect()
    }

    /// How many keys are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

impl Held {
    fn take(&mut self) -> Option<Due> {
        let count = std::mem::take(&mut self.count);
        self.repeat.take().map(|due| Due { event: due.event.with_count(count), ..due })
    }
}

impl Key {
    fn of(organization: OrganizationId, by: &Attribution, event: &Event) -> Self {
        let detail = KeyDetail {
            actor: ActorRef::from(&by.actor),
            ip: by.origin.as_ref().and_then(|origin| origin.ip),
            target: event.target().clone(),
            scope: event.scope().map(str::to_owned),
            reason: event.reason().map(str::to_owned),
        };
        Self { organization, action: event.action(), outcome: event.outcome(), detail: Some(detail) }
    }
}

/// The event of one that found no room: only its organization, action and outcome are kept.
fn crowded(due: Due) -> Due {
    let target = Target::new(TargetKind::Organization, due.organization);
    let event = Event::new(due.event.action(), target)
        .with_outcome(due.event.outcome())
        .with_count(due.event.count())
        .with_reason("too many different refusals in one minute: counted together");
    let by = Attribution { actor: Actor::System, origin: None, at: due.by.at, pushed: None };
    Due { organization: due.organization, by, event }
}

#[cfg(test)]
mod tests;
