//! Listing and searching (RFC 7644 §3.4.2).
//!
//! A filter is narrowed to what an index serves and then evaluated on each candidate, so its meaning is that of
//! `scim::Filter` alone. Without a filter and a sort order, counting and paging are the database's. With one, the
//! candidates are walked in bounded batches, in the order of ids, and only those that are shown are kept.

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

/// What a client asks to see of all resources at once (RFC 7644 §3.4.2.1). People come before groups, unless sorted.
#[derive(Debug, Clone)]
pub struct RootQuery {
    pub filter: Option<Filter>,
    pub sort: Option<Sort>,
    pub page: Page,
    pub users: Projection,
    pub groups: Projection,
}

/// A part of a walk by cursor (RFC 9865).
#[derive(Debug, Clone)]
pub struct Stretch {
    pub resources: Vec<Value>,
    /// Where that costs nothing.
    pub total: Option<u64>,
    /// The id of the last resource, if there are more.
    pub more_after: Option<String>,
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

    /// As many resources as a page has, from the one after the id `after`, in the order of ids. A sort order does not
    /// count.
    pub async fn list_after(
        self: &Arc<Self>,
        client: &DirectoryClient,
        kind: ResourceKind,
        query: ListQuery,
        after: String,
    ) -> Result<Stretch, GatewayError> {
        let (client, base_url) = (client.clone(), self.scim_base_url());
        self.store
            .read(move |conn| Search { client: &client, kind, query: &query, base_url }.stretch(conn, after))
            .await
    }

    /// `GET /` and `POST /.search`: people and groups in one list.
    pub async fn list_all(
        self: &Arc<Self>,
        client: &DirectoryClient,
        query: RootQuery,
    ) -> Result<Listing, GatewayError> {
        let (client, base_url) = (client.clone(), self.scim_base_url());
        let RootQuery { filter, sort, page, users, groups } = query;
        let of = |projection| ListQuery { filter: filter.clone(), sort: sort.clone(), page, projection };
        let queries = [(ResourceKind::User, of(users)), (ResourceKind::Group, of(groups))];
        self.store
            .read(move |conn| {
                let mut window = Window::of(&page, sort.as_ref());
                for (kind, query) in &queries {
                    let search = Search { client: &client, kind: *kind, query, base_url: base_url.clone() };
                    search.fill(conn, &mut window)?;
                }
                Ok(window.listing(&page))
            })
            .await
    }
}

/// What is kept of the matches: those of the page, or all where only sorting says which these are.
struct Window<'a> {
    sort: Option<&'a Sort>,
    skip: u64,
    count: u64,
    total: u64,
    /// With the projection that each is to be shown by.
    kept: Vec<(Value, &'a Projection)>,
}

impl<'a> Window<'a> {
    fn of(page: &Page, sort: Option<&'a Sort>) -> Self {
        Self { sort, skip: page.offset(), count: page.count(), total: 0, kept: Vec::new() }
    }

    fn take(&mut self, value: Value, projection: &'a Projection) {
        let is_in_page = self.total >= self.skip && self.total - self.skip < self.count;
        if self.sort.is_some() || is_in_page {
            self.kept.push((value, projection));
        }
        self.total = self.total.saturating_add(1);
    }

    fn listing(mut self, page: &Page) -> Listing {
        if let Some(sort) = self.sort {
            self.kept.sort_by(|(a, _), (b, _)| sort.compare(a, b));
            self.kept = self.kept.into_iter().skip(bounded(self.skip)).take(bounded(self.count)).collect();
        }
        let show = |(mut value, projection): (Value, &Projection)| {
            projection.apply(&mut value);
            value
        };
        let resources = self.kept.into_iter().map(show).collect();
        Listing { resources, total: self.total, start_index: page.start_index() }
    }
}

/// One search under way.
struct Search<'a> {
    client: &'a DirectoryClient,
    kind: ResourceKind,
    query: &'a ListQuery,
    base_url: String,
}

impl<'a> Search<'a> {
    fn organization(&self) -> OrganizationId {
        self.client.organization
    }

    fn lens(&self, projection: Projection) -> Lens {
        Lens { directory: self.client.directory, base_url: self.base_url.clone(), projection }
    }

    fn run(&self, conn: &mut Conn) -> Result<Listing, GatewayError> {
        let ListQuery { filter, sort, page, projection } = self.query;
        if filter.is_none() && sort.is_none() {
            let total = self.count(conn)?;
            let lens = self.lens(projection.clone());
            let resources = self.page(conn, &lens, page.offset(), page.count())?;
            return Ok(Listing { resources, total, start_index: page.start_index() });
        }
        let mut window = Window::of(page, sort.as_ref());
        self.fill(conn, &mut window)?;
        Ok(window.listing(page))
    }

    fn stretch(&self, conn: &mut Conn, mut after: String) -> Result<Stretch, GatewayError> {
        let ListQuery { filter, page, projection, .. } = self.query;
        let total = if filter.is_none() { Some(self.count(conn)?) } else { None };
        let (lens, wanted) = (self.lens(self.needed()), bounded(page.count()));
        let mut found: Vec<Rendered> = Vec::new();
        // One more than is shown says whether there is more.
        while found.len() <= wanted {
            let batch = self.batch(conn, &lens, &after)?;
            let Some(last) = batch.last() else { break };
            after = last.id.clone();
            let matches = |one: &Rendered| filter.as_ref().is_none_or(|filter| filter.matches(self.kind, &one.value));
            let is_last = i64::try_from(batch.len()).is_ok_and(|length| length < BATCH);
            found.extend(batch.into_iter().filter(matches));
            if is_last {
                break;
            }
        }
        let has_more = found.len() > wanted;
        found.truncate(wanted);
        let more_after = if has_more { found.last().map(|last| last.id.clone()) } else { None };
        let show = |mut rendered: Rendered| {
            projection.apply(&mut rendered.value);
            rendered.value
        };
        Ok(Stretch { resources: found.into_iter().map(show).collect(), total, more_after })
    }

    /// Gives the window everything that the filter matches, rendered whole: what is filtered and sorted by need not be
    /// shown.
    fn fill(&self, conn: &mut Conn, window: &mut Window<'a>) -> Result<(), GatewayError> {
        let ListQuery { filter, projection, .. } = self.query;
        let lens = self.lens(self.needed());
        let mut after = String::new();
        loop {
            let batch = self.batch(conn, &lens, &after)?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = last.id.clone();
            let is_last = i64::try_from(batch.len()).is_ok_and(|length| length < BATCH);
            for rendered in batch {
                if filter.as_ref().is_none_or(|filter| filter.matches(self.kind, &rendered.value)) {
                    window.take(rendered.value, projection);
                }
            }
            if is_last {
                return Ok(());
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
            service_accounts: false,
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
