//! Whether an export is the log that the checkpoints speak of.
//!
//! Every leaf is computed again from its entry, the indexes must follow one another from 0, and at the size of each
//! checkpoint the root must be the checkpoint's. Roots over the same leaves are consistent by construction, so a log
//! that meets two checkpoints shows that the later one extends the earlier.
//!
//! The verdict: [`Tampered`](Verdict::Tampered) if what is there contradicts itself or a checkpoint;
//! [`Incomplete`](Verdict::Incomplete) if nothing contradicts but something is missing, so that nothing is proven;
//! else [`Intact`](Verdict::Intact). Entries after the last checkpoint are counted as not yet anchored: whoever writes
//! the log could still change those. Where the log is verified at its own database, its unsigned [head](Verification::head)
//! must agree too, which finds whoever changed those entries and not the head.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::AuditError;
use super::checkpoint::{Checkpoint, VerifyKey};
use super::export::Line;
use super::log::{Frontier, Hash, empty_root, leaf_hash};

/// More findings than anybody reads; the rest are only counted.
const MAX_FINDINGS: usize = 100;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A line is not a line of an export.
    Malformed { line: u64, problem: String },
    /// The entry's bytes do not hash to the line's leaf.
    Leaf { index: u64 },
    /// The entry or the line speaks of another log.
    OtherLog { index: u64, found: String },
    /// An index came again, or after a greater one.
    Order { expected: u64, found: u64 },
    /// Entries are missing between two lines.
    Gap { expected: u64, found: u64 },
    /// The export ends before a checkpoint does.
    Cut { size: u64, checkpoint: u64 },
    /// The root over the entries is not the checkpoint's.
    Root { size: u64, computed: Hash, stated: Hash },
    /// Two checkpoints of one size have different roots.
    Fork { size: u64 },
    /// A checkpoint is malformed, or not signed by the key.
    Checkpoint { number: usize, error: AuditError },
    /// A checkpoint is of another log than the others.
    OtherOrigin { number: usize, origin: String },
    /// The checkpoints are of another log than the export.
    OtherExport { origin: String, log: String },
    /// There is no checkpoint to measure the export by.
    NoCheckpoint,
    /// The log ends before its own head does.
    ShortOfHead { size: u64, head: u64 },
    /// The root over the entries is not that of the log's own head.
    OtherHead { size: u64, computed: Hash, stated: Hash },
    /// The log's own head is gone or cannot be read.
    NoHead,
    /// What the entry is searched by is not what it says, so that a search misses it or takes it for another.
    Misfiled { index: u64 },
    /// There are checkpoints of a log that is not there at all.
    NoLog { origin: String },
}

impl Finding {
    /// Whether something is merely missing.
    const fn is_gap(&self) -> bool {
        match self {
            Self::Gap { .. } | Self::Cut { .. } | Self::NoCheckpoint | Self::ShortOfHead { .. } => true,
            Self::Malformed { .. }
            | Self::Leaf { .. }
            | Self::OtherLog { .. }
            | Self::Order { .. }
            | Self::Root { .. }
            | Self::Fork { .. }
            | Self::Checkpoint { .. }
            | Self::OtherOrigin { .. }
            | Self::OtherExport { .. }
            | Self::OtherHead { .. }
            | Self::NoHead
            | Self::Misfiled { .. }
            | Self::NoLog { .. } => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line, problem } => write!(f, "line {line}: {problem}"),
            Self::Leaf { index } => write!(f, "entry {index} does not hash to its leaf"),
            Self::OtherLog { index, found } => write!(f, "entry {index} belongs to another log, `{found}`"),
            Self::Order { expected, found } => write!(f, "entry {found} stands where entry {expected} must"),
            Self::Gap { expected, found } => write!(f, "entries {expected} to {} are missing", found.saturating_sub(1)),
            Self::Cut { size, checkpoint } => {
                write!(f, "the export ends after {size} entries, but a checkpoint is of {checkpoint}")
            }
            Self::Root { size, computed, stated } => {
                write!(f, "the root over the first {size} entries is {computed}, but the checkpoint says {stated}")
            }
            Self::Fork { size } => write!(f, "two checkpoints of {size} entries have different roots"),
            Self::Checkpoint { number, error } => write!(f, "checkpoint {number}: {error}"),
            Self::OtherOrigin { number, origin } => write!(f, "checkpoint {number} is of another log, `{origin}`"),
            Self::OtherExport { origin, log } => {
                write!(f, "the export is of `{log}`, but the checkpoints are of `{origin}`")
            }
            Self::NoCheckpoint => f.write_str("there is no checkpoint to measure the export by"),
            Self::ShortOfHead { size, head } => {
                write!(f, "the log ends after {size} entries, but its head is of {head}")
            }
            Self::OtherHead { size, computed, stated } => {
                write!(f, "the root over the first {size} entries is {computed}, but the log's head says {stated}")
            }
            Self::NoHead => f.write_str("the log's head is gone or cannot be read"),
            Self::Misfiled { index } => write!(f, "entry {index} is filed under what it does not say"),
            Self::NoLog { origin } => write!(f, "there are checkpoints of `{origin}`, but the log is gone"),
        }
    }
}

