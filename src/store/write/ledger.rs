//! Links audit entries under their organization's head, inside the lane's transaction.
//!
//! The lane is the only writer, so it remembers each head; the UPDATE names the size it expects, and a surprise makes
//! it read again.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::audit::Entry;
use crate::audit::log::Frontier;
use crate::model::OrganizationId;
use crate::store::StoreError;
use crate::store::audit::{self, EntryRow, Head};
use crate::store::connection::Conn;
use crate::store::tables::audit_head;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    heads: HashMap<OrganizationId, Frontier>,
    /// Heads as they will be once the transaction is committed.
    pending: HashMap<OrganizationId, Frontier>,
}

impl Ledger {
    /// Links entries under the heads of their organizations, each organization's in their order.
    pub(super) fn link(&mut self, conn: &mut Conn, entries: Vec<(OrganizationId, Entry)>) -> Result<(), StoreError> {
        let mut by_organization: BTreeMap<OrganizationId, Vec<Entry>> = BTreeMap::new();
        for (organization, entry) in entries {
            by_organization.entry(organization).or_default().push(entry);
        }
        by_organization.into_iter().try_for_each(|(organization, entries)| self.append(conn, organization, &entries))
    }

    fn append(&mut self, conn: &mut Conn, organization: OrganizationId, entries: &[Entry]) -> Result<(), StoreError> {
        let frontier = match self.heads.get(&organization) {
            Some(frontier) => frontier.clone(),
            None => read_head(conn, organization)?,
        };
        let page = Page::new(organization, frontier, entries.iter())?;
        if !audit::append(conn, &page.head, &page.rows)? {
            return Err(StoreError::Corrupt(format!(
                "the audit log of organization {organization} has a head it should not have"
            )));
        }
        self.pending.insert(organization, page.frontier);
        Ok(())
    }

    /// What is to be written to link entries of one organization whose head is known.
    pub(super) fn page<'a>(
        &self,
        organization: OrganizationId,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> Result<Option<Page>, StoreError> {
        self.heads.get(&organization).map(|head| Page::new(organization, head.clone(), entries)).transpose()
    }

    /// A page was written and committed.
    pub(super) fn turned(&mut self, page: Page) {
        self.heads.insert(page.head.organization, page.frontier);
    }

    /// The transaction was committed: the pending heads are the heads.
    pub(super) fn committed(&mut self) {
        self.heads.extend(self.pending.drain());
    }

    /// The transaction was lost: read each head again.
    pub(super) fn forget(&mut self) {
        self.heads.clear();
        self.pending.clear();
    }
}

/// Entries to be written one after the other, and the head as it will be.
pub(super) struct Page {
    pub(super) head: Head,
    pub(super) rows: Vec<EntryRow>,
    frontier: Frontier,
}

impl Page {
    fn new<'a>(
        organization: OrganizationId,
        mut frontier: Frontier,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> Result<Self, StoreError> {
        let before = position(frontier.size())?;
        let mut rows = Vec::with_capacity(entries.size_hint().0);
        for entry in entries {
            rows.push(EntryRow::new(organization, position(frontier.size())?, entry));
            frontier.append(entry.leaf());
        }
        let after = position(frontier.size())?;
        let head = Head { organization, before, after, frontier: STANDARD.encode(frontier.to_bytes()) };
        Ok(Self { head, rows, frontier })
    }
}

fn position(size: u64) -> Result<i64, StoreError> {
    i64::try_from(size).map_err(|_| StoreError::Corrupt("the audit log is longer than it can be".to_owned()))
}

/// The head, made if this is the organization's first entry.
fn read_head(conn: &mut Conn, organization: OrganizationId) -> Result<Frontier, StoreError> {
    let stored: Option<String> = audit_head::table
        .select(audit_head::frontier)
        .filter(audit_head::organization_id.eq(organization.to_string()))
        .first(conn)
        .optional()?;
    match stored {
        Some(text) => {
            let bytes = STANDARD.decode(text).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            Frontier::from_bytes(&bytes).map_err(|error| StoreError::Corrupt(error.to_string()))
        }
        None => {
            let empty = Frontier::default();
            diesel::insert_into(audit_head::table)
                .values((
                    audit_head::organization_id.eq(organization.to_string()),
                    audit_head::size.eq(0_i64),
                    audit_head::frontier.eq(STANDARD.encode(empty.to_bytes())),
                ))
                .execute(conn)?;
            Ok(empty)
        }
    }
}
