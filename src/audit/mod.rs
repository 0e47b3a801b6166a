//! The audit log, pure: what an event is, the bytes of its entry, the Merkle log over the entries, signed checkpoints,
//! verification and export.
//!
//! An [`Event`] says what happened; an [`Entry`] is that event with who, when and over which request, as canonical
//! bytes; the bytes are hashed into one Merkle log per organization ([`log`]); a [`checkpoint`] is the log's size and
//! root under a signature; [`verify`] checks an [`export`] against checkpoints with nothing else at hand.
//!
//! Not here: writing entries (the `store`'s write lane does, in the transaction of the change), signing at intervals
//! and sending checkpoints elsewhere (`domain`), and who may read the log.

mod action;
mod canonical;
pub mod checkpoint;
pub mod coalesce;
mod difference;
mod entry;
mod error;
mod event;
pub mod export;
#[cfg(test)]
mod guide;
pub mod log;
mod target;
#[cfg(test)]
mod test_support;
pub mod verify;

pub use action::Action;
pub use canonical::canonical;
use canonical::canonical_text;
pub use difference::Difference;
pub use entry::{ActorRef, Entry, Facts, MAX_ENTRY_BYTES, Omission};
pub use error::AuditError;
pub use event::{Event, Outcome};
pub use target::{Target, TargetKind};
