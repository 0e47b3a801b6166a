//! Overrides: one permission, allowed or denied to one person in one scope and below.

use serde::{Deserialize, Serialize};

use super::Scope;
use crate::model::Timestamp;

/// What an override does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Allow,
    /// Refused at creation in an `additive` catalogue ([`super::Catalogue::allows_deny`]), and without effect there.
    Deny,
}

/// An exception for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Override {
    /// A permission key. One that the catalogue no longer has does nothing.
    pub permission: String,
    pub effect: Effect,
    pub scope: Scope,
    /// The first moment at which it no longer holds.
    pub until: Option<Timestamp>,
    pub reason: String,
    /// Who made it, as the audit names them.
    pub author: String,
}
