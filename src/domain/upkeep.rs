//! What happens at intervals: writing down refusals and last uses, forgetting what has run out, signing checkpoints.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::{Gateway, GatewayError};
use crate::access::Catalogue;
use crate::audit::checkpoint::SigningKey;
use crate::model::{Actor, Digest};
use crate::store::{Audited, StoreError, logins, once, organizations, sessions};

/// How long what has run out is kept before it is forgotten.
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

impl Gateway {
    /// Learns which organization is the oldest, seals what an earlier version stored in clear, and runs the checks of every
    /// catalogue: with one that does not keep what it promises, nothing is served. Once, at the start.
    pub async fn settle_in(self: &Arc<Self>) -> Result<(), GatewayError> {
        let organizations = self.store.read(organizations::all).await?;
        let mut checked = HashSet::new();
        for row in &organizations {
            if !checked.insert(Digest::of(row.catalogue.as_bytes())) {
                continue;
            }
            if let Some(failure) = Catalogue::parse(&row.catalogue, &row.name)?.check().first() {
                let name = &row.name;
                return Err(GatewayError::Invalid(format!(
                    "the catalogue of `{name}` fails its own checks: {failure}"
                )));
            }
        }
        if let Some(first) = organizations.first() {
            self.home.get_or_init(|| first.id);
        }
        self.begin_uses(organizations.iter().map(|row| row.id).collect()).await?;
        self.seal_what_is_clear().await
    }

    /// Every few seconds.
    pub async fn tidy(self: &Arc<Self>) -> Result<(), GatewayError> {
        self.write_refusals(false).await?;
        self.flush_uses().await?;
        self.write_attempts().await?;
        let Some(home) = self.home.get().copied() else { return Ok(()) };
        self.flush_seen(home, self.attribution(Actor::System, None)).await?;
        self.flush_used(home, self.attribution(Actor::System, None)).await?;
        self.flush_used_tokens(home, self.attribution(Actor::System, None)).await?;
        self.flush_forgiven(home, self.attribution(Actor::System, None)).await?;
        self.flush_answered().await
    }

    /// Every few minutes. What nobody can ask for any more is forgotten; approvals that ran out are settled, in the log too.
    pub async fn sweep(self: &Arc<Self>) -> Result<(), GatewayError> {
        let Some(home) = self.home.get().copied() else { return Ok(()) };
        let by = self.attribution(Actor::System, None);
        self.store
            .write(home, by, move |tx| {
                let now = tx.now();
                logins::sweep(tx, now)?;
                sessions::sweep(tx, now.minus(KEEP))?;
                once::sweep(tx, now.minus(super::once::KEPT))?;
                Ok::<_, StoreError>(Audited::upkeep(()))
            })
            .await?;
        self.sweep_pushes().await?;
        self.expire_approvals().await?;
        self.refresh_due_metadata().await
    }

    /// At the end: nothing that was noted is lost, and the log ends under a signature.
    pub async fn close(self: &Arc<Self>, key: &SigningKey) -> Result<Vec<String>, GatewayError> {
        self.write_refusals(true).await?;
        if let Some(home) = self.home.get().copied() {
            self.flush_forgiven(home, self.attribution(Actor::System, None)).await?;
        }
        self.flush_uses().await?;
        self.write_attempts().await?;
        self.flush_answered().await?;
        self.sign_checkpoints(key).await
    }
}
