//! Approvals: which actions are held back until somebody else agrees, and who that can be.
//!
//! Not here: the life of a request for approval, which has state and therefore lives in `domain`.

use super::{CompiledAccess, PermissionNumber, Policy, ResolvedQuestion};
use crate::model::Timestamp;

/// How a sensitive action is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalRule {
    /// Who holds this in the question's scope may agree, unless they asked.
    pub approver: PermissionNumber,
    /// Who holds this in the question's scope acts alone. `None`: nobody does.
    pub alone: Option<PermissionNumber>,
}

impl ApprovalRule {
    /// Whether the holder of `access`, who must not be the asker, may agree to what `question` asks.
    pub fn is_approver(&self, access: &CompiledAccess, question: &ResolvedQuestion<'_>, now: Timestamp) -> bool {
        access.is_active() && access.holds(self.approver, question.path(), now)
    }
}

/// The actions on requests for which the holder of `access` may have a say, in some scope or other. Whether they have it
/// on one request is for [`ApprovalRule::is_approver`].
pub fn approvable_actions(policy: &Policy, access: &CompiledAccess, now: Timestamp) -> Vec<String> {
    let catalogue = &policy.catalogue;
    let rule = |key: &str| catalogue.permission(key).and_then(|number| catalogue.approval(number));
    let may = |key: &str| rule(key).is_some_and(|rule| access.may_hold_somewhere(rule.approver, now));
    let keys = catalogue.permissions().iter().map(|permission| permission.key.clone());
    keys.filter(|key| access.is_active() && may(key)).collect()
}
