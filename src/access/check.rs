//! A catalogue's own tests: each `[[check]]` row says who somebody is and what they may and may not do.
//!
//! The rows are written by whoever writes the catalogue, in its words, and run by `portcullis catalogue check` and at
//! every start, so that a change to a role that breaks a promise does not go live.

use std::fmt;
use std::sync::Arc;

use toml::Spanned;

use super::catalogue::CheckRow;
use super::{
    Assignment, Catalogue, CompiledAccess, CustomRole, Decision, Effect, Grant, HolderKind, Override, PermissionSet,
    Policy, Question, ResourceRef, Scope, Share, Source, SubjectFacts, compile, decide, may_grant,
};
use crate::model::{Chance, Timestamp, UserId};

/// A row that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure {
    /// The file, as the caller of `parse` called it.
    pub file: String,
    /// The line of the row's sentence, from 1.
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
        let failure = |line: &usize, row: &CheckRow, problem| CheckFailure {
            file: self.source().to_owned(),
            line: *line,
            says: row.says.get_ref().clone(),
            problem,
        };
        let run = |(line, row): &(usize, CheckRow)| {
            let problems = Row::read(&shared, row).map_or_else(|problem| vec![problem], |row| row.problems());
            problems.into_iter().map(|problem| failure(line, row, problem)).collect::<Vec<_>>()
        };
        self.check_rows().iter().flat_map(run).collect()
    }
}

