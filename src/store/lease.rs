//! One process serves a database, and answers from memory only while it can know that it still does.
//!
//! Until replicas exist, a second `serve` is refused: by an advisory lock on PostgreSQL, held by the write lane's own
//! session, and by a file lock on SQLite. A lock alone is not enough on PostgreSQL: a process that was cut off from
//! the database loses the lock without knowing, and would go on allowing from memory what its successor has revoked.
//! So memory may be trusted until a [`Deadline`] that only a successful round trip moves: the boot-time clock read
//! *before* the round trip began, plus [`LEASE`]. A successor of a process that did not say goodbye waits
//! [`SUCCESSION`] before it serves.
//!
//! CLOCK_BOOTTIME and not `Instant`: the latter stands still while the machine sleeps.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use rustix::fs::FlockOperation;
use rustix::time::ClockId;

use super::StoreError;
use super::connection::Conn;
use super::tables::server_lease;

/// How long memory may be trusted after a round trip to the database began.
pub const LEASE: Duration = Duration::from_secs(2);

/// How long a successor waits: the lease, a tenth slower clock there, a tenth faster here, and some air.
pub const SUCCESSION: Duration = Duration::from_millis(2_550);

/// The advisory lock's number: the first eight bytes of SHA-256("portcullis serve"), as PostgreSQL wants it.
const ADVISORY_LOCK: i64 = 0x0d5f_63a1_7be2_9c44;

/// How often the lock of another session is tried again, and the pause before each.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A deadline that nothing extends any more.
const ENDED: i64 = i64::MIN;

/// Until when memory may be trusted, shared with every decision.
#[derive(Debug, Clone)]
pub struct Deadline(Arc<AtomicI64>);

impl Deadline {
    /// Memory that needs no lease: one process, one file.
    pub fn unlimited() -> Self {
        Self(Arc::new(AtomicI64::new(i64::MAX)))
    }

    /// Memory that may not be trusted until the first round trip.
    pub fn expired() -> Self {
        Self(Arc::new(AtomicI64::new(0)))
    }

    /// Whether memory may be trusted at this very moment. Reads the clock anew each time.
    pub fn holds(&self) -> bool {
        let until = self.0.load(Ordering::Acquire);
        until == i64::MAX || boottime() < until
    }

    /// A round trip that began at `began` succeeded.
    pub(super) fn extend(&self, began: i64) {
        let lease = i64::try_from(LEASE.as_nanos()).unwrap_or(i64::MAX);
        let until = began.saturating_add(lease);
        let later = |now: i64| (now != ENDED && now < until).then_some(until);
        // Refused: it lasts longer already, or has ended.
        let _moved_or_not = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, later);
    }

    /// Memory may not be trusted from now on, whatever anybody finds out later.
    pub(super) fn end(&self) {
        self.0.store(ENDED, Ordering::Release);
    }
}

/// Nanoseconds since the machine started, sleep included.
pub(super) fn boottime() -> i64 {
    let now = rustix::time::clock_gettime(ClockId::Boottime);
    now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec)
}

/// Holds the file lock of an SQLite installation for as long as it lives.
#[derive(Debug)]
pub struct FileLock(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

impl FileLock {
    /// Takes the lock beside the database file, or says who has it.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        let unavailable =
            |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("`{}`: {error}", path.display()));
        let file = File::create(path).map_err(|e| unavailable(&e))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::Held(format!(
                "another `portcullis` process already uses `{}`: SQLite serves one process; for several, use PostgreSQL",
                path.display()
            ))),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

/// What the process before this one left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Predecessor {
    /// It stopped in good order, or there was none: nothing to wait for.
    Gone,
    /// It may still answer from memory for a while.
    Unknown,
}

#[derive(diesel::QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

/// Takes the advisory lock for this session. Taking it again in the same session changes nothing.
pub(super) fn take_lock(conn: &mut Conn) -> Result<(), StoreError> {
    take_advisory_lock(conn, "", false).map(drop)
}

