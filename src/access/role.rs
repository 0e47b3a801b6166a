//! Roles: named sets of permissions, built in (from the catalogue) or custom (ticked from its palette).
//!
//! Not here: who holds them (`assignment`) and who may give them (`constraint`).

use serde::{Deserialize, Serialize};

use super::scope::{is_kind, shortened};
use super::{Catalogue, PermissionSet};

/// How many may hold a role in an organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderLimit {
    /// Anybody.
    #[default]
    Any,
    /// Never none.
    AtLeastOne,
    /// Never none and never two: it moves by transfer alone.
    ExactlyOne,
}

/// A role that the catalogue brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub key: String,
    pub title: String,
    /// What it may do in the scope it is given in, and below.
    pub permissions: PermissionSet,
    /// The part of `permissions` that holds in the whole organization, whatever scope the role is given in.
    pub everywhere: PermissionSet,
    pub holders: HolderLimit,
    /// Whether a service account may hold it.
    pub service_accounts: bool,
}

/// A role that an organization has made from the palette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    pub key: String,
    pub title: String,
    /// Permission keys, exact. One that the catalogue no longer has gives nothing.
    pub permissions: Vec<String>,
}

/// Why a custom role cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomRoleError {
    #[error("`{0}` cannot be the key of a role: 1 to 64 of `a`-`z`, `0`-`9`, `_` and `-`")]
    Key(String),
    #[error("`{0}` is a built-in role: clone it under another key")]
    BuiltIn(String),
    #[error("`{0}` is no permission of this catalogue{hint}", hint = crate::access::catalogue::hint(.1))]
    Permission(String, Option<String>),
}

impl CustomRole {
    /// Whether `catalogue` allows such a role. The plan is another question: `Policy::has_custom_roles`.
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), CustomRoleError> {
        if !is_kind(&self.key) {
            return Err(CustomRoleError::Key(shortened(&self.key)));
        }
        if catalogue.role(&self.key).is_some() {
            return Err(CustomRoleError::BuiltIn(self.key.clone()));
        }
        for key in &self.permissions {
            if catalogue.permission(key).is_none() {
                return Err(CustomRoleError::Permission(shortened(key), catalogue.nearest_permission(key)));
            }
        }
        Ok(())
    }

    /// Its permissions as a set of `catalogue`'s numbers.
    pub fn set(&self, catalogue: &Catalogue) -> PermissionSet {
        self.permissions.iter().filter_map(|key| catalogue.permission(key)).collect()
    }
}
