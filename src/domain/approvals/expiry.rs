//! Requests that nobody decided on and yeses that nobody used: they count no more from the moment they run out, whatever
//! the table says, and a while later the table and the log say so too.

use std::sync::Arc;

use super::event;
use crate::audit::Action;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Actor, OrganizationId};
use crate::store::approvals::{self, ApprovalState};
use crate::store::{Audited, organizations};

/// Requests of one organization that one sweep settles, at most.
const MAX_SETTLED: i64 = 500;

impl Gateway {
    /// Settles in each organization what has run out, with an event for each.
    pub(in crate::domain) async fn expire_approvals(self: &Arc<Self>) -> Result<(), GatewayError> {
        let now = self.now().micros();
        for organization in self.store.read(organizations::all).await? {
            let id = organization.id;
            let lapsed = self.store.read(move |conn| approvals::lapsed(conn, id, now, 1)).await?;
            if !lapsed.is_empty() {
                self.expire_in(id).await?;
            }
        }
        Ok(())
    }

    async fn expire_in(self: &Arc<Self>, organization: OrganizationId) -> Result<(), GatewayError> {
        let by = self.attribution(Actor::System, None);
        self.change(organization, by, move |tx| {
            let now = tx.now().micros();
            let mut events = Vec::new();
            for mut row in approvals::lapsed(tx.conn(), organization, now, MAX_SETTLED)? {
                let before = std::mem::replace(&mut row.state, ApprovalState::Expired.as_str().to_owned());
                approvals::settle(tx, &row, &before)?;
                events.push(event(Action::ApprovalExpired, &row));
            }
            let mut events = events.into_iter();
            Ok(match events.next() {
                Some(first) => Audited::several((), first, events),
                None => Audited::unchanged(()),
            })
        })
        .await
    }
}
