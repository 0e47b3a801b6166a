//! The store: the only room that knows SQL.
//!
//! One diesel code serves SQLite and PostgreSQL through `#[derive(MultiConnection)]`, with portable column types and
//! text ids; what differs stands in `connection`, `dialect` and the two migration folders. Reads run on a pool of
//! connections; every write goes through the [`write`] lane, as a closure that returns what happened for the audit.
//!
//! One file per table. A function is one query, names the organization first, and a write states the version that it
//! expects. Not here: what a change means (`domain`).

pub mod api_keys;
pub mod approvals;
pub mod arrivals;
pub mod assignments;
pub mod audit;
pub mod brakes;
pub mod catalogue_versions;
mod connection;
pub mod connection_groups;
pub mod connections;
pub mod contracts;
pub mod credentials;
mod dialect;
pub mod directories;
mod error;
pub mod finding;
pub mod groups;
mod lease;
pub mod leaving;
pub mod leniencies;
mod listed;
pub mod logins;
pub mod memberships;
pub mod metadata_sources;
mod migrate;
pub mod oauth_clients;
pub mod once;
pub mod organizations;
pub mod overrides;
pub mod ownership_offers;
pub mod permission_uses;
mod pulse;
pub mod pushes;
pub mod referred;
pub mod reviews;
pub mod role_versions;
pub mod roles;
mod rows;
pub mod rule_versions;
pub mod rules;
pub mod scopes;
pub mod sessions;
pub mod shares;
pub mod sign_ins;
mod tables;
pub mod tombstones;
pub mod unique_values;
pub mod users;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::Pool;
use tokio::sync::Semaphore;

pub use connection::{Address, AddressError, Conn};
pub use error::StoreError;
pub use lease::{Deadline, FileLock, LEASE, SUCCESSION};
pub use migrate::is_pending;
use migrate::migrate;
pub use write::{Audited, Change, Publisher, WriteTx};

use self::connection::Opener;
use self::lease::Predecessor;
use self::pulse::Pulse;
use self::pushes::Kept;
use self::write::{LaneOptions, WriteLane};
use crate::audit::Event;
use crate::model::{Attribution, Chance, OrganizationId};

/// How long a request waits for the database. One that has frozen accepts what is sent and never answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a store is opened.
pub struct StoreOptions {
    pub address: Address,
    /// Where the lock file of an SQLite installation lies.
    pub lock: std::path::PathBuf,
    /// Connections for reading.
    pub readers: u32,
    /// At most so many changes share a commit; 1 gives one commit per change.
    pub batch: usize,
    /// Whether this process is the one that serves; others (`init`, `audit`) leave no lease behind.
    pub serving: bool,
    /// Names this process in the lease.
    pub holder: String,
}

impl std::fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreOptions")
            .field("readers", &self.readers)
            .field("serving", &self.serving)
            .finish_non_exhaustive()
    }
}

