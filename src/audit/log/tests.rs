//! The tree against known roots and against a second, plain way of computing everything.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::audit::AuditError;

/// The eight inputs of the reference implementation's tests (google/certificate-transparency, `merkle_tree_test.cc`).
const INPUTS: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The roots after one to eight of them, from the same place.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn hash(hex: &str) -> Hash {
    Hash::from_bytes(bytes(hex).try_into().unwrap())
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn frontier(leaves: &[Hash]) -> Frontier {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.append(*leaf);
    }
    frontier
}

/// A second way to the root, level by level from the leaves up: a node without a sibling rises as it is.
fn root_by_levels(leaves: &[Hash]) -> Hash {
    let mut level: Vec<[u8; 32]> = leaves.iter().map(|leaf| *leaf.as_bytes()).collect();
    if level.is_empty() {
        return Hash::from_bytes(Sha256::digest(b"").into());
    }
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::digest([&[1_u8][..], left, right].concat()).into(),
                [alone] => *alone,
                _ => unreachable!(),
            })
            .collect();
    }
    Hash::from_bytes(level[0])
}

mod rfc_6962 {
    use super::*;

    #[test]
    fn the_empty_log_has_the_hash_of_nothing() {
        assert_eq!(empty_root(), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        assert_eq!(Frontier::new().root(), empty_root());
    }

    #[test]
    fn the_roots_are_those_of_the_reference_implementation() {
        let leaves: Vec<Hash> = INPUTS.iter().map(|input| leaf_hash(&bytes(input))).collect();
        for (count, expected) in (1..).zip(ROOTS) {
            assert_eq!(root(&leaves[..count]), hash(expected), "{count} leaves");
            assert_eq!(frontier(&leaves[..count]).root(), hash(expected), "{count} leaves");
        }
    }

    #[test]
    fn the_proofs_are_those_of_the_worked_example_of_section_2_1_3() {
        // Seven leaves a to j; g = ab, h = cd, i = ef, k = gh, l = ij.
        let d = leaves(7);
        let (g, h, i) = (node_hash(&d[0], &d[1]), node_hash(&d[2], &d[3]), node_hash(&d[4], &d[5]));
        let (k, l) = (node_hash(&g, &h), node_hash(&i, &d[6]));
        assert_eq!(inclusion_proof(&d, 0), Some(vec![d[1], h, l]));
        assert_eq!(inclusion_proof(&d, 3), Some(vec![d[2], g, l]));
        assert_eq!(inclusion_proof(&d, 4), Some(vec![d[5], d[6], k]));
        assert_eq!(inclusion_proof(&d, 6), Some(vec![i, k]));
        assert_eq!(consistency_proof(&d, 3), Some(vec![d[2], d[3], g, l]));
        assert_eq!(consistency_proof(&d, 4), Some(vec![l]));
        assert_eq!(consistency_proof(&d, 6), Some(vec![i, d[6], k]));
    }

    #[test]
    fn an_entry_cannot_pose_as_a_node() {
        let [left, right] = [leaf_hash(b"l"), leaf_hash(b"r")];
        let posing = [left.as_bytes().as_slice(), right.as_bytes()].concat();
        assert_ne!(leaf_hash(&posing), node_hash(&left, &right));
    }
}

#[test]
fn every_inclusion_proof_up_to_thirty_five_leaves_verifies_and_nowhere_else() {
    for count in 1..=35_u64 {
        let leaves = leaves(usize::try_from(count).unwrap());
        let root = root(&leaves);
        for (index, leaf) in (0..).zip(&leaves) {
            let proof = inclusion_proof(&leaves, index).unwrap();
            assert!(verify_inclusion(leaf, index, count, &proof, &root), "{index} of {count}");
            for other in (0..count).filter(|other| *other != index) {
                assert!(!verify_inclusion(leaf, other, count, &proof, &root), "{index} of {count} posed as {other}");
            }
        }
        assert_eq!(inclusion_proof(&leaves, count), None);
    }
}

#[test]
fn every_consistency_proof_up_to_thirty_five_leaves_verifies() {
    for count in 0..=35_u64 {
        let leaves = leaves(usize::try_from(count).unwrap());
        let new = root(&leaves);
        for old_size in 0..=count {
            let old = root(&leaves[..usize::try_from(old_size).unwrap()]);
            let proof = consistency_proof(&leaves, old_size).unwrap();
            assert!(verify_consistency(old_size, &old, count, &new, &proof), "{old_size} of {count}");
        }
        assert_eq!(consistency_proof(&leaves, count + 1), None);
    }
}

#[test]
fn a_frontier_whose_length_does_not_fit_its_size_is_refused() {
    let whole = frontier(&leaves(11)).to_bytes();
    for broken in [&whole[..0], &whole[..7], &whole[..8], &whole[..whole.len() - 1], &whole[..whole.len() - 32]] {
        assert!(Frontier::from_bytes(broken).is_err(), "{} bytes", broken.len());
    }
    assert_eq!(Frontier::from_bytes(&[0; 9]), Err(AuditError::Frontier { size: 0, expected: 0, found: 1 }));
}

proptest! {
    #[test]
    fn the_frontiers_root_is_the_root_by_levels(count in 0_usize..300) {
        let leaves = leaves(count);
        prop_assert_eq!(frontier(&leaves).root(), root_by_levels(&leaves));
        prop_assert_eq!(root(&leaves), root_by_levels(&leaves));
    }

    #[test]
    fn a_frontier_goes_on_after_its_bytes_as_if_nothing_had_happened(before in 0_usize..100, after in 0_usize..100) {
        let leaves = leaves(before + after);
        let mut resumed = Frontier::from_bytes(&frontier(&leaves[..before]).to_bytes()).unwrap();
        for leaf in &leaves[before..] {
            resumed.append(*leaf);
        }
        prop_assert_eq!(resumed, frontier(&leaves));
    }

    #[test]
    fn no_altered_inclusion_proof_verifies(count in 1_usize..200, index: prop::sample::Index, at: prop::sample::Index, bit in 0_usize..256) {
        let leaves = leaves(count);
        let (root, size) = (root(&leaves), u64::try_from(count).unwrap());
        let place = index.index(count);
        let index = u64::try_from(place).unwrap();
        let proof = inclusion_proof(&leaves, index).unwrap();
        prop_assert!(!verify_inclusion(&flipped(leaves[place], bit), index, size, &proof, &root));
        prop_assert!(!verify_inclusion(&leaves[place], index, size, &proof, &flipped(root, bit)));
        for altered in alterations(&proof, at, bit) {
            prop_assert!(!verify_inclusion(&leaves[place], index, size, &altered, &root));
        }
    }

    #[test]
    fn no_altered_consistency_proof_verifies(count in 2_usize..200, cut: prop::sample::Index, at: prop::sample::Index, bit in 0_usize..256) {
        let leaves = leaves(count);
        let old = 1 + cut.index(count - 1);
        let (old_root, new_root) = (root(&leaves[..old]), root(&leaves));
        let (old, size) = (u64::try_from(old).unwrap(), u64::try_from(count).unwrap());
        let proof = consistency_proof(&leaves, old).unwrap();
        prop_assert!(!verify_consistency(old, &flipped(old_root, bit), size, &new_root, &proof));
        prop_assert!(!verify_consistency(old, &old_root, size, &flipped(new_root, bit), &proof));
        for altered in alterations(&proof, at, bit) {
            prop_assert!(!verify_consistency(old, &old_root, size, &new_root, &altered));
        }
    }

    #[test]
    fn a_log_with_another_past_is_not_consistent(count in 2_usize..200, cut: prop::sample::Index, changed: prop::sample::Index, bit in 0_usize..256) {
        let honest = leaves(count);
        let old = 1 + cut.index(count - 1);
        let mut forged = honest.clone();
        let place = changed.index(old);
        forged[place] = flipped(forged[place], bit);
        let (old_size, size) = (u64::try_from(old).unwrap(), u64::try_from(count).unwrap());
        let proof = consistency_proof(&forged, old_size).unwrap();
        prop_assert!(!verify_consistency(old_size, &root(&honest[..old]), size, &root(&forged), &proof));
    }

    #[test]
    fn verification_ends_on_any_numbers(index: u64, size: u64, proof in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let proof: Vec<Hash> = proof.into_iter().map(Hash::from_bytes).collect();
        prop_assert!(!verify_inclusion(&empty_root(), index, size, &proof, &empty_root()) || (size == 1 && proof.is_empty()));
        let _either = verify_consistency(index, &empty_root(), size, &leaf_hash(b""), &proof);
    }

    #[test]
    fn a_hash_survives_its_text(bytes: [u8; 32]) {
        let hash = Hash::from_bytes(bytes);
        prop_assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
    }
}

fn flipped(hash: Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

/// One hash flipped, dropped, doubled, and one added.
fn alterations(proof: &[Hash], at: prop::sample::Index, bit: usize) -> Vec<Vec<Hash>> {
    let longer = [proof, &[empty_root()]].concat();
    if proof.is_empty() {
        return vec![longer];
    }
    let place = at.index(proof.len());
    let (mut one, mut less, mut more) = (proof.to_vec(), proof.to_vec(), proof.to_vec());
    one[place] = flipped(one[place], bit);
    less.remove(place);
    more.insert(place, more[place]);
    vec![longer, one, less, more]
}
