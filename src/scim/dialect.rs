//! Whose SCIM a directory speaks, and what two identity providers want differently.
//!
//! Every directory is met with the same tolerance, whatever its dialect: the forms of values are in `dialect::shape`,
//! those of PATCH operations in `patch::dialect`. A dialect decides only where two identity providers want opposite
//! things of the same request, so that no form can serve both; `generic` is there what the RFC says.

use std::fmt;
use std::str::FromStr;

use super::ResourceKind;
use super::error::short;

pub(super) mod shape;

/// A SCIM client's way of speaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    #[default]
    Generic,
    Okta,
    Entra,
    Google,
    OneLogin,
    JumpCloud,
    Ping,
}

/// The text names no dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a dialect (generic, okta, entra, google, onelogin, jumpcloud or ping)")]
pub struct DialectError(String);

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Generic, Self::Okta, Self::Entra, Self::Google, Self::OneLogin, Self::JumpCloud, Self::Ping];

    /// The name, as configured and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Google => "google",
            Self::OneLogin => "onelogin",
            Self::JumpCloud => "jumpcloud",
            Self::Ping => "ping",
        }
    }

    /// Whether a PATCH is answered with 200 and the resource, rather than 204 (both RFC 7644 §3.5.2). Entra wants 204
    /// for groups, whose bodies would be large, and takes it for users.
    pub const fn patch_answers_body(self, kind: ResourceKind) -> bool {
        match (self, kind) {
            (Self::Entra, ResourceKind::User | ResourceKind::Group) => false,
            (
                Self::Generic | Self::Okta | Self::Google | Self::OneLogin | Self::JumpCloud | Self::Ping,
                ResourceKind::User | ResourceKind::Group,
            ) => true,
        }
    }

    /// Whether a second group of the same `displayName` is refused. RFC 7643 §8.7.1 does not; Entra matches by it.
    pub const fn unique_group_names(self) -> bool {
        self.is(Self::Entra)
    }

    /// Whether replacing at `emails[type eq "work"]` makes the element if there is none, and removing there passes. The
    /// RFC says `noTarget` (§3.5.2.3, table 9), upon which Entra would ask again every forty minutes.
    pub const fn unmatched_value_path_creates(self) -> bool {
        !self.is(Self::Generic)
    }

    /// Whether a filter may have any literal without its quotes. `True` and `False` need none in any dialect.
    pub const fn lenient_literals(self) -> bool {
        !self.is(Self::Generic)
    }

    /// Whether a member id that names nobody is kept as a reference that gives nothing, rather than refused. The RFC
    /// asks for no check (§3.5.2); Entra may send a member before the person.
    pub const fn tolerates_unknown_members(self) -> bool {
        self.is(Self::Generic) || self.is(Self::Entra)
    }

    /// Whether a request that asks for nothing (no operations) or contradicts itself (two primary values) is refused
    /// rather than read as well as it can be.
    pub(super) const fn is_to_the_letter(self) -> bool {
        self.is(Self::Generic)
    }

    const fn is(self, other: Self) -> bool {
        self as u8 == other as u8
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Dialect {
    type Err = DialectError;

    fn from_str(text: &str) -> Result<Self, DialectError> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| DialectError(short(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_is_found_by_its_name() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.as_str().parse(), Ok(dialect));
        }
        assert!("saml".parse::<Dialect>().is_err());
    }
}
