//! The first few of many, by a sort order: no more than about twice as many are ever held.

use std::cmp::Ordering;

use crate::scim::{Place, Sort};

/// The order of two resources; without a sort order, people before groups and each in the order of ids.
pub(super) fn order(sort: Option<&Sort>, left: &Place, right: &Place) -> Ordering {
    let by_key = sort.map_or(Ordering::Equal, |sort| sort.compare(left.key.as_ref(), right.key.as_ref()));
    by_key.then_with(|| left.kind.cmp(&right.kind)).then_with(|| left.id.cmp(&right.id))
}

/// Whether `place` lies on the side of `from` that it looks to.
pub(super) fn is_beyond(sort: Option<&Sort>, from: &Place, place: &Place) -> bool {
    order(sort, place, from) == if from.back { Ordering::Less } else { Ordering::Greater }
}

/// Those kept so far.
pub(super) struct Ranked<'a> {
    sort: &'a Sort,
    /// The last first.
    back: bool,
    most: usize,
    kept: Vec<Place>,
}

impl<'a> Ranked<'a> {
    pub fn new(sort: &'a Sort, back: bool, most: usize) -> Self {
        Self { sort, back, most, kept: Vec::new() }
    }

    pub fn take(&mut self, place: Place) {
        self.kept.push(place);
        if self.kept.len() >= self.most.saturating_mul(2).max(1_024) {
            self.prune();
        }
    }

    /// The first ones, in order.
    pub fn first(mut self) -> Vec<Place> {
        self.prune();
        self.kept
    }

    fn prune(&mut self) {
        let (sort, back) = (self.sort, self.back);
        self.kept.sort_unstable_by(|left, right| {
            let order = order(Some(sort), left, right);
            if back { order.reverse() } else { order }
        });
        self.kept.truncate(self.most);
    }
}
