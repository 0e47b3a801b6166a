//! Cursors (RFC 9865): a place in an order of resources, sealed so that it opens for one directory and one query only, and
//! not for ever.
//!
//! The seal keeps clients from making cursors up and from taking one where it does not belong; what a cursor opens is
//! in any case only what the directory may see. The text is base64url, so made of unreserved characters alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use serde_json::{Value, json};

use super::{ResourceKind, ScimError, SortKey};
use crate::model::{Digest, Timestamp};

/// For how many seconds a cursor is good.
pub const CURSOR_SECONDS: u64 = 3_600;

const MAC: usize = 16;
const TIME: usize = 8;
/// Longer texts are no cursors: an id has 36 bytes, and a sort key 256 characters.
const MAX_CHARS: usize = 4_096;

/// Beside which resource a walk stands, in the order of the query: what comes after it is next, or what comes before it.
/// The resource itself may be gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Towards the beginning.
    pub back: bool,
    pub kind: ResourceKind,
    /// What it is sorted by, where the query sorts.
    pub key: Option<SortKey>,
    pub id: String,
}

impl Place {
    fn to_bytes(&self) -> Vec<u8> {
        let key = self.key.as_ref().map_or(Value::Null, SortKey::to_json);
        json!([self.back, self.kind.as_str(), self.id, key]).to_string().into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [back, kind, id, key]: [Value; 4] = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            back: back.as_bool()?,
            kind: ResourceKind::named(kind.as_str()?)?,
            id: id.as_str()?.to_owned(),
            key: SortKey::from_json(key),
        })
    }
}

/// Seals and opens the cursors of one directory and one query.
#[derive(Debug)]
pub struct CursorSeal(Digest);

impl CursorSeal {
    /// For whoever has `key` and asks `query`, which is any text that is the same on every page.
    pub fn new(key: &Digest, query: &str) -> Self {
        Self(Digest::of(&[key.as_bytes().as_slice(), query.as_bytes()].concat()))
    }

    /// A cursor that goes on from there.
    pub fn seal(&self, place: &Place, now: Timestamp) -> String {
        let content = [now.micros().to_be_bytes().as_slice(), &place.to_bytes()].concat();
        let mut sealed = self.mac(&content);
        sealed.extend(content);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Where to go on.
    ///
    /// Errors: `invalidCursor` for what this does not open, whatever the reason; `expiredCursor` after
    /// [`CURSOR_SECONDS`].
    pub fn open(&self, cursor: &str, now: Timestamp) -> Result<Place, ScimError> {
        let (place, issued) = self.opened(cursor).ok_or_else(|| {
            ScimError::InvalidCursor("the cursor is not one of this directory and this query".to_owned())
        })?;
        let age = now.micros().saturating_sub(issued) / 1_000_000;
        if u64::try_from(age).is_ok_and(|age| age > CURSOR_SECONDS) {
            return Err(ScimError::ExpiredCursor(format!("the cursor is older than {CURSOR_SECONDS} seconds")));
        }
        Ok(place)
    }

    fn opened(&self, cursor: &str) -> Option<(Place, i64)> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|_| cursor.len() <= MAX_CHARS)?;
        let (mac, content) = bytes.split_at_checked(MAC)?;
        // Compared as digests of digests, so that the time this takes tells nothing.
        if Digest::of(mac) != Digest::of(&self.mac(content)) {
            return None;
        }
        let (time, place) = content.split_at_checked(TIME)?;
        let issued = i64::from_be_bytes(time.try_into().ok()?);
        Some((Place::from_bytes(place)?, issued))
    }

    /// The key goes in on both sides of a hash, so that no text can be appended.
    fn mac(&self, content: &[u8]) -> Vec<u8> {
        let key = self.0.as_bytes().as_slice();
        let inner = Digest::of(&[key, content].concat());
        let outer = Digest::of(&[key, inner.as_bytes()].concat());
        outer.as_bytes().iter().copied().take(MAC).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn later(seconds: u64) -> Timestamp {
        Timestamp::from_micros(NOW.micros() + i64::try_from(seconds).unwrap() * 1_000_000)
    }

    fn place(id: &str) -> Place {
        Place { back: false, kind: ResourceKind::User, key: None, id: id.to_owned() }
    }

    #[test]
    fn a_cursor_opens_for_its_own_directory_and_query_alone() {
        let seal = CursorSeal::new(&Digest::of(b"key"), "query");
        let cursor = seal.seal(&place("id-7"), NOW);
        assert_eq!(seal.open(&cursor, NOW), Ok(place("id-7")));
        for other in [CursorSeal::new(&Digest::of(b"other"), "query"), CursorSeal::new(&Digest::of(b"key"), "other")] {
            assert!(matches!(other.open(&cursor, NOW), Err(ScimError::InvalidCursor(_))));
        }
    }

    #[test]
    fn a_cursor_expires() {
        let seal = CursorSeal::new(&Digest::of(b"key"), "query");
        let cursor = seal.seal(&place("id-7"), NOW);
        assert!(seal.open(&cursor, later(CURSOR_SECONDS)).is_ok());
        assert!(matches!(seal.open(&cursor, later(CURSOR_SECONDS + 1)), Err(ScimError::ExpiredCursor(_))));
    }

    #[test]
    fn a_place_keeps_what_it_is_sorted_by() {
        let seal = CursorSeal::new(&Digest::of(b"key"), "query");
        let keys = [
            SortKey::Flag(true),
            SortKey::Number(7.into()),
            SortKey::Moment(NOW),
            SortKey::Text("\u{10ffff}".repeat(crate::scim::sort::COMPARED)),
        ];
        for key in keys {
            let there = Place { back: true, kind: ResourceKind::Group, key: Some(key), id: "x".repeat(36) };
            assert_eq!(seal.open(&seal.seal(&there, NOW), NOW), Ok(there));
        }
    }

    proptest! {
        #[test]
        fn a_cursor_with_one_character_changed_opens_nothing(at in 0_usize..60, to in "[A-Za-z0-9_-]") {
            let seal = CursorSeal::new(&Digest::of(b"key"), "query");
            let cursor = seal.seal(&place("01890000-0000-7000-8000-000000000000"), NOW);
            let mut changed: Vec<char> = cursor.chars().collect();
            changed[at] = to.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assume!(changed != cursor);
            prop_assert!(seal.open(&changed, NOW).is_err());
        }

        #[test]
        fn any_text_is_opened_or_refused(text in "\\PC{0,300}") {
            prop_assert!(CursorSeal::new(&Digest::of(b"key"), "query").open(&text, NOW).is_err());
        }
    }
}
