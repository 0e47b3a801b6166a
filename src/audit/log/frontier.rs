//! What must be kept of a log to append to it: its size and the roots of its full subtrees, 64 at most.

use super::super::AuditError;
use super::hash::{Hash, empty_root, node_hash};

/// The right edge of the tree.
///
/// INVARIANT: one peak for each bit set in `size`, the largest subtree's first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of an empty log.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// How many leaves the log has; the next one has this index.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and gives its index. Amortised one hash.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        let index = self.size;
        let mut node = leaf;
        for _full in 0..index.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size = index.saturating_add(1);
        index
    }

    /// The root of the log as it is.
    pub fn root(&self) -> Hash {
        self.peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }

    /// The size as eight big-endian bytes, and then 32 bytes for each peak.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.size.to_be_bytes().into_iter().chain(self.peaks.iter().flat_map(|peak| *peak.as_bytes())).collect()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// The length does not fit the size it states.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AuditError> {
        let (size, rest) =
            bytes.split_first_chunk::<8>().ok_or(AuditError::Frontier { size: 0, expected: 0, found: bytes.len() })?;
        let size = u64::from_be_bytes(*size);
        let (peaks, remainder) = rest.as_chunks::<32>();
        if !remainder.is_empty() || u32::try_from(peaks.len()) != Ok(size.count_ones()) {
            return Err(AuditError::Frontier { size, expected: size.count_ones(), found: rest.len() });
        }
        Ok(Self { size, peaks: peaks.iter().copied().map(Hash::from_bytes).collect() })
    }
}
