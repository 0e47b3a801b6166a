//! The catalogue: the palette of an application, read from one TOML file.
//!
//! Loading does all the work that a decision must not: patterns such as `ticket.*` are expanded, names become numbers,
//! and a name that nothing declares is refused with its line and the nearest right one. A catalogue that exists is
//! consistent; whether it says what its author meant is what its `[[check]]` rows are for (`check`).
//!
//! | file | what it is for |
//! |---|---|
//! | `file` | the shape of the TOML, and nothing else |
//! | `load` | from that shape to a [`Catalogue`] |
//! | `error` | what can be wrong with it, with line and hint |

mod error;
mod file;
mod load;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use error::CatalogueError;
pub(super) use error::{hint, nearest};
pub(super) use file::{CheckRow, start};

use super::{ApprovalRule, Effect, HolderLimit, Permission, PermissionNumber, PermissionSet, Reach, Role, Scope};

/// How what is given in different scopes combines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combining {
    /// An explicit deny at or above the question's scope beats every allow.
    DenyWins,
    /// Nothing ever takes away: there are no denies.
    Additive,
}

/// Where an allow override holds that names no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutScope {
    /// In the whole organization.
    Organization,
    /// Wherever the person is assigned, now or later.
    Assigned,
}

/// How an instance of a type of scope can come to be. Each way has the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MadeBy {
    /// Not at all: there are the catalogue's own instances and no others.
    Nothing,
    /// Somebody declares it.
    Api,
    /// A mapping rule makes it of a group's name.
    Rule,
    /// It is there from the first time that anything names it.
    Use,
}

/// A group of permissions, as the palette shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub key: String,
    pub title: String,
}

/// A declared type of scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeType {
    pub key: String,
    pub title: String,
    /// The type under whose instances these may be linked; `None`: directly under the organization.
    pub parent: Option<String>,
    /// Ids that exist from the start.
    pub instances: Vec<String>,
    /// How others come to be.
    pub made_by: MadeBy,
    /// What a role or an exception that is given in such a scope does not give there: it means nothing there.
    pub except: PermissionSet,
}

/// A declared type of resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    pub key: String,
    pub title: String,
    /// Share levels, weakest first; each has what the ones before it have.
    pub levels: Vec<(String, PermissionSet)>,
    /// Only those it is shared with may act on it, whatever their roles.
    pub members_only: bool,
    /// On a members-only type: what roles may still do (such as choosing the members).
    pub by_role: PermissionSet,
    /// What on one such resource only a share opens, though roles have it where no resource is named.
    pub by_share: PermissionSet,
}

impl ResourceType {
    /// What `level` may do on the resource.
    pub fn level(&self, level: &str) -> Option<&PermissionSet> {
        self.levels.iter().find(|(name, _)| name == level).map(|(_, set)| set)
    }
}

/// A part of the gateway's own management for which a catalogue may name a permission of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Suspending and restoring people.
    Suspend,
    /// Deleting people.
    Remove,
    /// Connections to identity providers.
    SingleSignOn,
    /// Directories and their tokens.
    Provisioning,
}

/// The palette of an application.
#[derive(Debug, Clone)]
pub struct Catalogue {
    source: String,
    /// Where each line of the file begins, so that a failed check has its line.
    lines: Vec<usize>,
    version: String,
    key: String,
    title: String,
    combining: Combining,
    without_scope: WithoutScope,
    plans: Vec<String>,
    custom_role_plans: Option<BTreeSet<String>>,
    categories: Vec<Category>,
    permissions: Vec<Permission>,
    numbers: HashMap<String, PermissionNumber>,
    /// In the order of the file, which is the order in which people read them.
    roles: Vec<Role>,
    scopes: BTreeMap<String, ScopeType>,
    resources: BTreeMap<String, ResourceType>,
    approvals: BTreeMap<PermissionNumber, ApprovalRule>,
    /// What may be given only by who holds the other, by role.
    givers: BTreeMap<PermissionNumber, PermissionNumber>,
    /// What each permission that includes others includes, itself too.
    includes: BTreeMap<PermissionNumber, PermissionSet>,
    /// What only the holders of one role have, and which role that is.
    reserved: BTreeMap<PermissionNumber, String>,
    /// What is only ever done by the members of a members-only resource.
    members_only: PermissionSet,
    manage: PermissionNumber,
    audit: PermissionNumber,
    duties: BTreeMap<Duty, PermissionNumber>,
    checks: Vec<CheckRow>,
}

