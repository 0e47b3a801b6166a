//! Index paging and the list message (RFC 7644 §3.4.2, §3.4.2.4).

use serde_json::{Value, json};

use super::error::short;
use super::{ScimError, urn};

/// Which part of a result is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    start_index: u64,
    /// 0 asks for the total alone.
    count: u64,
}

impl Page {
    /// Reads `startIndex` (less than 1 is 1) and `count` (less than 0 is 0, absent is `default`, never above `max`).
    ///
    /// Errors: `invalidValue` for what is no whole number.
    pub fn parse(start_index: Option<&str>, count: Option<&str>, default: u64, max: u64) -> Result<Self, ScimError> {
        let start_index = whole("startIndex", start_index)?.unwrap_or(1).max(1);
        let count = whole("count", count)?.unwrap_or(default).min(max);
        Ok(Self { start_index, count })
    }

    /// Reads the `count` of a walk by cursor (RFC 9865 §2): less than 0 is 0, which asks for the total alone; left out is
    /// `default`, never above `max`.
    ///
    /// Errors: `invalidCount` for what is no whole number.
    pub fn of_walk(count: Option<&str>, default: u64, max: u64) -> Result<Self, ScimError> {
        let invalid = |error: ScimError| ScimError::InvalidCount(error.detail().to_owned());
        let count = whole("count", count).map_err(invalid)?.unwrap_or(default).min(max);
        Ok(Self { start_index: 1, count })
    }

    /// The index of the first resource, from 1.
    pub fn start_index(&self) -> u64 {
        self.start_index
    }

    /// How many resources at most.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many resources to skip.
    pub fn offset(&self) -> u64 {
        self.start_index - 1
    }
}

/// A ListResponse. `total` counts all matches, `resources` is the page that begins at `start_index`.
pub fn list_response(resources: Vec<Value>, total: u64, start_index: u64) -> Value {
    json!({
        "schemas": [urn::LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// A ListResponse of a walk by cursor (RFC 9865 §2). `next` is the cursor of the next page, which the last does not have,
/// and `previous` that of the page before, which the first does not have.
pub fn cursor_response(
    resources: Vec<Value>,
    total: Option<u64>,
    next: Option<String>,
    previous: Option<String>,
) -> Value {
    let mut body = json!({
        "schemas": [urn::LIST_RESPONSE],
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    if let Some(body) = body.as_object_mut() {
        body.extend(total.map(|total| ("totalResults".to_owned(), total.into())));
        body.extend(previous.map(|previous| ("previousCursor".to_owned(), previous.into())));
        body.extend(next.map(|next| ("nextCursor".to_owned(), next.into())));
    }
    body
}

/// A whole number; below zero is zero, beyond what counts is the most that does.
fn whole(name: &str, text: Option<&str>) -> Result<Option<u64>, ScimError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ScimError::InvalidValue(format!("`{name}` is not a whole number: `{}`", short(text))));
    }
    let most = u64::try_from(i64::MAX).unwrap_or(u64::MAX);
    Ok(Some(if negative { 0 } else { digits.parse().unwrap_or(most).min(most) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(start: &str, count: &str) -> (u64, u64) {
        let page = Page::parse(Some(start), Some(count), 100, 1_000).unwrap();
        (page.start_index(), page.count())
    }

    #[test]
    fn a_start_below_one_is_one_and_a_count_below_zero_is_zero() {
        assert_eq!(page("0", "-5"), (1, 0));
        assert_eq!(page("-3", "0"), (1, 0));
    }

    #[test]
    fn a_count_above_the_most_is_the_most() {
        assert_eq!(page("1", "5000"), (1, 1_000));
        assert_eq!(page("1", "99999999999999999999999"), (1, 1_000));
    }

    #[test]
    fn the_count_of_a_walk_by_cursor_is_a_whole_number_and_below_zero_is_zero() {
        let count = |text| Page::of_walk(text, 100, 1_000).map(|page| page.count());
        assert_eq!(count(Some("5000")), Ok(1_000));
        assert_eq!(count(None), Ok(100));
        assert_eq!((count(Some("0")), count(Some("-1"))), (Ok(0), Ok(0)));
        for text in ["1.5", "many", "1e3"] {
            assert!(matches!(count(Some(text)), Err(ScimError::InvalidCount(_))), "{text}");
        }
    }

    #[test]
    fn left_out_means_from_the_first_and_the_default_count() {
        assert_eq!(Page::parse(None, None, 100, 1_000), Page::parse(Some("1"), Some("100"), 100, 1_000));
    }

    #[test]
    fn what_is_no_whole_number_is_refused() {
        for text in ["1.5", "one", "-", "0x10", "1e3"] {
            assert!(matches!(Page::parse(Some(text), None, 100, 1_000), Err(ScimError::InvalidValue(_))), "{text}");
        }
    }

    #[test]
    fn an_empty_result_is_still_a_list() {
        let list = list_response(Vec::new(), 0, 1);
        assert_eq!((&list["totalResults"], &list["Resources"]), (&json!(0), &json!([])));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(start in "\\PC{0,30}", count in "\\PC{0,30}") {
            let _read = Page::parse(Some(&start), Some(&count), 100, 1_000);
        }
    }
}