fn try_lock(conn: &mut Conn) -> Result<bool, StoreError> {
    let answer: Locked =
        diesel::sql_query(format!("SELECT pg_try_advisory_lock({ADVISORY_LOCK}) AS locked")).get_result(conn)?;
    Ok(answer.locked)
}

/// Takes the advisory lock for this session and, if it is to serve, marks the lease as held. The lock of a process that
/// has just ended is free once the database has noticed, so it is tried for a moment.
pub(super) fn take_advisory_lock(conn: &mut Conn, holder: &str, serving: bool) -> Result<Predecessor, StoreError> {
    let Conn::Pg(_) = conn else { return Ok(Predecessor::Gone) };
    let mut locked = try_lock(conn)?;
    for _ in 0..LOCK_TRIES {
        if locked {
            break;
        }
        std::thread::sleep(LOCK_PAUSE);
        locked = try_lock(conn)?;
    }
    if !locked {
        return Err(StoreError::Held(
            "another `portcullis serve` already runs on this PostgreSQL database: several replicas on one database are not \
             supported yet, because revocation could not be promised on all of them"
                .to_owned(),
        ));
    }
    if !serving {
        return Ok(Predecessor::Gone);
    }
    let before: Option<(String, bool)> =
        server_lease::table.select((server_lease::holder, server_lease::released)).first(conn).optional()?;
    match &before {
        None => {
            diesel::insert_into(server_lease::table)
                .values((
                    server_lease::name.eq("serve"),
                    server_lease::holder.eq(holder),
                    server_lease::released.eq(false),
                ))
                .execute(conn)?;
        }
        Some(_) => {
            diesel::update(server_lease::table)
                .set((server_lease::holder.eq(holder), server_lease::released.eq(false)))
                .execute(conn)?;
        }
    }
    Ok(match before {
        Some((last, false)) if last != holder => Predecessor::Unknown,
        Some(_) | None => Predecessor::Gone,
    })
}

/// Lets the pulse see that this session, which has the lock, is the holder's.
///
/// INVARIANT: only once memory holds nothing from before the lock was taken; the pulse would keep it trusted.
pub(super) fn mark(conn: &mut Conn, holder: &str) -> Result<(), StoreError> {
    let Conn::Pg(_) = conn else { return Ok(()) };
    diesel::sql_query("SELECT set_config('application_name', $1, false)").bind::<Text, _>(holder).execute(conn)?;
    Ok(())
}

/// Whether a session that is marked as this holder's has the advisory lock now.
pub(super) fn is_held(conn: &mut Conn, holder: &str) -> Result<bool, StoreError> {
    let (class, object) = (ADVISORY_LOCK >> 32, ADVISORY_LOCK & 0xffff_ffff);
    let answer: Locked = diesel::sql_query(format!(
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted \
         AND classid = {class} AND objid = {object} AND objsubid = 1 AND datname = current_database() \
         AND application_name = $1) AS locked"
    ))
    .bind::<Text, _>(holder)
    .get_result(conn)?;
    Ok(answer.locked)
}

/// Says goodbye: this process answers nothing any more.
pub(super) fn release(conn: &mut Conn, holder: &str) -> Result<(), StoreError> {
    diesel::update(server_lease::table.filter(server_lease::holder.eq(holder)))
        .set(server_lease::released.eq(true))
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_not_trusted_before_the_first_round_trip_nor_after_the_end() {
        let deadline = Deadline::expired();
        assert!(!deadline.holds());
        deadline.extend(boottime());
        assert!(deadline.holds());
        deadline.end();
        assert!(!deadline.holds());
        deadline.extend(boottime());
        assert!(!deadline.holds());
    }

    #[test]
    fn a_round_trip_that_began_long_ago_extends_nothing() {
        let deadline = Deadline::expired();
        deadline.extend(boottime() - 3_000_000_000);
        assert!(!deadline.holds());
    }

    #[test]
    fn a_file_is_locked_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = FileLock::take(&path).unwrap();
        assert!(matches!(FileLock::take(&path), Err(StoreError::Held(_))));
        drop(first);
        assert!(FileLock::take(&path).is_ok());
    }
}
