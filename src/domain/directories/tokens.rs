//! The bearer tokens of a directory: two at most, so that one follows the other without a gap. They may expire, and when
//! each was last used is known to the minute without any request having waited for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::Remembered;
use crate::access::Duty;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::domain::entitlements::{check_may_open_door, check_plan};
use crate::domain::{Gateway, GatewayError};
use crate::model::{
    Attribution, Digest, DirectoryId, DirectoryTokenId, OrganizationId, Origin, Secret, Timestamp, TokenKind,
    TokenParts,
};
use crate::store::directories::{self, DirectoryTokenRow};
use crate::store::{Audited, StoreError};

/// At most so many tokens of one directory are live at once: the one in use and its successor.
const MAX_LIVE_TOKENS: usize = 2;

/// A token is written down as used at most this often, in microseconds.
const USED_EVERY: i64 = 60 * 1_000_000;

impl Gateway {
    /// Makes a second token for a directory, so that the first can be replaced without a gap.
    pub async fn create_directory_token(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
        expires_at: Option<Timestamp>,
    ) -> Result<(DirectoryTokenId, Secret), GatewayError> {
        if expires_at.is_some_and(|end| end <= by.at) {
            return Err(GatewayError::Invalid("a token expires in the future".to_owned()));
        }
        let id = DirectoryTokenId::new(by.at, self.chance());
        let token = TokenParts::generate(TokenKind::Scim, self.chance());
        let digest = token.digest();
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_plan(&policy, Duty::Provisioning)?;
            check_may_open_door(tx, &policy)?;
            directories::by_id(tx.conn(), organization, directory)?
                .ok_or_else(|| GatewayError::not_found("directory", directory))?;
            let now = tx.now();
            let kept = directories::kept_tokens(tx.conn(), organization, directory)?;
            if kept.iter().filter(|row| row.opens(now)).count() >= MAX_LIVE_TOKENS {
                return Err(GatewayError::Taken(format!(
                    "a directory has at most {MAX_LIVE_TOKENS} live tokens: revoke one first"
                )));
            }
            directories::insert_token(tx, token_row(organization, id, directory, digest, (now, expires_at)))?;
            let target = Target::new(TargetKind::DirectoryToken, id);
            let event = Event::new(Action::DirectoryTokenCreated, target).with_detail(json!({
                "directory": directory, "expires": expires_at.map(Timestamp::rfc3339),
            }));
            Ok(Audited::new((), event))
        })
        .await?;
        Ok((id, token))
    }

    /// Revokes a token: the next request that bears it is refused.
    pub async fn revoke_directory_token(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
        id: DirectoryTokenId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let row = directories::token(tx.conn(), organization, id)?
                .filter(|row| row.directory_id == directory)
                .ok_or_else(|| GatewayError::not_found("token", id))?;
            if !directories::revoke_token(tx, &row)? {
                return Ok(Audited::unchanged(()));
            }
            let target = Target::new(TargetKind::DirectoryToken, id);
            let event =
                Event::new(Action::DirectoryTokenRevoked, target).with_detail(json!({ "directory": directory }));
            Ok(Audited::new((), event))
        })
        .await
    }

    /// Notes that a token was used, to be written down by and by.
    pub(super) fn note_token_use(&self, digest: Digest, token: &Remembered, now: Timestamp) {
        if now.micros().saturating_sub(token.noted.load(Ordering::Relaxed)) >= USED_EVERY {
            token.noted.store(now.micros(), Ordering::Relaxed);
            self.used_tokens.lock().insert(digest, now);
        }
    }

    /// Writes down when tokens were last used.
    pub(in crate::domain) async fn flush_used_tokens(
        self: &Arc<Self>,
        organization: OrganizationId,
        by: Attribution,
    ) -> Result<(), GatewayError> {
        let used: HashMap<Digest, Timestamp> = std::mem::take(&mut *self.used_tokens.lock());
        if used.is_empty() {
            return Ok(());
        }
        let used: Vec<(Digest, Timestamp)> = used.into_iter().collect();
        self.store
            .write(organization, by, move |tx| {
                Ok::<_, StoreError>(Audited::upkeep(directories::touch_tokens(tx, &used)?))
            })
            .await?;
        Ok(())
    }

    /// Notes that somebody came with a token that opens nothing: at the organization whose it once was, if it was one.
    pub async fn directory_refused(self: &Arc<Self>, token: &str, origin: Option<Origin>) -> Result<(), GatewayError> {
        if TokenParts::check(TokenKind::Scim, token).is_ok() {
            let digest = Digest::of(token.as_bytes());
            if let Some((row, directory)) = self.store.read(move |conn| directories::by_token(conn, digest)).await? {
                let target = Target::new(TargetKind::DirectoryToken, row.id).named(&directory.name);
                let reason = "a SCIM bearer token that opens nothing any more";
                self.note_known_failure(directory.organization_id, target, reason, origin);
                return Ok(());
            }
        }
        self.note_anonymous_failure("scim", "a SCIM bearer token that opens nothing", origin);
        Ok(())
    }
}

/// A token as it is stored when it is made.
pub(super) fn token_row(
    organization_id: OrganizationId,
    id: DirectoryTokenId,
    directory_id: DirectoryId,
    digest: Digest,
    (created_at, expires_at): (Timestamp, Option<Timestamp>),
) -> DirectoryTokenRow {
    DirectoryTokenRow {
        organization_id,
        id,
        directory_id,
        digest: digest.hex(),
        created_at,
        expires_at: expires_at.map(Timestamp::micros),
        revoked_at: None,
        last_used_at: None,
        client_id: None,
    }
}
