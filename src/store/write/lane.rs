//! The write lane: the one thread that commits.
//!
//! It takes all changes that wait, runs them as one [`batch`](super::batch), links their audit entries under the
//! organization's head as the last act before COMMIT, commits once, publishes what changed, and only then answers
//! them all. So one fsync serves many changes, a failing change undoes only itself, an acknowledged change is always
//! already in the log, and memory has forgotten what was revoked before anybody hears that it was.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::batch::Batch;
use super::change::{Change, Publisher};
use super::job::Waiting;
use super::ledger::Ledger;
use super::together;
use crate::model::Chance;
use crate::store::StoreError;
use crate::store::connection::{Address, Conn};
use crate::store::lease::{self, Deadline, Predecessor, SUCCESSION};

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

impl Lane {
    /// Runs until every sender is gone.
    pub(super) fn run(mut self, queue: &Receiver<Waiting>) {
        loop {
            match queue.recv_timeout(HEARTBEAT) {
                Ok(first) => {
                    let mut waiting = vec![first];
                    waiting.extend(queue.try_iter().take(self.batch.min(BATCH).saturating_sub(1)));
                    self.serve(waiting);
                }
                Err(RecvTimeoutError::Timeout) => self.heartbeat(),
                Err(RecvTimeoutError::Disconnected) => return self.stop(),
            }
        }
    }

    fn serve(&mut self, mut waiting: Vec<Waiting>) {
        let mut changes = Vec::new();
        let committed = self.connected().and_then(|()| self.commit(&mut waiting, &mut changes));
        // Whether or not the commit came through (it may have, unheard), what it touched is forgotten.
        self.publisher.publish(&changes);
        match &committed {
            Ok(began) => self.deadline.extend(*began),
            Err(error) => self.lost(error),
        }
        for one in waiting {
            one.answer(match &committed {
                Ok(_) => Ok(()),
                Err(error) => Err(StoreError::Unavailable(error.to_string())),
            });
        }
    }

    /// Runs what waits and commits it; answers when the last round trip began.
    fn commit(&mut self, waiting: &mut [Waiting], changes: &mut Vec<Change>) -> Result<i64, StoreError> {
        let conn = self.conn.as_mut().ok_or_else(|| StoreError::Unavailable("no connection".to_owned()))?;
        let began = lease::boottime();
        if together::arrive(conn, &mut self.ledger, waiting, changes) {
            return Ok(began);
        }
        let mut batch = Batch::begin(conn, self.chance.as_ref(), changes)?;
        batch.run(waiting)?;
        let (wrote, entries) = batch.finish();
        self.ledger.link(conn, entries)?;
        let began = lease::boottime();
        conn.batch_execute(match conn {
            _ if !wrote => "ROLLBACK",
            // PostgreSQL answers COMMIT of a transaction in which a statement failed with success, and rolls back: the
            // query before it fails there, and COMMIT is not reached.
            Conn::Pg(_) => "SELECT 1; COMMIT",
            Conn::Sqlite(_) => "COMMIT",
        })?;
        self.ledger.committed();
        Ok(began)
    }

    /// Opens the connection if there is none. A new session has to win the lock again, and whatever memory holds may
    /// be older than what another process did meanwhile.
    fn connected(&mut self) -> Result<(), StoreError> {
        if self.conn.is_some() {
            return Ok(());
        }
        let mut conn = self.address.open()?;
        if lease::take_advisory_lock(&mut conn, &self.holder, self.serving)? == Predecessor::Unknown {
            // Somebody else served in between, and may still answer from memory.
            std::thread::sleep(SUCCESSION);
        }
        self.publisher.publish(&[Change::Everything]);
        lease::mark(&mut conn, &self.holder)?;
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
