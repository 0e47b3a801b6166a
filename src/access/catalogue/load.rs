//! From the TOML's shape to a [`Catalogue`]: names become numbers, patterns become sets, and what refers to nothing is
//! refused with its line.

use std::collections::{BTreeMap, HashMap};

use super::error::{from_toml, line_of, nearest};
use super::file::{
    CatalogueFile, CombiningName, HoldersName, Name, ResourceTable, RoleTable, ScopeTable, Table, in_order, start,
};
use super::{Catalogue, CatalogueError, Category, Combining, Duty, ResourceType, ScopeType};
use crate::access::scope::is_kind;
use crate::access::{ApprovalRule, HolderLimit, Permission, PermissionNumber, PermissionSet, Role, Scope};

/// A palette longer than this is a mistake; the limit keeps numbers and sets small.
const MAX_PERMISSIONS: usize = 4096;
/// A file longer than this is not read.
const MAX_BYTES: usize = 1 << 20;

type Result<T> = std::result::Result<T, CatalogueError>;

/// Reads the catalogue in `text`.
pub(super) fn load(text: &str, file: &str) -> Result<Catalogue> {
    let at = Place { text, file };
    if text.len() > MAX_BYTES {
        return Err(at.error(0, format!("a catalogue is at most {MAX_BYTES} bytes long"), None));
    }
    let mut read: CatalogueFile = toml::from_str(text).map_err(|error| from_toml(text, file, &error))?;
    at.kind(&read.key)?;
    let mut palette = Palette::load(at, std::mem::take(&mut read.category))?;
    let plans = at.kinds(&read.plans)?;
    for row in &read.gate {
        let gate = at.all_of(&row.plans, &plans, "plan")?;
        palette.mark(&row.permissions, |permission| permission.plans.clone_from(&gate))?;
    }
    let mut approvals = BTreeMap::new();
    for row in &read.approval {
        let alone = row.alone.as_ref().map(|name| palette.one(name)).transpose()?;
        let rule = ApprovalRule { approver: palette.one(&row.by)?, alone };
        approvals.extend(palette.expand(&row.permissions)?.iter().map(|number| (number, rule)));
        palette.mark(&row.permissions, |permission| permission.sensitive = true)?;
    }
    let mut givers = BTreeMap::new();
    for row in &read.grant {
        let by = palette.one(&row.by)?;
        givers.extend(palette.expand(&row.permissions)?.iter().map(|number| (number, by)));
    }
    let custom_role_plans = match &read.custom_roles.plans {
        Some(names) => Some(at.all_of(names, &plans, "plan")?.into_iter().collect()),
        None => None,
    };
    let resources = resources(&palette, read.resource)?;
    let manage_at = start(&read.administration.manage);
    let manage = palette.one(&read.administration.manage)?;
    let administration = &read.administration;
    let named = [
        (Duty::Suspend, &administration.suspend),
        (Duty::Remove, &administration.remove),
        (Duty::SingleSignOn, &administration.sso),
        (Duty::Provisioning, &administration.scim),
    ];
    let mut duties = BTreeMap::new();
    for (duty, name) in named {
        if let Some(name) = name {
            duties.insert(duty, palette.one(name)?);
        }
    }
    let catalogue = Catalogue {
        source: file.to_owned(),
        key: read.key.into_inner(),
        title: read.title,
        combining: match read.combining {
            CombiningName::DenyWins => Combining::DenyWins,
            CombiningName::Additive => Combining::Additive,
        },
        plans,
        custom_role_plans,
        roles: roles(&palette, read.role)?,
        scopes: scopes(at, read.scope)?,
        members_only: members_only(&resources),
        resources,
        approvals,
        givers,
        manage,
        audit: palette.one(&read.administration.audit)?,
        duties,
        checks: read.check.into_iter().map(|row| (line_of(text, start(&row.says)), row)).collect(),
        categories: palette.categories,
        permissions: palette.permissions,
        numbers: palette.numbers,
    };
    match catalogue.founding_role() {
        Some(role) if role.permissions.contains(manage) => Ok(catalogue),
        Some(role) => {
            let key = catalogue.permission_key(manage);
            Err(at.error(manage_at, format!("the role `{}` must have `{key}`, or nobody could manage", role.key), None))
        }
        None => Err(at.error(0, "one role needs `holders`, or the last administrator could be lost".to_owned(), None)),
    }
}

/// The file, for errors.
#[derive(Clone, Copy)]
struct Place<'a> {
    text: &'a str,
    file: &'a str,
}