/// What the verification came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Intact,
    Tampered,
    Incomplete,
}

impl Verdict {
    /// The verdict's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Tampered => "tampered",
            Self::Incomplete => "incomplete",
        }
    }

    /// The exit code of both verifiers: 0, 2 and 3.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Intact => 0,
            Self::Tampered => 2,
            Self::Incomplete => 3,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The organization whose log the export says it is; none if it has no line.
    pub log: Option<String>,
    /// How many entries the export has.
    pub entries: u64,
    /// The root over them.
    pub root: Hash,
    /// How many of them a checkpoint pins.
    pub anchored: u64,
    /// The first hundred findings.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub more: u64,
    pub verdict: Verdict,
}

/// A verification under way: checkpoints first, then line after line.
#[derive(Debug, Default)]
pub struct Verification {
    checkpoints: BTreeMap<u64, Hash>,
    /// The first checkpoint's origin.
    origin: Option<String>,
    /// Size and root of the log's own head.
    head: Option<(u64, Hash)>,
    notes: usize,
    log: Option<String>,
    lines: u64,
    expected: u64,
    frontier: Frontier,
    /// Set once the roots mean nothing any more: a line was lost or an index was wrong.
    broken: bool,
    anchored: u64,
    findings: Vec<Finding>,
    more: u64,
    tampered: bool,
}

impl Verification {
    /// A verification without checkpoints yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The whole of it in one call: signed notes (checked with `key`, if there is one), and the lines of an export.
    pub fn run<'l>(
        key: Option<&VerifyKey>,
        notes: impl IntoIterator<Item = &'l str>,
        lines: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Report {
        let mut verification = Self::new();
        for note in notes {
            verification.note(key, note);
        }
        for line in lines {
            verification.line(line.as_ref());
        }
        verification.finish()
    }

    /// Adds a checkpoint as a signed note. Without a key its signature is not checked: for a note from a place that
    /// is itself trusted.
    pub fn note(&mut self, key: Option<&VerifyKey>, note: &str) {
        let read = match key {
            Some(key) => key.verify(note),
            None => Checkpoint::parse_unverified(note),
        };
        match read {
            Ok(checkpoint) => self.checkpoint(&checkpoint),
            Err(error) => {
                self.notes += 1;
                self.find(Finding::Checkpoint { number: self.notes, error });
            }
        }
    }

