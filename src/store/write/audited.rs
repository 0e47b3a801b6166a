//! What a change must return: a value together with the audit events that tell of it.

use crate::audit::Event;

/// The outcome of a change. There is no way to make one that changes the database and says nothing, except
/// [`Audited::upkeep`], which the lane accepts for bookkeeping that changes nobody's rights.
#[derive(Debug)]
#[must_use]
pub struct Audited<T> {
    pub(super) value: T,
    pub(super) events: Vec<Event>,
    pub(super) kind: Kind,
}

/// What the lane does with the rows that were touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Keep them, with their events.
    Changed,
    /// There should be none; if a row was touched all the same, undo it.
    Unchanged,
    /// Keep them without an event.
    Upkeep,
}

impl<T> Audited<T> {
    /// A change and the event that tells of it.
    pub fn new(value: T, event: Event) -> Self {
        Self { value, events: vec![event], kind: Kind::Changed }
    }

    /// A change told by several events; at least the first is needed.
    pub fn several(value: T, first: Event, others: impl IntoIterator<Item = Event>) -> Self {
        let mut events = vec![first];
        events.extend(others);
        Self { value, events, kind: Kind::Changed }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The same outcome with another value.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Audited<U> {
        Audited { value: into(self.value), events: self.events, kind: self.kind }
    }

    /// Nothing had to change.
    pub fn unchanged(value: T) -> Self {
        Self { value, events: Vec::new(), kind: Kind::Unchanged }
    }

    /// Bookkeeping that changes nobody's rights and is no event: a session was seen, an expired sign-in was swept.
    pub fn upkeep(value: T) -> Self {
        Self { value, events: Vec::new(), kind: Kind::Upkeep }
    }
}