impl Place<'_> {
    fn error(self, at: usize, message: String, nearest: Option<String>) -> CatalogueError {
        CatalogueError { file: self.file.to_owned(), line: line_of(self.text, at), message, nearest }
    }

    fn wrong(self, name: &Name, message: String) -> CatalogueError {
        self.error(start(name), message, None)
    }

    /// `name`, if it can be a key.
    fn kind(self, name: &Name) -> Result<String> {
        match is_kind(name.get_ref()) {
            true => Ok(name.get_ref().clone()),
            false => {
                Err(self.wrong(name, format!("`{name}` cannot be a key: 1 to 64 of `a`-`z`, `0`-`9`, `_` and `-`")))
            }
        }
    }

    fn kinds(self, names: &[Name]) -> Result<Vec<String>> {
        names.iter().map(|name| self.kind(name)).collect()
    }

    /// `names`, each of which must be in `known`.
    fn all_of(self, names: &[Name], known: &[String], what: &str) -> Result<Vec<String>> {
        names.iter().map(|name| self.one_of(name, known.iter().map(String::as_str), what)).collect()
    }

    fn one_of<'k>(self, name: &Name, mut known: impl Iterator<Item = &'k str> + Clone, what: &str) -> Result<String> {
        let candidates = known.clone();
        match known.any(|key| key == name.get_ref()) {
            true => Ok(name.get_ref().clone()),
            false => Err(self.error(
                start(name),
                format!("`{name}` is no {what} of this catalogue"),
                nearest(name.get_ref(), candidates),
            )),
        }
    }
}

/// The permissions, while the rest is read against them.
struct Palette<'a> {
    at: Place<'a>,
    categories: Vec<Category>,
    permissions: Vec<Permission>,
    numbers: HashMap<String, PermissionNumber>,
}

impl<'a> Palette<'a> {
    fn load(at: Place<'a>, table: Table<super::file::CategoryTable>) -> Result<Self> {
        let mut palette = Self { at, categories: Vec::new(), permissions: Vec::new(), numbers: HashMap::new() };
        for (name, category) in in_order(table) {
            let key = at.kind(&name)?;
            for (permission, title) in in_order(category.permissions) {
                palette.declare(&permission, title, &key)?;
            }
            palette.categories.push(Category { key, title: category.title });
        }
        Ok(palette)
    }

    fn declare(&mut self, name: &Name, title: String, category: &str) -> Result<()> {
        let key = name.get_ref();
        if !key.contains('.') || key.len() > 128 || !key.split('.').all(is_kind) {
            return Err(self
                .at
                .wrong(name, format!("`{key}` is no permission: write `feature.action`, in lower case")));
        }
        let number = u16::try_from(self.permissions.len()).ok().filter(|n| usize::from(*n) < MAX_PERMISSIONS);
        let Some(number) = number else {
            return Err(self.at.wrong(name, format!("a catalogue has at most {MAX_PERMISSIONS} permissions")));
        };
        if self.numbers.insert(key.clone(), PermissionNumber(number)).is_some() {
            return Err(self.at.wrong(name, format!("`{key}` is declared twice")));
        }
        let category = category.to_owned();
        self.permissions.push(Permission { key: key.clone(), title, category, sensitive: false, plans: Vec::new() });
        Ok(())
    }

    fn mark(&mut self, patterns: &[Name], change: impl Fn(&mut Permission)) -> Result<()> {
        for number in self.expand(patterns)?.iter() {
            if let Some(permission) = self.permissions.get_mut(number.index()) {
                change(permission);
            }
        }
        Ok(())
    }

    fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        self.permissions.iter().map(|permission| permission.key.as_str())
    }

    /// The number of one permission.
    fn one(&self, name: &Name) -> Result<PermissionNumber> {
        let key = self.at.one_of(name, self.keys(), "permission")?;
        self.numbers.get(&key).copied().ok_or_else(|| self.at.wrong(name, format!("`{key}` is no permission")))
    }

    /// Everything that any of `patterns` means.
    fn expand(&self, patterns: &[Name]) -> Result<PermissionSet> {
        let mut set = PermissionSet::new();
        for pattern in patterns {
            match matching(&self.numbers, pattern.get_ref()) {
                found if !found.is_empty() => set.union_with(&found),
                _ if pattern.get_ref().contains('*') => {
                    return Err(self.at.wrong(pattern, format!("`{pattern}` matches no permission of this catalogue")));
                }
                _ => set.insert(self.one(pattern)?),
            }
        }
        Ok(set)
    }
}

