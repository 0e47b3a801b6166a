//! Listing and searching (RFC 7644 §3.4.2): by index, or by cursor (RFC 9865).
//!
//! How the matches are found is in `search`, which of many come first by a sort order in `ranked`, and where a client that
//! goes from page to page by index stands in `walks`.

mod ranked;
mod search;
mod walks;

use std::sync::Arc;

use serde_json::Value;

use self::search::Search;
pub use self::walks::Walks;
use crate::domain::directories::DirectoryClient;
use crate::domain::{Gateway, GatewayError};
use crate::model::Digest;
use crate::scim::{Filter, Page, Place, Projection, ResourceKind, Sort};

/// What a client asks to see.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// What it asks in its own words, which are the same on every page.
    pub asked: String,
    pub filter: Option<Filter>,
    pub sort: Option<Sort>,
    pub page: Page,
    /// The kinds of resources that are looked through, in this order unless sorted, and what is shown of each.
    pub kinds: Vec<(ResourceKind, Projection)>,
}

/// A part of a walk by cursor.
#[derive(Debug, Clone)]
pub struct Stretch {
    pub resources: Vec<Value>,
    /// Where that costs nothing, or nothing else is asked for.
    pub total: Option<u64>,
    /// Nothing on the last page.
    pub next: Option<Place>,
    /// Nothing on the first page.
    pub previous: Option<Place>,
}

/// One page, and how many there are in all.
#[derive(Debug, Clone)]
pub struct Listing {
    pub resources: Vec<Value>,
    pub total: u64,
    pub start_index: u64,
}

impl Gateway {
    /// What a directory's cursors are sealed under, whatever its token.
    pub fn cursor_key(&self, client: &DirectoryClient) -> Digest {
        self.sealing.derived(&format!("scim cursor {}", client.directory))
    }

    /// A page by index. One that goes on where the client's last page ended begins after the resource that was the last
    /// there, whatever has been deleted since, and counts those that were before it as if they still were.
    pub async fn list(self: &Arc<Self>, client: &DirectoryClient, query: ListQuery) -> Result<Listing, GatewayError> {
        let page = query.page;
        let walk = walks::key(client, &query.asked);
        let from = self.walks.ended(walk, page.start_index(), self.now());
        let skip = if from.is_some() { 0 } else { page.offset() };
        let (asker, base_url) = (client.clone(), self.scim_base_url());
        let found = self
            .store
            .read(move |conn| {
                Search { client: &asker, query: &query, base_url }.run(conn, from.as_ref(), skip, page.count(), true)
            })
            .await?;
        let before = page.offset() - skip;
        let total = before.saturating_add(found.beyond.unwrap_or_default());
        let next = page.start_index() + found.shown.len() as u64;
        if let (Some((last, _)), true) = (found.shown.last(), next <= total) {
            self.walks.note(walk, next, last.clone(), self.now());
        }
        let resources = found.shown.into_iter().map(|(_, value)| value).collect();
        Ok(Listing { resources, total, start_index: page.start_index() })
    }

    /// A page by cursor: what comes next from there, or before it, or the first page. Where all that came before is gone,
    /// the first page too.
    pub async fn walk(
        self: &Arc<Self>,
        client: &DirectoryClient,
        query: ListQuery,
        from: Option<Place>,
    ) -> Result<Stretch, GatewayError> {
        let (client, base_url) = (client.clone(), self.scim_base_url());
        self.store.read(move |conn| Search { client: &client, query: &query, base_url }.stretch(conn, from)).await
    }
}
