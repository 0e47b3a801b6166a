//! An organization's policy: its catalogue and what it has chosen, remembered until something of it changes.

use std::sync::Arc;

use crate::access::{Catalogue, CustomRole, MadeBy, MappingMode, Policy, Reach, Scope};
use crate::domain::{Gateway, GatewayError};
use crate::model::{Digest, OrganizationId};
use crate::store::organizations;
use crate::store::{Conn, StoreError};

/// What of a policy is shown.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct PolicyView {
    pub catalogue: String,
    pub title: String,
    pub plan: Option<String>,
    pub roles: Vec<RoleView>,
    pub permissions: Vec<String>,
}

/// A role and its permissions.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct RoleView {
    pub key: String,
    pub title: String,
    pub permissions: Vec<String>,
    /// What of them holds in the whole organization, wherever the role is given.
    pub everywhere: Vec<String>,
    /// Made by the organization rather than brought by the catalogue.
    pub custom: bool,
}

/// What an organization has chosen, as it is stored.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    pub plan: Option<String>,
    pub mapping_mode: String,
    pub default_role: Option<String>,
}

/// The policy of an organization that has chosen and made this.
pub fn policy_of(
    catalogue: Arc<Catalogue>,
    chosen: Chosen,
    custom_roles: Vec<CustomRole>,
    declared: Vec<(Scope, Scope)>,
) -> Result<Policy, GatewayError> {
    let mut policy = Policy::new(catalogue);
    policy.plan = chosen.plan;
    policy.mapping_mode = mapping_mode(&chosen.mapping_mode);
    policy.default_role = chosen.default_role;
    policy.custom_roles = custom_roles;
    policy.scopes = crate::domain::scopes::tree(&declared)?;
    let is_kept = |scope: &Scope| !policy.catalogue.is_made_by(scope, MadeBy::Use);
    policy.declared = declared.into_iter().map(|(scope, _)| scope).filter(is_kept).collect();
    Ok(policy)
}

/// Reads a stored mapping mode.
pub fn mapping_mode(text: &str) -> MappingMode {
    if text == "highest-priority" { MappingMode::HighestPriority } else { MappingMode::Union }
}

/// Reads a stored scope.
pub fn scope_of(text: &str) -> Result<Scope, GatewayError> {
    Ok(Scope::parse(text).map_err(|error| StoreError::Corrupt(error.to_string()))?)
}

/// Reads where a stored override holds.
pub fn reach_of(text: &str) -> Result<Reach, GatewayError> {
    Ok(Reach::parse(text).map_err(|error| StoreError::Corrupt(error.to_string()))?)
}

impl Gateway {
    /// The organization's policy.
    pub(in crate::domain) async fn policy(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Arc<Policy>, GatewayError> {
        if let Some(policy) = self.policies.recall(organization) {
            return Ok(policy);
        }
        let gateway = Arc::clone(self);
        self.store.read(move |conn| gateway.policy_in(conn, organization)).await
    }

    /// The organization's policy, read on `conn` unless it is remembered.
    pub(in crate::domain) fn policy_in(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
    ) -> Result<Arc<Policy>, GatewayError> {
        if let Some(policy) = self.policies.recall(organization) {
            return Ok(policy);
        }
        let stamp = self.policies.stamp(organization);
        let policy = self.read_policy(conn, organization)?;
        self.policies.remember(organization, stamp, Arc::clone(&policy));
        Ok(policy)
    }

    /// The policy as this transaction sees it, remembered by nobody.
    pub(in crate::domain) fn read_policy(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
    ) -> Result<Arc<Policy>, GatewayError> {
        let row = organizations::by_id(conn, organization)?
            .ok_or_else(|| GatewayError::not_found("organization", organization))?;
        let custom_roles = crate::domain::roles::custom_roles(conn, organization)?;
        let declared = crate::domain::scopes::declared(conn, organization)?;
        let catalogue = self.parsed_catalogue(&row.catalogue, &row.name)?;
        let chosen = Chosen { plan: row.plan, mapping_mode: row.mapping_mode, default_role: row.default_role };
        Ok(Arc::new(policy_of(catalogue, chosen, custom_roles, declared)?))
    }

    /// A catalogue that is, or was, an organization's; the same text is parsed once.
    pub(in crate::domain) fn parsed_catalogue(&self, text: &str, source: &str) -> Result<Arc<Catalogue>, GatewayError> {
        let digest = Digest::of(text.as_bytes());
        if let Some(catalogue) = self.catalogues.get(&digest) {
            return Ok(catalogue);
        }
        let catalogue = Arc::new(Catalogue::parse(text, source)?);
        self.catalogues.insert(digest, Arc::clone(&catalogue));
        Ok(catalogue)
    }

    /// The palette and roles, for whoever manages the organization.
    pub async fn policy_view(self: &Arc<Self>, organization: OrganizationId) -> Result<PolicyView, GatewayError> {
        let policy = self.policy(organization).await?;
        let catalogue = &policy.catalogue;
        Ok(PolicyView {
            catalogue: catalogue.key().to_owned(),
            title: catalogue.title().to_owned(),
            plan: policy.plan.clone(),
            roles: catalogue
                .roles()
                .iter()
                .map(|role| RoleView {
                    key: role.key.clone(),
                    title: role.title.clone(),
                    permissions: catalogue.keys(&role.permissions),
                    everywhere: catalogue.keys(&role.everywhere),
                    custom: false,
                })
                .chain(policy.custom_roles.iter().map(|role| RoleView {
                    key: role.key.clone(),
                    title: role.title.clone(),
                    permissions: catalogue.keys(&role.set(catalogue)),
                    everywhere: catalogue.keys(&role.everywhere(catalogue)),
                    custom: true,
                }))
                .collect(),
            permissions: catalogue.permissions().iter().map(|permission| permission.key.clone()).collect(),
        })
    }
}
