//! The audit log. The write lane's ledger alone appends to it; nothing in it is ever changed.

use std::sync::LazyLock;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::dialect::{Condition, native, unindexed};
use super::rows::{Bind, Statement};
use super::tables::{audit_checkpoint, audit_entry, audit_head, audit_omission};
use super::{Conn, StoreError, WriteTx};
use crate::audit::{Action, Entry, Omission, Outcome};
use crate::model::{OrganizationId, Timestamp};

/// An entry as stored: its canonical text, and beside it what it is searched by.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entry, treat_none_as_default_value = false)]
pub struct EntryRow {
    pub organization_id: String,
    pub position: i64,
    pub id: String,
    pub recorded_at: i64,
    pub action: String,
    pub outcome: String,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub target_kind: String,
    pub target_id: String,
    pub request_id: Option<String>,
    pub entry: String,
}

impl EntryRow {
    pub(super) fn new(organization: OrganizationId, position: i64, entry: &Entry) -> Self {
        let facts = entry.facts();
        Self {
            organization_id: organization.to_string(),
            position,
            id: facts.id.to_string(),
            recorded_at: facts.at.micros(),
            action: facts.event.action().as_str().to_owned(),
            outcome: facts.event.outcome().as_str().to_owned(),
            actor_kind: facts.actor.kind.clone(),
            actor_id: facts.actor.id.clone(),
            target_kind: facts.event.target().kind().as_str().to_owned(),
            target_id: facts.event.target().id().to_owned(),
            request_id: facts.request_id.map(|id| id.to_string()),
            entry: entry.text().to_owned(),
        }
    }

    /// Whether what it is searched by is what its entry says. An entry that cannot be read says nothing.
    pub fn is_as_its_entry(&self, organization: OrganizationId) -> bool {
        Entry::parse(self.entry.as_bytes()).is_ok_and(|entry| Self::new(organization, self.position, &entry) == *self)
    }
}

/// A head that moves.
#[derive(Debug)]
pub(super) struct Head {
    pub organization: OrganizationId,
    /// The size it must have.
    pub before: i64,
    /// The size it will have.
    pub after: i64,
    /// As text.
    pub frontier: String,
}

/// Moves a head and adds its entries; `moved` is the head, if it was where it must be.
pub(super) const APPENDED: &str = "moved AS (\
     UPDATE audit_head SET size = ?, frontier = ? WHERE organization_id = ? AND size = ? RETURNING 1\
     ), appended AS (\
     INSERT INTO audit_entry (organization_id, position, id, recorded_at, action, outcome, actor_kind, actor_id, \
     target_kind, target_id, request_id, entry) SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
     )";

/// The statement that moves a head and adds its entries; answers how many heads it found.
static APPEND: LazyLock<String> = LazyLock::new(|| format!("WITH {APPENDED} SELECT count(*) FROM moved"));

/// Adds entries and moves the head; false if the head is not where it must be.
pub(super) fn append(conn: &mut Conn, head: &Head, rows: &[EntryRow]) -> Result<bool, StoreError> {
    let moved = match conn {
        Conn::Pg(conn) => Statement::<BigInt>::new(&APPEND, append_binds(head, rows)).get_result(conn)?,
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(audit_entry::table).values(row).execute(conn)?;
            }
            let expected =
                audit_head::table.find(head.organization.to_string()).filter(audit_head::size.eq(head.before));
            let moved = (audit_head::size.eq(head.after), audit_head::frontier.eq(&head.frontier));
            i64::try_from(diesel::update(expected).set(moved).execute(conn)?).unwrap_or(i64::MAX)
        }
    };
    Ok(moved == 1)
}

