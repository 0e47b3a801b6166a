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
    /// What no allow override gives to whoever holds it, where they hold it, above and below.
    pub never: PermissionSet,
}

/// A role that an organization has made from the palette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    pub key: String,
    pub title: String,
    /// Permission keys, exact. One that the catalogue no longer has, or reserves to a role, gives nothing.
    pub permissions: Vec<String>,
    /// The part of `permissions` that holds in the whole organization, whatever scope the role is given in.
    pub everywhere: Vec<String>,
    /// How often it was changed, and once more.
    pub version: i64,
    /// What it was cloned from, as that was then.
    pub origin: Option<RoleOrigin>,
}

/// A role as it was when another one was cloned from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleOrigin {
    pub role: String,
    /// As in [`super::Ground::Role`].
    pub version: String,
    pub permissions: Vec<String>,
    pub everywhere: Vec<String>,
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
    #[error("`{permission}` is reserved to the role `{role}`: no other role can have it")]
    Reserved { permission: String, role: String },
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
            let known = catalogue.permission(key);
            let number =
                known.ok_or_else(|| CustomRoleError::Permission(shortened(key), catalogue.nearest_permission(key)))?;
            let included = catalogue.whole(&[number].into_iter().collect());
            if let Some((number, role)) =
                included.iter().find_map(|number| Some((number, catalogue.reserved_to(number)?)))
            {
                let permission = catalogue.permission_key(number).to_owned();
                return Err(CustomRoleError::Reserved { permission, role: role.to_owned() });
            }
        }
        Ok(())
    }

    /// What it gives in the scope it is given in, as a set of `catalogue`'s numbers.
    pub fn set(&self, catalogue: &Catalogue) -> PermissionSet {
        numbers(catalogue, &self.permissions)
    }

    /// What of it holds in the whole organization.
    pub fn everywhere(&self, catalogue: &Catalogue) -> PermissionSet {
        numbers(catalogue, &self.everywhere).and(&self.set(catalogue))
    }
}

/// What a custom role's `keys` give: with what they include, without what is reserved to another role.
fn numbers(catalogue: &Catalogue, keys: &[String]) -> PermissionSet {
    let named = keys.iter().filter_map(|key| catalogue.permission(key)).collect();
    catalogue.giveable(&catalogue.whole(&named))
}
