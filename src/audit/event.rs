//! What happened: the action, its target and the facts that belong to it. Who did it, when and over which request
//! joins in [`Entry::new`](super::Entry::new).
//!
//! One request makes one event, whose [`Difference`] carries all it changed.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::{Action, AuditError, Difference, Target};
use crate::model::UserId;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was understood and not allowed.
    Refused,
    /// It was allowed and could not be done, or could not be proven.
    Failed,
}

impl Outcome {
    /// The outcome's name in entries, searches and pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Outcome {
    type Err = AuditError;

    fn from_str(name: &str) -> Result<Self, AuditError> {
        match name {
            "success" => Ok(Self::Success),
            "refused" => Ok(Self::Refused),
            "failed" => Ok(Self::Failed),
            other => Err(AuditError::UnknownOutcome(AuditError::excerpt(other))),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    action: Action,
    target: Target,
    outcome: Outcome,
    on_behalf_of: Option<UserId>,
    scope: Option<String>,
    difference: Option<Difference>,
    reason: Option<String>,
    count: u32,
    detail: Option<Value>,
}

impl Event {
    /// `action` was done to `target`.
    pub const fn new(action: Action, target: Target) -> Self {
        Self {
            action,
            target,
            outcome: Outcome::Success,
            on_behalf_of: None,
            scope: None,
            difference: None,
            reason: None,
            count: 1,
            detail: None,
        }
    }

    /// `action` on `target` was refused, for this reason.
    pub fn refused(action: Action, target: Target, reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, ..Self::new(action, target) }.with_reason(reason)
    }

    /// `action` on `target` failed, for this reason.
    pub fn failed(action: Action, target: Target, reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, ..Self::new(action, target) }.with_reason(reason)
    }

    /// How it ended, where neither [`Event::refused`] nor [`Event::failed`] made it.
    #[must_use]
    pub const fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// For whom the actor acted, where that is somebody else.
    #[must_use]
    pub fn with_on_behalf_of(mut self, user: UserId) -> Self {
        self.on_behalf_of = Some(user);
        self
    }

    /// The scope in which it happened, e.g. `team:emea-1` (cut to 512 characters).
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(clip(scope.into(), 512));
        self
    }

    /// What it changed. Takes a [`Difference`] or an `Option` of one, as [`Difference::between`] gives it.
    #[must_use]
    pub fn with_difference(mut self, difference: impl Into<Option<Difference>>) -> Self {
        self.difference = difference.into();
        self
    }

    /// Why, in one sentence for a human (cut to 2,048 characters).
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(clip(reason.into(), 2_048));
        self
    }

    /// How many like events this one stands for; never less than one.
    #[must_use]
    pub fn with_count(mut self, count: u32) -> Self {
        self.count = count.max(1);
        self
    }

    /// Facts of this action that have no field of their own.
    #[must_use]
    pub fn with_detail(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    /// What happened.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// To what.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// How it ended.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// For whom the actor acted.
    pub const fn on_behalf_of(&self) -> Option<UserId> {
        self.on_behalf_of
    }

    /// The scope in which it happened.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// What it changed.
    pub const fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }

    /// Why.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// How many like events this one stands for.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Facts of this action that have no field of their own.
    pub const fn detail(&self) -> Option<&Value> {
        self.detail.as_ref()
    }

    /// The event without the parts whose size has no bound of its own, for keeping many of them in memory.
    pub(super) fn slim(&self) -> Self {
        Self {
            action: self.action,
            target: self.target.clone(),
            outcome: self.outcome,
            on_behalf_of: self.on_behalf_of,
            scope: self.scope.clone(),
            difference: None,
            reason: self.reason.clone(),
            count: self.count,
            detail: None,
        }
    }
}

/// `text`, cut to `limit` characters.
pub(super) fn clip(mut text: String, limit: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::TargetKind;

    #[test]
    fn every_outcome_survives_its_name() {
        for outcome in [Outcome::Success, Outcome::Refused, Outcome::Failed] {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
    }

    #[test]
    fn an_event_stands_for_at_least_one() {
        let event = Event::new(Action::AuditRead, Target::new(TargetKind::Audit, "log")).with_count(0);
        assert_eq!(event.count(), 1);
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(clip("aéé".to_owned(), 2), "aé");
        assert_eq!(clip("aé".to_owned(), 2), "aé");
    }
}
