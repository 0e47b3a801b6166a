//! Checkpoints: the size and root of a log (C2SP tlog-checkpoint) as a signed note (C2SP signed-note, Ed25519).
//!
//! The body is three lines: the log's origin, its size, its root as base64. A checkpoint that was sent elsewhere
//! pins every entry below its size; only the holder of the signing key can make one.

mod key;
mod note;

use super::AuditError;
use super::log::{Frontier, Hash};
use crate::model::OrganizationId;

pub use key::{SigningKey, VerifyKey};

/// The length no note exceeds.
pub const MAX_NOTE_BYTES: usize = 16 * 1024;

/// What a log was at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

impl Checkpoint {
    /// The log of `organization`, as `frontier` has it. Its origin is `gate`, the name of this installation as a URL
    /// without scheme, and the organization's id, so that no log's checkpoint can pass for another's.
    ///
    /// # Errors
    /// The origin is longer than 255 characters or not one line.
    pub fn new(gate: &str, organization: OrganizationId, frontier: &Frontier) -> Result<Self, AuditError> {
        Self::of(format!("{gate}/{organization}"), frontier.size(), frontier.root())
    }

    fn of(origin: String, size: u64, root: Hash) -> Result<Self, AuditError> {
        if origin.is_empty() || origin.chars().count() > 255 || origin.chars().any(char::is_control) {
            return Err(AuditError::Origin(AuditError::excerpt(&origin)));
        }
        Ok(Self { origin, size, root })
    }

    /// The log this is of.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many entries the log had.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// The text that is signed: three lines, each ended.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads the text that is signed. Extension lines, which the specification discourages, are allowed and skipped.
    ///
    /// # Errors
    /// A line is missing or malformed.
    pub fn parse_body(body: &str) -> Result<Self, AuditError> {
        let whole = body.strip_suffix('\n').ok_or(AuditError::Checkpoint("the last line is not ended"))?;
        let mut lines = whole.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(AuditError::Checkpoint("it has fewer than three lines"));
        };
        if lines.any(str::is_empty) {
            return Err(AuditError::Checkpoint("an extension line is empty"));
        }
        let decimal = size.bytes().all(|byte| byte.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size = if decimal { size.parse().ok() } else { None };
        Self::of(
            origin.to_owned(),
            size.ok_or(AuditError::Checkpoint("the size is not a decimal number"))?,
            Hash::parse(root).ok_or(AuditError::Checkpoint("the root is not 32 bytes of base64"))?,
        )
    }

    /// Reads a note without asking who signed it: for finding the log and size it speaks of, never for trusting it.
    ///
    /// # Errors
    /// The note or the checkpoint in it is malformed.
    pub fn parse_unverified(note: &str) -> Result<Self, AuditError> {
        Self::parse_body(note::Note::parse(note)?.body)
    }
}

#[cfg(test)]
mod tests;
