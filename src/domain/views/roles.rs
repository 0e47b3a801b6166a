//! Every role there is, built in and custom, with how often it is given.

use std::collections::HashMap;
use std::sync::Arc;

use crate::access::HolderLimit;
use crate::domain::{Gateway, GatewayError};
use crate::model::OrganizationId;
use crate::store::assignments;

/// A role in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleLine {
    pub key: String,
    pub title: String,
    /// Made here, and not by the catalogue.
    pub is_custom: bool,
    /// Has exactly one holder, who hands it over.
    pub is_handed_over: bool,
    /// Sorted.
    pub permissions: Vec<String>,
    /// To how many people, groups and programs it is given, each scope counted.
    pub given: i64,
    /// What a custom role was cloned from.
    pub origin: Option<String>,
}

impl Gateway {
    /// All roles: those of the catalogue in its order, then those made here.
    pub async fn all_roles(self: &Arc<Self>, organization: OrganizationId) -> Result<Vec<RoleLine>, GatewayError> {
        let policy = self.policy(organization).await?;
        let given: HashMap<String, i64> = self
            .store
            .read(move |conn| assignments::roles(conn, organization))
            .await
            .map(|counts| counts.into_iter().collect())?;
        let count = |key: &str| given.get(key).copied().unwrap_or_default();
        let catalogue = &policy.catalogue;
        let built_in = catalogue.roles().iter().map(|role| {
            let keys = role.permissions.iter().map(|permission| catalogue.permission_key(permission).to_owned());
            let mut permissions: Vec<String> = keys.collect();
            permissions.sort_unstable();
            RoleLine {
                key: role.key.clone(),
                title: role.title.clone(),
                is_custom: false,
                is_handed_over: role.holders == HolderLimit::ExactlyOne,
                permissions,
                given: count(&role.key),
                origin: None,
            }
        });
        let custom = policy.custom_roles.iter().map(|role| {
            let mut permissions = role.permissions.clone();
            permissions.sort_unstable();
            RoleLine {
                key: role.key.clone(),
                title: role.title.clone(),
                is_custom: true,
                is_handed_over: false,
                permissions,
                given: count(&role.key),
                origin: role.origin.as_ref().map(|origin| origin.role.clone()),
            }
        });
        Ok(built_in.chain(custom).collect())
    }
}
