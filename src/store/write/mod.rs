//! The write lane and what goes through it. There is no other way to COMMIT.

mod arriving;
mod audited;
mod batch;
mod change;
mod job;
mod lane;
mod ledger;
mod together;
mod transaction;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use audited::Audited;
pub use change::{Change, Publisher};
pub use transaction::WriteTx;

use self::arriving::{Arriving, Welcome};
use self::job::{Closure, Waiting};
use self::lane::Lane;
use self::ledger::Ledger;
use super::arrivals::Arrival;
use super::connection::{Address, Conn};
use super::lease::Deadline;
use super::{PATIENCE, StoreError};
use crate::audit::{Entry, Event};
use crate::model::{Attribution, Chance, EntryId, OrganizationId};

/// What a lane is made of.
pub struct LaneOptions {
    pub address: Address,
    /// The lane's own connection; on PostgreSQL it already holds the advisory lock if `serving`.
    pub conn: Conn,
    pub holder: String,
    pub serving: bool,
    /// At most so many changes share a commit; 1 gives one commit per change.
    pub batch: usize,
    pub deadline: Deadline,
    pub publisher: Arc<dyn Publisher>,
    pub chance: Arc<dyn Chance>,
}

impl std::fmt::Debug for LaneOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LaneOptions")
            .field("serving", &self.serving)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}

/// The way into the lane.
pub struct WriteLane {
    queue: Option<Sender<Waiting>>,
    chance: Arc<dyn Chance>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for WriteLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WriteLane")
    }
}

impl WriteLane {
    /// Starts the lane's thread.
    pub fn start(options: LaneOptions) -> Result<Self, StoreError> {
        let (queue, waiting) = channel();
        let chance = Arc::clone(&options.chance);
        let lane = Lane {
            address: options.address,
            holder: options.holder,
            batch: options.batch,
            serving: options.serving,
            conn: Some(options.conn),
            ledger: Ledger::default(),
            deadline: options.deadline,
            publisher: options.publisher,
            chance: options.chance,
        };
        let thread = std::thread::Builder::new()
            .name("write-lane".to_owned())
            .spawn(move || lane.run(&waiting))
            .map_err(|error| StoreError::Unavailable(format!("no thread for the write lane: {error}")))?;
        Ok(Self { queue: Some(queue), chance, thread: Some(thread) })
    }

    /// Runs `change` in the lane and answers once it is committed and published.
    pub async fn write<T, E, F>(&self, organization: OrganizationId, by: Attribution, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Closure { organization, by, change: Some(change), answer: None, reply };
        self.send(Waiting::Change(Box::new(job)))?;
        answered(answer).await?
    }

    /// Adds somebody new and answers once that is committed and published; a conflict if the name is taken, stale if they
    /// are not welcome when their turn comes.
    pub async fn admit(
        &self,
        by: &Attribution,
        arrival: Arrival,
        event: Event,
        welcome: Welcome,
    ) -> Result<(), StoreError> {
        let organization = arrival.row.organization_id;
        let entry = Entry::new(organization, EntryId::new(by.at, self.chance.as_ref()), by, event);
        let (reply, answer) = oneshot::channel();
        let arriving = Arriving { organization, arrival, welcome, entry: Some(entry), refusal: None, reply };
        self.send(Waiting::Arrival(Box::new(arriving)))?;
        answered(answer).await?
    }

    fn send(&self, one: Waiting) -> Result<(), StoreError> {
        self.queue.as_ref().and_then(|queue| queue.send(one).ok()).ok_or_else(stopped)
    }
}

/// Waits for the lane's answer, but not for ever: a database that has frozen answers nothing, not even that it is gone.
async fn answered<T>(answer: oneshot::Receiver<T>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(|_| stopped()),
        Err(_) => Err(StoreError::Unavailable(format!("no answer within {PATIENCE:?}; the change may still happen"))),
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the write lane has stopped".to_owned())
}

impl Drop for WriteLane {
    /// Lets the lane finish what waits, then ends it.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
