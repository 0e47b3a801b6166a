//! Overrides: one permission, allowed or denied to one person in one scope and below.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Scope, ScopeError};
use crate::model::Timestamp;

/// What an override does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Effect {
    Allow,
    /// Refused at creation in an `additive` catalogue ([`super::Catalogue::allows_deny`]), and without effect there.
    Deny,
}

/// Where an override holds: what somebody wrote, or wherever the person is assigned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub enum Reach {
    /// In every scope in which the person holds a role, for as long as they hold it. A deny that names no scope denies in
    /// the organization: it must not depend on what else the person is given.
    Assigned,
    Scope(Scope),
}

impl Reach {
    /// Reads `assigned` or a scope.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        match text {
            "assigned" => Ok(Self::Assigned),
            scope => Scope::parse(scope).map(Self::Scope),
        }
    }

    /// Where it holds as far as is known without the person: what the maker of it must hold.
    pub fn widest(&self) -> &Scope {
        match self {
            Self::Assigned => &Scope::Organization,
            Self::Scope(scope) => scope,
        }
    }
}

impl From<Scope> for Reach {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

impl From<Reach> for String {
    fn from(reach: Reach) -> Self {
        reach.to_string()
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assigned => f.write_str("assigned"),
            Self::Scope(scope) => scope.fmt(f),
        }
    }
}

/// An exception for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Override {
    /// A permission key. One that the catalogue no longer has, or reserves to a role, does nothing.
    pub permission: String,
    pub effect: Effect,
    pub scope: Reach,
    /// The first moment at which it no longer holds.
    pub until: Option<Timestamp>,
    pub reason: String,
    /// Who made it, as the audit names them.
    pub author: String,
}
