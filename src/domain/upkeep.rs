//! What happens at intervals: writing down refusals and last uses, forgetting what has run out, signing checkpoints.

use std::sync::Arc;
use std::time::Duration;

use super::{Gateway, GatewayError};
use crate::audit::checkpoint::SigningKey;
use crate::model::Actor;
use crate::store::{Audited, StoreError, logins, organizations, sessions};

/// How long what has run out is kept before it is forgotten.
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

impl Gateway {
    /// Learns which organization is the oldest. Once, at the start.
    pub async fn settle_in(self: &Arc<Self>) -> Result<(), GatewayError> {
        let organizations = self.store.read(organizations::all).await?;
        if let Some(first) = organizations.first() {
            self.home.get_or_init(|| first.id);
        }
        Ok(())
    }

    /// Every few seconds.
    pub async fn tidy(self: &Arc<Self>) -> Result<(), GatewayError> {
        self.write_refusals(false).await?;
        let Some(home) = self.home.get().copied() else { return Ok(()) };
        self.flush_seen(home, self.attribution(Actor::System, None)).await?;
        self.flush_used(home, self.attribution(Actor::System, None)).await
    }

    /// Every few minutes.
    pub async fn sweep(self: &Arc<Self>) -> Result<(), GatewayError> {
        let Some(home) = self.home.get().copied() else { return Ok(()) };
        let by = self.attribution(Actor::System, None);
        self.store
            .write(home, by, move |tx| {
                let now = tx.now();
                logins::sweep(tx, now)?;
                sessions::sweep(tx, now.minus(KEEP))?;
                Ok::<_, StoreError>(Audited::upkeep(()))
            })
            .await?;
        Ok(())
    }

    /// At the end: nothing that was noted is lost, and the log ends under a signature.
    pub async fn close(self: &Arc<Self>, key: &SigningKey) -> Result<Vec<String>, GatewayError> {
        self.write_refusals(true).await?;
        self.sign_checkpoints(key).await
    }
}
