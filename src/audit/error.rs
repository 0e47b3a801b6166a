//! What can be wrong with audit material that comes from outside: entries, proofs, notes, keys, export lines.

/// Why audit material was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    #[error("`{0}` is not an action of the audit log")]
    UnknownAction(String),
    #[error("`{0}` is not a kind of target")]
    UnknownTarget(String),
    #[error("`{0}` is not an outcome")]
    UnknownOutcome(String),
    #[error("the entry is longer than 65,535 bytes")]
    EntryTooLong,
    #[error("the entry is not JSON: {0}")]
    EntryNotJson(String),
    #[error("the entry is not in canonical form")]
    EntryNotCanonical,
    #[error("the entry's `{0}` is missing or malformed")]
    EntryField(&'static str),
    #[error("the entry's version `{0}` is not known")]
    EntryVersion(i64),
    #[error("a frontier of {size} leaves has {expected} peaks, not {found} bytes of them")]
    Frontier { size: u64, expected: u32, found: usize },
    #[error("`{0}` is not the name of a key (one to 255 characters, no space, no `+`)")]
    KeyName(String),
    #[error("the key is malformed: {0}")]
    Key(&'static str),
    #[error("the note is malformed: {0}")]
    Note(&'static str),
    #[error("the note bears no signature of the key `{0}`")]
    Unsigned(String),
    #[error("the signature of the key `{0}` is false")]
    Signature(String),
    #[error("`{0}` is not a log origin (one line of one to 255 characters)")]
    Origin(String),
    #[error("the checkpoint is malformed: {0}")]
    Checkpoint(&'static str),
    #[error("the export line is malformed: {0}")]
    ExportLine(String),
}

impl AuditError {
    /// At most 64 characters of what was sent, so that an error stays small.
    pub(super) fn excerpt(text: &str) -> String {
        text.chars().take(64).collect()
    }
}
