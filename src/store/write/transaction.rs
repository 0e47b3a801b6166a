//! One change inside the lane's transaction: reads as it likes, writes behind a savepoint.

use diesel::connection::SimpleConnection;

use super::Change;
use crate::model::{Actor, Attribution, OrganizationId, Timestamp};
use crate::store::StoreError;
use crate::store::connection::Conn;

/// Handed to the closure of a change.
pub struct WriteTx<'lane> {
    conn: &'lane mut Conn,
    organization: OrganizationId,
    by: &'lane Attribution,
    changes: Vec<Change>,
    savepoint: Savepoint,
    wrote: bool,
}

/// The savepoint that a change undoes itself to, as the change finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Savepoint {
    /// It stands where the transaction stands: set together with BEGIN, or just returned to.
    Here,
    /// An earlier change that is kept has written since.
    Behind,
}

impl std::fmt::Debug for WriteTx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteTx")
            .field("organization", &self.organization)
            .field("wrote", &self.wrote)
            .finish_non_exhaustive()
    }
}

impl<'lane> WriteTx<'lane> {
    pub(super) fn new(
        conn: &'lane mut Conn,
        organization: OrganizationId,
        by: &'lane Attribution,
        savepoint: Savepoint,
    ) -> Self {
        Self { conn, organization, by, changes: Vec::new(), savepoint, wrote: false }
    }

    /// For reading: sees this transaction's own writes.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Whose data this change is about.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// When the change happens.
    pub fn now(&self) -> Timestamp {
        self.by.at
    }

    /// Who makes the change.
    pub fn actor(&self) -> &Actor {
        &self.by.actor
    }

    /// What the change is attributed to.
    pub fn attribution(&self) -> &Attribution {
        self.by
    }

    /// What the change has touched so far.
    pub fn touched(&self) -> &[Change] {
        &self.changes
    }

    /// For writing. The first call of a change sees to a savepoint, so that a change that fails undoes only itself; a
    /// change that only reads costs none. Only the files of this room write, each telling what it touches.
    pub(in crate::store) fn writing(
        &mut self,
        touches: impl IntoIterator<Item = Change>,
    ) -> Result<&mut Conn, StoreError> {
        if !self.wrote {
            match self.savepoint {
                Savepoint::Here => {}
                Savepoint::Behind => self.conn.batch_execute("RELEASE SAVEPOINT change; SAVEPOINT change")?,
            }
            self.wrote = true;
        }
        self.changes.extend(touches);
        Ok(self.conn)
    }

    pub(super) fn wrote(&self) -> bool {
        self.wrote
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.changes
    }
}