/// The database, open.
pub struct Store {
    readers: Pool<Opener>,
    /// One for each reader. Who finds none free waits here, in turn: waiting for the pool itself would hold a thread, and
    /// it serves whoever happens to be awake.
    turns: Arc<Semaphore>,
    lane: WriteLane,
    deadline: Deadline,
    _pulse: Option<Pulse>,
    _lock: Option<FileLock>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Takes the lock, migrates, and starts the lane. Blocks; on PostgreSQL up to [`SUCCESSION`] longer, when the
    /// process before this one did not say goodbye.
    pub fn open(
        options: StoreOptions,
        publisher: Arc<dyn Publisher>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, StoreError> {
        let lock = match &options.address {
            Address::Sqlite(_) => Some(FileLock::take(&options.lock)?),
            Address::Postgres(_) => None,
        };
        let mut conn = options.address.open()?;
        // The lock comes first: nobody migrates under a server that runs.
        lease::take_lock(&mut conn)?;
        migrate(&mut conn)?;
        if lease::take_advisory_lock(&mut conn, &options.holder, options.serving)? == Predecessor::Unknown
            && options.serving
        {
            tracing::info!(
                "the process before this one did not say goodbye: waiting {SUCCESSION:?} for its lease to end"
            );
            std::thread::sleep(SUCCESSION);
        }
        lease::mark(&mut conn, &options.holder)?;
        let deadline = match &options.address {
            Address::Sqlite(_) => Deadline::unlimited(),
            Address::Postgres(_) => Deadline::expired(),
        };
        let pulse = match (&options.address, options.serving) {
            (Address::Postgres(_), true) => {
                Some(Pulse::start(options.address.clone(), options.holder.clone(), deadline.clone())?)
            }
            (Address::Postgres(_), false) | (Address::Sqlite(_), _) => None,
        };
        let lane = WriteLane::start(LaneOptions {
            address: options.address.clone(),
            conn,
            holder: options.holder,
            serving: options.serving,
            batch: options.batch,
            deadline: deadline.clone(),
            publisher,
            chance,
        })?;
        Ok(Self {
            readers: connection::readers(&options.address, options.readers),
            turns: Arc::new(Semaphore::new(usize::try_from(options.readers).unwrap_or(Semaphore::MAX_PERMITS))),
            lane,
            deadline,
            _pulse: pulse,
            _lock: lock,
        })
    }

    /// Until when memory may be trusted.
    pub fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Runs `query` on a reader, off the async threads.
    pub async fn read<T, E>(&self, query: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (readers, turns) = (self.readers.clone(), Arc::clone(&self.turns));
        let reading = async move {
            let turn = turns.acquire_owned().await.map_err(|error| unfinished(&error))?;
            let query = move || {
                // Kept until the query has ended, also when nobody waits for it any more.
                let _turn = turn;
                let mut reader = readers.get().map_err(StoreError::from)?;
                let answer = query(&mut reader.conn);
                if answer.is_err() {
                    reader.examine();
                }
                answer
            };
            tokio::task::spawn_blocking(query).await.map_err(|error| unfinished(&error))?
        };
        match tokio::time::timeout(PATIENCE, reading).await {
            Ok(answer) => answer,
            Err(_) => Err(StoreError::Unavailable(format!("no answer within {PATIENCE:?}")).into()),
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|conn| Ok(diesel::connection::SimpleConnection::batch_execute(conn, "SELECT 1")?)).await
    }

    /// Adds somebody new through the write lane; answers once that is committed, in the audit log and published. Costs less
    /// than the same change by [`write`](Self::write), because those who wait together are added together.
    /// Whoever is not `welcome` when their turn comes, after all changes before, is not added: [`StoreError::Stale`].
    pub async fn admit(
        &self,
        by: &Attribution,
        kept: Option<Kept>,
        arrival: arrivals::Arrival,
        event: Event,
        welcome: impl Fn() -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        self.lane.admit(by, kept, arrival, event, Box::new(welcome)).await
    }

    /// Runs `change` in the write lane; answers once it is committed, in the audit log and published.
    pub async fn write<T, E>(
        &self,
        organization: OrganizationId,
        by: Attribution,
        change: impl FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.lane.write(organization, by, None, change).await
    }

    /// The same, keeping the request that asked for the change with its audit entry.
    pub async fn write_keeping<T, E>(
        &self,
        organization: OrganizationId,
        by: Attribution,
        kept: Option<Kept>,
        change: impl FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.lane.write(organization, by, kept, change).await
    }
}

fn unfinished(error: &dyn std::error::Error) -> StoreError {
    StoreError::Unavailable(format!("the query did not finish: {error}"))
}

/// Brings the database to the newest version, unless a server uses it.
pub fn migrate_alone(address: &Address, lock: &Path) -> Result<Vec<String>, StoreError> {
    let _lock = match address {
        Address::Sqlite(_) => Some(FileLock::take(lock)?),
        Address::Postgres(_) => None,
    };
    let mut conn = address.open()?;
    lease::take_lock(&mut conn)?;
    migrate(&mut conn)
}

/// Opens the database for reading alone, without a lock: for `audit verify` beside a running server.
pub fn open_for_reading(address: &Address) -> Result<Conn, StoreError> {
    if let Address::Sqlite(path) = address
        && !Path::new(path).exists()
    {
        return Err(StoreError::Unavailable(format!("there is no database at `{}`", path.display())));
    }
    address.open()
}