/// Keeps what entries had no room for, each text once.
pub(super) fn keep_omissions<'e>(
    conn: &mut Conn,
    organization: OrganizationId,
    omissions: impl Iterator<Item = &'e Omission>,
) -> Result<(), StoreError> {
    for omission in omissions {
        let row = (
            audit_omission::organization_id.eq(organization.to_string()),
            audit_omission::digest.eq(&omission.digest),
            audit_omission::text.eq(&omission.text),
        );
        native!(&mut *conn, |conn| diesel::insert_into(audit_omission::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
    }
    Ok(())
}

/// What an entry had no room for, by the digest that it bears.
pub fn omission(conn: &mut Conn, organization: OrganizationId, digest: &str) -> Result<Option<String>, StoreError> {
    Ok(audit_omission::table
        .select(audit_omission::text)
        .find((organization.to_string(), digest.to_owned()))
        .first(conn)
        .optional()?)
}

/// Entries from `from` on in their order that tell of one of these actions done. Read in the order in which they lie: the
/// index of actions would have to be put in order again for each batch.
pub fn done_in_order(
    conn: &mut Conn,
    organization: OrganizationId,
    actions: &[Action],
    from: i64,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let actions: Vec<&str> = actions.iter().map(|action| action.as_str()).collect();
    Ok(native!(conn, |conn| audit_entry::table
        .select(EntryRow::as_select())
        .filter(audit_entry::organization_id.eq(organization.to_string()))
        .filter(audit_entry::position.ge(from))
        .filter(unindexed(audit_entry::action).eq_any(actions))
        .filter(audit_entry::outcome.eq(Outcome::Success.as_str()))
        .order(audit_entry::position)
        .limit(limit)
        .load::<EntryRow>(conn))?)
}

/// What [`APPENDED`] takes.
pub(super) fn append_binds<'a>(head: &'a Head, rows: &'a [EntryRow]) -> Vec<Bind<'a>> {
    vec![
        Bind::Number(head.after),
        Bind::Text(head.frontier.as_str().into()),
        Bind::Text(head.organization.to_string().into()),
        Bind::Number(head.before),
        Bind::texts(rows.iter().map(|row| row.organization_id.as_str())),
        Bind::Numbers(rows.iter().map(|row| row.position).collect()),
        Bind::texts(rows.iter().map(|row| row.id.as_str())),
        Bind::Numbers(rows.iter().map(|row| row.recorded_at).collect()),
        Bind::texts(rows.iter().map(|row| row.action.as_str())),
        Bind::texts(rows.iter().map(|row| row.outcome.as_str())),
        Bind::texts(rows.iter().map(|row| row.actor_kind.as_str())),
        Bind::OptionalTexts(rows.iter().map(|row| row.actor_id.as_deref()).collect()),
        Bind::texts(rows.iter().map(|row| row.target_kind.as_str())),
        Bind::texts(rows.iter().map(|row| row.target_id.as_str())),
        Bind::OptionalTexts(rows.iter().map(|row| row.request_id.as_deref()).collect()),
        Bind::texts(rows.iter().map(|row| row.entry.as_str())),
    ]
}

/// What a search of the log asks for; every field that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntrySelection {
    pub action: Option<String>,
    pub outcome: Option<String>,
    pub actor: Option<String>,
    pub target: Option<String>,
    pub request: Option<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl EntrySelection {
    fn condition(&self, organization: OrganizationId) -> Condition<audit_entry::table> {
        let mut all: Condition<audit_entry::table> =
            Box::new(audit_entry::organization_id.eq(organization.to_string()));
        if let Some(action) = &self.action {
            all = Box::new(all.and(audit_entry::action.eq(action.clone())));
        }
        if let Some(outcome) = &self.outcome {
            all = Box::new(all.and(audit_entry::outcome.eq(outcome.clone())));
        }
        if let Some(actor) = &self.actor {
            all = Box::new(all.and(audit_entry::actor_id.assume_not_null().eq(actor.clone())));
        }
        if let Some(target) = &self.target {
            all = Box::new(all.and(audit_entry::target_id.eq(target.clone())));
        }
        if let Some(request) = &self.request {
            all = Box::new(all.and(audit_entry::request_id.assume_not_null().eq(request.clone())));
        }
        if let Some(since) = self.since {
            all = Box::new(all.and(audit_entry::recorded_at.ge(since.micros())));
        }
        if let Some(until) = self.until {
            all = Box::new(all.and(audit_entry::recorded_at.lt(until.micros())));
        }
        all
    }
}

/// The newest entries of the selection whose positions come before `before`, newest first.
pub fn newest(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &EntrySelection,
    before: i64,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    Ok(audit_entry::table
        .select(EntryRow::as_select())
        .filter(selection.condition(organization))
        .filter(audit_entry::position.lt(before))
        .order(audit_entry::position.desc())
        .limit(limit)
        .load(conn)?)
}

/// The newest entries that tell of something done, newest first: no readings of the log itself.
pub fn newest_done(conn: &mut Conn, organization: OrganizationId, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    Ok(audit_entry::table
        .select(EntryRow::as_select())
        .filter(audit_entry::organization_id.eq(organization.to_string()))
        .filter(audit_entry::outcome.eq(Outcome::Success.as_str()))
        .filter(audit_entry::action.ne(Action::AuditRead.as_str()))
        .order(audit_entry::position.desc())
        .limit(limit)
        .load(conn)?)
}

/// The newest entries that tell of something refused or failed, newest first.
pub fn newest_refused(conn: &mut Conn, organization: OrganizationId, limit: i64) -> Result<Vec<EntryRow>, StoreError> {
    Ok(audit_entry::table
        .select(EntryRow::as_select())
        .filter(audit_entry::organization_id.eq(organization.to_string()))
        .filter(audit_entry::outcome.ne(Outcome::Success.as_str()))
        .order(audit_entry::position.desc())
        .limit(limit)
        .load(conn)?)
}

/// The entry at one position.
pub fn at(conn: &mut Conn, organization: OrganizationId, position: i64) -> Result<Option<EntryRow>, StoreError> {
    Ok(audit_entry::table
        .select(EntryRow::as_select())
        .find((organization.to_string(), position))
        .first(conn)
        .optional()?)
}

/// Entries from `from` on in their order, with what they are searched by.
pub fn rows_in_order(
    conn: &mut Conn,
    organization: OrganizationId,
    from: i64,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    Ok(audit_entry::table
        .select(EntryRow::as_select())
        .filter(audit_entry::organization_id.eq(organization.to_string()))
        .filter(audit_entry::position.ge(from))
        .order(audit_entry::position)
        .limit(limit)
        .load(conn)?)
}

/// Entries from `from` on in their order, for export: position and canonical text.
pub fn in_order(
    conn: &mut Conn,
    organization: OrganizationId,
    from: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    Ok(audit_entry::table
        .select((audit_entry::position, audit_entry::entry))
        .filter(audit_entry::organization_id.eq(organization.to_string()))
        .filter(audit_entry::position.ge(from))
        .order(audit_entry::position)
        .limit(limit)
        .load(conn)?)
}

/// How long the log is, and its frontier.
pub fn head(conn: &mut Conn, organization: OrganizationId) -> Result<Option<(i64, String)>, StoreError> {
    Ok(audit_head::table
        .select((audit_head::size, audit_head::frontier))
        .find(organization.to_string())
        .first(conn)
        .optional()?)
}

/// All checkpoints, the oldest first.
pub fn checkpoints(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<(i64, String)>, StoreError> {
    Ok(audit_checkpoint::table
        .select((audit_checkpoint::size, audit_checkpoint::note))
        .filter(audit_checkpoint::organization_id.eq(organization.to_string()))
        .order(audit_checkpoint::size)
        .load(conn)?)
}

/// How long the log was at its last checkpoint.
pub fn last_checkpoint(conn: &mut Conn, organization: OrganizationId) -> Result<Option<i64>, StoreError> {
    Ok(audit_checkpoint::table
        .select(diesel::dsl::max(audit_checkpoint::size))
        .filter(audit_checkpoint::organization_id.eq(organization.to_string()))
        .first(conn)?)
}

/// The newest checkpoint.
pub fn newest_checkpoint(conn: &mut Conn, organization: OrganizationId) -> Result<Option<String>, StoreError> {
    Ok(audit_checkpoint::table
        .select(audit_checkpoint::note)
        .filter(audit_checkpoint::organization_id.eq(organization.to_string()))
        .order(audit_checkpoint::size.desc())
        .first(conn)
        .optional()?)
}

/// Keeps a signed checkpoint.
pub fn insert_checkpoint(tx: &mut WriteTx<'_>, size: i64, note: &str) -> Result<(), StoreError> {
    let (organization, now) = (tx.organization(), tx.now());
    diesel::insert_into(audit_checkpoint::table)
        .values((
            audit_checkpoint::organization_id.eq(organization.to_string()),
            audit_checkpoint::size.eq(size),
            audit_checkpoint::note.eq(note.to_owned()),
            audit_checkpoint::signed_at.eq(now.micros()),
        ))
        .execute(tx.writing([])?)?;
    Ok(())
}
