//! From the TOML's shape to a [`Catalogue`]: names become numbers, patterns become sets, and what refers to nothing is
//! refused with its line.

use std::collections::{BTreeMap, HashMap};

use super::error::{from_toml, line_of, nearest};
use super::file::{
    CatalogueFile, CombiningName, HoldersName, IncludeRow, Name, ResourceTable, RoleTable, ScopeTable, Table,
    WithoutScopeName, in_order, start,
};
use super::{Catalogue, CatalogueError, Category, Combining, Duty, MadeBy, ResourceType, ScopeType, WithoutScope};
use crate::access::scope::is_kind;
use crate::access::{ApprovalRule, HolderLimit, Permission, PermissionNumber, PermissionSet, Role, Scope};
use crate::model::Digest;

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
    palette.includes = includes(&palette, &read.include)?;
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
    let (roles, reserved) = roles(&palette, read.role)?;
    let resources = resources(&palette, read.resource, &reserved)?;
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
        lines: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect(),
        version: Digest::of(text.as_bytes()).hex().chars().take(12).collect(),
        key: read.key.into_inner(),
        title: read.title,
        combining: match read.combining {
            CombiningName::DenyWins => Combining::DenyWins,
            CombiningName::Additive => Combining::Additive,
        },
        without_scope: match read.overrides.without_scope {
            WithoutScopeName::Organization => WithoutScope::Organization,
            WithoutScopeName::Assigned => WithoutScope::Assigned,
        },
        plans,
        custom_role_plans,
        roles,
        reserved,
        scopes: scopes(&palette, read.scope)?,
        members_only: members_only(&resources),
        resources,
        approvals,
        givers,
        manage,
        audit: palette.one(&read.administration.audit)?,
        duties,
        checks: read.check,
        includes: palette.includes,
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
    includes: BTreeMap<PermissionNumber, PermissionSet>,
}

impl<'a> Palette<'a> {
    fn load(at: Place<'a>, table: Table<super::file::CategoryTable>) -> Result<Self> {
        let mut palette = Self {
            at,
            categories: Vec::new(),
            permissions: Vec::new(),
            numbers: HashMap::new(),
            includes: BTreeMap::new(),
        };
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
                    let message = format!("`{pattern}` matches no permission of this catalogue");
                    let nearest = nearest_pattern(self.keys(), pattern.get_ref());
                    return Err(self.at.error(start(pattern), message, nearest));
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

/// The pattern over these keys that is most like `pattern`.
pub(super) fn nearest_pattern<'k>(keys: impl Iterator<Item = &'k str>, pattern: &str) -> Option<String> {
    let features = |key: &str| key.rsplit_once('.').map(|(feature, _)| format!("{feature}.*"));
    let actions = |key: &str| key.rsplit_once('.').map(|(_, action)| format!("*.{action}"));
    let known: Vec<String> = match pattern.starts_with('*') {
        true => keys.filter_map(actions).collect(),
        false => keys.filter_map(features).collect(),
    };
    nearest(pattern, known.iter().map(String::as_str))
}

/// What each including permission includes: itself, what it names, and what that includes in turn.
fn includes(palette: &Palette<'_>, rows: &[IncludeRow]) -> Result<BTreeMap<PermissionNumber, PermissionSet>> {
    let mut includes: BTreeMap<PermissionNumber, PermissionSet> = BTreeMap::new();
    for row in rows {
        let number = palette.one(&row.permission)?;
        let set = includes.entry(number).or_default();
        set.insert(number);
        set.union_with(&palette.expand(&row.includes)?);
    }
    // As often as there are rows: no chain of them is longer.
    for _ in rows {
        includes = includes.iter().map(|(number, set)| (*number, whole(&includes, set))).collect();
    }
    Ok(includes)
}

/// `set`, with what its members include.
pub(super) fn whole(includes: &BTreeMap<PermissionNumber, PermissionSet>, set: &PermissionSet) -> PermissionSet {
    let mut all = set.clone();
    for (_, included) in includes.iter().filter(|(number, _)| set.contains(**number)) {
        all.union_with(included);
    }
    all
}

/// The roles; each may include those that stand before it, so there can be no circle.
fn roles(palette: &Palette<'_>, table: Table<RoleTable>) -> Result<(Vec<Role>, BTreeMap<PermissionNumber, String>)> {
    let mut roles: Vec<Role> = Vec::new();
    let mut reserved: BTreeMap<PermissionNumber, (String, usize)> = BTreeMap::new();
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
        let permissions = whole(&palette.includes, &permissions);
        let permissions = permissions.minus(&palette.expand(&row.except)?);
        everywhere.union_with(&palette.expand(&row.everywhere)?);
        let everywhere = whole(&palette.includes, &everywhere);
        let key = palette.at.kind(&name)?;
        for pattern in &row.reserved {
            for number in palette.expand(std::slice::from_ref(pattern))?.iter() {
                reserved.insert(number, (key.clone(), start(pattern)));
            }
        }
        roles.push(Role {
            key,
            title: row.title,
            everywhere: everywhere.and(&permissions),
            permissions,
            holders: match row.holders {
                HoldersName::Any => HolderLimit::Any,
                HoldersName::AtLeastOne => HolderLimit::AtLeastOne,
                HoldersName::ExactlyOne => HolderLimit::ExactlyOne,
            },
            service_accounts: row.service_accounts,
            never: palette.expand(&row.never)?,
        });
    }
    for (number, (key, at)) in &reserved {
        let holds = |role: &&Role| role.permissions.contains(*number);
        let permission = palette.permissions.get(number.index()).map_or("", |permission| &permission.key);
        if let Some(other) = roles.iter().filter(holds).find(|role| role.key != *key) {
            let message = format!("`{permission}` is reserved to `{key}`, but `{}` has it too", other.key);
            return Err(palette.at.error(*at, message, None));
        }
        if roles.iter().filter(holds).count() == 0 {
            let message = format!("`{permission}` is reserved to `{key}`, which does not have it");
            return Err(palette.at.error(*at, message, None));
        }
    }
    Ok((roles, reserved.into_iter().map(|(number, (key, _))| (number, key)).collect()))
}

