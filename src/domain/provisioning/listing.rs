//! Listing and searching (RFC 7644 §3.4.2).
//!
//! A filter is narrowed to what an index serves and then evaluated on each candidate, so its meaning is that of
//! `scim::Filter` alone. Without a filter and a sort order, counting and paging are the database's. With one, the
//! candidates are walked in bounded batches, in the order of ids.

use std::sync::Arc;

use serde_json::Value;

use super::render::{self, Lens, Rendered};
use crate::domain::directories::DirectoryClient;
use crate::domain::{Gateway, GatewayError};
use crate::model::OrganizationId;
use crate::scim::{Filter, Page, Projection, ResourceKind, Sort};
use crate::store::Conn;
use crate::store::groups::{self, GroupSelection};
use crate::store::users::{self, UserSelection};

/// Candidates read at once.
const BATCH: i64 = 500;

/// What a client asks to see.
#[derive(Debug, Clone)]
pub struct ListQuery {
    pub filter: Option<Filter>,
    pub sort: Option<Sort>,
    pub page: Page,
    pub projection: Projection,
}

/// One page, and how many there are in all.
#[derive(Debug, Clone)]
pub struct Listing {
    pub resources: Vec<Value>,
    pub total: u64,
    pub start_index: u64,
}

impl Gateway {
    /// `GET /Users`, `GET /Groups`, and their `/.search`.
    pub async fn list(
        self: &Arc<Self>,
        client: &DirectoryClient,
        kind: ResourceKind,
        query: ListQuery,
    ) -> Result<Listing, GatewayError> {
        let (client, base_url) = (client.clone(), self.scim_base_url());
        self.store.read(move |conn| Search { client: &client, kind, query: &query, base_url }.run(conn)).await
    }
}

/// One search under way.
struct Search<'a> {
    client: &'a DirectoryClient,
    kind: ResourceKind,
    query: &'a ListQuery,
    base_url: String,
}

impl Search<'_> {
    fn organization(&self) -> OrganizationId {
        self.client.organization
    }

    fn lens(&self, projection: Projection) -> Lens {
        Lens { base_url: self.base_url.clone(), projection }
    }

    fn run(&self, conn: &mut Conn) -> Result<Listing, GatewayError> {
        let ListQuery { filter, sort, page, projection } = self.query;
        let start_index = page.start_index();
        if filter.is_none() && sort.is_none() {
            let total = self.count(conn)?;
            let lens = self.lens(projection.clone());
            let resources = self.page(conn, &lens, page.offset(), page.count())?;
            return Ok(Listing { resources, total, start_index });
        }
        let mut found = self.walk(conn)?;
        if let Some(sort) = sort {
            found.sort_by(|a, b| sort.compare(&a.value, &b.value));
        }
        let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let shown = found.into_iter().skip(bounded(page.offset())).take(bounded(page.count()));
        let is_projected = *projection == self.needed();
        let resources = shown
            .map(|mut rendered| {
                if !is_projected {
                    projection.apply(&mut rendered.value);
                }
                rendered.value
            })
            .collect();
        Ok(Listing { resources, total, start_index })
    }

    /// Everything that the filter matches, rendered whole: what is filtered and sorted by need not be shown.
    fn walk(&self, conn: &mut Conn) -> Result<Vec<Rendered>, GatewayError> {
        let lens = self.lens(self.needed());
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let batch = self.batch(conn, &lens, &after)?;
            let Some(last) = batch.last() else { return Ok(found) };
            after = last.id.clone();
            let is_last = i64::try_from(batch.len()).is_ok_and(|length| length < BATCH);
            found.extend(batch.into_iter().filter(|rendered| match &self.query.filter {
                Some(filter) => filter.matches(self.kind, &rendered.value),
                None => true,
            }));
            if is_last {
                return Ok(found);
            }
        }
    }

    /// What has to be read to filter, sort and show: memberships only if somebody looks at them.
    fn needed(&self) -> Projection {
        let costly = match self.kind {
            ResourceKind::User => "groups",
            ResourceKind::Group => "members",
        };
        let is_looked_at = self.query.projection.wants(costly)
            || self.query.filter.as_ref().is_some_and(|filter| filter.mentions(costly))
            || self.query.sort.as_ref().is_some_and(|sort| sort.mentions(costly));
        if is_looked_at { Projection::everything(self.kind) } else { Projection::all_but(self.kind, costly) }
    }

    fn count(&self, conn: &mut Conn) -> Result<u64, GatewayError> {
        let total = match self.kind {
            ResourceKind::User => users::count_selected(conn, self.organization(), &self.users())?,
            ResourceKind::Group => groups::count_selected(conn, self.organization(), &self.groups())?,
        };
        Ok(u64::try_from(total).unwrap_or_default())
    }

    fn page(&self, conn: &mut Conn, lens: &Lens, offset: u64, limit: u64) -> Result<Vec<Value>, GatewayError> {
        let bounded = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (offset, limit) = (bounded(offset), bounded(limit));
        let rendered = match self.kind {
            ResourceKind::User => {
                let rows = users::page(conn, self.organization(), &self.users(), offset, limit)?;
                render::users(conn, self.organization(), &rows, lens)?
            }
            ResourceKind::Group => {
                let rows = groups::page(conn, self.organization(), &self.groups(), offset, limit)?;
                rows.iter().map(|row| render::group(conn, row, lens, None)).collect::<Result<_, _>>()?
            }
        };
        Ok(rendered.into_iter().map(|rendered| rendered.value).collect())
    }

    fn batch(&self, conn: &mut Conn, lens: &Lens, after: &str) -> Result<Vec<Rendered>, GatewayError> {
        match self.kind {
            ResourceKind::User => {
                let rows = users::after(conn, self.organization(), &self.users(), after, BATCH)?;
                render::users(conn, self.organization(), &rows, lens)
            }
            ResourceKind::Group => {
                let rows = groups::after(conn, self.organization(), &self.groups(), after, BATCH)?;
                // A filter that asks of `members` only whether somebody is one of them needs no others to be read,
                // unless the members are also to be shown.
                let asked = self.query.filter.as_ref().and_then(Filter::members_asked_for);
                let asked = asked.filter(|_| !self.query.projection.wants("members"));
                rows.iter().map(|row| render::group(conn, row, lens, asked.as_deref())).collect()
            }
        }
    }

    /// The people among whom the search is, as an index finds them.
    fn users(&self) -> UserSelection {
        UserSelection {
            directory: Some(self.client.directory),
            id: self.equal_to("id"),
            user_name: self.equal_to("username"),
            external_id: self.equal_to("externalid"),
            email: self.equal_to("emails.value"),
        }
    }

    /// The groups among which the search is, as an index finds them.
    fn groups(&self) -> GroupSelection {
        GroupSelection {
            directory: Some(self.client.directory),
            id: self.equal_to("id"),
            display_name: self.equal_to("displayname"),
            external_id: self.equal_to("externalid"),
            member: self.equal_to("members.value"),
        }
    }

    /// What the attribute of every match equals, if the filter says so.
    fn equal_to(&self, path: &str) -> Option<String> {
        let equalities = self.query.filter.as_ref()?.equalities();
        equalities.iter().find(|equality| equality.path == path)?.literal.as_str().map(str::to_owned)
    }
}

fn bounded(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
