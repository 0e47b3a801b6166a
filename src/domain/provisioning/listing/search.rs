//! One search. A filter is narrowed to what an index serves and then evaluated on each candidate, so its meaning is that
//! of `scim::Filter` alone. Without a filter and a sort order, counting and paging are the database's. With one, the
//! candidates are walked in bounded batches, in the order of ids, and only those that are shown are kept.

use std::collections::HashMap;
use std::ops::ControlFlow;

use serde_json::Value;

use super::ranked::{Ranked, is_beyond};
use super::{ListQuery, Stretch};
use crate::domain::GatewayError;
use crate::domain::directories::DirectoryClient;
use crate::domain::provisioning::render::{self, Lens, Rendered};
use crate::model::OrganizationId;
use crate::scim::{Filter, Place, Projection, ResourceKind, Sort};
use crate::store::Conn;
use crate::store::groups::{self, GroupSelection};
use crate::store::users::{self, UserSelection};

/// Candidates read at once.
const BATCH: u64 = 500;

/// Before and behind every id.
const ENDS: (&str, &str) = ("", "\u{10ffff}");

/// One search under way.
pub(super) struct Search<'a> {
    pub client: &'a DirectoryClient,
    pub query: &'a ListQuery,
    pub base_url: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub shown: Vec<(Place, Value)>,
    /// How many match from the beginning of the search on, those that were skipped too.
    pub beyond: Option<u64>,
    /// Whether there are more after those that are shown.
    more: bool,
}

/// One kind of resource, and what is shown of it.
type Kind = (ResourceKind, Projection);

