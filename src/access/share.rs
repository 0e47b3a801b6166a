//! Shares: a level on one resource, given to one person. Membership of a members-only resource is a share too.
//!
//! Not here: which levels a resource type has and what each may do (`catalogue`).

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// One resource of the application. The id is the application's own and opaque here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceRef {
    pub kind: String,
    pub id: String,
}

/// A level on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    pub resource: ResourceRef,
    /// A level of the resource's type. One that the catalogue no longer has gives nothing.
    pub level: String,
    /// The first moment at which it no longer holds.
    pub until: Option<Timestamp>,
}