    /// Adds a checkpoint that is known to be genuine.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.notes += 1;
        if self.origin.get_or_insert_with(|| checkpoint.origin().to_owned()) != checkpoint.origin() {
            self.find(Finding::OtherOrigin { number: self.notes, origin: checkpoint.origin().to_owned() });
            return;
        }
        let (size, root) = (checkpoint.size(), checkpoint.root());
        if *self.checkpoints.entry(size).or_insert(root) != root {
            self.find(Finding::Fork { size });
        }
        if size == 0 && root != empty_root() {
            self.find(Finding::Root { size, computed: empty_root(), stated: root });
        }
    }

    /// Adds the head that the log's keeper writes with each entry; none if it is gone. It is not signed, so it pins
    /// nothing. It must have been read before the entries: they may only have become more since.
    pub fn head(&mut self, head: Option<&Frontier>) {
        self.head = head.map(|head| (head.size(), head.root()));
        if head.is_none() {
            self.find(Finding::NoHead);
        }
    }

    /// The entry of this index is searched by what it does not say.
    pub fn misfiled(&mut self, index: u64) {
        self.find(Finding::Misfiled { index });
    }

    /// There is nothing of the log that the checkpoints are of.
    pub fn gone(&mut self, origin: &str) {
        self.find(Finding::NoLog { origin: origin.to_owned() });
    }

    /// Takes the next line of the export. Empty lines are skipped.
    pub fn line(&mut self, text: &str) {
        self.lines += 1;
        if text.trim().is_empty() {
            return;
        }
        match Line::parse(text.trim_end()) {
            Ok(line) => self.entry(&line),
            Err(error) => {
                self.broken = true;
                self.find(Finding::Malformed { line: self.lines, problem: error.to_string() });
            }
        }
    }

    fn entry(&mut self, line: &Line) {
        self.check_order(line.index);
        self.check_log(line);
        let leaf = leaf_hash(line.entry.as_bytes());
        if leaf != line.leaf {
            self.find(Finding::Leaf { index: line.index });
        }
        self.frontier.append(leaf);
        if self.broken {
            return;
        }
        let size = self.frontier.size();
        if let Some(stated) = self.checkpoints.get(&size).copied() {
            let computed = self.frontier.root();
            if computed == stated {
                self.anchored = size;
            } else {
                self.find(Finding::Root { size, computed, stated });
            }
        }
        if let Some((_, stated)) = self.head.filter(|(head, _)| *head == size) {
            let computed = self.frontier.root();
            if computed != stated {
                self.find(Finding::OtherHead { size, computed, stated });
            }
        }
    }

    fn check_order(&mut self, found: u64) {
        let expected = self.expected;
        match found.cmp(&expected) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Less => {
                self.broken = true;
                self.find(Finding::Order { expected, found });
            }
            std::cmp::Ordering::Greater => {
                self.broken = true;
                self.find(Finding::Gap { expected, found });
            }
        }
        self.expected = self.expected.max(found.saturating_add(1));
    }

    fn check_log(&mut self, line: &Line) {
        let log = self.log.get_or_insert_with(|| line.log.clone());
        if *log != line.log {
            self.find(Finding::OtherLog { index: line.index, found: line.log.clone() });
            return;
        }
        let entry: Option<Value> = serde_json::from_str(&line.entry).ok();
        let owner = entry.as_ref().and_then(|entry| entry.get("organization")).and_then(Value::as_str);
        if owner != Some(line.log.as_str()) {
            let found = AuditError::excerpt(owner.unwrap_or("no log at all"));
            self.find(Finding::OtherLog { index: line.index, found });
        }
    }

    /// The end of the export.
    pub fn finish(mut self) -> Report {
        let size = self.expected;
        if let Some((&checkpoint, _)) = self.checkpoints.last_key_value().filter(|(known, _)| **known > size) {
            self.find(Finding::Cut { size, checkpoint });
        }
        if let Some((head, _)) = self.head.filter(|(head, _)| *head > size) {
            self.find(Finding::ShortOfHead { size, head });
        }
        if let (Some(origin), Some(log)) = (&self.origin, &self.log)
            && origin.rsplit('/').next() != Some(log)
        {
            let (origin, log) = (origin.clone(), AuditError::excerpt(log));
            self.find(Finding::OtherExport { origin, log });
        }
        if self.checkpoints.is_empty() {
            self.find(Finding::NoCheckpoint);
        }
        let verdict = match (self.tampered, self.findings.is_empty()) {
            (true, _) => Verdict::Tampered,
            (false, false) => Verdict::Incomplete,
            (false, true) => Verdict::Intact,
        };
        Report {
            log: self.log,
            entries: self.frontier.size(),
            root: self.frontier.root(),
            anchored: self.anchored,
            findings: self.findings,
            more: self.more,
            verdict,
        }
    }

    fn find(&mut self, finding: Finding) {
        self.tampered |= !finding.is_gap();
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
mod second_verifier;
#[cfg(test)]
mod tests;