impl Search<'_> {
    /// `take` matches after the first `skip` that lie beyond `from`, and, if they are to be `counted`, how many do.
    pub fn run(
        &self,
        conn: &mut Conn,
        from: Option<&Place>,
        skip: u64,
        take: u64,
        counted: bool,
    ) -> Result<Found, GatewayError> {
        match (&self.query.sort, &self.query.filter) {
            (Some(sort), _) => self.sorted(conn, sort, from, skip, take),
            (None, Some(_)) => self.matching(conn, from, skip, take, counted),
            (None, None) if from.is_some() => {
                let beyond = if counted { Some(self.count(conn, from)?) } else { None };
                Ok(Found { beyond, ..self.matching(conn, from, skip, take, false)? })
            }
            (None, None) => self.by_index(conn, skip, take),
        }
    }

    /// A page by cursor, with the places to go on from.
    pub fn stretch(&self, conn: &mut Conn, from: Option<Place>) -> Result<Stretch, GatewayError> {
        let take = self.query.page.count();
        if take == 0 {
            let total = self.run(conn, None, 0, 0, true)?.beyond;
            return Ok(Stretch { resources: Vec::new(), total, next: None, previous: None });
        }
        let (mut from, mut found) = (from.as_ref(), self.run(conn, from.as_ref(), 0, take, false)?);
        if found.shown.is_empty() && from.is_some_and(|place| place.back) {
            (from, found) = (None, self.run(conn, None, 0, take, false)?);
        }
        let total = match found.beyond.filter(|_| from.is_none()) {
            None if self.query.filter.is_none() => Some(self.count(conn, None)?),
            known => known,
        };
        let beside = |back: bool, end: Option<&(Place, Value)>| end.map(|(place, _)| Place { back, ..place.clone() });
        let (first, last) = (beside(true, found.shown.first()), beside(false, found.shown.last()));
        let (next, previous) = match from {
            None => (last.filter(|_| found.more), None),
            Some(place) if place.back => (last, first.filter(|_| found.more)),
            Some(_) => (last.filter(|_| found.more), first),
        };
        let resources = found.shown.into_iter().map(|(_, value)| value).collect();
        Ok(Stretch { resources, total, next, previous })
    }

    fn organization(&self) -> OrganizationId {
        self.client.organization
    }

    fn lens(&self, projection: Projection) -> Lens {
        Lens { directory: self.client.directory, base_url: self.base_url.clone(), projection }
    }

    /// Everything of the directory, by position.
    fn by_index(&self, conn: &mut Conn, offset: u64, take: u64) -> Result<Found, GatewayError> {
        let (mut shown, mut beyond, mut skip) = (Vec::new(), 0, offset);
        for (kind, projection) in &self.query.kinds {
            let there = self.count_kind(conn, *kind, None)?;
            beyond += there;
            let wanted = take.saturating_sub(shown.len() as u64);
            if wanted > 0 && skip < there {
                let lens = self.lens(projection.clone());
                let page = self.page(conn, *kind, &lens, skip, wanted)?;
                shown.extend(page.into_iter().map(|rendered| (place(*kind, None, &rendered), rendered.value)));
            }
            skip = skip.saturating_sub(there);
        }
        let more = beyond > offset.saturating_add(shown.len() as u64);
        Ok(Found { shown, beyond: Some(beyond), more })
    }

    /// Those that the filter matches, in the order of ids.
    fn matching(
        &self,
        conn: &mut Conn,
        from: Option<&Place>,
        skip: u64,
        take: u64,
        counted: bool,
    ) -> Result<Found, GatewayError> {
        let end = skip.saturating_add(take);
        let (mut shown, mut passed) = (Vec::new(), 0_u64);
        let batch = if self.query.filter.is_none() { BATCH.min(take.saturating_add(1)) } else { BATCH };
        self.each(conn, from, batch, &mut |kind, mut rendered| {
            passed += 1;
            if passed > skip && passed <= end {
                kind.1.apply(&mut rendered.value);
                shown.push((place(kind.0, None, &rendered), rendered.value));
            }
            if passed > end && !counted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if from.is_some_and(|from| from.back) {
            shown.reverse();
        }
        Ok(Found { shown, beyond: counted.then_some(passed), more: passed > end })
    }

    /// Those that the filter matches, in the order of the sort. They are read again once it is known which are shown.
    fn sorted(
        &self,
        conn: &mut Conn,
        sort: &Sort,
        from: Option<&Place>,
        skip: u64,
        take: u64,
    ) -> Result<Found, GatewayError> {
        let (skip, take) = (bounded(skip), bounded(take));
        let end = skip.saturating_add(take);
        let back = from.is_some_and(|from| from.back);
        let (mut ranked, mut beyond) = (Ranked::new(sort, back, end.saturating_add(1)), 0);
        self.each(conn, None, BATCH, &mut |kind, rendered| {
            let place = place(kind.0, Some(sort), &rendered);
            if from.is_none_or(|from| is_beyond(Some(sort), from, &place)) {
                beyond += 1;
                ranked.take(place);
            }
            ControlFlow::Continue(())
        })?;
        let ranked = ranked.first();
        let more = ranked.len() > end;
        let mut page: Vec<Place> = ranked.into_iter().skip(skip).take(take).collect();
        if back {
            page.reverse();
        }
        let mut values = self.read_again(conn, &page)?;
        let shown = page.into_iter().filter_map(|place| Some((values.remove(&place.id)?, place)));
        Ok(Found { shown: shown.map(|(value, place)| (place, value)).collect(), beyond: Some(beyond), more })
    }

    fn read_again(&self, conn: &mut Conn, page: &[Place]) -> Result<HashMap<String, Value>, GatewayError> {
        let mut found = HashMap::with_capacity(page.len());
        for (kind, projection) in &self.query.kinds {
            let of_kind = page.iter().filter(|place| place.kind == *kind);
            let ids: Vec<String> = of_kind.map(|place| place.id.clone()).collect();
            let lens = self.lens(projection.clone());
            let rendered = match kind {
                ResourceKind::User => {
                    let rows = users::of_ids(conn, self.organization(), &ids)?;
                    render::users(conn, self.organization(), &rows, &lens)?
                }
                ResourceKind::Group => {
                    let rows = groups::of_ids(conn, self.organization(), &ids)?;
                    rows.iter().map(|row| render::group(conn, row, &lens, None)).collect::<Result<_, _>>()?
                }
            };
            found.extend(rendered.into_iter().map(|rendered| (rendered.id, rendered.value)));
        }
        Ok(found)
    }

    /// Visits all that the filter matches beyond `from`, in the order of ids or against it, rendered whole: what is filtered
    /// and sorted by need not be shown.
    fn each(
        &self,
        conn: &mut Conn,
        from: Option<&Place>,
        limit: u64,
        visit: &mut dyn FnMut(&Kind, Rendered) -> ControlFlow<()>,
    ) -> Result<(), GatewayError> {
        let back = from.is_some_and(|from| from.back);
        let mut kinds: Vec<&Kind> = self.query.kinds.iter().collect();
        if back {
            kinds.reverse();
        }
        // The kinds before that of `from` have been passed.
        let begun = |kind: &&&Kind| from.is_some_and(|from| from.kind != kind.0);
        let passed = kinds.iter().take_while(begun).count();
        let begin = if back { ENDS.1 } else { ENDS.0 };
        for kind in kinds.into_iter().skip(passed) {
            let lens = self.lens(self.needed(kind));
            let mut at = from.filter(|from| from.kind == kind.0).map_or(begin, |from| from.id.as_str()).to_owned();
            loop {
                let batch = self.batch(conn, kind, &lens, (&at, back), limit)?;
                let Some(last) = batch.last() else { break };
                at = last.id.clone();
                let is_last = (batch.len() as u64) < limit;
                for rendered in batch {
                    let filter = self.query.filter.as_ref();
                    let matches = filter.is_none_or(|filter| filter.matches(kind.0, &rendered.value));
                    if matches && visit(kind, rendered).is_break() {
                        return Ok(());
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What has to be read to filter, sort and show: memberships only if somebody looks at them.
    fn needed(&self, (kind, projection): &Kind) -> Projection {
        let costly = match kind {
            ResourceKind::User => "groups",
            ResourceKind::Group => "members",
        };
        // What is sorted is read again before it is shown.
        let is_looked_at = (self.query.sort.is_none() && projection.wants(costly))
            || self.query.filter.as_ref().is_some_and(|filter| filter.mentions(costly))
            || self.query.sort.as_ref().is_some_and(|sort| sort.mentions(costly));
        if is_looked_at { Projection::everything(*kind) } else { Projection::all_but(*kind, costly) }
    }

    /// How many resources of the directory there are, or lie beyond `from`.
    fn count(&self, conn: &mut Conn, from: Option<&Place>) -> Result<u64, GatewayError> {
        let mut total = 0;
        for (kind, _) in &self.query.kinds {
            if from.is_none_or(|from| from.kind <= *kind) {
                let after = from.filter(|from| from.kind == *kind).map(|from| from.id.as_str());
                total += self.count_kind(conn, *kind, after)?;
            }
        }
        Ok(total)
    }

    fn count_kind(&self, conn: &mut Conn, kind: ResourceKind, after: Option<&str>) -> Result<u64, GatewayError> {
        let organization = self.organization();
        let total = match (kind, after) {
            (ResourceKind::User, None) => users::count_selected(conn, organization, &self.users())?,
            (ResourceKind::User, Some(after)) => users::count_after(conn, organization, &self.users(), after)?,
            (ResourceKind::Group, None) => groups::count_selected(conn, organization, &self.groups())?,
            (ResourceKind::Group, Some(after)) => groups::count_after(conn, organization, &self.groups(), after)?,
        };
        Ok(u64::try_from(total).unwrap_or_default())
    }

    fn page(
        &self,
        conn: &mut Conn,
        kind: ResourceKind,
        lens: &Lens,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<Rendered>, GatewayError> {
        let (offset, limit) = (signed(offset), signed(limit));
        match kind {
            ResourceKind::User => {
                let rows = users::page(conn, self.organization(), &self.users(), offset, limit)?;
                render::users(conn, self.organization(), &rows, lens)
            }
            ResourceKind::Group => {
                let rows = groups::page(conn, self.organization(), &self.groups(), offset, limit)?;
                rows.iter().map(|row| render::group(conn, row, lens, None)).collect()
            }
        }
    }

    fn batch(
        &self,
        conn: &mut Conn,
        (kind, projection): &Kind,
        lens: &Lens,
        (at, back): (&str, bool),
        limit: u64,
    ) -> Result<Vec<Rendered>, GatewayError> {
        let (organization, limit) = (self.organization(), signed(limit));
        match kind {
            ResourceKind::User => {
                let read = if back { users::before } else { users::after };
                let rows = read(conn, organization, &self.users(), at, limit)?;
                render::users(conn, organization, &rows, lens)
            }
            ResourceKind::Group => {
                let read = if back { groups::before } else { groups::after };
                let rows = read(conn, organization, &self.groups(), at, limit)?;
                // A filter that asks of `members` only whether somebody is one of them needs no others to be read,
                // unless the members are also to be shown.
                let asked = self.query.filter.as_ref().and_then(Filter::members_asked_for);
                let asked = asked.filter(|_| !projection.wants("members") && !self.sorts_by("members"));
                rows.iter().map(|row| render::group(conn, row, lens, asked.as_deref())).collect()
            }
        }
    }

    fn sorts_by(&self, name: &str) -> bool {
        self.query.sort.as_ref().is_some_and(|sort| sort.mentions(name))
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

fn place(kind: ResourceKind, sort: Option<&Sort>, rendered: &Rendered) -> Place {
    let key = sort.and_then(|sort| sort.key(&rendered.value));
    Place { back: false, kind, key, id: rendered.id.clone() }
}

fn bounded(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
