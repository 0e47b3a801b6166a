//! Who does something, and over which request: what every change is attributed to.

use std::net::IpAddr;

use super::{ApiKeyId, ConnectionId, DirectoryId, Pushed, RequestId, RuleId, Timestamp, UserId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A directory, over SCIM.
    Directory(DirectoryId),
    /// A person with a session or a key of their own.
    User(UserId),
    /// An API key that belongs to the organization rather than to a person.
    ApiKey(ApiKeyId),
    /// A connection, for what a SAML sign-in changes (just-in-time creation, linking).
    Connection(ConnectionId),
    /// A mapping rule, for what follows from it.
    Rule(RuleId),
    /// The command line on the machine itself.
    Operator,
    /// The gateway itself (upkeep, expiry).
    System,
    /// Somebody who has not said, or not proven, who they are.
    Anonymous,
}

impl Actor {
    /// The kind, as the audit and the logs name it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Directory(_) => "directory",
            Self::User(_) => "user",
            Self::ApiKey(_) => "api_key",
            Self::Connection(_) => "connection",
            Self::Rule(_) => "rule",
            Self::Operator => "operator",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }

    /// The id, where the kind has one.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Directory(id) => Some(id.to_string()),
            Self::User(id) => Some(id.to_string()),
            Self::ApiKey(id) => Some(id.to_string()),
            Self::Connection(id) => Some(id.to_string()),
            Self::Rule(id) => Some(id.to_string()),
            Self::Operator | Self::System | Self::Anonymous => None,
        }
    }
}

impl std::fmt::Display for Actor {
    /// `user:<id>`, or the kind alone where it has no id.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.id() {
            Some(id) => write!(f, "{}:{id}", self.kind()),
            None => f.write_str(self.kind()),
        }
    }
}

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    /// As sent, cut to 256 characters.
    pub user_agent: Option<String>,
    pub request_id: RequestId,
}

/// What every change is attributed to: who, over which request, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    pub actor: Actor,
    pub origin: Option<Origin>,
    pub at: Timestamp,
    /// What a directory asked for, where that is kept with its change.
    pub pushed: Option<Pushed>,
}
