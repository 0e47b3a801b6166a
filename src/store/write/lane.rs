//! The write lane: the one thread that commits.
//!
//! It takes all changes that wait, runs each behind its own savepoint, links their audit entries under the
//! organization's head as the last act before COMMIT, commits once, publishes what changed, and only then answers
//! them all. So one fsync serves many changes, a failing change undoes only itself, an acknowledged change is always
//! already in the log, and memory has forgotten what was revoked before anybody hears that it was.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::change::{Change, Publisher};
use super::job::{Job, Ran};
use super::ledger::Ledger;
use super::transaction::{Savepoint, WriteTx};
use crate::audit::Event;
use crate::model::{Attribution, Chance, OrganizationId};
use crate::store::StoreError;
use crate::store::connection::{Address, Conn};
use crate::store::lease::{self, Deadline};

/// At most so many changes share a commit: bounds how long the first of them waits.
const BATCH: usize = 256;

/// How often an idle lane asks the database whether it is still there: a quarter of the lease.
const HEARTBEAT: Duration = Duration::from_millis(500);

pub(super) struct Lane {
    pub(super) address: Address,
    pub(super) holder: String,
    pub(super) batch: usize,
    pub(super) serving: bool,
    pub(super) conn: Option<Conn>,
    pub(super) ledger: Ledger,
    pub(super) deadline: Deadline,
    pub(super) publisher: Arc<dyn Publisher>,
    pub(super) chance: Arc<dyn Chance>,
}

/// A change that ran and is to be kept.
struct Kept {
    organization: OrganizationId,
    by: Attribution,
    events: Vec<Event>,
}

impl Lane {
    /// Runs until every sender is gone.
    pub(super) fn run(mut self, queue: &Receiver<Box<dyn Job>>) {
        loop {
            match queue.recv_timeout(HEARTBEAT) {
                Ok(first) => {
                    let mut jobs = vec![first];
                    jobs.extend(queue.try_iter().take(self.batch.min(BATCH).saturating_sub(1)));
                    self.serve(jobs);
                }
                Err(RecvTimeoutError::Timeout) => self.heartbeat(),
                Err(RecvTimeoutError::Disconnected) => return self.stop(),
            }
        }
    }

    fn serve(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let began = lease::boottime();
        let mut changes = Vec::new();
        let committed = self.connected().and_then(|()| self.commit(&mut jobs, &mut changes));
        // Whether or not the commit came through (it may have, unheard), what it touched is forgotten.
        self.publisher.publish(&changes);
        match &committed {
            Ok(()) => self.deadline.extend(began),
            Err(error) => self.lost(error),
        }
        for job in jobs {
            job.answer(match &committed {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Unavailable(error.to_string())),
            });
        }
    }

    fn commit(&mut self, jobs: &mut [Box<dyn Job>], changes: &mut Vec<Change>) -> Result<(), StoreError> {
        let conn = self.conn.as_mut().ok_or_else(|| StoreError::Unavailable("no connection".to_owned()))?;
        conn.batch_execute(match conn {
            Conn::Pg(_) => "BEGIN; SAVEPOINT change",
            // Plain BEGIN would take the write lock only at the first write, and fail there instead of waiting.
            Conn::Sqlite(_) => "BEGIN IMMEDIATE; SAVEPOINT change",
        })?;
        let mut kept: Vec<Kept> = Vec::new();
        let mut savepoint = Savepoint::Here;
        let mut wrote = false;
        for job in jobs {
            let by = job.by().clone();
            let organization = job.organization();
            let mut tx = WriteTx::new(conn, organization, &by, savepoint);
            let ran = std::panic::catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)))
                .map_err(|_| StoreError::Unavailable("a change panicked".to_owned()))?;
            let touched = tx.wrote();
            let tx_changes = tx.into_changes();
            match ran {
                Ran::Keep(events) => {
                    if touched {
                        savepoint = Savepoint::Behind;
                    }
                    wrote |= touched || !events.is_empty();
                    changes.extend(tx_changes);
                    kept.push(Kept { organization, by, events });
                }
                Ran::Undo if touched => {
                    conn.batch_execute("ROLLBACK TO SAVEPOINT change")?;
                    savepoint = Savepoint::Here;
                }
                Ran::Undo => {}
            }
        }
        self.link(kept)?;
        let conn = self.conn.as_mut().ok_or_else(|| StoreError::Unavailable("no connection".to_owned()))?;
        conn.batch_execute(if wrote { "COMMIT" } else { "ROLLBACK" })?;
        self.ledger.committed();
        Ok(())
    }

    /// Links the entries of each organization under its head, in the order in which the changes ran.
    fn link(&mut self, kept: Vec<Kept>) -> Result<(), StoreError> {
        let mut by_organization: BTreeMap<OrganizationId, Vec<(Attribution, Event)>> = BTreeMap::new();
        for Kept { organization, by, events } in kept {
            by_organization
                .entry(organization)
                .or_default()
                .extend(events.into_iter().map(|event| (by.clone(), event)));
        }
        let conn = self.conn.as_mut().ok_or_else(|| StoreError::Unavailable("no connection".to_owned()))?;
        for (organization, events) in by_organization {
            if !events.is_empty() {
                self.ledger.append(conn, organization, events, self.chance.as_ref())?;
            }
        }
        Ok(())
    }

    /// Opens the connection if there is none. A new session has to win the lock again, and whatever memory holds may
    /// be older than what another process did meanwhile.
    fn connected(&mut self) -> Result<(), StoreError> {
        if self.conn.is_some() {
            return Ok(());
        }
        let mut conn = self.address.open()?;
        lease::take_advisory_lock(&mut conn, &self.holder, self.serving)?;
        self.publisher.publish(&[Change::Everything]);
        self.conn = Some(conn);
        Ok(())
    }

    fn heartbeat(&mut self) {
        let began = lease::boottime();
        let alive = self.connected().and_then(|()| match self.conn.as_mut() {
            Some(conn) => conn.batch_execute("SELECT 1").map_err(StoreError::from),
            None => Ok(()),
        });
        match alive {
            Ok(()) => self.deadline.extend(began),
            Err(error) => self.lost(&error),
        }
    }

    /// After any failure the transaction's state is unknown: start again from nothing.
    fn lost(&mut self, error: &StoreError) {
        tracing::error!(error = %error, "the write lane lost its transaction: {error}");
        self.ledger.forget();
        if let Some(mut conn) = self.conn.take()
            && matches!(conn, Conn::Sqlite(_))
            && conn.batch_execute("ROLLBACK").is_ok()
        {
            // The file is still ours; only the transaction is gone.
            self.conn = Some(conn);
        }
    }

    fn stop(mut self) {
        self.deadline.end();
        if let (true, Some(conn)) = (self.serving, self.conn.as_mut())
            && let Err(error) = lease::release(conn, &self.holder)
        {
            tracing::warn!(error = %error, "the next process will wait for this one's lease to end: {error}");
        }
    }
}
