//! What a transaction touched, for whoever answers from memory.

use crate::model::{Digest, OrganizationId, UserId};

/// Something that memory may hold and that is no longer as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One person: their state, memberships, assignments, overrides.
    User(OrganizationId, UserId),
    /// One secret: a session's cookie, an API key, a directory token.
    Secret(Digest),
    /// Anything that reaches many people: a rule, a role, a catalogue, a nested group.
    Organization(OrganizationId),
    /// All that is remembered: the connection to the database was lost and made anew.
    Everything,
}

/// Is told of every change after its commit and before anybody is answered.
pub trait Publisher: Send + Sync {
    /// Forgets what is no longer true. Must not fail, wait or touch the database.
    fn publish(&self, changes: &[Change]);
}
