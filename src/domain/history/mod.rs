//! Who could do what at a past moment: the audit log replayed up to that moment, and the same compilation and decision as
//! now. Nothing else is asked: no table that a change has since overwritten.
//!
//! An entry's place in the log is its place in time. Of the entries in their order, those before the first one that is
//! later than the moment count: a change that was under way just then counts as made.
//!
//! | file | what it does |
//! |---|---|
//! | `reading` | an entry, with what it had no room for |
//! | `told` | which entries tell of what decides |
//! | `world` | what the entries add up to |
//! | `answer` | what is told of it |

mod answer;
mod reading;
mod told;
mod world;

use std::sync::Arc;

use self::answer::asked_of;
use self::reading::Reading;
use self::told::Told;
use self::world::World;
use super::entitlements::{Groups, policy_of};
use super::search::Sought;
use super::{Gateway, GatewayError};
use crate::access::{Policy, Scope};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, Timestamp};
use crate::store::{Conn, StoreError, audit, catalogue_versions};

pub use self::answer::{PastItem, PastPage};

/// Entries read at once.
const BATCH: i64 = 2_000;
/// States of organizations that are remembered, so that the pages of one question cost one replay.
const REMEMBERED: usize = 4;

/// What is asked about the past.
#[derive(Debug, Clone)]
pub struct PastQuery {
    pub at: Timestamp,
    /// One person or service account, by id or by the name they bore then.
    pub user: Option<String>,
    /// One action; without it, all that each may do.
    pub sought: Option<Sought>,
    /// Where the page before ended.
    pub cursor: Option<PastCursor>,
    pub limit: usize,
}

/// Where a page ended: the entries that count, and the person told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastCursor {
    pub entries: i64,
    pub after: String,
}

impl PastCursor {
    /// Reads what [`std::fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (entries, after) = text.split_once('.')?;
        let entries = entries.parse().ok().filter(|entries| *entries > 0)?;
        Some(Self { entries, after: after.to_owned() })
    }
}

impl std::fmt::Display for PastCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.entries, self.after)
    }
}

/// Up to where the log counts.
#[derive(Debug, Clone, Copy)]
enum Until {
    /// Before the first entry that is later.
    Moment(Timestamp),
    /// So many entries.
    Entries(i64),
}

/// An organization as it was.
#[derive(Debug)]
struct Past {
    world: World,
    groups: Groups,
    policy: Policy,
}

/// Organizations as they were, by how many entries of their logs count. What is before an entry never changes.
#[derive(Debug)]
pub(super) struct PastMemory {
    known: quick_cache::sync::Cache<(OrganizationId, i64), Arc<Past>>,
    /// One replay at a time: each may hold a whole organization.
    turn: tokio::sync::Mutex<()>,
}

impl Default for PastMemory {
    fn default() -> Self {
        Self { known: quick_cache::sync::Cache::new(REMEMBERED), turn: tokio::sync::Mutex::new(()) }
    }
}

impl Gateway {
    /// Who could do what at a past moment. That it was asked is recorded, like a reading of the log.
    pub async fn access_at(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        query: PastQuery,
    ) -> Result<PastPage, GatewayError> {
        if by.at < query.at {
            return Err(GatewayError::Invalid(format!("`{}` has not been yet", query.at)));
        }
        let until = query.cursor.as_ref().map_or(Until::Moment(query.at), |cursor| Until::Entries(cursor.entries));
        let past = self.past(organization, until).await?;
        let event = Event::new(Action::AuditRead, Target::new(TargetKind::Audit, "history"));
        self.note_refusal(organization, by.clone(), event);
        let answering = tokio::task::spawn_blocking(move || asked_of(&past, &query));
        answering.await.map_err(|error| StoreError::Unavailable(format!("the answer did not come: {error}")))?
    }

    async fn past(self: &Arc<Self>, organization: OrganizationId, until: Until) -> Result<Arc<Past>, GatewayError> {
        let remembered = |until: Until| match until {
            Until::Entries(entries) => self.past.known.get(&(organization, entries)),
            Until::Moment(_) => None,
        };
        if let Some(past) = remembered(until) {
            return Ok(past);
        }
        let _turn = self.past.turn.lock().await;
        if let Some(past) = remembered(until) {
            return Ok(past);
        }
        let mut world = World::default();
        loop {
            let (after, has_more) = self.store.read(move |conn| replay(conn, organization, world, until)).await?;
            world = after;
            if !has_more {
                break;
            }
        }
        let (gateway, entries) = (Arc::clone(self), world.entries);
        let past = self.store.read(move |conn| gateway.past_of(conn, organization, world)).await?;
        let past = Arc::new(past);
        self.past.known.insert((organization, entries), Arc::clone(&past));
        Ok(past)
    }

    fn past_of(&self, conn: &mut Conn, organization: OrganizationId, world: World) -> Result<Past, GatewayError> {
        let unknown = |what: &str| GatewayError::UnknownPast(what.to_owned());
        let digest = world.catalogue.as_deref().ok_or_else(|| unknown("nothing is known of the organization then"))?;
        let text = catalogue_versions::text(conn, organization, digest)?
            .ok_or_else(|| unknown(&format!("the text of the catalogue `{digest}`, which it ran then, is not kept")))?;
        let catalogue = self.parsed_catalogue(&text, digest)?;
        let scope = |text: &String| Scope::parse(text).map_err(|error| unknown(&error.to_string()));
        let declared = world.scopes.iter().map(|(is, under)| Ok((scope(is)?, scope(under)?)));
        let declared = declared.collect::<Result<Vec<_>, GatewayError>>()?;
        let custom_roles = world.roles.values().cloned().collect();
        let policy = policy_of(catalogue, world.chosen.clone(), custom_roles, declared)?;
        let groups = world.rows.groups()?;
        Ok(Past { world, groups, policy })
    }
}

/// Adds the next entries to `world`; answers whether there may be more.
fn replay(
    conn: &mut Conn,
    organization: OrganizationId,
    mut world: World,
    until: Until,
) -> Result<(World, bool), GatewayError> {
    let actions: Vec<Action> = Action::ALL.iter().copied().filter(|action| Told::by(*action).is_some()).collect();
    let rows = audit::done_in_order(conn, organization, &actions, world.entries, BATCH)?;
    let has_more = i64::try_from(rows.len()).is_ok_and(|read| read == BATCH);
    for row in rows {
        let is_later = match until {
            Until::Moment(at) => at.micros() < row.recorded_at,
            Until::Entries(entries) => entries <= row.position,
        };
        if is_later {
            return Ok((world, false));
        }
        let reading = Reading::of(conn, organization, &row)?;
        if let Some(told) = Told::by(reading.action()) {
            world.hear(told, &reading)?;
        }
        world.entries = row.position.saturating_add(1);
    }
    Ok((world, has_more))
}
