//! What an admin chooses from: roles, permissions by category, types of scope.

use std::sync::Arc;

use crate::access::HolderLimit;
use crate::domain::{Gateway, GatewayError};
use crate::model::OrganizationId;

/// A key and what a person reads beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titled {
    pub key: String,
    pub title: String,
}

/// What can be chosen in an organization.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    /// The roles that a mapping rule may give.
    pub roles: Vec<Titled>,
    /// The permissions, each list under its category's title.
    pub permissions: Vec<(String, Vec<Titled>)>,
    /// The types of scope beside `organization`.
    pub scope_types: Vec<Titled>,
    /// The plans, lowest first.
    pub plans: Vec<String>,
}

impl Gateway {
    /// The palette of the organization's catalogue.
    pub async fn palette(self: &Arc<Self>, organization: OrganizationId) -> Result<Palette, GatewayError> {
        let policy = self.policy(organization).await?;
        let catalogue = &policy.catalogue;
        let titled = |key: &str, title: &str| Titled { key: key.to_owned(), title: title.to_owned() };
        let of_category = |category: &str| {
            let inside = catalogue.permissions().iter().filter(|permission| permission.category == category);
            inside.map(|permission| titled(&permission.key, &permission.title)).collect::<Vec<_>>()
        };
        let mapped = catalogue.roles().iter().filter(|role| role.holders != HolderLimit::ExactlyOne);
        Ok(Palette {
            roles: mapped.map(|role| titled(&role.key, &role.title)).collect(),
            permissions: catalogue
                .categories()
                .iter()
                .map(|category| (category.title.clone(), of_category(&category.key)))
                .collect(),
            scope_types: catalogue.scope_types().map(|kind| titled(&kind.key, &kind.title)).collect(),
            plans: catalogue.plans().to_vec(),
        })
    }
}
