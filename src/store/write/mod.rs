//! The write lane and what goes through it. There is no other way to COMMIT.

mod audited;
mod change;
mod job;
mod lane;
mod ledger;
mod transaction;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use audited::Audited;
pub use change::{Change, Publisher};
pub use transaction::WriteTx;

use self::job::{Job, Waiting};
use self::lane::Lane;
use self::ledger::Ledger;
use super::StoreError;
use super::connection::{Address, Conn};
use super::lease::Deadline;
use crate::model::{Attribution, Chance, OrganizationId};

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
    queue: Option<Sender<Box<dyn Job>>>,
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
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs `change` in the lane and answers once it is committed and published.
    pub async fn write<T, E, F>(&self, organization: OrganizationId, by: Attribution, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, E> + Send + 'static,
    {
        let stopped = || StoreError::Unavailable("the write lane has stopped".to_owned());
        let (reply, answer) = oneshot::channel();
        let job = Waiting { organization, by, change: Some(change), answer: None, reply };
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Box::new(job)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
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
