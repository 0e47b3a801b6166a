//! What a transaction touched, for whoever answers from memory.

use crate::model::{Digest, GroupId, OrganizationId, UserId};

/// Something that memory may hold and that is no longer as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One person: their state, memberships, assignments, overrides.
    User(OrganizationId, UserId),
    /// One secret: a session's cookie, an API key, a directory token.
    Secret(Digest),
    /// One group: what it is called, what it holds, which groups it is in. Who is in it is each member's own.
    Group(OrganizationId, GroupId),
    /// What holds for everybody alike: a role, a scope, a setting, the catalogue. Nothing of anybody's own, nor of a group.
    Policy(OrganizationId),
    /// Anything of an organization: people, groups and policy, none of them named.
    Organization(OrganizationId),
    /// All that is remembered: the connection to the database was lost and made anew.
    Everything,
}

impl Change {
    /// Of something that a person or a group holds or is in.
    pub fn of_holder(organization: OrganizationId, is_person: bool, id: &str) -> Self {
        match is_person {
            true => id.parse().map_or(Self::Organization(organization), |user| Self::User(organization, user)),
            false => id.parse().map_or(Self::Organization(organization), |group| Self::Group(organization, group)),
        }
    }
}

/// Is told of every change after its commit and before anybody is answered.
pub trait Publisher: Send + Sync {
    /// Forgets what is no longer true. Must not fail, wait or touch the database.
    fn publish(&self, changes: &[Change]);
}
