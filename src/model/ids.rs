//! One type per identity, so that no function can be handed two ids in the wrong order.
//!
//! Every id is a UUIDv7 (RFC 9562 §5.7): sortable by the millisecond in which it was made, which keeps B-tree inserts
//! at the right edge. Outside the process it is the usual 36-character lower-case text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Chance, Timestamp};

/// The text was not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id (a UUID in its 36-character form)")]
pub struct IdError(String);

/// A new UUIDv7 from the moment and ten random bytes.
fn uuid_v7(now: Timestamp, chance: &dyn Chance) -> Uuid {
    let mut random = [0_u8; 10];
    chance.fill(&mut random);
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id, made at `now`.
            pub fn new(now: Timestamp, chance: &dyn Chance) -> Self {
                Self(uuid_v7(now, chance))
            }

            /// Its text, written into `buffer` instead of a new `String`.
            pub fn encode<'b>(&self, buffer: &'b mut [u8; 36]) -> &'b str {
                self.0.as_hyphenated().encode_lower(buffer)
            }

            /// The sixteen bytes, for hashing and cache slots.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Accepts the hyphenated form alone: one id has one spelling, so ids compare as text too.
            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = || IdError(text.chars().take(64).collect());
                if text.len() != 36 || text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(error());
                }
                Uuid::try_parse(text).map(Self).map_err(|_| error())
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    )+};
}

id! {
    /// A tenant: everything belongs to exactly one.
    OrganizationId,
    /// One SCIM client of an organization.
    DirectoryId,
    /// One bearer token of a directory.
    DirectoryTokenId,
    /// A program that fetches its directory's tokens itself.
    OauthClientId,
    /// A person (the SCIM `id` of a User).
    UserId,
    /// A SCIM Group.
    GroupId,
    /// A mapping rule: IdP group → role in scope.
    RuleId,
    /// An assignment of a role to a holder in a scope.
    AssignmentId,
    /// An allow or deny of one permission for one user in one scope.
    OverrideId,
    /// A share of one resource.
    ShareId,
    /// What an organization asserts about itself.
    ContractId,
    /// A review of who holds what.
    ReviewId,
    /// A held-back action that waits for somebody's yes.
    ApprovalId,
    /// A SAML identity provider of an organization.
    ConnectionId,
    /// A signed-in browser (the public id; the cookie is another, secret, value).
    SessionId,
    /// An API key.
    ApiKeyId,
    /// An audit entry.
    EntryId,
    /// One request, as shown to the client and kept in the audit.
    RequestId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chance::CountingChance;

    #[test]
    fn an_id_survives_its_text() {
        let id = UserId::new(Timestamp::from_micros(1_700_000_000_000_000), &CountingChance::default());
        assert_eq!(id.to_string().parse::<UserId>(), Ok(id));
    }

    #[test]
    fn ids_of_later_milliseconds_sort_later() {
        let chance = CountingChance::default();
        let early = UserId::new(Timestamp::from_micros(1_700_000_000_000_000), &chance);
        let late = UserId::new(Timestamp::from_micros(1_700_000_000_001_000), &chance);
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn other_spellings_of_an_id_are_refused() {
        for text in [
            "",
            "1",
            "018BCFE5-6800-7000-8000-000000000000",
            "018bcfe568007000800000000000000",
            "{018bcfe5-6800-7000-8000-000000000000}",
        ] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }
}
