//! One organization's use of a catalogue, and questions put to it.
//!
//! [`Policy::resolve`] turns the words of a question into numbers, once; everything about it that does not depend on
//! who asks (the path of scopes, whether the plan has the permission, whether it is held back) is settled here, so
//! that [`super::decide`] has little left to do.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::pool::Pool;
use super::scope::{bucket, shortened};
use super::{
    ApprovalRule, Catalogue, CustomRole, Decision, HolderLimit, MadeBy, MappingMode, PermissionNumber, PermissionSet,
    Reason, ResourceRef, Scope, ScopeTree,
};

/// What an organization has chosen and made.
#[derive(Debug, Clone)]
pub struct Policy {
    pub catalogue: Arc<Catalogue>,
    pub scopes: ScopeTree,
    /// The scopes that somebody or a rule has made, of the types whose instances are not simply there.
    pub declared: BTreeSet<Scope>,
    /// The organization's plan. `None` has what no gate asks for.
    pub plan: Option<String>,
    /// Without effect in an additive catalogue, where no rule may take away what another gives.
    pub mapping_mode: MappingMode,
    /// The role, at the organization, of whoever has no other.
    pub default_role: Option<String>,
    pub custom_roles: Vec<CustomRole>,
    /// What people compiled under it share.
    pub(crate) pool: Arc<Pool>,
}

/// "May somebody do this to that, there?"
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// A permission key.
    pub action: &'a str,
    /// The type of the resource; `""` where there is none.
    pub resource_kind: &'a str,
    /// The id of the resource; `""` where there is none.
    pub resource_id: &'a str,
    /// Where. `None`: the resource, if its type is a type of scope; else the organization.
    pub scope: Option<Scope>,
}

/// Why a question has no answer but no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownQuestion {
    /// Without the nearest right one: that costs more than a question may. [`Catalogue::nearest_permission`] has it.
    #[error("`{0}` is no permission of this catalogue")]
    Action(String),
    #[error("`{0}` is no scope of this catalogue")]
    Scope(String),
}

/// A question in numbers, for the policy that resolved it.
#[derive(Debug, Clone)]
pub struct ResolvedQuestion<'a> {
    pub(super) permission: PermissionNumber,
    pub(super) resource: (&'a str, &'a str),
    pub(super) resource_bucket: u64,
    pub(super) path: Vec<Step>,
    /// Only a share of this very resource can allow it.
    pub(super) members_only: bool,
    /// The plan does not unlock it.
    pub(super) gated: bool,
    pub(super) approval: Option<ApprovalRule>,
}

/// One scope on the way from the question's up to the organization.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) bucket: u64,
    pub(super) scope: Scope,
}

impl Step {
    pub(super) fn new(scope: &Scope) -> Self {
        Self { bucket: scope.bucket(), scope: scope.clone() }
    }
}

/// What a role key means in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoleMeaning {
    pub(super) permissions: PermissionSet,
    pub(super) everywhere: PermissionSet,
    pub(super) version: String,
}

