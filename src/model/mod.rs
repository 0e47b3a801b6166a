//! The words every room shares. No room of its own logic: ids, names, time, chance, secrets, actors, request facts.
//!
//! Not here: what any of these *mean* to a protocol (see `scim`, `access`, `audit`) or how they are stored (`store`).

mod actor;
mod chance;
mod clock;
#[cfg(test)]
pub mod fuzz;
mod ids;
mod name;
mod pushed;
mod secret;

pub use actor::{Actor, Attribution, Origin};
pub use chance::Chance;
#[cfg(feature = "server")]
pub use chance::SystemChance;
#[cfg(feature = "server")]
pub use clock::SystemClock;
pub use clock::{Clock, FixedClock, Timestamp};
pub use ids::*;
pub use name::{FoldedKey, fold};
pub use pushed::{Pushed, PushedBody};
pub use secret::{Digest, Secret, TokenError, TokenKind, TokenParts};
