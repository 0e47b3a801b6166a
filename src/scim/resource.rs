//! The two kinds of resource.

use std::fmt;

use super::urn;

/// A resource type (RFC 7643 §4, §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    User,
    Group,
}

impl ResourceKind {
    /// Both, in the order in which they are listed.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// The name, as in `meta.resourceType`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The endpoint below the base URL.
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// The core schema.
    pub const fn schema(self) -> &'static str {
        match self {
            Self::User => urn::USER,
            Self::Group => urn::GROUP,
        }
    }

    /// By name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }

    /// Where the resource lies: `{base_url}/Users/{id}`.
    pub fn location(self, base_url: &str, id: &str) -> String {
        format!("{}{}/{id}", base_url.trim_end_matches('/'), self.endpoint())
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
