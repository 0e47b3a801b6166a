//! What was tolerated in a request though the RFC does not have it, so that an admin can see it.

use super::error::short;

/// One tolerance that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leniency {
    /// A stable name for counting, e.g. `boolean_as_string`.
    pub code: &'static str,
    /// For people, e.g. "`active` sent as the string `False`".
    pub detail: String,
}

/// The tolerances of one request. Bounded, so that a body of a megabyte of unknown attributes cannot fill a log.
#[derive(Debug, Clone, Default)]
pub(super) struct Leniencies(Vec<Leniency>);

impl Leniencies {
    const MOST: usize = 64;

    /// Notes that `what` (an attribute or path as sent) was taken as `how` says.
    pub(super) fn note(&mut self, code: &'static str, what: &str, how: &str) {
        if self.0.len() < Self::MOST {
            self.0.push(Leniency { code, detail: format!("`{}` {how}", short(what)) });
        }
    }

    pub(super) fn into_vec(self) -> Vec<Leniency> {
        self.0
    }
}
