//! Who holds which role where, and what is known about one person.
//!
//! An assignment is direct (somebody gave it), derived (a mapping rule gives it for as long as the membership lasts) or
//! the default role. Derived ones carry their whole provenance, so that a decision can be traced back to the SCIM
//! request that caused it.

use serde::Serialize;

use super::{HolderKind, Override, Scope, Share};
use crate::model::{AssignmentId, GroupId, RequestId, RuleId, Timestamp, UserId};

/// A role, held in a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The key of a built-in or custom role. One that is gone gives nothing.
    pub role: String,
    pub scope: Scope,
    /// The first moment at which it no longer holds.
    pub until: Option<Timestamp>,
    pub source: Source,
}

/// Why somebody holds a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// Somebody gave it.
    Direct {
        id: AssignmentId,
        /// Who gave it, as the audit names them (`user:<id>`, `operator`).
        by: String,
    },
    /// A mapping rule gives it.
    Derived {
        rule: RuleId,
        rule_version: i64,
        priority: i32,
        /// The group that the rule matched.
        group: GroupId,
        group_name: String,
        /// Where membership is nested: the groups between the person and `group`, the person's own first.
        via: Vec<String>,
        /// Since when the membership holds.
        since: Timestamp,
        /// The request that made the person a member.
        cause: Option<RequestId>,
    },
    /// Nothing else gave them any role.
    Default,
}

/// What is known about one person (or service account), as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectFacts {
    pub user: UserId,
    pub user_name: String,
    pub holder: HolderKind,
    /// The SCIM `active`; false also for the suspended.
    pub active: bool,
    pub assignments: Vec<Assignment>,
    pub overrides: Vec<Override>,
    pub shares: Vec<Share>,
}
