//! Lists: one form for all of them. A page has its items and the cursor of the next page, which is `null` on the last.
//!
//! A cursor says after which item the next page begins and at which place that item stood, so that a list from which
//! the item itself has gone meanwhile goes on where it was. Lists that can be long are cut by the database, whose cursor
//! is the key of their order; those are not here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::client::invalid;
use crate::domain::impact::Page;
use crate::http::problem::Problem;

/// Items of one page of a long list, unless fewer or more are asked for.
pub const PAGE: usize = 100;
/// Items of one page at most.
pub const MAX_PAGE: usize = 1_000;

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Asks for the next page; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// Items of one page, at most; 1,000 unless fewer are asked for.
    #[param(minimum = 0)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Listing {
    /// The page of `items` that is asked for; `key` tells the items apart.
    pub fn cut<T, K: ToString>(&self, items: Vec<T>, key: impl Fn(&T) -> K) -> Result<Listed<T>, Problem> {
        let limit = self.limit.unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE);
        let start = match &self.cursor {
            None => 0,
            Some(cursor) => {
                let Position { place, after } = Position::parse(cursor)?;
                items.iter().position(|item| key(item).to_string() == after).map_or(place, |at| at + 1)
            }
        };
        let more = items.len() > start.saturating_add(limit);
        let items: Vec<T> = items.into_iter().skip(start).take(limit).collect();
        let last = items.last().filter(|_| more);
        let next_cursor =
            last.map(|last| Position { place: start + items.len() - 1, after: key(last).to_string() }.to_text());
        Ok(Listed { items, next_cursor })
    }
}

/// Which part of a list that the database cuts.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Stretch {
    /// Those whose name begins so, in any case.
    #[serde(default)]
    pub q: String,
    /// Items of one page, at most; 100 unless fewer or more are asked for, never more than 1,000.
    #[param(minimum = 0)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The same of a list that is not searched.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Items of one page, at most; 100 unless fewer or more are asked for, never more than 1,000.
    #[param(minimum = 0)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How many items a page of a long list has.
pub fn page_size(limit: Option<usize>) -> usize {
    limit.unwrap_or(PAGE).clamp(1, MAX_PAGE)
}

/// A key of the database's order, as a cursor.
pub fn cursor_at(key: impl AsRef<str>) -> String {
    URL_SAFE_NO_PAD.encode(key.as_ref())
}

/// The key that a cursor stands for; none on the first page.
pub fn key_of(cursor: Option<&str>) -> Result<Option<String>, Problem> {
    let read =
        |cursor: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok().filter(|it| !it.contains('\0'));
    cursor.map(|cursor| read(cursor).ok_or_else(foreign)).transpose()
}

/// 400 for a cursor that no page of this list had.
pub fn foreign() -> Problem {
    invalid("`cursor` is not one of ours")
}

/// Where a page ended.
struct Position {
    place: usize,
    after: String,
}

impl Position {
    fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.place, self.after))
    }

    fn parse(cursor: &str) -> Result<Self, Problem> {
        let read = || {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
            let (place, after) = text.split_once(':')?;
            Some(Self { place: place.parse().ok()?, after: after.to_owned() })
        };
        read().ok_or_else(foreign)
    }
}

/// Which part of the changes of a preview is told one by one.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Changes of one page, at most; 100 unless fewer or more are asked for, never more than 1,000.
    #[param(minimum = 0)]
    limit: Option<usize>,
    /// Changes before the first that is told.
    #[param(minimum = 0)]
    offset: Option<usize>,
}

impl From<PageQuery> for Page {
    fn from(query: PageQuery) -> Self {
        Self { offset: query.offset.unwrap_or_default(), limit: query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE) }
    }
}

/// Which versions.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionsQuery {
    /// Those below this version; `next_cursor` of the page before.
    #[serde(alias = "cursor")]
    pub before: Option<i64>,
}

impl VersionsQuery {
    /// One page, down to the first version.
    pub fn told<T>(&self, items: Vec<T>, version: impl Fn(&T) -> i64) -> Listed<T> {
        let next_cursor = items.last().map(version).filter(|last| *last > 1).map(|last| last.to_string());
        Listed { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: &[&'static str], limit: usize, cursor: Option<String>) -> Listed<&'static str> {
        Listing { limit: Some(limit), cursor }.cut(items.to_vec(), |item| *item).unwrap()
    }

    #[test]
    fn the_pages_of_a_list_are_the_whole_list() {
        let all = ["d", "a", "c", "b", "e"];
        for limit in 1..7 {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let page = page(&all, limit, cursor);
                assert!(page.items.len() <= limit);
                seen.extend(page.items);
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen, all);
        }
    }

    #[test]
    fn an_item_that_is_gone_or_new_moves_nothing_past_the_cursor() {
        let cursor = page(&["a", "b", "c", "d"], 2, None).next_cursor;
        assert_eq!(page(&["a", "c", "d"], 2, cursor.clone()).items, ["c", "d"]);
        assert_eq!(page(&["z", "a", "b", "c", "d"], 2, cursor).items, ["c", "d"]);
    }

    #[test]
    fn a_cursor_that_is_not_ours_is_refused() {
        let refused =
            |cursor: &str| Listing { limit: None, cursor: Some(cursor.to_owned()) }.cut(vec!["a"], |item| *item);
        for cursor in ["", "x", "1", "OnQ"] {
            assert!(refused(cursor).is_err(), "{cursor}");
        }
    }
}
