//! The Merkle log over the entries (RFC 6962 §2.1, RFC 9162 §2.1): hashes, the running frontier, proofs.
//!
//! A leaf is `SHA-256(0x00 ‖ entry)`, a node `SHA-256(0x01 ‖ left ‖ right)`; the two prefixes keep an entry from
//! posing as a node. A tree of `n` leaves is the largest full tree to the left and a tree of the rest to the right.

mod frontier;
mod hash;
mod proof;

pub use frontier::Frontier;
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use proof::{consistency_proof, inclusion_proof, root, verify_consistency, verify_inclusion};

#[cfg(test)]
mod tests;
