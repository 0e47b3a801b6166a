//! The audit log on its way out of a running gateway, and the newest checkpoint that pins it.

use std::sync::Arc;

use super::{Gateway, GatewayError};
use crate::audit::export::Line;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId};
use crate::store::audit;

/// Entries read at once.
const BATCH: i64 = 500;

impl Gateway {
    /// The lines of the entries from `position` on, as many as are read at once, and where the next ones begin.
    pub async fn export_lines(
        self: &Arc<Self>,
        organization: OrganizationId,
        position: i64,
    ) -> Result<(String, Option<i64>), GatewayError> {
        let batch = self.store.read(move |conn| audit::in_order(conn, organization, position, BATCH)).await?;
        let next = batch.last().map(|(last, _)| last.saturating_add(1));
        let mut lines = String::new();
        for (position, text) in batch {
            let index = u64::try_from(position).unwrap_or_default();
            lines.push_str(&Line::of_text(organization.to_string(), index, text).to_json());
            lines.push('\n');
        }
        Ok((lines, next))
    }

    /// Records that somebody takes the whole log.
    pub fn note_export(&self, by: &Attribution, organization: OrganizationId) {
        let event = Event::new(Action::AuditExported, Target::new(TargetKind::Audit, "log"));
        self.note_refusal(organization, by.clone(), event);
    }

    /// The newest signed checkpoint of the log: a note that a verification is given with the export.
    pub async fn newest_checkpoint(self: &Arc<Self>, organization: OrganizationId) -> Result<String, GatewayError> {
        let note = self.store.read(move |conn| audit::newest_checkpoint(conn, organization)).await?;
        note.ok_or_else(|| GatewayError::not_found("checkpoint", "of this log yet"))
    }
}
