//! Directories with what has arrived through them, and what is still to be set up.

use std::sync::Arc;

use crate::domain::directories::brakes::{self, BrakeView};
use crate::domain::leniencies::{LeniencyView, forgiven};
use crate::domain::{Gateway, GatewayError};
use crate::model::{DirectoryId, DirectoryTokenId, OrganizationId, Timestamp};
use crate::store::directories::{self, DirectoryRow, DirectoryTokenRow};
use crate::store::groups::{self, GroupSelection};
use crate::store::users::{self, UserSelection};
use crate::store::{Conn, StoreError, connections, organizations, rules};

/// A token that opens the directory, without what opens it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct TokenLine {
    pub id: DirectoryTokenId,
    /// RFC 3339, as the other moments.
    pub created: String,
    pub expires: Option<String>,
    /// To the minute; a use may take some seconds to show.
    pub last_used: Option<String>,
    /// Whether it has expired.
    pub expired: bool,
}

/// A directory and what has arrived through it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct DirectoryDetail {
    pub id: DirectoryId,
    pub name: String,
    pub dialect: String,
    pub paused: bool,
    pub base_url: String,
    /// RFC 3339.
    pub created: String,
    pub version: i64,
    pub people: i64,
    pub groups: i64,
    pub tokens: Vec<TokenLine>,
    /// Whom its mass-change brake holds; the API has a route of its own for it.
    #[serde(skip)]
    pub brake: BrakeView,
    /// What it was forgiven, the latest first; the API has a route of its own for it.
    #[serde(skip)]
    pub leniencies: Vec<LeniencyView>,
}

impl DirectoryDetail {
    /// How many of its tokens open it now.
    pub fn live_tokens(&self) -> usize {
        self.tokens.iter().filter(|token| !token.expired).count()
    }
}

/// How far an organization has been set up.
#[derive(Debug, Clone, Default)]
pub struct SetUp {
    /// Whether the one-time link of the first owner has been used.
    pub has_owner: bool,
    pub directories: Vec<DirectoryDetail>,
    pub connections: usize,
    pub rules: usize,
}

impl SetUp {
    /// Whether anything has arrived over SCIM.
    pub fn has_arrivals(&self) -> bool {
        self.directories.iter().any(|directory| directory.people > 0 || directory.groups > 0)
    }
}

/// What a view needs besides the database.
struct Sight {
    now: Timestamp,
    base_url: String,
}

impl Gateway {
    fn sight(&self) -> Sight {
        Sight { now: self.now(), base_url: self.scim_base_url() }
    }

    /// The organization's name.
    pub async fn organization_name(self: &Arc<Self>, organization: OrganizationId) -> Result<String, GatewayError> {
        let row = self.store.read(move |conn| organizations::by_id(conn, organization)).await?;
        row.map(|row| row.name).ok_or_else(|| GatewayError::not_found("organization", organization))
    }

    /// The directories, oldest first, with what has arrived through each.
    pub async fn directories_in_detail(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<DirectoryDetail>, GatewayError> {
        let sight = self.sight();
        Ok(self.store.read(move |conn| details(conn, organization, &sight)).await?)
    }

    /// One directory, with what has arrived through it.
    pub async fn directory_in_detail(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: DirectoryId,
    ) -> Result<DirectoryDetail, GatewayError> {
        let sight = self.sight();
        self.store
            .read(move |conn| {
                let row = directories::by_id(conn, organization, id)?
                    .ok_or_else(|| GatewayError::not_found("directory", id))?;
                Ok(detail(conn, organization, row, &sight)?)
            })
            .await
    }

    /// How far the organization has been set up.
    pub async fn set_up(self: &Arc<Self>, organization: OrganizationId) -> Result<SetUp, GatewayError> {
        let sight = self.sight();
        self.store
            .read(move |conn| {
                let row = organizations::by_id(conn, organization)?
                    .ok_or_else(|| GatewayError::not_found("organization", organization))?;
                Ok(SetUp {
                    has_owner: row.owner_setup_digest.is_none(),
                    directories: details(conn, organization, &sight)?,
                    connections: connections::all(conn, organization)?.len(),
                    rules: rules::all(conn, organization)?.len(),
                })
            })
            .await
    }
}

fn details(conn: &mut Conn, organization: OrganizationId, sight: &Sight) -> Result<Vec<DirectoryDetail>, StoreError> {
    directories::all(conn, organization)?.into_iter().map(|row| detail(conn, organization, row, sight)).collect()
}

fn detail(
    conn: &mut Conn,
    organization: OrganizationId,
    row: DirectoryRow,
    sight: &Sight,
) -> Result<DirectoryDetail, StoreError> {
    let of_users = UserSelection { directory: Some(row.id), ..UserSelection::default() };
    let of_groups = GroupSelection { directory: Some(row.id), ..GroupSelection::default() };
    let tokens = directories::kept_tokens(conn, organization, row.id)?;
    Ok(DirectoryDetail {
        version: row.version,
        people: users::count_selected(conn, organization, &of_users)?,
        groups: groups::count_selected(conn, organization, &of_groups)?,
        brake: brakes::view(conn, organization, row.id, sight.now)?,
        leniencies: forgiven(conn, organization, row.id)?,
        tokens: tokens.iter().map(|token| token_line(token, sight.now)).collect(),
        id: row.id,
        name: row.name,
        dialect: row.dialect,
        paused: row.paused,
        base_url: sight.base_url.clone(),
        created: row.created_at.rfc3339(),
    })
}

fn token_line(token: &DirectoryTokenRow, now: Timestamp) -> TokenLine {
    let moment = |at: i64| Timestamp::from_micros(at).rfc3339();
    TokenLine {
        id: token.id,
        created: token.created_at.rfc3339(),
        expires: token.expires_at.map(moment),
        last_used: token.last_used_at.map(moment),
        expired: !token.opens(now),
    }
}
