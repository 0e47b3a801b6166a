//! Inclusion and consistency proofs: made from the leaves (RFC 6962 §2.1.1, §2.1.2), checked against roots alone
//! (RFC 9162 §2.1.3.2, §2.1.4.2).

use super::hash::{Hash, empty_root, node_hash};

/// The root over `leaves`.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        several => {
            let (left, right) = halves(several);
            node_hash(&root(left), &root(right))
        }
    }
}

/// The path from leaf `index` to the root over `leaves`, the leaf's sibling first. `None`: there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let index = usize::try_from(index).ok().filter(|index| *index < leaves.len())?;
    let mut path = Vec::new();
    let (mut subtree, mut at) = (leaves, index);
    while subtree.len() > 1 {
        let (left, right) = halves(subtree);
        if at < left.len() {
            path.push(root(right));
            subtree = left;
        } else {
            path.push(root(left));
            at -= left.len();
            subtree = right;
        }
    }
    path.reverse();
    Some(path)
}

/// The proof that the log of the first `old_size` leaves is the beginning of the log of all `leaves`. Empty for
/// nothing and for all. `None`: there are not so many leaves.
pub fn consistency_proof(leaves: &[Hash], old_size: u64) -> Option<Vec<Hash>> {
    let old_size = usize::try_from(old_size).ok().filter(|size| *size <= leaves.len())?;
    if old_size == 0 || old_size == leaves.len() {
        return Some(Vec::new());
    }
    let mut path = Vec::new();
    // RFC 6962 SUBPROOF: the old root itself is left out as long as the old tree is a left subtree of the new one.
    let (mut subtree, mut old, mut known) = (leaves, old_size, true);
    while old < subtree.len() {
        let (left, right) = halves(subtree);
        if old <= left.len() {
            path.push(root(right));
            subtree = left;
        } else {
            path.push(root(left));
            old -= left.len();
            subtree = right;
            known = false;
        }
    }
    if !known {
        path.push(root(subtree));
    }
    path.reverse();
    Some(path)
}

/// Whether `proof` shows that `leaf` is at `index` in the log of `size` leaves with this `root`.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut node = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            node = node_hash(sibling, &node);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && node == *root
}

/// Whether `proof` shows that the log of `size` leaves with `root` begins with the log of `old_size` leaves with
/// `old_root`.
pub fn verify_consistency(old_size: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old_size > size {
        return false;
    }
    if old_size == size {
        return proof.is_empty() && old_root == root;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let shift = (old_size - 1).trailing_ones();
    let (mut at, mut last) = ((old_size - 1) >> shift, (size - 1) >> shift);
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        match proof.split_first() {
            Some(split) => split,
            None => return false,
        }
    };
    let (mut old_node, mut node) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            old_node = node_hash(sibling, &old_node);
            node = node_hash(sibling, &node);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && old_node == *old_root && node == *root
}

/// The largest full tree that is smaller than the whole, and the rest. Of at least two leaves.
fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    let full = leaves.len().div_ceil(2).next_power_of_two();
    leaves.split_at_checked(full).unwrap_or((leaves, &[]))
}