impl Catalogue {
    /// Reads a catalogue. `source_name` is what errors call the file.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, CatalogueError> {
        load::load(text, source_name)
    }

    /// Its name in the configuration, e.g. `miopsai`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How many `[[check]]` rows it has.
    pub fn check_count(&self) -> usize {
        self.checks.len()
    }

    /// A short text that changes with every change of the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its name for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Where it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How scopes combine.
    pub fn combining(&self) -> Combining {
        self.combining
    }

    /// Where an override holds that names no scope. A deny holds in the organization.
    pub fn reach_without_scope(&self, effect: Effect) -> Reach {
        match (self.without_scope, effect) {
            (WithoutScope::Assigned, Effect::Allow) => Reach::Assigned,
            (WithoutScope::Assigned, Effect::Deny) | (WithoutScope::Organization, _) => {
                Reach::Scope(Scope::Organization)
            }
        }
    }

    /// Whether nothing ever takes away.
    pub fn is_additive(&self) -> bool {
        match self.combining {
            Combining::DenyWins => false,
            Combining::Additive => true,
        }
    }

    /// Whether deny overrides can be expressed.
    pub fn allows_deny(&self) -> bool {
        !self.is_additive()
    }

    /// The plans, smallest first; empty where the application has none.
    pub fn plans(&self) -> &[String] {
        &self.plans
    }

    /// Whether custom roles may be made, and count, on `plan`.
    pub fn has_custom_roles(&self, plan: Option<&str>) -> bool {
        self.custom_role_plans.as_ref().is_none_or(|plans| plan.is_some_and(|plan| plans.contains(plan)))
    }

    /// The categories, in the order of the file.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// All permissions; the place of each is its number.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// The numbers of all permissions.
    pub fn numbers(&self) -> impl Iterator<Item = PermissionNumber> + '_ {
        self.permissions.iter().zip(0_u16..).map(|(_, number)| PermissionNumber(number))
    }

    /// The number of the permission with this key.
    pub fn permission(&self, key: &str) -> Option<PermissionNumber> {
        self.numbers.get(key).copied()
    }

    /// The key of a permission of this catalogue.
    pub fn permission_key(&self, number: PermissionNumber) -> &str {
        self.permissions.get(number.index()).map_or("", |permission| &permission.key)
    }

    /// The keys of a set, in the order of the file.
    pub fn keys(&self, set: &PermissionSet) -> Vec<String> {
        set.iter().map(|number| self.permission_key(number).to_owned()).collect()
    }

    /// The permissions of one feature or resource type: those called `<feature>.<action>`.
    pub fn feature(&self, feature: &str) -> impl Iterator<Item = &Permission> {
        self.permissions.iter().filter(move |permission| permission.feature() == feature)
    }

    /// What `pattern` (a key, `*`, `feature.*`, `*.action`) means; empty if it means nothing.
    pub fn matching(&self, pattern: &str) -> PermissionSet {
        load::matching(&self.numbers, pattern)
    }

    /// `set`, with what its members include.
    pub fn whole(&self, set: &PermissionSet) -> PermissionSet {
        load::whole(&self.includes, set)
    }

    /// The one role that may have `permission`, if it is reserved.
    pub fn reserved_to(&self, permission: PermissionNumber) -> Option<&str> {
        self.reserved.get(&permission).map(String::as_str)
    }

    /// `set` without what is reserved to a role: all of it that can be given in any other way.
    pub fn giveable(&self, set: &PermissionSet) -> PermissionSet {
        set.minus(&self.reserved.keys().copied().collect())
    }

    /// The pattern that is most like `pattern` and means something, for an error message.
    pub fn nearest_pattern(&self, pattern: &str) -> Option<String> {
        match pattern.contains('*') {
            true => load::nearest_pattern(self.permissions.iter().map(|known| known.key.as_str()), pattern),
            false => self.nearest_permission(pattern),
        }
    }

    /// The permission whose key is most like `key`, for an error message.
    pub fn nearest_permission(&self, key: &str) -> Option<String> {
        nearest(key, self.permissions.iter().map(|permission| permission.key.as_str()))
    }

    /// The built-in roles, in the order of the file.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The built-in role with this key.
    pub fn role(&self, key: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.key == key)
    }

    /// The role that an organization begins with: the one with exactly one holder, else the first with at least one.
    /// Every catalogue has such a role, and it holds `manage`, so nobody can be locked out.
    pub fn founding_role(&self) -> Option<&Role> {
        let limited = |limit| self.roles.iter().find(move |role| role.holders == limit);
        limited(HolderLimit::ExactlyOne).or_else(|| limited(HolderLimit::AtLeastOne))
    }

    /// The declared types of scope.
    pub fn scope_types(&self) -> impl Iterator<Item = &ScopeType> {
        self.scopes.values()
    }

    /// Whether `scope` is the organization or of a declared type.
    pub fn knows_scope(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Organization => true,
            Scope::Instance { kind, .. } => self.scopes.contains_key(kind),
        }
    }

    /// What of `set` can be held in `scope` by what is given in it.
    pub fn holdable(&self, scope: &Scope, set: &PermissionSet) -> PermissionSet {
        self.scope_type(scope.kind()).map_or_else(|| set.clone(), |kind| set.minus(&kind.except))
    }

    /// Whether `scope`, of a declared type, can come to be in this way, or is one of the catalogue's own.
    pub fn is_made_by(&self, scope: &Scope, way: MadeBy) -> bool {
        match scope {
            Scope::Organization => true,
            Scope::Instance { kind, id } => {
                self.scopes.get(kind).is_some_and(|kind| way <= kind.made_by || kind.instances.contains(id))
            }
        }
    }

    /// Whether `scope` may be linked under `parent`: directly under the organization, or under its type's parent type.
    pub fn allows_link(&self, scope: &Scope, parent: &Scope) -> bool {
        let declared = self.scope_type(scope.kind());
        declared.is_some_and(|kind| *parent == Scope::Organization || kind.parent.as_deref() == Some(parent.kind()))
    }

    /// The declared type of scope with this key.
    pub fn scope_type(&self, key: &str) -> Option<&ScopeType> {
        self.scopes.get(key)
    }

    /// The declared types of resource.
    pub fn resource_types(&self) -> impl Iterator<Item = &ResourceType> {
        self.resources.values()
    }

    /// The declared type of resource with this key. Resources of other types may be asked about, but not shared.
    pub fn resource_type(&self, key: &str) -> Option<&ResourceType> {
        self.resources.get(key)
    }

    /// How `permission` is held back, if it is.
    pub fn approval(&self, permission: PermissionNumber) -> Option<ApprovalRule> {
        self.approvals.get(&permission).copied()
    }

    /// What the giver of `permission` must hold by a role of their own, if anything beyond the permission itself.
    pub fn giver(&self, permission: PermissionNumber) -> Option<PermissionNumber> {
        self.givers.get(&permission).copied()
    }

    /// What only the members of a members-only resource ever do, whatever the question calls the resource.
    pub fn members_only(&self) -> &PermissionSet {
        &self.members_only
    }

    /// The permission that opens the gateway's own management: people, roles, rules, connections.
    pub fn manage(&self) -> PermissionNumber {
        self.manage
    }

    /// The permission that opens the audit log.
    pub fn audit(&self) -> PermissionNumber {
        self.audit
    }

    /// The permission that the catalogue names for a part of the management, if it names one.
    pub fn duty(&self, duty: Duty) -> Option<PermissionNumber> {
        self.duties.get(&duty).copied()
    }

    /// The rows of `[[check]]`.
    pub(super) fn check_rows(&self) -> &[CheckRow] {
        &self.checks
    }

    /// The line, from 1, of byte `at` of the file.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }
}

#[cfg(test)]
mod tests;