type Name = Spanned<String>;

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
    fn read(catalogue: &Arc<Catalogue>, row: &'a CheckRow) -> Result<Self, String> {
        if [&row.allow, &row.deny, &row.may_give, &row.may_not_give].iter().all(|asked| asked.is_empty()) {
            return Err("the row asks nothing: write `allow`, `deny`, `may_give` or `may_not_give`".to_owned());
        }
        let mut policy = Policy::new(Arc::clone(catalogue));
        if let Some(plan) = row.plan.as_ref().map(Spanned::get_ref) {
            if !catalogue.plans().contains(plan) {
                return Err(format!("`{plan}` is no plan of this catalogue"));
            }
            policy.plan = Some(plan.clone());
        }
        for (key, patterns) in &row.custom {
            let permissions = catalogue.keys(&expand(catalogue, patterns)?);
            let role = CustomRole { key: key.clone(), title: key.clone(), permissions };
            role.check(catalogue).map_err(|error| error.to_string())?;
            policy.custom_roles.push(role);
        }
        let facts = SubjectFacts {
            user: UserId::new(NOW, &Nothing),
            user_name: "somebody".to_owned(),
            holder: HolderKind::Person,
            active: row.active,
            assignments: collect(&row.roles, |text| assignment(&policy, text))?,
            overrides: collect(&row.overrides, |text| override_(&policy, text))?,
            shares: collect(&row.shares, |text| share(catalogue, text))?,
        };
        let scope = row.scope.as_ref().map(|text| scope(catalogue, text.get_ref())).transpose()?;
        let resource = row.resource.as_ref().map(|text| resource(text.get_ref())).transpose()?;
        Ok(Self { row, access: compile(&policy, &facts), policy, scope, resource })
    }

    /// What is otherwise than the row says.
    fn problems(&self) -> Vec<String> {
        self.answers().and_then(|answers| Ok([answers, self.gifts()?].concat())).unwrap_or_else(|problem| vec![problem])
    }

    /// `allow`, `deny`, `because`.
    fn answers(&self) -> Result<Vec<String>, String> {
        let catalogue = &self.policy.catalogue;
        let left_out = expand(catalogue, &self.row.except)?;
        let mut problems = Vec::new();
        for (patterns, expected) in [(&self.row.allow, true), (&self.row.deny, false)] {
            for key in catalogue.keys(&expand(catalogue, patterns)?.minus(&left_out)) {
                let Decision { allowed, reason } = self.ask(&key);
                let because = self.row.because.as_ref().map(|name| name.get_ref().as_str()).filter(|_| !allowed);
                if allowed != expected {
                    problems.push(format!(
                        "`{key}` is {} ({})",
                        if allowed { "allowed" } else { "denied" },
                        reason.as_str()
                    ));
                } else if because.is_some_and(|because| because != reason.as_str()) {
                    problems.push(format!("`{key}` is denied because of `{}`", reason.as_str()));
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
    fn gifts(&self) -> Result<Vec<String>, String> {
        let catalogue = &self.policy.catalogue;
        let scope = self.scope.clone().unwrap_or(Scope::Organization);
        let mut problems = Vec::new();
        for (patterns, expected) in [(&self.row.may_give, true), (&self.row.may_not_give, false)] {
            for permission in catalogue.keys(&expand(catalogue, patterns)?) {
                let grant = Grant::Permission { permission: &permission, scope: &scope };
                match (may_grant(&self.policy, &self.access, &grant, NOW, None), expected) {
                    (Ok(()), true) | (Err(_), false) => {}
                    (Ok(()), false) => problems.push(format!("`{permission}` may be given")),
                    (Err(refusal), true) => problems.push(refusal.to_string()),
                }
            }
        }
        Ok(problems)
    }
}

fn collect<T>(names: &[Name], read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    names.iter().map(|name| read(name.get_ref())).collect()
}

fn expand(catalogue: &Catalogue, patterns: &[Name]) -> Result<PermissionSet, String> {
    let mut set = PermissionSet::new();
    for pattern in patterns {
        let found = catalogue.matching(pattern.get_ref());
        if found.is_empty() {
            return Err(format!("`{pattern}` means no permission of this catalogue"));
        }
        set.union_with(&found);
    }
    Ok(set)
}

/// `manager` or `manager in tenant:acme`.
fn assignment(policy: &Policy, text: &str) -> Result<Assignment, String> {
    let (role, scope) = placed(&policy.catalogue, text)?;
    if policy.catalogue.role(role).is_none() && !policy.custom_roles.iter().any(|custom| custom.key == role) {
        return Err(format!("`{role}` is no role of this catalogue"));
    }
    Ok(Assignment { role: role.to_owned(), scope, until: None, source: Source::Default })
}

/// `allow email.send` or `deny email.send in tenant:acme`.
fn override_(policy: &Policy, text: &str) -> Result<Override, String> {
    let (given, scope) = placed(&policy.catalogue, text)?;
    let (effect, permission) = match given.split_once(' ') {
        Some(("allow", permission)) => (Effect::Allow, permission),
        Some(("deny", permission)) => (Effect::Deny, permission),
        Some(_) | None => {
            return Err(format!("`{text}` is no override: write `allow <permission>` or `deny <permission>`"));
        }
    };
    if policy.catalogue.permission(permission).is_none() {
        return Err(format!("`{permission}` is no permission of this catalogue"));
    }
    let permission = permission.to_owned();
    Ok(Override { permission, effect, scope, until: None, reason: String::new(), author: String::new() })
}

/// `view on file:plan`.
fn share(catalogue: &Catalogue, text: &str) -> Result<Share, String> {
    let (level, on) =
        text.split_once(" on ").ok_or_else(|| format!("`{text}` is no share: write `<level> on <type>:<id>`"))?;
    let resource = resource(on)?;
    let level_exists = catalogue.resource_type(&resource.kind).and_then(|kind| kind.level(level)).is_some();
    match level_exists {
        true => Ok(Share { resource, level: level.to_owned(), until: None }),
        false => Err(format!("`{}` has no level `{level}`", resource.kind)),
    }
}

fn resource(text: &str) -> Result<ResourceRef, String> {
    let (kind, id) = text.split_once(':').ok_or_else(|| format!("`{text}` is no resource: write `<type>:<id>`"))?;
    Ok(ResourceRef { kind: kind.to_owned(), id: id.to_owned() })
}

/// What stands before ` in `, and the scope after it.
fn placed<'t>(catalogue: &Catalogue, text: &'t str) -> Result<(&'t str, Scope), String> {
    match text.split_once(" in ") {
        Some((what, place)) => Ok((what, scope(catalogue, place)?)),
        None => Ok((text, Scope::Organization)),
    }
}

fn scope(catalogue: &Catalogue, text: &str) -> Result<Scope, String> {
    let scope = Scope::parse(text).map_err(|error| error.to_string())?;
    match catalogue.knows_scope(&scope) {
        true => Ok(scope),
        false => Err(format!("`{scope}` is no scope of this catalogue")),
    }
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
