//! The audit log from outside: reading it, verifying it, signing its checkpoints, and the refusals that join it
//! without anybody waiting for them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Gateway, GatewayError};
use crate::audit::checkpoint::{Checkpoint, SigningKey};
use crate::audit::coalesce::Due;
use crate::audit::log::Frontier;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Actor, Attribution, OrganizationId, Origin};
use crate::store::audit;
pub use crate::store::audit::EntrySelection as EntryQuery;
use crate::store::{Audited, StoreError};

/// At most so many refusals wait for a database that is away.
const MAX_WAITING: usize = 10_000;

/// A page of the log, newest first.
#[derive(Debug, Clone)]
pub struct EntryPage {
    /// Each entry as it stands in the log, and its position.
    pub entries: Vec<(i64, Value)>,
    /// Where the next page begins; none on the last.
    pub next: Option<i64>,
}

/// Who acts, in one word, as rows note it: `user:<id>`, `operator`.
pub(super) fn actor_text(actor: &Actor) -> String {
    actor.to_string()
}

impl Gateway {
    /// One page of the log. That it was read is itself recorded, at most once a minute for each reader.
    pub async fn read_audit(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        selection: EntryQuery,
        before: Option<i64>,
        limit: usize,
    ) -> Result<EntryPage, GatewayError> {
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut rows = self
            .store
            .read(move |conn| audit::newest(conn, organization, &selection, before.unwrap_or(i64::MAX), wanted))
            .await?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(|row| row.position);
        let entries = rows
            .into_iter()
            .map(|row| {
                let entry = serde_json::from_str(&row.entry)
                    .map_err(|error| StoreError::Corrupt(format!("audit entry {}: {error}", row.id)))?;
                Ok((row.position, entry))
            })
            .collect::<Result<_, GatewayError>>()?;
        self.note_refusal(
            organization,
            by.clone(),
            Event::new(Action::AuditRead, Target::new(TargetKind::Audit, "log")),
        );
        Ok(EntryPage { entries, next })
    }

    /// Signs a checkpoint of each organization's log that has grown since the last one; answers the new notes.
    pub async fn sign_checkpoints(self: &Arc<Self>, key: &SigningKey) -> Result<Vec<String>, GatewayError> {
        let organizations = self.store.read(crate::store::organizations::all).await?;
        let mut notes = Vec::new();
        for organization in organizations {
            let id = organization.id;
            let key = key.clone();
            let by = self.attribution(Actor::System, None);
            let note = self
                .store
                .write(id, by, move |tx| {
                    let Some((size, frontier)) = audit::head(tx.conn(), id)? else {
                        return Ok(Audited::unchanged(None));
                    };
                    let last = audit::last_checkpoint(tx.conn(), id)?.unwrap_or_default();
                    if size <= last {
                        return Ok(Audited::unchanged(None));
                    }
                    let unreadable =
                        |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("audit head of {id}: {error}"));
                    let bytes = STANDARD.decode(frontier).map_err(|e| unreadable(&e))?;
                    let frontier = Frontier::from_bytes(&bytes).map_err(|e| unreadable(&e))?;
                    let checkpoint =
                        Checkpoint::new(key.verify_key().name(), id, &frontier).map_err(|e| unreadable(&e))?;
                    let note = key.sign(&checkpoint);
                    audit::insert_checkpoint(tx, size, &note)?;
                    Ok::<_, StoreError>(Audited::upkeep(Some(note)))
                })
                .await?;
            notes.extend(note);
        }
        Ok(notes)
    }

    /// Records something that nobody waits for: a refusal, a failed authentication, a reading. Like ones within a minute
    /// become one entry with a count.
    pub(super) fn note_refusal(&self, organization: OrganizationId, by: Attribution, event: Event) {
        let by = Attribution { pushed: None, ..by };
        let due = self.refusals.lock().push(organization, by, event);
        let mut waiting = self.due.lock();
        if waiting.len() < MAX_WAITING {
            waiting.extend(due);
        }
    }

    /// Records that somebody came with a secret of this organization that opens nothing any more: `target` is the secret.
    pub(super) fn note_known_failure(
        &self,
        organization: OrganizationId,
        target: Target,
        reason: &str,
        origin: Option<Origin>,
    ) {
        let event = Event::failed(Action::AuthenticationFailed, target, reason);
        self.note_refusal(organization, self.attribution(Actor::Anonymous, origin), event);
    }

    /// Records a failed authentication of somebody who cannot be asked which organization they meant.
    pub(super) fn note_anonymous_failure(&self, door: &'static str, reason: &str, origin: Option<Origin>) {
        let Some(home) = self.home.get().copied() else { return };
        let by = self.attribution(Actor::Anonymous, origin);
        let event = Event::failed(Action::AuthenticationFailed, Target::new(TargetKind::Request, door), reason);
        self.note_refusal(home, by, event);
    }

    /// Records that a request was refused for want of a right.
    pub fn request_refused(&self, organization: OrganizationId, by: Attribution, what: &str, reason: &str) {
        let event = Event::refused(Action::RequestRefused, Target::new(TargetKind::Request, what), reason);
        self.note_refusal(organization, by, event);
    }

    /// Writes down the refusals that are due; all of them if the gateway is stopping.
    pub async fn write_refusals(self: &Arc<Self>, is_stopping: bool) -> Result<(), GatewayError> {
        let now = self.now();
        let mut due: Vec<Due> = std::mem::take(&mut *self.due.lock());
        {
            let mut refusals = self.refusals.lock();
            due.extend(if is_stopping { refusals.drain_all() } else { refusals.drain(now) });
        }
        let mut due = due.into_iter();
        while let Some(one) = due.next() {
            let (organization, by, event) = (one.organization, one.by.clone(), one.event.clone());
            let written =
                self.store.write(organization, by, move |_| Ok::<_, StoreError>(Audited::new((), event))).await;
            if let Err(error) = written {
                // What could not be written is tried again, up to a bound: a database that is away must not fill memory.
                let mut waiting = self.due.lock();
                let room = MAX_WAITING.saturating_sub(waiting.len());
                waiting.extend(std::iter::once(one).chain(due).take(room));
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// What was posted by an application joins the log as its own kind of event.
    pub async fn record_application_event(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        name: &str,
        subject: Option<&str>,
        detail: Value,
    ) -> Result<(), GatewayError> {
        let name = super::organizations::checked_name("an event's name", name)?;
        let event = Event::new(Action::ApplicationEvent, Target::new(TargetKind::Application, name))
            .with_detail(json!({ "subject": subject, "detail": detail }));
        self.store.write(organization, by, move |_| Ok::<_, GatewayError>(Audited::new((), event))).await
    }
}
