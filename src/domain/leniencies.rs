//! What was tolerated in the requests of each directory, counted, so that an admin sees what a client really sends.
//!
//! Uses are counted in memory and written down every few seconds (`upkeep`): a request never waits for it and never
//! fails by it. What was counted and could not be written is kept for the next time; a crash loses some seconds of
//! it. The numbers are for people to look at, and nothing is decided by them.

use std::collections::HashMap;
use std::sync::Arc;

use super::directories::DirectoryClient;
use super::{Gateway, GatewayError};
use crate::model::{Attribution, DirectoryId, OrganizationId, Timestamp};
use crate::scim::Leniency;
use crate::store::leniencies::{self, LeniencyRow};
use crate::store::{Audited, Conn, StoreError, directories};

/// At most so many shapes are counted between two writes; further ones are counted without their shape.
const MOST: usize = 2_000;

/// A shape that one directory sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Sent {
    organization: OrganizationId,
    directory: DirectoryId,
    code: &'static str,
    shape: String,
}

#[derive(Debug, Clone)]
struct Uses {
    count: i64,
    first: Timestamp,
    last: Timestamp,
    example: String,
}

/// What has been tolerated and is not written down yet.
#[derive(Debug, Default)]
pub(super) struct Tally(HashMap<Sent, Uses>);

impl Tally {
    fn add(&mut self, mut sent: Sent, uses: Uses) {
        if self.0.len() >= MOST && !self.0.contains_key(&sent) {
            sent.shape.clear();
        }
        let known = self.0.entry(sent).or_insert(Uses { count: 0, ..uses.clone() });
        known.count += uses.count;
        known.first = known.first.min(uses.first);
        if uses.last >= known.last {
            (known.last, known.example) = (uses.last, uses.example);
        }
    }
}

/// What a directory was forgiven, as admins see it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LeniencyView {
    /// A stable name, e.g. `boolean_as_string`.
    pub code: String,
    /// The attribute, path, schema or verb, without values; empty for all that were too many to be told apart.
    pub at: String,
    /// What was sent and how it was taken, without values.
    pub example: String,
    pub count: i64,
    /// RFC 3339; a use may take some seconds to show.
    pub first_seen: String,
    pub last_seen: String,
}

impl Gateway {
    /// Counts what was tolerated in a request of this directory.
    pub fn forgave(&self, client: &DirectoryClient, leniencies: &[Leniency]) {
        if leniencies.is_empty() {
            return;
        }
        let now = self.now();
        let mut tally = self.forgiven.lock();
        for leniency in leniencies {
            let sent = Sent {
                organization: client.organization,
                directory: client.directory,
                code: leniency.code,
                shape: leniency.at.clone(),
            };
            tally.add(sent, Uses { count: 1, first: now, last: now, example: leniency.detail.clone() });
        }
    }

    /// Writes down what has been counted; what cannot be is kept.
    pub(super) async fn flush_forgiven(
        self: &Arc<Self>,
        organization: OrganizationId,
        by: Attribution,
    ) -> Result<(), GatewayError> {
        let counted = std::mem::take(&mut *self.forgiven.lock());
        if counted.0.is_empty() {
            return Ok(());
        }
        let rows: Vec<LeniencyRow> = counted.0.iter().map(|(sent, uses)| row(sent, uses)).collect();
        let written = self
            .store
            .write(organization, by, move |tx| Ok::<_, StoreError>(Audited::upkeep(leniencies::add(tx, rows)?)))
            .await;
        if written.is_err() {
            let mut tally = self.forgiven.lock();
            counted.0.into_iter().for_each(|(sent, uses)| tally.add(sent, uses));
        }
        Ok(written?)
    }

    /// What the directory was forgiven, the latest first.
    pub async fn directory_leniencies(
        self: &Arc<Self>,
        organization: OrganizationId,
        directory: DirectoryId,
    ) -> Result<Vec<LeniencyView>, GatewayError> {
        self.store
            .read(move |conn| {
                directories::by_id(conn, organization, directory)?
                    .ok_or_else(|| GatewayError::not_found("directory", directory))?;
                Ok(forgiven(conn, organization, directory)?)
            })
            .await
    }
}

/// The same, of a directory that is there.
pub(super) fn forgiven(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
) -> Result<Vec<LeniencyView>, StoreError> {
    Ok(leniencies::of_directory(conn, organization, directory)?.into_iter().map(view).collect())
}

fn row(sent: &Sent, uses: &Uses) -> LeniencyRow {
    LeniencyRow {
        organization_id: sent.organization.to_string(),
        directory_id: sent.directory.to_string(),
        code: sent.code.to_owned(),
        shape: sent.shape.clone(),
        example: uses.example.clone(),
        uses: uses.count,
        first_at: uses.first.micros(),
        last_at: uses.last.micros(),
    }
}

fn view(row: LeniencyRow) -> LeniencyView {
    LeniencyView {
        code: row.code,
        at: row.shape,
        example: row.example,
        count: row.uses,
        first_seen: Timestamp::from_micros(row.first_at).rfc3339(),
        last_seen: Timestamp::from_micros(row.last_at).rfc3339(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SystemChance;

    #[test]
    fn a_client_with_endless_inventions_fills_no_memory_and_loses_no_count() {
        let now = Timestamp::from_micros(1);
        let directory = DirectoryId::new(now, &SystemChance);
        let organization = OrganizationId::new(now, &SystemChance);
        let mut tally = Tally::default();
        for n in 0..2 * MOST {
            let sent = Sent { organization, directory, code: "unknown_attribute", shape: format!("a{n}") };
            tally.add(sent, Uses { count: 1, first: now, last: now, example: String::new() });
        }
        assert!(tally.0.len() <= MOST + 1);
        assert_eq!(tally.0.values().map(|uses| uses.count).sum::<i64>(), 2 * i64::try_from(MOST).unwrap());
    }
}
