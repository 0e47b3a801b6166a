//! A catalogue's own tests: each `[[check]]` row says who somebody is and what they may and may not do.
//!
//! The rows are written by whoever writes the catalogue, in its words, and run by `portcullis catalogue check` and at
//! every start, so that a change to a role that breaks a promise does not go live.

use std::fmt;
use std::sync::Arc;

use toml::Spanned;

use super::catalogue::{CheckRow, hint, nearest, start};
use super::{
    Assignment, Catalogue, CompiledAccess, CustomRole, Decision, Effect, Grant, HolderKind, Override, PermissionSet,
    Policy, Question, Reach, ResourceRef, Scope, Share, Source, SubjectFacts, compile, decide, may_grant,
};
use crate::model::{Chance, Timestamp, UserId};

/// A row that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure {
    /// The file, as the caller of `parse` called it.
    pub file: String,
    /// The line, from 1, of what is wrong: a word that means nothing, a pattern that is answered otherwise.
    pub line: usize,
    /// The sentence that the row was to prove.
    pub says: String,
    /// What is otherwise.
    pub problem: String,
}

impl fmt::Display for CheckFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: \"{}\" does not hold: {}", self.file, self.line, self.says, self.problem)
    }
}

impl Catalogue {
    /// Runs the `[[check]]` rows. Empty: all hold.
    pub fn check(&self) -> Vec<CheckFailure> {
        let shared = Arc::new(self.clone());
        let failure = |row: &CheckRow, problem: Problem| CheckFailure {
            file: self.source().to_owned(),
            line: self.line_of(problem.at),
            says: row.says.get_ref().clone(),
            problem: problem.message,
        };
        let run = |row: &CheckRow| {
            let problems = Row::read(&shared, row).map_or_else(|problem| vec![problem], |row| row.problems());
            problems.into_iter().map(|problem| failure(row, problem)).collect::<Vec<_>>()
        };
        self.check_rows().iter().flat_map(run).collect()
    }
}

type Name = Spanned<String>;
type Result<T> = std::result::Result<T, Problem>;

/// What is wrong with a row, and where in the file.
#[derive(Debug, Clone)]
struct Problem {
    at: usize,
    message: String,
}

impl Problem {
    fn at(name: &Name, message: impl Into<String>) -> Self {
        Self { at: start(name), message: message.into() }
    }

    /// `message`, and which of the `known` words was probably meant by `wrong`.
    fn unknown<'k>(name: &Name, message: String, wrong: &str, known: impl Iterator<Item = &'k str>) -> Self {
        Self::at(name, format!("{message}{}", hint(&nearest(wrong, known))))
    }
}

/// One row, understood.
struct Row<'a> {
    row: &'a CheckRow,
    policy: Policy,
    access: CompiledAccess,
    scope: Option<Scope>,
    resource: Option<ResourceRef>,
}

/// Checks know no time: nothing in them expires.
const NOW: Timestamp = Timestamp::from_micros(0);

impl<'a> Row<'a> {
    /// Understands `row`, or says which of its words means nothing.
    fn read(catalogue: &Arc<Catalogue>, row: &'a CheckRow) -> Result<Self> {
        if [&row.allow, &row.deny, &row.may_give, &row.may_not_give].iter().all(|asked| asked.is_empty()) {
            let message = "the row asks nothing: write `allow`, `deny`, `may_give` or `may_not_give`";
            return Err(Problem::at(&row.says, message));
        }
        let mut policy = Policy::new(Arc::clone(catalogue));
        if let Some(name) = &row.plan {
            let plan = name.get_ref();
            if !catalogue.plans().contains(plan) {
                let known = catalogue.plans().iter().map(String::as_str);
                return Err(Problem::unknown(name, format!("`{plan}` is no plan of this catalogue"), plan, known));
            }
            policy.plan = Some(plan.clone());
        }
        for (name, patterns) in &row.custom {
            let role = custom_role(catalogue, name, patterns)?;
            policy.custom_roles.push(role);
        }
        let facts = SubjectFacts {
            user: UserId::new(NOW, &Nothing),
            user_name: "somebody".to_owned(),
            holder: HolderKind::Person,
            active: row.active,
            assignments: collect(&row.roles, |name| assignment(&policy, name))?,
            overrides: collect(&row.overrides, |name| override_(&policy, name))?,
            shares: collect(&row.shares, |name| share(catalogue, name))?,
        };
        let scope = row.scope.as_ref().map(|name| scope(catalogue, name, name.get_ref())).transpose()?;
        let resource = row.resource.as_ref().map(|name| resource(name, name.get_ref())).transpose()?;
        Ok(Self { row, access: compile(&policy, &facts), policy, scope, resource })
    }

