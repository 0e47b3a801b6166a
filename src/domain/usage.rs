//! What is exercised: on which day who was last allowed what, for the reports.
//!
//! A decision must not wait for it. Who is remembered has one bit for each permission, set by the first allow of a day;
//! only that one joins the list that [`Gateway::flush_uses`] writes down. So a use is told to the day, a few seconds
//! late, and a crash forgets what was first used within them.
//!
//! A use is a question that was asked and allowed: AuthZEN evaluations, forward-auth, and the gateway's own management.
//! Searches, previews and explanations are none.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::subjects::Subject;
use super::{Gateway, GatewayError};
use crate::access::{Catalogue, PermissionNumber};
use crate::model::{Actor, OrganizationId, Timestamp, UserId};
use crate::store::permission_uses::{self, UseRow};
use crate::store::{Audited, StoreError, WriteTx};

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
/// At most so many uses wait to be written down; those that come then are noted when they come again.
const MAX_WAITING: usize = 500_000;
/// Uses written in one change, and in one flush: others wait for the same lane.
const BATCH: usize = 1_000;
const BATCHES: usize = 20;

/// Uses that wait to be written down, each with its day.
pub(super) type Waiting = HashMap<(OrganizationId, UserId, String), i64>;

/// The day of a moment, since 1970-01-01.
pub(super) fn day_of(moment: Timestamp) -> i64 {
    moment.seconds().div_euclid(SECONDS_OF_A_DAY)
}

/// The day as a date.
pub(super) fn date(day: i64) -> String {
    let moment = Timestamp::from_micros(day.saturating_mul(SECONDS_OF_A_DAY).saturating_mul(1_000_000));
    moment.rfc3339().chars().take(10).collect()
}

/// Which permissions somebody was allowed on a day, as far as it is known in memory.
#[derive(Debug)]
pub struct Exercised {
    day: AtomicI64,
    words: Box<[AtomicU64]>,
}

impl Exercised {
    /// Nothing yet.
    pub fn nothing(catalogue: &Catalogue) -> Self {
        let words = catalogue.permissions().len().div_ceil(64);
        Self { day: AtomicI64::new(0), words: (0..words).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Whether this is the first use of the day. Two at once may both be the first.
    fn is_first(&self, permission: PermissionNumber, day: i64) -> bool {
        if self.day.load(Ordering::Relaxed) != day {
            self.forget();
            self.day.store(day, Ordering::Relaxed);
        }
        let bit = 1_u64 << (permission.index() % 64);
        let word = self.words.get(permission.index() / 64);
        word.is_some_and(|word| {
            word.load(Ordering::Relaxed) & bit == 0 && word.fetch_or(bit, Ordering::Relaxed) & bit == 0
        })
    }

    fn forget(&self) {
        self.words.iter().for_each(|word| word.store(0, Ordering::Relaxed));
    }
}

impl Gateway {
    /// Notes that somebody was allowed this.
    pub(super) fn note_use(&self, organization: OrganizationId, subject: &Subject, action: &str) {
        let catalogue = &subject.policy.catalogue;
        let Some(permission) = catalogue.permission(action) else { return };
        let day = day_of(self.now());
        if !subject.exercised.is_first(permission, day) {
            return;
        }
        let mut waiting = self.exercised.lock();
        if waiting.len() < MAX_WAITING {
            waiting.insert((organization, subject.user(), action.to_owned()), day);
        } else {
            subject.exercised.forget();
        }
    }

    /// Writes down what was exercised. What cannot be written now waits on.
    pub(super) async fn flush_uses(self: &Arc<Self>) -> Result<(), GatewayError> {
        let mut by_organization: HashMap<OrganizationId, Vec<UseRow>> = HashMap::new();
        for ((organization, user, permission), day) in self.exercised.lock().iter().take(BATCH * BATCHES) {
            by_organization.entry(*organization).or_default().push(UseRow {
                organization_id: organization.to_string(),
                user_id: user.to_string(),
                permission: permission.clone(),
                day: *day,
            });
        }
        for (organization, rows) in by_organization {
            for batch in rows.chunks(BATCH) {
                let rows = batch.to_vec();
                let note =
                    move |tx: &mut WriteTx<'_>| Ok::<_, StoreError>(Audited::upkeep(permission_uses::note(tx, &rows)?));
                self.store.write(organization, self.attribution(Actor::System, None), note).await?;
                let mut waiting = self.exercised.lock();
                for row in batch {
                    let Ok(user) = row.user_id.parse::<UserId>() else { continue };
                    let key = (organization, user, row.permission.clone());
                    if waiting.get(&key) == Some(&row.day) {
                        waiting.remove(&key);
                    }
                }
            }
        }
        Ok(())
    }

    /// From now on uses are noted, in each of these organizations; where they were before, nothing changes.
    pub(super) async fn begin_uses(self: &Arc<Self>, organizations: Vec<OrganizationId>) -> Result<(), GatewayError> {
        for organization in organizations {
            let begun = self.store.read(move |conn| permission_uses::begun(conn, organization)).await?;
            if begun.is_none() {
                let by = self.attribution(Actor::System, None);
                let day = day_of(by.at);
                let begin =
                    move |tx: &mut WriteTx<'_>| Ok::<_, StoreError>(Audited::upkeep(permission_uses::begin(tx, day)?));
                self.store.write(organization, by, begin).await?;
            }
        }
        Ok(())
    }
}
