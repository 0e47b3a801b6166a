//! The decision: pure, total, and the same for every way in.
//!
//! The order is the whole policy, so it stands in one function and can be read aloud.
//!
//! Not here: why, at length (`explain`); what happens after a refusal (`domain`).

use serde::Serialize;

use super::{CompiledAccess, Effect, ResolvedQuestion};
use crate::model::Timestamp;

/// Why a decision is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A live assignment at or above the scope has the permission.
    AllowedByRole,
    /// An allow override does.
    AllowedByOverride,
    /// A share of this very resource does.
    AllowedByShare,
    /// The person is deactivated or suspended.
    Inactive,
    /// Only members of the resource may, and this person is none.
    MembersOnly,
    /// A deny override stands against it.
    DeniedByOverride,
    /// Granted, but the organization's plan does not have it.
    Plan,
    /// Granted, but held back until somebody else agrees.
    ApprovalRequired,
    /// Nothing grants it.
    NoGrant,
    /// The catalogue has no such permission.
    UnknownAction,
    /// The catalogue has no such type of scope.
    UnknownScope,
}

impl Reason {
    /// Whether it is a reason to allow.
    pub const fn allows(self) -> bool {
        match self {
            Self::AllowedByRole | Self::AllowedByOverride | Self::AllowedByShare => true,
            Self::Inactive
            | Self::MembersOnly
            | Self::DeniedByOverride
            | Self::Plan
            | Self::ApprovalRequired
            | Self::NoGrant
            | Self::UnknownAction
            | Self::UnknownScope => false,
        }
    }

    /// As it is written in answers, logs and checks.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllowedByRole => "allowed_by_role",
            Self::AllowedByOverride => "allowed_by_override",
            Self::AllowedByShare => "allowed_by_share",
            Self::Inactive => "inactive",
            Self::MembersOnly => "members_only",
            Self::DeniedByOverride => "denied_by_override",
            Self::Plan => "plan",
            Self::ApprovalRequired => "approval_required",
            Self::NoGrant => "no_grant",
            Self::UnknownAction => "unknown_action",
            Self::UnknownScope => "unknown_scope",
        }
    }
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub allowed: bool,
    pub reason: Reason,
}

impl From<Reason> for Decision {
    fn from(reason: Reason) -> Self {
        Self { allowed: reason.allows(), reason }
    }
}

/// Whether the person of `access` may do what `question` asks, at `now`.
///
/// `question` must have been resolved by the policy that `access` was compiled under. Allocates nothing.
pub fn decide(access: &CompiledAccess, question: &ResolvedQuestion<'_>, now: Timestamp) -> Decision {
    reason(access, question, now).into()
}

fn reason(access: &CompiledAccess, question: &ResolvedQuestion<'_>, now: Timestamp) -> Reason {
    let permission = question.permission;
    let path = question.path();
    if !access.is_active() {
        return Reason::Inactive;
    }
    let shared = access.has_share(permission, question.resource_bucket, question.resource, now);
    if question.members_only && !shared {
        return Reason::MembersOnly;
    }
    if access.has_override(Effect::Deny, permission, path, now) {
        return Reason::DeniedByOverride;
    }
    let granted = if question.members_only {
        Reason::AllowedByShare
    } else if access.has_by_role(permission, path, now) {
        Reason::AllowedByRole
    } else if access.is_excepted(permission, path, now) {
        Reason::AllowedByOverride
    } else if shared {
        Reason::AllowedByShare
    } else {
        return Reason::NoGrant;
    };
    if question.gated {
        return Reason::Plan;
    }
    match question.approval {
        Some(rule) if !rule.alone.is_some_and(|alone| access.holds(alone, path, now)) => Reason::ApprovalRequired,
        Some(_) | None => granted,
    }
}