    /// What is otherwise than the row says.
    fn problems(&self) -> Vec<Problem> {
        self.answers().and_then(|answers| Ok([answers, self.gifts()?].concat())).unwrap_or_else(|problem| vec![problem])
    }

    /// `allow`, `deny`, `because`.
    fn answers(&self) -> Result<Vec<Problem>> {
        let catalogue = &self.policy.catalogue;
        let left_out = collect(&self.row.except, |name| expand(catalogue, name))?;
        let mut problems = Vec::new();
        for (patterns, expected) in [(&self.row.allow, true), (&self.row.deny, false)] {
            for pattern in patterns {
                let mut set = expand(catalogue, pattern)?;
                left_out.iter().for_each(|out| set = set.minus(out));
                for key in catalogue.keys(&set) {
                    let Decision { allowed, reason } = self.ask(&key);
                    let because = self.row.because.as_ref().filter(|_| !allowed);
                    if allowed != expected {
                        let answer = if allowed { "allowed" } else { "denied" };
                        problems.push(Problem::at(pattern, format!("`{key}` is {answer} ({})", reason.as_str())));
                    } else if let Some(name) = because.filter(|name| name.get_ref() != reason.as_str()) {
                        problems.push(Problem::at(name, format!("`{key}` is denied because of `{}`", reason.as_str())));
                    }
                }
            }
        }
        Ok(problems)
    }

    fn ask(&self, action: &str) -> Decision {
        let (resource_kind, resource_id) =
            self.resource.as_ref().map_or(("", ""), |resource| (resource.kind.as_str(), resource.id.as_str()));
        let question = Question { action, resource_kind, resource_id, scope: self.scope.clone() };
        match self.policy.resolve(&question) {
            Ok(resolved) => decide(&self.access, &resolved, NOW),
            Err(unknown) => (&unknown).into(),
        }
    }

    /// `may_give`, `may_not_give`.
    fn gifts(&self) -> Result<Vec<Problem>> {
        let catalogue = &self.policy.catalogue;
        let scope = self.scope.clone().unwrap_or(Scope::Organization);
        let mut problems = Vec::new();
        for (patterns, expected) in [(&self.row.may_give, true), (&self.row.may_not_give, false)] {
            for pattern in patterns {
                for permission in catalogue.keys(&expand(catalogue, pattern)?) {
                    let grant = Grant::Permission { permission: &permission, scope: &scope };
                    match (may_grant(&self.policy, &self.access, &grant, NOW, None), expected) {
                        (Ok(()), true) | (Err(_), false) => {}
                        (Ok(()), false) => problems.push(Problem::at(pattern, format!("`{permission}` may be given"))),
                        (Err(refusal), true) => problems.push(Problem::at(pattern, refusal.to_string())),
                    }
                }
            }
        }
        Ok(problems)
    }
}

fn collect<T>(names: &[Name], read: impl Fn(&Name) -> Result<T>) -> Result<Vec<T>> {
    names.iter().map(read).collect()
}

fn expand(catalogue: &Catalogue, pattern: &Name) -> Result<PermissionSet> {
    let found = catalogue.matching(pattern.get_ref());
    if found.is_empty() {
        let near = hint(&catalogue.nearest_pattern(pattern.get_ref()));
        return Err(Problem::at(pattern, format!("`{pattern}` means no permission of this catalogue{near}")));
    }
    Ok(found)
}

fn custom_role(catalogue: &Catalogue, name: &Name, patterns: &[Name]) -> Result<CustomRole> {
    let mut set = PermissionSet::new();
    for pattern in patterns {
        set.union_with(&expand(catalogue, pattern)?);
    }
    let (key, permissions) = (name.get_ref().clone(), catalogue.keys(&set));
    let role = CustomRole { title: key.clone(), key, permissions, everywhere: Vec::new(), version: 1, origin: None };
    role.check(catalogue).map_err(|error| Problem::at(name, error.to_string()))?;
    Ok(role)
}