fn scopes(palette: &Palette<'_>, table: Table<ScopeTable>) -> Result<BTreeMap<String, ScopeType>> {
    let at = palette.at;
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
        let made_by = row.made_by.as_ref().map_or(Ok(MadeBy::Use), |ways| made_by(at, ways))?;
        let (title, parent, except) = (row.title, parent.transpose()?, palette.expand(&row.except)?);
        scopes.insert(key.clone(), ScopeType { key, title, parent, instances, made_by, except });
    }
    Ok(scopes)
}

/// The last of `ways`, which are in their order and leave none out.
fn made_by(at: Place<'_>, ways: &[Name]) -> Result<MadeBy> {
    let order = [("api", MadeBy::Api), ("rule", MadeBy::Rule), ("use", MadeBy::Use)];
    let mut made_by = MadeBy::Nothing;
    for (name, (word, way)) in ways.iter().zip(order.iter().cycle()) {
        at.one_of(name, order.iter().map(|(word, _)| *word), "way to make a scope")?;
        if name.get_ref() != word || *way < made_by {
            let message =
                "a scope is made by `[]`, `[\"api\"]`, `[\"api\", \"rule\"]` or `[\"api\", \"rule\", \"use\"]`";
            return Err(at.wrong(name, message.to_owned()));
        }
        made_by = *way;
    }
    Ok(made_by)
}

fn resources(
    palette: &Palette<'_>,
    table: Table<ResourceTable>,
    reserved: &BTreeMap<PermissionNumber, String>,
) -> Result<BTreeMap<String, ResourceType>> {
    let mut resources = BTreeMap::new();
    for (name, row) in in_order(table) {
        let key = palette.at.kind(&name)?;
        let mut so_far = PermissionSet::new();
        let mut levels = Vec::new();
        for level in &row.levels {
            so_far.union_with(&whole(&palette.includes, &palette.expand(&level.may)?));
            if let Some((_, role)) = reserved.iter().find(|(number, _)| so_far.contains(**number)) {
                let message = format!("a share cannot give what is reserved to `{role}`");
                return Err(palette.at.wrong(&level.level, message));
            }
            levels.push((palette.at.kind(&level.level)?, so_far.clone()));
        }
        let by_role = palette.expand(&row.by_role)?;
        if row.members_only && levels.is_empty() {
            return Err(palette.at.wrong(&name, format!("`{key}` is for members only, so it needs `levels`")));
        }
        if !by_role.and(&so_far).is_empty() {
            return Err(palette.at.wrong(&name, format!("what a level of `{key}` may do cannot also go `by_role`")));
        }
        let by_share = palette.expand(&row.by_share)?;
        if !by_share.is_subset_of(&so_far) {
            let message = format!("what goes `by_share` on `{key}` must be in one of its `levels`");
            return Err(palette.at.wrong(&name, message));
        }
        let members_only = row.members_only;
        resources.insert(key.clone(), ResourceType { key, title: row.title, levels, members_only, by_role, by_share });
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
