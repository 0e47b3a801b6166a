//! Directories: the SCIM clients of an organization. Their bearer tokens are in `tokens`; what may become of a directory
//! once it is there, in `life`; how many of its people it may let go of at once, in `brakes`.

pub mod brakes;
mod life;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use serde_json::json;

use super::entitlements::{check_may_open_door, check_plan};
use super::{Gateway, GatewayError};
use crate::access::Duty;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{
    Actor, Attribution, Digest, DirectoryId, DirectoryTokenId, OrganizationId, Secret, Timestamp, TokenKind,
    TokenParts, fold,
};
use crate::scim::Dialect;
use crate::store::directories::{self, DirectoryRow};
use crate::store::{Audited, StoreError};
use tokens::token_row;

pub use life::{Changed, Orphans};

/// The directory that a SCIM request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryClient {
    pub organization: OrganizationId,
    pub directory: DirectoryId,
    pub token: DirectoryTokenId,
    pub dialect: Dialect,
    pub paused: bool,
}

/// What is remembered of a token.
#[derive(Debug)]
pub struct Remembered {
    client: Arc<DirectoryClient>,
    expires_at: Option<Timestamp>,
    /// The last use that is written down, or will be.
    noted: AtomicI64,
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
    pub version: i64,
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
        let remembered = match self.directories.recall(digest) {
            Some(remembered) => Some(remembered),
            // The checksum saves a look-up in the database. A token whose digest is remembered needs none.
            None if TokenParts::check(TokenKind::Scim, token).is_err() => return Ok(None),
            None => self.read_directory_client(digest).await?,
        };
        self.memory_holds()?;
        let now = self.now();
        let Some(token) = remembered.filter(|token| token.expires_at.is_none_or(|end| now < end)) else {
            return Ok(None);
        };
        self.note_token_use(digest, &token, now);
        Ok(Some(Arc::clone(&token.client)))
    }

    async fn read_directory_client(self: &Arc<Self>, digest: Digest) -> Result<Option<Arc<Remembered>>, GatewayError> {
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
        });
        let remembered = Arc::new(Remembered {
            client,
            expires_at: token.expires_at.map(Timestamp::from_micros),
            noted: AtomicI64::new(token.last_used_at.unwrap_or_default()),
        });
        self.directories.remember(digest, stamp, Arc::clone(&remembered));
        Ok(Some(remembered))
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
            directories::insert_token(tx, token_row(organization, token_id, id, digest, (now, None)))?;
            let target = Target::new(TargetKind::Directory, id).named(&name);
            let event = Event::new(Action::DirectoryCreated, target)
                .with_detail(json!({ "name": name, "dialect": dialect.as_str(), "token": token_id }));
            Ok(Audited::new((), event))
        })
        .await?;
        Ok(new)
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
            version: row.version,
        };
        Ok(rows.into_iter().map(view).collect())
    }
}
