//! Permissions and sets of them.
//!
//! A permission is named `feature.action` by people and numbered by its catalogue, so that a role is a bit set and
//! "does this role have it" is one load and one mask. Numbers hold for one loaded catalogue only: what is stored or
//! sent is always the name.
//!
//! Not here: which permissions exist (`catalogue`).

use serde::Serialize;

/// The place of a permission in its catalogue. Never stored, never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PermissionNumber(pub(super) u16);

impl PermissionNumber {
    /// The number as an index into the catalogue's list of permissions.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One thing that can be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// `feature.action`, e.g. `email.send`.
    pub key: String,
    /// What an admin reads beside the tick box.
    pub title: String,
    /// The key of its category.
    pub category: String,
    /// Held back until somebody else agrees, unless its holder may act alone.
    pub sensitive: bool,
    /// The plans that unlock it; empty where every plan has it.
    pub plans: Vec<String>,
}

impl Permission {
    /// What comes before the last dot: the feature, and for row and share actions the resource type.
    pub fn feature(&self) -> &str {
        self.key.rsplit_once('.').map_or(self.key.as_str(), |(feature, _)| feature)
    }
}

/// A set of permissions of one catalogue: one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet {
    /// INVARIANT: no trailing zero words, so that equal sets are equal values.
    words: Vec<u64>,
}

impl PermissionSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self { words: Vec::new() }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many permissions are in it.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| usize::try_from(word.count_ones()).unwrap_or(0)).sum()
    }

    /// Whether `number` is in it.
    pub fn contains(&self, number: PermissionNumber) -> bool {
        let (word, mask) = place(number);
        self.words.get(word).is_some_and(|bits| bits & mask != 0)
    }

    /// Puts `number` in.
    pub fn insert(&mut self, number: PermissionNumber) {
        let (word, mask) = place(number);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(bits) = self.words.get_mut(word) {
            *bits |= mask;
        }
    }

    /// Takes `number` out.
    pub fn remove(&mut self, number: PermissionNumber) {
        let (word, mask) = place(number);
        if let Some(bits) = self.words.get_mut(word) {
            *bits &= !mask;
        }
        self.trim();
    }

    /// Everything in either.
    pub fn union_with(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    /// What is here and not in `other`.
    pub fn minus(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        for (mine, theirs) in rest.words.iter_mut().zip(&other.words) {
            *mine &= !theirs;
        }
        rest.trim();
        rest
    }

    /// What is in both.
    pub fn and(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(mine, theirs)| mine & theirs).collect();
        let mut both = Self { words };
        both.trim();
        both
    }

    /// Whether everything here is in `other` too.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.minus(other).is_empty()
    }

    /// The members, in the catalogue's order.
    pub fn iter(&self) -> impl Iterator<Item = PermissionNumber> + '_ {
        (0..=u16::MAX).take(self.words.len().saturating_mul(64)).map(PermissionNumber).filter(|n| self.contains(*n))
    }

    fn trim(&mut self) {
        while self.words.last() == Some(&0) {
            self.words.pop();
        }
    }
}

impl FromIterator<PermissionNumber> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = PermissionNumber>>(numbers: I) -> Self {
        let mut set = Self::new();
        for number in numbers {
            set.insert(number);
        }
        set
    }
}

/// Which word, and which bit of it.
fn place(number: PermissionNumber) -> (usize, u64) {
    (usize::from(number.0 / 64), 1 << (number.0 % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(numbers: &BTreeSet<u16>) -> PermissionSet {
        numbers.iter().copied().map(PermissionNumber).collect()
    }

    proptest! {
        #[test]
        fn a_permission_set_is_a_set(a in proptest::collection::btree_set(0_u16..300, 0..20), b in proptest::collection::btree_set(0_u16..300, 0..20)) {
            let mut union = set(&a);
            union.union_with(&set(&b));
            prop_assert_eq!(union, set(&a.union(&b).copied().collect()));
            prop_assert_eq!(set(&a).minus(&set(&b)), set(&a.difference(&b).copied().collect()));
            prop_assert_eq!(set(&a).and(&set(&b)), set(&a.intersection(&b).copied().collect()));
            prop_assert_eq!(set(&a).is_subset_of(&set(&b)), a.is_subset(&b));
            prop_assert_eq!(set(&a).iter().map(|n| n.0).collect::<BTreeSet<_>>(), a.clone());
            prop_assert_eq!(set(&a).len(), a.len());
        }

        #[test]
        fn taking_out_what_was_put_in_leaves_the_set_as_it_was(a in proptest::collection::btree_set(0_u16..300, 0..20), extra in 300_u16..600) {
            let mut changed = set(&a);
            changed.insert(PermissionNumber(extra));
            changed.remove(PermissionNumber(extra));
            prop_assert_eq!(changed, set(&a));
        }
    }
}
