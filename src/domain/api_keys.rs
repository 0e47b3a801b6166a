//! API keys: bearer secrets for the management and decision APIs, of the organization itself or of one person.

use std::sync::Arc;

use serde_json::json;

use super::{Gateway, GatewayError};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{
    Actor, ApiKeyId, Attribution, Digest, OrganizationId, Origin, Secret, Timestamp, TokenKind, TokenParts, UserId,
};
use crate::store::api_keys::{self, ApiKeyRow};
use crate::store::{Audited, StoreError, users};

/// What is remembered of a key.
#[derive(Debug, Clone)]
pub struct Remembered {
    organization: OrganizationId,
    id: ApiKeyId,
    user: Option<UserId>,
    expires_at: Option<Timestamp>,
}

/// Who calls an API: a key that opens something now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCaller {
    pub organization: OrganizationId,
    pub key: ApiKeyId,
    /// Whose key it is; none for a key of the organization itself, which may do everything.
    pub user: Option<UserId>,
}

impl ApiCaller {
    /// Who acts when this key does.
    pub fn actor(&self) -> Actor {
        self.user.map_or(Actor::ApiKey(self.key), Actor::User)
    }
}

/// A key as admins see it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ApiKeyView {
    pub id: ApiKeyId,
    pub name: String,
    pub user: Option<String>,
    pub created: String,
    pub expires: Option<String>,
}

impl Gateway {
    /// Whose key this is, if it is one that opens anything now. A person's key dies with their access.
    pub async fn authenticate_key(self: &Arc<Self>, key: &str) -> Result<Option<ApiCaller>, GatewayError> {
        if TokenParts::check(TokenKind::ApiKey, key).is_err() {
            return Ok(None);
        }
        let digest = Digest::of(key.as_bytes());
        let remembered = match self.keys.recall(digest) {
            Some(remembered) => Some(remembered),
            None => self.read_key(digest).await?,
        };
        let now = self.now();
        let Some(key) = remembered.filter(|key| key.expires_at.is_none_or(|end| now < end)) else { return Ok(None) };
        if let Some(user) = key.user
            && !self.subject(key.organization, user).await?.is_some_and(|subject| subject.facts.active)
        {
            return Ok(None);
        }
        self.memory_holds()?;
        Ok(Some(ApiCaller { organization: key.organization, key: key.id, user: key.user }))
    }

    async fn read_key(self: &Arc<Self>, digest: Digest) -> Result<Option<Arc<Remembered>>, GatewayError> {
        let stamp = self.keys.stamp(digest);
        let row = self.store.read(move |conn| api_keys::by_digest(conn, digest)).await?;
        let Some(row) = row.filter(|row| row.revoked_at.is_none()) else { return Ok(None) };
        let user = row
            .user_id
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error| StoreError::Corrupt(format!("api key {}: {error}", row.id)))?;
        let key = Arc::new(Remembered {
            organization: row.organization_id,
            id: row.id,
            user,
            expires_at: row.expires_at.map(Timestamp::from_micros),
        });
        self.keys.remember(digest, stamp, Arc::clone(&key));
        Ok(Some(key))
    }

    /// Refuses unless the caller may manage the organization: the organization's own keys may, and a person's key may
    /// if the person holds the permission that the catalogue names for it.
    pub async fn check_management(self: &Arc<Self>, caller: &ApiCaller) -> Result<(), GatewayError> {
        match caller.user {
            None => Ok(()),
            Some(user) => self.check_manager(caller.organization, user).await,
        }
    }

    /// The same for the right to read the audit log.
    pub async fn check_audit(self: &Arc<Self>, caller: &ApiCaller) -> Result<(), GatewayError> {
        match caller.user {
            None => Ok(()),
            Some(user) => self.check_auditor(caller.organization, user).await,
        }
    }

    /// Makes a key; for a person if `user` is given.
    pub async fn create_api_key(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        name: &str,
        user: Option<UserId>,
        expires_at: Option<Timestamp>,
    ) -> Result<(ApiKeyId, Secret), GatewayError> {
        let name = super::organizations::checked_name("a key's name", name)?;
        if let Actor::User(maker) = by.actor
            && user != Some(maker)
        {
            let refused =
                "a person makes keys for themselves alone: a key of the organization could do more than they may";
            return Err(GatewayError::Forbidden(refused.to_owned()));
        }
        if expires_at.is_some_and(|end| end <= by.at) {
            return Err(GatewayError::Invalid("a key expires in the future".to_owned()));
        }
        let id = ApiKeyId::new(by.at, self.chance());
        let key = TokenParts::generate(TokenKind::ApiKey, self.chance());
        let digest = key.digest();
        self.change(organization, by, move |tx| {
            if let Some(user) = user {
                users::by_id(tx.conn(), organization, user)?
                    .filter(users::UserRow::may_act)
                    .ok_or_else(|| GatewayError::not_found("active user", user))?;
            }
            let row = ApiKeyRow {
                organization_id: organization,
                id,
                name: name.clone(),
                digest: digest.hex(),
                user_id: user.map(|user| user.to_string()),
                created_at: tx.now(),
                expires_at: expires_at.map(Timestamp::micros),
                revoked_at: None,
            };
            api_keys::insert(tx, row)?;
            let event = Event::new(Action::ApiKeyCreated, Target::new(TargetKind::ApiKey, id).named(&name))
                .with_detail(json!({ "user": user, "expires": expires_at.map(Timestamp::rfc3339) }));
            Ok(Audited::new((), event))
        })
        .await?;
        Ok((id, key))
    }

    /// Revokes a key: the next request that bears it is refused.
    pub async fn revoke_api_key(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ApiKeyId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let row =
                api_keys::by_id(tx.conn(), organization, id)?.ok_or_else(|| GatewayError::not_found("api key", id))?;
            if !api_keys::revoke(tx, &row)? {
                return Ok(Audited::unchanged(()));
            }
            let event = Event::new(Action::ApiKeyRevoked, Target::new(TargetKind::ApiKey, id).named(&row.name));
            Ok(Audited::new((), event))
        })
        .await
    }

    /// The organization's keys that were not revoked, oldest first.
    pub async fn list_api_keys(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<ApiKeyView>, GatewayError> {
        let rows = self.store.read(move |conn| api_keys::live(conn, organization)).await?;
        let view = |row: ApiKeyRow| ApiKeyView {
            id: row.id,
            name: row.name,
            user: row.user_id,
            created: row.created_at.rfc3339(),
            expires: row.expires_at.map(|end| Timestamp::from_micros(end).rfc3339()),
        };
        Ok(rows.into_iter().map(view).collect::<Vec<_>>())
    }

    /// Notes that somebody came with a key that opens nothing: at the organization whose key it once was, if it was one.
    pub async fn key_refused(self: &Arc<Self>, key: &str, origin: Option<Origin>) -> Result<(), GatewayError> {
        if TokenParts::check(TokenKind::ApiKey, key).is_ok() {
            let digest = Digest::of(key.as_bytes());
            if let Some(row) = self.store.read(move |conn| api_keys::by_digest(conn, digest)).await? {
                let target = Target::new(TargetKind::ApiKey, row.id).named(&row.name);
                self.note_known_failure(row.organization_id, target, "an API key that opens nothing any more", origin);
                return Ok(());
            }
        }
        self.note_anonymous_failure("api", "an API key that opens nothing", origin);
        Ok(())
    }
}