impl Policy {
    /// `catalogue` with nothing chosen: everything directly under the organization, no plan, no custom roles.
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        Self {
            catalogue,
            scopes: ScopeTree::new(),
            declared: BTreeSet::new(),
            plan: None,
            mapping_mode: MappingMode::default(),
            default_role: None,
            custom_roles: Vec::new(),
            pool: Arc::default(),
        }
    }

    /// Whether there is such a scope: of a declared type, and an instance that has come to be.
    pub fn knows_scope(&self, scope: &Scope) -> bool {
        self.catalogue.is_made_by(scope, MadeBy::Use)
            || (self.catalogue.knows_scope(scope) && self.declared.contains(scope))
    }

    /// Whether of the rules that match the same person only those of the highest priority count.
    pub(super) fn combines_by_priority(&self) -> bool {
        match self.mapping_mode {
            MappingMode::HighestPriority => !self.catalogue.is_additive(),
            MappingMode::Union => false,
        }
    }

    /// Whether the plan has custom roles; where it has none, those that exist give nothing.
    pub fn has_custom_roles(&self) -> bool {
        self.catalogue.has_custom_roles(self.plan.as_deref())
    }

    /// Whether the plan unlocks `permission`.
    pub fn is_unlocked(&self, permission: PermissionNumber) -> bool {
        let plans = self.catalogue.permissions().get(permission.index()).map(|permission| permission.plans.as_slice());
        plans.is_some_and(|plans| plans.is_empty() || self.plan.as_ref().is_some_and(|plan| plans.contains(plan)))
    }

    /// What `role` may do in the scope it is given in; nothing if there is no such role.
    pub fn role_permissions(&self, role: &str) -> PermissionSet {
        self.role(role).map(|role| role.permissions).unwrap_or_default()
    }

    /// The role that catches whoever has no other. One with exactly one holder cannot.
    pub(super) fn default_role(&self) -> Option<&str> {
        let key = self.default_role.as_deref()?;
        match self.catalogue.role(key).map(|role| role.holders) {
            Some(HolderLimit::ExactlyOne) => None,
            Some(HolderLimit::Any | HolderLimit::AtLeastOne) | None => Some(key),
        }
    }

    pub(super) fn role(&self, key: &str) -> Option<RoleMeaning> {
        if let Some(role) = self.catalogue.role(key) {
            return Some(RoleMeaning {
                permissions: role.permissions.clone(),
                everywhere: role.everywhere.clone(),
                version: self.catalogue.version().to_owned(),
            });
        }
        let custom = self.custom_roles.iter().find(|role| role.key == key).filter(|_| self.has_custom_roles())?;
        Some(RoleMeaning {
            permissions: custom.set(&self.catalogue),
            everywhere: custom.everywhere(&self.catalogue),
            version: custom.version.to_string(),
        })
    }

    /// Turns a question into numbers.
    pub fn resolve<'a>(&self, question: &Question<'a>) -> Result<ResolvedQuestion<'a>, UnknownQuestion> {
        let action = question.action;
        let permission = self.catalogue.permission(action).ok_or_else(|| UnknownQuestion::Action(shortened(action)))?;
        let scope = self.scope_of(question)?;
        let resource = (question.resource_kind, question.resource_id);
        Ok(ResolvedQuestion {
            permission,
            resource,
            resource_bucket: bucket(&resource),
            path: self.scopes.path(&scope).map(Step::new).collect(),
            members_only: self.is_members_only(permission, resource),
            gated: !self.is_unlocked(permission),
            approval: self.catalogue.approval(permission),
        })
    }

    /// Where the question is asked.
    fn scope_of(&self, question: &Question<'_>) -> Result<Scope, UnknownQuestion> {
        let scope = match &question.scope {
            Some(scope) => scope.clone(),
            None if self.catalogue.scope_type(question.resource_kind).is_some() && !question.resource_id.is_empty() => {
                Scope::instance(question.resource_kind, question.resource_id)
                    .map_err(|error| UnknownQuestion::Scope(error.to_string()))?
            }
            None => Scope::Organization,
        };
        match self.knows_scope(&scope) {
            true => Ok(scope),
            false => Err(UnknownQuestion::Scope(shortened(&scope.to_string()))),
        }
    }

    /// Whether only a share can allow it: what members alone do, and everything on a members-only resource that its
    /// type does not leave to roles. By the permission too, so that no other name for the resource is a way in. And what
    /// goes by share, where one resource is named.
    fn is_members_only(&self, permission: PermissionNumber, (kind, id): (&str, &str)) -> bool {
        self.catalogue.members_only().contains(permission)
            || self.catalogue.resource_type(kind).is_some_and(|kind| {
                let by_members = kind.members_only && !kind.by_role.contains(permission);
                by_members || (!id.is_empty() && kind.by_share.contains(permission))
            })
    }
}

impl ResolvedQuestion<'_> {
    /// What is asked for.
    pub fn permission(&self) -> PermissionNumber {
        self.permission
    }

    /// The scope it is asked in.
    pub fn scope(&self) -> &Scope {
        self.path.first().map_or(&Scope::Organization, |step| &step.scope)
    }

    /// How it is held back, if it is.
    pub fn approval(&self) -> Option<ApprovalRule> {
        self.approval
    }

    /// The scope it is asked in and all above.
    pub(super) fn path(&self) -> &[Step] {
        &self.path
    }
}

impl<'a> Question<'a> {
    /// A question about no resource.
    pub fn about(action: &'a str, scope: Option<Scope>) -> Self {
        Self { action, resource_kind: "", resource_id: "", scope }
    }

    /// The resource, if there is one.
    pub fn resource(&self) -> Option<ResourceRef> {
        let named = !self.resource_kind.is_empty() && !self.resource_id.is_empty();
        named.then(|| ResourceRef { kind: self.resource_kind.to_owned(), id: self.resource_id.to_owned() })
    }
}

impl From<&UnknownQuestion> for Decision {
    /// What is not known is not allowed.
    fn from(unknown: &UnknownQuestion) -> Self {
        match unknown {
            UnknownQuestion::Action(_) => Reason::UnknownAction.into(),
            UnknownQuestion::Scope(_) => Reason::UnknownScope.into(),
        }
    }
}
