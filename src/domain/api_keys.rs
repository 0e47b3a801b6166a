//! API keys: bearer secrets for the management and decision APIs, of the organization itself or of one person.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;

use super::entitlements::{check_may_give, scope_of};
use super::service_accounts::kinds_of;
use super::{Gateway, GatewayError};
use crate::access::{Duty, Grant, HolderKind};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{
    Actor, ApiKeyId, Attribution, Digest, OrganizationId, Origin, Secret, Timestamp, TokenKind, TokenParts, UserId,
};
use crate::store::api_keys::{self, ApiKeyRow};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, StoreError, WriteTx, assignments};

/// A key is written down as used at most this often, in microseconds.
const USED_EVERY: i64 = 60 * 1_000_000;

/// What is remembered of a key.
#[derive(Debug)]
pub struct Remembered {
    organization: OrganizationId,
    id: ApiKeyId,
    user: Option<UserId>,
    expires_at: Option<Timestamp>,
    /// The last use that is written down, or will be.
    noted: AtomicI64,
}

/// Who calls an API: a key that opens something now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCaller {
    pub organization: OrganizationId,
    pub key: ApiKeyId,
    /// Whose key it is, a person's or a service account's; none for a key of the organization itself, which may do
    /// everything.
    pub user: Option<UserId>,
}

impl ApiCaller {
    /// Who acts when this key does.
    pub fn actor(&self) -> Actor {
        self.user.map_or(Actor::ApiKey(self.key), Actor::User)
    }
}

/// A key as admins see it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct ApiKeyView {
    pub id: ApiKeyId,
    pub name: String,
    /// The person whose key it is.
    pub user: Option<String>,
    /// The service account whose key it is.
    pub service_account: Option<String>,
    pub created: String,
    pub expires: Option<String>,
    /// To the minute; a use may take some seconds to show.
    pub last_used: Option<String>,
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
            && !self.subject(key.organization, user).await?.is_some_and(|subject| subject.is_active())
        {
            return Ok(None);
        }
        self.memory_holds()?;
        if now.micros().saturating_sub(key.noted.load(Ordering::Relaxed)) >= USED_EVERY {
            key.noted.store(now.micros(), Ordering::Relaxed);
            self.used.lock().insert(digest, now);
        }
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
            noted: AtomicI64::new(row.last_used_at.unwrap_or_default()),
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

    /// Refuses unless the caller manages the organization or some scope of it.
    pub async fn check_delegated_management(self: &Arc<Self>, caller: &ApiCaller) -> Result<(), GatewayError> {
        match caller.user {
            None => Ok(()),
            Some(user) => self.check_delegate(caller.organization, user).await,
        }
    }

    /// Refuses unless the caller may do this part of the management.
    pub async fn check_duty(self: &Arc<Self>, caller: &ApiCaller, duty: Duty) -> Result<(), GatewayError> {
        match caller.user {
            None => Ok(()),
            Some(user) => self.check_duty_of(caller.organization, user, duty).await,
        }
    }

    /// Writes down when keys were last used.
    pub(super) async fn flush_used(
        self: &Arc<Self>,
        organization: OrganizationId,
        by: Attribution,
    ) -> Result<(), GatewayError> {
        let used: HashMap<Digest, Timestamp> = std::mem::take(&mut *self.used.lock());
        if used.is_empty() {
            return Ok(());
        }
        let used: Vec<(Digest, Timestamp)> = used.into_iter().collect();
        self.store
            .write(organization, by, move |tx| Ok::<_, StoreError>(Audited::upkeep(api_keys::touch(tx, &used)?)))
            .await?;
        Ok(())
    }

    /// Makes a key; for a person or service account if `user` is given.
    pub async fn create_api_key(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        name: &str,
        user: Option<UserId>,
        expires_at: Option<Timestamp>,
    ) -> Result<(ApiKeyId, Secret), GatewayError> {
        let name = super::organizations::checked_name("a key's name", name)?;
        if expires_at.is_some_and(|end| end <= by.at) {
            return Err(GatewayError::Invalid("a key expires in the future".to_owned()));
        }
        let id = ApiKeyId::new(by.at, self.chance());
        let key = TokenParts::generate(TokenKind::ApiKey, self.chance());
        let digest = key.digest();
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let holder = match user {
                Some(user) => Some(
                    users::by_id(tx.conn(), organization, user)?
                        .filter(UserRow::may_act)
                        .ok_or_else(|| GatewayError::not_found("active user", user))?,
                ),
                None => None,
            };
            check_maker(&gateway, tx, holder.as_ref())?;
            let row = ApiKeyRow {
                organization_id: organization,
                id,
                name: name.clone(),
                digest: digest.hex(),
                user_id: user.map(|user| user.to_string()),
                created_at: tx.now(),
                expires_at: expires_at.map(Timestamp::micros),
                revoked_at: None,
                last_used_at: None,
            };
            api_keys::insert(tx, row)?;
            let whose = holder.as_ref().map_or("user", |holder| kinds_of(holder).0.as_str());
            let event = Event::new(Action::ApiKeyCreated, Target::new(TargetKind::ApiKey, id).named(&name))
                .with_detail(json!({ whose: user, "expires": expires_at.map(Timestamp::rfc3339) }));
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
        let (rows, programs): (Vec<ApiKeyRow>, HashSet<String>) = self
            .store
            .read(move |conn| {
                let programs = users::service_accounts(conn, organization)?;
                let ids = programs.into_iter().map(|row| row.id.to_string()).collect();
                Ok::<_, StoreError>((api_keys::live(conn, organization)?, ids))
            })
            .await?;
        let moment = |at: i64| Timestamp::from_micros(at).rfc3339();
        let view = |row: ApiKeyRow| {
            let (service_account, user) = match row.user_id {
                Some(id) if programs.contains(&id) => (Some(id), None),
                user => (None, user),
            };
            ApiKeyView {
                id: row.id,
                name: row.name,
                user,
                service_account,
                created: row.created_at.rfc3339(),
                expires: row.expires_at.map(moment),
                last_used: row.last_used_at.map(moment),
            }
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

/// A person makes keys for themselves, and for service accounts to which they could give all that these hold.
fn check_maker(gateway: &Gateway, tx: &mut WriteTx<'_>, holder: Option<&UserRow>) -> Result<(), GatewayError> {
    let Actor::User(maker) = *tx.actor() else { return Ok(()) };
    let organization = tx.organization();
    match holder {
        Some(own) if own.id == maker => Ok(()),
        Some(program) if program.service_account => {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            for held in assignments::of_holders(tx.conn(), organization, &[program.id.to_string()])? {
                let scope = scope_of(&held.scope)?;
                let grant = Grant::Role { role: &held.role, scope: &scope, to: HolderKind::ServiceAccount };
                check_may_give(tx, &policy, &grant, held.until.map(Timestamp::from_micros))?;
            }
            Ok(())
        }
        Some(_) | None => {
            let refused = "a person makes keys for themselves and for service accounts: another key could do more than \
                           they may";
            Err(GatewayError::Forbidden(refused.to_owned()))
        }
    }
}
