//! The changes that share one transaction: each runs behind its own savepoint, so that one that fails undoes only itself.

use std::panic::AssertUnwindSafe;

use diesel::connection::SimpleConnection;

use super::arriving::{Arriving, name_taken};
use super::change::Change;
use super::job::{Job, Ran, Waiting};
use super::transaction::{Savepoint, WriteTx};
use crate::audit::Entry;
use crate::model::{Chance, EntryId, OrganizationId};
use crate::store::StoreError;
use crate::store::arrivals;
use crate::store::connection::Conn;

/// A transaction under way.
pub(super) struct Batch<'lane> {
    conn: &'lane mut Conn,
    chance: &'lane dyn Chance,
    savepoint: Savepoint,
    /// Whether there is anything to commit.
    wrote: bool,
    entries: Vec<(OrganizationId, Entry)>,
    changes: &'lane mut Vec<Change>,
}

impl<'lane> Batch<'lane> {
    /// Begins. What is touched is told to `changes` at once, also if the rest of the batch fails.
    pub(super) fn begin(
        conn: &'lane mut Conn,
        chance: &'lane dyn Chance,
        changes: &'lane mut Vec<Change>,
    ) -> Result<Self, StoreError> {
        conn.batch_execute(match conn {
            Conn::Pg(_) => "BEGIN; SAVEPOINT change",
            // Plain BEGIN would take the write lock only at the first write, and fail there instead of waiting.
            Conn::Sqlite(_) => "BEGIN IMMEDIATE; SAVEPOINT change",
        })?;
        Ok(Self { conn, chance, savepoint: Savepoint::Here, wrote: false, entries: Vec::new(), changes })
    }

    /// Runs all that wait, in their order.
    pub(super) fn run(&mut self, waiting: &mut [Waiting]) -> Result<(), StoreError> {
        for run in waiting.chunk_by_mut(|one, next| one.is_arrival() && next.is_arrival()) {
            let mut arriving: Vec<&mut Arriving> = Vec::with_capacity(run.len());
            for one in run {
                match one {
                    Waiting::Arrival(arrival) => match (arrival.welcome)() {
                        true => arriving.push(arrival),
                        false => arrival.refusal = Some(StoreError::Stale),
                    },
                    Waiting::Change(job) => self.change(job.as_mut())?,
                }
            }
            if !arriving.is_empty() {
                self.arrive(&mut arriving)?;
            }
        }
        Ok(())
    }

    /// Whether there is anything to commit, and the entries to be linked before.
    pub(super) fn finish(self) -> (bool, Vec<(OrganizationId, Entry)>) {
        (self.wrote, self.entries)
    }

    fn change(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        let (by, organization) = (job.by().clone(), job.organization());
        let mut tx = WriteTx::new(self.conn, organization, &by, self.savepoint);
        // A change that panics has no answer and is undone like one that refuses.
        let ran = std::panic::catch_unwind(AssertUnwindSafe(|| job.run(&mut tx))).unwrap_or(Ran::Undo);
        let touched = tx.wrote();
        let changes = tx.into_changes();
        match ran {
            Ran::Keep(events) => {
                if touched {
                    self.savepoint = Savepoint::Behind;
                }
                self.wrote |= touched || !events.is_empty();
                self.changes.extend(changes);
                let entry = |event| Entry::new(organization, EntryId::new(by.at, self.chance), &by, event);
                self.entries.extend(events.into_iter().map(|event| (organization, entry(event))));
            }
            Ran::Undo if touched => self.undo()?,
            Ran::Undo => {}
        }
        Ok(())
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        self.conn.batch_execute("ROLLBACK TO SAVEPOINT change")?;
        self.savepoint = Savepoint::Here;
        Ok(())
    }

    fn set_savepoint(&mut self) -> Result<(), StoreError> {
        if self.savepoint == Savepoint::Behind {
            self.conn.batch_execute("RELEASE SAVEPOINT change; SAVEPOINT change")?;
            self.savepoint = Savepoint::Here;
        }
        Ok(())
    }

    /// Adds people together; if the database refuses the statement for the sake of one of them, one by one.
    fn arrive(&mut self, arriving: &mut [&mut Arriving]) -> Result<(), StoreError> {
        self.set_savepoint()?;
        let arrivals: Vec<_> = arriving.iter().map(|one| &one.arrival).collect();
        match arrivals::arrive(self.conn, &arrivals) {
            Ok(added) => {
                for (one, added) in arriving.iter_mut().zip(added) {
                    self.arrived(one, added);
                }
                Ok(())
            }
            Err(error) => {
                self.undo()?;
                match arriving {
                    [one] => one.refusal = Some(error),
                    several => {
                        for one in several {
                            self.arrive(std::slice::from_mut(one))?;
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn arrived(&mut self, one: &mut Arriving, added: bool) {
        match one.entry.take().filter(|_| added) {
            Some(entry) => {
                self.savepoint = Savepoint::Behind;
                self.wrote = true;
                self.changes.push(one.change());
                self.entries.push((one.organization, entry));
            }
            None => one.refusal = Some(name_taken()),
        }
    }
}