/// `manager` or `manager in tenant:acme`.
fn assignment(policy: &Policy, name: &Name) -> Result<Assignment> {
    let (role, place) = placed(name.get_ref());
    let catalogue = &policy.catalogue;
    let custom = policy.custom_roles.iter().map(|custom| custom.key.as_str());
    let mut known = catalogue.roles().iter().map(|role| role.key.as_str()).chain(custom);
    if !known.clone().any(|key| key == role) {
        return Err(Problem::unknown(name, format!("`{role}` is no role of this catalogue"), role, known.by_ref()));
    }
    let scope = place.map_or(Ok(Scope::Organization), |place| scope(catalogue, name, place))?;
    if !policy.knows_scope(&scope) {
        let instances = catalogue.scope_type(scope.kind()).map(|kind| kind.instances.as_slice()).unwrap_or_default();
        let texts: Vec<String> = instances.iter().map(|id| format!("{}:{id}", scope.kind())).collect();
        let (message, wrong) = (format!("there is no `{scope}` from the start"), scope.to_string());
        return Err(Problem::unknown(name, message, &wrong, texts.iter().map(String::as_str)));
    }
    Ok(Assignment { role: role.to_owned(), scope, until: None, source: Source::Default })
}

/// `allow email.send` or `deny email.send in tenant:acme`.
fn override_(policy: &Policy, name: &Name) -> Result<Override> {
    let (given, place) = placed(name.get_ref());
    let (effect, permission) = match given.split_once(' ') {
        Some(("allow", permission)) => (Effect::Allow, permission),
        Some(("deny", permission)) => (Effect::Deny, permission),
        Some(_) | None => {
            let message = format!("`{name}` is no override: write `allow <permission>` or `deny <permission>`");
            return Err(Problem::at(name, message));
        }
    };
    let catalogue = &policy.catalogue;
    if catalogue.permission(permission).is_none() {
        let near = hint(&catalogue.nearest_permission(permission));
        return Err(Problem::at(name, format!("`{permission}` is no permission of this catalogue{near}")));
    }
    let scope = match place {
        Some(place) => Reach::Scope(scope(catalogue, name, place)?),
        None => catalogue.reach_without_scope(effect),
    };
    let permission = permission.to_owned();
    Ok(Override { permission, effect, scope, until: None, reason: String::new(), author: String::new() })
}

/// `view on file:plan`.
fn share(catalogue: &Catalogue, name: &Name) -> Result<Share> {
    let shape = || Problem::at(name, format!("`{name}` is no share: write `<level> on <type>:<id>`"));
    let (level, on) = name.get_ref().split_once(" on ").ok_or_else(shape)?;
    let resource = resource(name, on)?;
    let Some(kind) = catalogue.resource_type(&resource.kind) else {
        let known = catalogue.resource_types().map(|kind| kind.key.as_str());
        let message = format!("`{}` is no type of resource of this catalogue", resource.kind);
        return Err(Problem::unknown(name, message, &resource.kind, known));
    };
    if kind.level(level).is_none() {
        let known = kind.levels.iter().map(|(level, _)| level.as_str());
        return Err(Problem::unknown(name, format!("`{}` has no level `{level}`", kind.key), level, known));
    }
    Ok(Share { level: level.to_owned(), resource, until: None })
}

fn resource(name: &Name, text: &str) -> Result<ResourceRef> {
    let shape = || Problem::at(name, format!("`{text}` is no resource: write `<type>:<id>`"));
    let (kind, id) = text.split_once(':').ok_or_else(shape)?;
    Ok(ResourceRef { kind: kind.to_owned(), id: id.to_owned() })
}

/// What stands before ` in `, and what after it.
fn placed(text: &str) -> (&str, Option<&str>) {
    text.split_once(" in ").map_or((text, None), |(what, place)| (what, Some(place)))
}

/// A scope of a type that the catalogue has.
fn scope(catalogue: &Catalogue, name: &Name, text: &str) -> Result<Scope> {
    let scope = Scope::parse(text).map_err(|error| Problem::at(name, error.to_string()))?;
    if catalogue.knows_scope(&scope) {
        return Ok(scope);
    }
    let known = catalogue.scope_types().map(|kind| kind.key.as_str());
    Err(Problem::unknown(name, format!("`{scope}` is no scope of this catalogue"), scope.kind(), known))
}

/// No chance at all: the person of a check needs an id that nobody sees.
struct Nothing;

impl Chance for Nothing {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[cfg(test)]
mod tests;
