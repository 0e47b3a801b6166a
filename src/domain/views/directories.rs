//! Directories with what has arrived through them, and what is still to be set up.

use std::sync::Arc;

use crate::domain::leniencies::{LeniencyView, forgiven};
use crate::domain::{Gateway, GatewayError};
use crate::model::{DirectoryId, DirectoryTokenId, OrganizationId};
use crate::store::directories::{self, DirectoryRow};
use crate::store::groups::{self, GroupSelection};
use crate::store::users::{self, UserSelection};
use crate::store::{Conn, StoreError, connections, organizations, rules};

/// A token that opens the directory, without what opens it.
#[derive(Debug, Clone)]
pub struct TokenLine {
    pub id: DirectoryTokenId,
    /// RFC 3339.
    pub created: String,
}

/// A directory and what has arrived through it.
#[derive(Debug, Clone)]
pub struct DirectoryDetail {
    pub id: DirectoryId,
    pub name: String,
    pub dialect: String,
    pub paused: bool,
    /// RFC 3339.
    pub created: String,
    pub people: i64,
    pub groups: i64,
    pub tokens: Vec<TokenLine>,
    /// What it was forgiven, the latest first.
    pub leniencies: Vec<LeniencyView>,
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

impl Gateway {
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
        Ok(self.store.read(move |conn| details(conn, organization)).await?)
    }

    /// How far the organization has been set up.
    pub async fn set_up(self: &Arc<Self>, organization: OrganizationId) -> Result<SetUp, GatewayError> {
        self.store
            .read(move |conn| {
                let row = organizations::by_id(conn, organization)?
                    .ok_or_else(|| GatewayError::not_found("organization", organization))?;
                Ok(SetUp {
                    has_owner: row.owner_setup_digest.is_none(),
                    directories: details(conn, organization)?,
                    connections: connections::all(conn, organization)?.len(),
                    rules: rules::all(conn, organization)?.len(),
                })
            })
            .await
    }
}

fn details(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<DirectoryDetail>, StoreError> {
    directories::all(conn, organization)?.into_iter().map(|row| detail(conn, organization, row)).collect()
}

fn detail(conn: &mut Conn, organization: OrganizationId, row: DirectoryRow) -> Result<DirectoryDetail, StoreError> {
    let of_users = UserSelection { directory: Some(row.id), ..UserSelection::default() };
    let of_groups = GroupSelection { directory: Some(row.id), ..GroupSelection::default() };
    let tokens = directories::live_tokens(conn, organization, row.id)?;
    Ok(DirectoryDetail {
        people: users::count_selected(conn, organization, &of_users)?,
        groups: groups::count_selected(conn, organization, &of_groups)?,
        tokens: tokens.iter().map(|token| TokenLine { id: token.id, created: token.created_at.rfc3339() }).collect(),
        leniencies: forgiven(conn, organization, row.id)?,
        id: row.id,
        name: row.name,
        dialect: row.dialect,
        paused: row.paused,
        created: row.created_at.rfc3339(),
    })
}