/// What `pattern` means: a key, `*`, `feature.*` or `*.action`. Empty if it means nothing.
pub(super) fn matching(numbers: &HashMap<String, PermissionNumber>, pattern: &str) -> PermissionSet {
    let fits = |key: &str| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(end), _) => end.starts_with('.') && key.ends_with(end),
        (None, Some(begin)) => begin.ends_with('.') && key.starts_with(begin),
        (None, None) => false,
    };
    match numbers.get(pattern) {
        Some(number) => [*number].into_iter().collect(),
        None => numbers.iter().filter(|(key, _)| fits(key)).map(|(_, number)| *number).collect(),
    }
}

/// The roles; each may include those that stand before it, so there can be no circle.
fn roles(palette: &Palette<'_>, table: Table<RoleTable>) -> Result<Vec<Role>> {
    let mut roles: Vec<Role> = Vec::new();
    for (name, row) in in_order(table) {
        let mut permissions = PermissionSet::new();
        let mut everywhere = PermissionSet::new();
        for included in &row.includes {
            palette.at.one_of(
                included,
                roles.iter().map(|role| role.key.as_str()),
                "role that stands before this one",
            )?;
            for role in roles.iter().filter(|role| role.key == *included.get_ref()) {
                permissions.union_with(&role.permissions);
                everywhere.union_with(&role.everywhere);
            }
        }
        permissions.union_with(&palette.expand(&row.may)?);
        let permissions = permissions.minus(&palette.expand(&row.except)?);
        everywhere.union_with(&palette.expand(&row.everywhere)?);
        roles.push(Role {
            key: palette.at.kind(&name)?,
            title: row.title,
            everywhere: everywhere.and(&permissions),
            permissions,
            holders: match row.holders {
                HoldersName::Any => HolderLimit::Any,
                HoldersName::AtLeastOne => HolderLimit::AtLeastOne,
                HoldersName::ExactlyOne => HolderLimit::ExactlyOne,
            },
            service_accounts: row.service_accounts,
        });
    }
    Ok(roles)
}

fn scopes(at: Place<'_>, table: Table<ScopeTable>) -> Result<BTreeMap<String, ScopeType>> {
    let rows = in_order(table);
    let keys: Vec<String> = rows.iter().map(|(name, _)| name.get_ref().clone()).collect();
    let mut scopes = BTreeMap::new();
    for (name, row) in rows {
        let key = at.kind(&name)?;
        if key == "organization" {
            return Err(at.wrong(&name, "`organization` is every catalogue's root and is not declared".to_owned()));
        }
        let parent = row.parent.as_ref().map(|parent| at.one_of(parent, keys.iter().map(String::as_str), "scope type"));
        for id in &row.instances {
            Scope::instance(&key, id.get_ref()).map_err(|error| at.wrong(id, error.to_string()))?;
        }
        let instances = row.instances.into_iter().map(Name::into_inner).collect();
        scopes.insert(key.clone(), ScopeType { key, title: row.title, parent: parent.transpose()?, instances });
    }
    Ok(scopes)
}

fn resources(palette: &Palette<'_>, table: Table<ResourceTable>) -> Result<BTreeMap<String, ResourceType>> {
    let mut resources = BTreeMap::new();
    for (name, row) in in_order(table) {
        let key = palette.at.kind(&name)?;
        let mut so_far = PermissionSet::new();
        let mut levels = Vec::new();
        for level in &row.levels {
            so_far.union_with(&palette.expand(&level.may)?);
            levels.push((palette.at.kind(&level.level)?, so_far.clone()));
        }
        let by_role = palette.expand(&row.by_role)?;
        if row.members_only && levels.is_empty() {
            return Err(palette.at.wrong(&name, format!("`{key}` is for members only, so it needs `levels`")));
        }
        if !by_role.and(&so_far).is_empty() {
            return Err(palette.at.wrong(&name, format!("what a level of `{key}` may do cannot also go `by_role`")));
        }
        let members_only = row.members_only;
        resources.insert(key.clone(), ResourceType { key, title: row.title, levels, members_only, by_role });
    }
    Ok(resources)
}

/// What any level of any members-only type may do.
fn members_only(resources: &BTreeMap<String, ResourceType>) -> PermissionSet {
    let mut all = PermissionSet::new();
    for (_, set) in resources.values().filter(|kind| kind.members_only).flat_map(|kind| &kind.levels) {
        all.union_with(set);
    }
    all
}
