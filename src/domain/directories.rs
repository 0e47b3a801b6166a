//! Directories: the SCIM clients of an organization, and the bearer tokens that say which one is calling.

use std::sync::Arc;

use serde_json::json;

use super::entitlements::{check_may_open_door, check_plan};
use super::{Gateway, GatewayError};
use crate::access::Duty;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{
    Actor, Attribution, Digest, DirectoryId, DirectoryTokenId, OrganizationId, Origin, Secret, Timestamp, TokenKind,
    TokenParts, fold,
};
use crate::scim::Dialect;
use crate::store::directories::{self, DirectoryRow, DirectoryTokenRow};
use crate::store::{Audited, StoreError};

/// At most so many tokens of one directory are live at once: the one in use and its successor.
const MAX_LIVE_TOKENS: usize = 2;

/// The directory that a SCIM request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryClient {
    pub organization: OrganizationId,
    pub directory: DirectoryId,
    pub token: DirectoryTokenId,
    pub dialect: Dialect,
    pub paused: bool,
    expires_at: Option<Timestamp>,
}

impl DirectoryClient {
    /// Who acts when this directory does.
    pub fn actor(&self) -> Actor {
        Actor::Directory(self.directory)
    }
}

/// A directory as admins see it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct DirectoryView {
    pub id: DirectoryId,
    pub name: String,
    pub dialect: String,
    pub paused: bool,
    pub base_url: String,
    pub created: String,
}

/// A new directory and its first token, shown this once.
#[derive(Debug)]
pub struct NewDirectory {
    pub id: DirectoryId,
    pub token_id: DirectoryTokenId,
    pub token: Secret,
}

impl Gateway {
    /// The address that a directory's identity provider is given.
    pub fn scim_base_url(&self) -> String {
        format!("{}/scim/v2", self.public_url())
    }

    /// Whose token this is, if it is one that opens anything now.
    pub async fn authenticate_directory(
        self: &Arc<Self>,
        token: &str,
    ) -> Result<Option<Arc<DirectoryClient>>, GatewayError> {
        let digest = Digest::of(token.as_bytes());
        let client = match self.directories.recall(digest) {
            Some(client) => Some(client),
            // The checksum saves a look-up in the database. A token whose digest is remembered needs none.
            None if TokenParts::check(TokenKind::Scim, token).is_err() => return Ok(None),
            None => self.read_directory_client(digest).await?,
        };
        self.memory_holds()?;
        let now = self.now();
        Ok(client.filter(|client| client.expires_at.is_none_or(|end| now < end)))
    }

    async fn read_directory_client(
        self: &Arc<Self>,
        digest: Digest,
    ) -> Result<Option<Arc<DirectoryClient>>, GatewayError> {
        let stamp = self.directories.stamp(digest);
        let found = self.store.read(move |conn| directories::by_token(conn, digest)).await?;
        let Some((token, directory)) = found.filter(|(token, _)| token.revoked_at.is_none()) else { return Ok(None) };
        let client = Arc::new(DirectoryClient {
            organization: directory.organization_id,
            directory: directory.id,
            token: token.id,
            dialect: directory
                .dialect
                .parse()
                .map_err(|error| StoreError::Corrupt(format!("directory {}: {error}", directory.id)))?,
            paused: directory.paused,
            expires_at: token.expires_at.map(Timestamp::from_micros),
        });
        self.directories.remember(digest, stamp, Arc::clone(&client));
        Ok(Some(client))
    }

    /// Makes a directory and its first token.
    pub async fn create_directory(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        name: String,
        dialect: Dialect,
    ) -> Result<NewDirectory, GatewayError> {
        let name = super::organizations::checked_name("a directory's name", &name)?;
        let new = NewDirectory {
            id: DirectoryId::new(by.at, self.chance()),
            token_id: DirectoryTokenId::new(by.at, self.chance()),
            token: TokenParts::generate(TokenKind::Scim, self.chance()),
        };
        let (id, token_id, digest) = (new.id, new.token_id, new.token.digest());
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_plan(&policy, Duty::Provisioning)?;
            check_may_open_door(tx, &policy)?;
            let now = tx.now();
            let row = DirectoryRow {
                organization_id: organization,
                id,
                name_key: fold(&name).into_string(),
                name: name.clone(),
                dialect: dialect.to_string(),
                paused: false,
                version: 1,
                created_at: now,
                changed_at: now,
            };
            directories::insert(tx, row).map_err(|error| {
                GatewayError::taken(error, || {
                    GatewayError::Taken(format!("there is already a directory named `{name}`"))
                })
            })?;
            directories::insert_token(tx, token_row(organization, token_id, id, digest, now))?;
            let target = Target::new(TargetKind::Directory, id).named(&name);
            let event = Event::new(Action::DirectoryCreated, target)
                .with_detail(json!({ "name": name, "dialect": dialect.as_str(), "token": token_id }));
            Ok(Audited::new((), event))
        })
        .await?;
        Ok(new)
    }

    /// Makes a second token for a directory, so that the first can be replaced without a gap.
    pub async fn create_directory_token(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
    ) -> Result<(DirectoryTokenId, Secret), GatewayError> {
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
            if directories::live_tokens(tx.conn(), organization, directory)?.len() >= MAX_LIVE_TOKENS {
                return Err(GatewayError::Taken(format!(
                    "a directory has at most {MAX_LIVE_TOKENS} live tokens: revoke one first"
                )));
            }
            let now = tx.now();
            directories::insert_token(tx, token_row(organization, id, directory, digest, now))?;
            let target = Target::new(TargetKind::DirectoryToken, id);
            let event =
                Event::new(Action::DirectoryTokenCreated, target).with_detail(json!({ "directory": directory }));
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

    /// The organization's directories, oldest first.
    pub async fn list_directories(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<DirectoryView>, GatewayError> {
        let base_url = self.scim_base_url();
        let rows = self.store.read(move |conn| directories::all(conn, organization)).await?;
        let view = |row: DirectoryRow| DirectoryView {
            id: row.id,
            name: row.name,
            dialect: row.dialect,
            paused: row.paused,
            base_url: base_url.clone(),
            created: row.created_at.rfc3339(),
        };
        Ok(rows.into_iter().map(view).collect())
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

fn token_row(
    organization_id: OrganizationId,
    id: DirectoryTokenId,
    directory_id: DirectoryId,
    digest: Digest,
    created_at: Timestamp,
) -> DirectoryTokenRow {
    DirectoryTokenRow {
        organization_id,
        id,
        directory_id,
        digest: digest.hex(),
        created_at,
        expires_at: None,
        revoked_at: None,
    }
}
