//! The shape of a catalogue's TOML. What the names mean is on [`super::Catalogue`]; what they refer to is `load`'s care.
//!
//! Unknown keys are refused everywhere: a misspelt `exept` must not quietly widen a role.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

/// A name with the place where it stands.
pub(super) type Name = Spanned<String>;

/// A table whose keys are names, in no order; `in_order` restores the file's.
pub(super) type Table<T> = BTreeMap<Name, T>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogueFile {
    /// For editors (`#:schema` has no standard form in TOML); not read.
    #[serde(default, rename = "$schema")]
    pub(super) _schema: Option<IgnoredAny>,
    pub(super) key: Name,
    pub(super) title: String,
    pub(super) combining: CombiningName,
    #[serde(default)]
    pub(super) plans: Vec<Name>,
    pub(super) administration: AdministrationTable,
    #[serde(default)]
    pub(super) custom_roles: CustomRolesTable,
    #[serde(default)]
    pub(super) overrides: OverridesTable,
    pub(super) category: Table<CategoryTable>,
    pub(super) role: Table<RoleTable>,
    #[serde(default)]
    pub(super) scope: Table<ScopeTable>,
    #[serde(default)]
    pub(super) resource: Table<ResourceTable>,
    #[serde(default)]
    pub(super) include: Vec<IncludeRow>,
    #[serde(default)]
    pub(super) gate: Vec<GateRow>,
    #[serde(default)]
    pub(super) grant: Vec<GrantRow>,
    #[serde(default)]
    pub(super) approval: Vec<ApprovalRow>,
    #[serde(default)]
    pub(super) check: Vec<CheckRow>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CombiningName {
    DenyWins,
    Additive,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdministrationTable {
    pub(super) manage: Name,
    pub(super) audit: Name,
    #[serde(default)]
    pub(super) suspend: Option<Name>,
    #[serde(default)]
    pub(super) remove: Option<Name>,
    #[serde(default)]
    pub(super) sso: Option<Name>,
    #[serde(default)]
    pub(super) scim: Option<Name>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomRolesTable {
    pub(super) plans: Option<Vec<Name>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverridesTable {
    #[serde(default)]
    pub(super) without_scope: WithoutScopeName,
}

/// Where an allow holds that names no scope.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WithoutScopeName {
    #[default]
    Organization,
    Assigned,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryTable {
    pub(super) title: String,
    /// Key → title.
    pub(super) permissions: Table<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleTable {
    pub(super) title: String,
    /// Other roles, all of whose permissions (and reach) this one has too.
    #[serde(default)]
    pub(super) includes: Vec<Name>,
    /// Patterns.
    #[serde(default)]
    pub(super) may: Vec<Name>,
    /// Patterns taken out again, out of the included too.
    #[serde(default)]
    pub(super) except: Vec<Name>,
    /// Patterns: what of it holds in the whole organization whatever the scope of the assignment.
    #[serde(default)]
    pub(super) everywhere: Vec<Name>,
    #[serde(default)]
    pub(super) holders: HoldersName,
    #[serde(default = "yes")]
    pub(super) service_accounts: bool,
    /// Patterns: what nobody has but by this role.
    #[serde(default)]
    pub(super) reserved: Vec<Name>,
    /// Patterns: what no override gives to who holds this role.
    #[serde(default)]
    pub(super) never: Vec<Name>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum HoldersName {
    #[default]
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "at least one")]
    AtLeastOne,
    #[serde(rename = "exactly one")]
    ExactlyOne,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScopeTable {
    pub(super) title: String,
    pub(super) parent: Option<Name>,
    #[serde(default)]
    pub(super) instances: Vec<Name>,
    /// `api`, `rule`, `use`; each only with the ones before it.
    pub(super) made_by: Option<Vec<Name>>,
    /// Patterns: what is not held in such a scope by what is given in it.
    #[serde(default)]
    pub(super) except: Vec<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceTable {
    pub(super) title: String,
    #[serde(default)]
    pub(super) levels: Vec<LevelRow>,
    #[serde(default)]
    pub(super) members_only: bool,
    #[serde(default)]
    pub(super) by_role: Vec<Name>,
    /// Patterns: what on one such resource only a share opens, though roles have it in general.
    #[serde(default)]
    pub(super) by_share: Vec<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelRow {
    pub(super) level: Name,
    /// Patterns; each level also has what the ones before it have.
    pub(super) may: Vec<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IncludeRow {
    pub(super) permission: Name,
    /// What whoever has it has too.
    pub(super) includes: Vec<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GateRow {
    pub(super) permissions: Vec<Name>,
    pub(super) plans: Vec<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantRow {
    pub(super) permissions: Vec<Name>,
    /// What whoever gives one of them must hold by a role.
    pub(super) by: Name,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalRow {
    pub(super) permissions: Vec<Name>,
    /// What an approver must hold.
    pub(super) by: Name,
    /// What lets its holder act without asking.
    pub(super) alone: Option<Name>,
}

/// One row of `[[check]]`: somebody, and what they may and may not do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::access) struct CheckRow {
    /// The sentence that the row proves.
    pub(in crate::access) says: Name,
    /// `<role>` or `<role> in <scope>`.
    #[serde(default)]
    pub(in crate::access) roles: Vec<Name>,
    /// Custom roles that exist for this row: key → patterns.
    #[serde(default)]
    pub(in crate::access) custom: Table<Vec<Name>>,
    /// `allow <permission>` or `deny <permission>`, each perhaps with ` in <scope>`.
    #[serde(default)]
    pub(in crate::access) overrides: Vec<Name>,
    /// `<level> on <type>:<id>`.
    #[serde(default)]
    pub(in crate::access) shares: Vec<Name>,
    pub(in crate::access) plan: Option<Name>,
    /// Whether the person is active.
    #[serde(default = "yes")]
    pub(in crate::access) active: bool,
    /// The scope that is asked about; else the organization.
    #[serde(rename = "in")]
    pub(in crate::access) scope: Option<Name>,
    /// The resource that is asked about, `<type>:<id>`.
    #[serde(rename = "on")]
    pub(in crate::access) resource: Option<Name>,
    /// Patterns, every one of whose permissions must be allowed.
    #[serde(default)]
    pub(in crate::access) allow: Vec<Name>,
    /// Patterns, every one of whose permissions must be refused.
    #[serde(default)]
    pub(in crate::access) deny: Vec<Name>,
    /// Patterns left out of `allow` and `deny`.
    #[serde(default)]
    pub(in crate::access) except: Vec<Name>,
    /// The reason that every refusal must have.
    pub(in crate::access) because: Option<Name>,
    /// Patterns that the person may give to others in the scope.
    #[serde(default)]
    pub(in crate::access) may_give: Vec<Name>,
    /// Patterns that they may not.
    #[serde(default)]
    pub(in crate::access) may_not_give: Vec<Name>,
}

/// The rows of `table` in the order of the file.
pub(super) fn in_order<T>(table: Table<T>) -> Vec<(Name, T)> {
    let mut rows: Vec<(Name, T)> = table.into_iter().collect();
    rows.sort_by_key(|(name, _)| start(name));
    rows
}

/// Where `name` stands.
pub(in crate::access) fn start(name: &Name) -> usize {
    let Range { start, .. } = name.span();
    start
}
