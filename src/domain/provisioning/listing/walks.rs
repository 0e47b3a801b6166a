//! Where clients that go from page to page by index stand.
//!
//! An index alone (RFC 7644 §3.4.2.4) loses as many of the next page as were deleted from the pages before it. So it is
//! remembered beside which resource a page ended, and the page that begins there goes on after that one.
//!
//! Bounded: [`MOST`] pages are remembered, each for [`SECONDS`], in the memory of this replica. What is not remembered is
//! found by counting. See `docs/decisions/0055-index-pages.md`.

use quick_cache::sync::Cache;

use crate::domain::directories::DirectoryClient;
use crate::model::{Digest, Timestamp};
use crate::scim::Place;

/// How many ends of pages are remembered.
const MOST: usize = 10_000;

/// For how many seconds.
const SECONDS: i64 = 300;

/// The ends of pages.
#[derive(Debug)]
pub struct Walks(Cache<(Digest, u64), (Place, Timestamp)>);

impl Default for Walks {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

/// One directory's walk through one query.
pub(super) fn key(client: &DirectoryClient, asked: &str) -> Digest {
    Digest::of(format!("{} {asked}", client.directory).as_bytes())
}

impl Walks {
    /// Beside which resource the page before the one that begins at `start_index` ended.
    pub(super) fn ended(&self, walk: Digest, start_index: u64, now: Timestamp) -> Option<Place> {
        let (place, at) = self.0.get(&(walk, start_index))?;
        (start_index > 1 && now.micros().saturating_sub(at.micros()) < SECONDS * 1_000_000).then_some(place)
    }

    /// Notes that a page ended beside `last`, and the next begins at `start_index`.
    pub(super) fn note(&self, walk: Digest, start_index: u64, last: Place, now: Timestamp) {
        self.0.insert((walk, start_index), (last, now));
    }
}
