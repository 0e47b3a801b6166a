//! Mapping rules: a directory's group becomes a role in a scope.
//!
//! A rule knows its groups by id, by name or by an anchored pattern whose named captures fill the scope:
//! `app-(?<team>.+)-leads` → `supervisor` in `team:{team}`. A rule that matches a group but cannot make a scope of it
//! (`app-<script>-leads`) is an error to show to the admin, never a silent nothing and never a wider scope.
//!
//! Not here: who is in a group (`store`), and keeping derived assignments up to date (`domain`).

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::catalogue::hint;
use super::scope::shortened;
use super::{Catalogue, CustomRole, HolderLimit, Scope, ScopeError};
use crate::model::{FoldedKey, GroupId, RuleId, fold};

/// Longest pattern, name or id of a rule, in characters.
const MAX_TEXT: usize = 256;
/// Bound on the compiled size of a pattern, in bytes.
const MAX_COMPILED: usize = 1 << 18;

/// Why a rule cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("`{0}` is no way to match a group: write `name`, `id` or `pattern`")]
    MatchKind(String),
    #[error("what a rule matches is 1 to {MAX_TEXT} characters long")]
    Length,
    #[error("`{pattern}` is no pattern: {problem}")]
    Pattern { pattern: String, problem: String },
    #[error(
        "`{0}` is no scope for a rule: write `organization` or `<type>:<id>`, where `{{name}}` stands for a capture"
    )]
    Template(String),
    #[error("`{{{0}}}` is no capture of the pattern{hint}", hint = hint(.1))]
    Capture(String, Option<String>),
    #[error("`{0}` is no role{hint}", hint = hint(.1))]
    Role(String, Option<String>),
    #[error("`{0}` is no scope type of this catalogue{hint}", hint = hint(.1))]
    ScopeType(String, Option<String>),
    #[error("`{0}` has exactly one holder and is never given by a mapping rule: it moves by transfer")]
    ExactlyOne(String),
}

/// Why a rule that matches a group gives nothing for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("the group `{group}` matches, but makes no scope")]
    Scope {
        group: String,
        #[source]
        cause: ScopeError,
    },
    #[error("the group `{group}` matches, but leaves the capture `{capture}` empty")]
    Capture { group: String, capture: String },
}

/// How rules that match the same person combine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingMode {
    /// Everything that any rule gives.
    #[default]
    Union,
    /// What the rules of the highest priority among the matching ones give.
    HighestPriority,
}

/// Which groups a rule is about.
#[derive(Debug, Clone)]
pub enum GroupMatch {
    /// The display name, without regard to case.
    Name { text: String, folded: FoldedKey },
    /// The SCIM `id` or the `externalId`.
    Id(String),
    /// A pattern of the whole display name, without regard to case.
    Pattern { text: String, regex: Regex },
}

impl PartialEq for GroupMatch {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for GroupMatch {}

impl GroupMatch {
    /// From its parts: `name`, `id` or `pattern`, and the text of it.
    pub fn new(kind: &str, text: &str) -> Result<Self, RuleError> {
        if text.is_empty() || text.chars().count() > MAX_TEXT {
            return Err(RuleError::Length);
        }
        match kind {
            "name" => Ok(Self::Name { text: text.to_owned(), folded: fold(text) }),
            "id" => Ok(Self::Id(text.to_owned())),
            "pattern" => Ok(Self::Pattern { text: text.to_owned(), regex: anchored(text)? }),
            other => Err(RuleError::MatchKind(shortened(other))),
        }
    }

    /// Its parts, as they are stored.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Name { text, .. } => ("name", text),
            Self::Id(text) => ("id", text),
            Self::Pattern { text, .. } => ("pattern", text),
        }
    }
}

fn anchored(pattern: &str) -> Result<Regex, RuleError> {
    let error = |problem: String| RuleError::Pattern { pattern: shortened(pattern), problem };
    // Alone first: `a)|(b` must not become valid by the brackets that anchor it.
    let build = |text: &str| {
        RegexBuilder::new(text).case_insensitive(true).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED).build()
    };
    let last_line = |e: regex::Error| e.to_string().lines().last().unwrap_or_default().trim().to_owned();
    build(pattern).map_err(|e| error(last_line(e)))?;
    build(&format!("^(?:{pattern})$")).map_err(|e| error(last_line(e)))
}

/// A scope with captures to be filled: `organization`, `team:emea-1`, `team:{team}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeTemplate {
    text: String,
    /// `None`: the organization.
    instance: Option<(String, Vec<Part>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Capture(String),
}

impl ScopeTemplate {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let error = || RuleError::Template(shortened(text));
        if text == "organization" {
            return Ok(Self { text: text.to_owned(), instance: None });
        }
        let (kind, id) = text.split_once(':').ok_or_else(error)?;
        let parts =
            parts(id).filter(|parts| !parts.is_empty() && text.chars().count() <= MAX_TEXT).ok_or_else(error)?;
        // What stands between the captures must itself fit into a scope.
        let sample: String = parts.iter().map(|part| if let Part::Text(text) = part { text } else { "x" }).collect();
        Scope::instance(kind, &sample).map_err(|_| error())?;
        Ok(Self { text: text.to_owned(), instance: Some((kind.to_owned(), parts)) })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The type of the scopes it makes.
    pub fn kind(&self) -> &str {
        self.instance.as_ref().map_or("organization", |(kind, _)| kind)
    }

    /// The captures it needs.
    pub fn captures(&self) -> impl Iterator<Item = &str> {
        self.instance.iter().flat_map(|(_, parts)| parts).filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Capture(name) => Some(name.as_str()),
        })
    }

    fn fill<'t>(&self, group: &str, capture: impl Fn(&str) -> Option<&'t str>) -> Result<Scope, MappingError> {
        let Some((kind, parts)) = &self.instance else { return Ok(Scope::Organization) };
        let mut id = String::new();
        for part in parts {
            match part {
                Part::Text(text) => id.push_str(text),
                Part::Capture(name) => match capture(name).filter(|text| !text.is_empty()) {
                    Some(text) => id.push_str(text),
                    None => return Err(MappingError::Capture { group: shortened(group), capture: name.clone() }),
                },
            }
        }
        Scope::instance(kind, &id).map_err(|cause| MappingError::Scope { group: shortened(group), cause })
    }
}

/// `a{b}c` as its parts; `None` if the braces do not pair.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(Part::Capture(name.to_owned()));
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Some(parts)
}

/// What a rule looks at in a group.
#[derive(Debug, Clone, Copy)]
pub struct GroupFacts<'a> {
    pub id: GroupId,
    pub external_id: Option<&'a str>,
    pub display_name: &'a str,
}

/// One mapping rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: RuleId,
    pub version: i64,
    pub group: GroupMatch,
    /// The key of a built-in or custom role.
    pub role: String,
    pub scope: ScopeTemplate,
    /// Higher goes first, where the organization maps by priority.
    pub priority: i32,
}

impl Rule {
    /// Whether the rule can stand: against the catalogue and the organization's custom roles.
    pub fn check(&self, catalogue: &Catalogue, custom_roles: &[CustomRole]) -> Result<(), RuleError> {
        match catalogue.role(&self.role) {
            Some(role) if role.holders == HolderLimit::ExactlyOne => {
                return Err(RuleError::ExactlyOne(self.role.clone()));
            }
            Some(_) => {}
            None if custom_roles.iter().any(|role| role.key == self.role) => {}
            None => {
                let built_in = catalogue.roles().iter().map(|role| role.key.as_str());
                let known = built_in.chain(custom_roles.iter().map(|role| role.key.as_str()));
                return Err(RuleError::Role(shortened(&self.role), super::catalogue::nearest(&self.role, known)));
            }
        }
        let kind = self.scope.kind();
        if kind != "organization" && catalogue.scope_type(kind).is_none() {
            let known = catalogue.scope_types().map(|kind| kind.key.as_str());
            return Err(RuleError::ScopeType(shortened(kind), super::catalogue::nearest(kind, known)));
        }
        let names: Vec<&str> = match &self.group {
            GroupMatch::Pattern { regex, .. } => regex.capture_names().flatten().collect(),
            GroupMatch::Name { .. } | GroupMatch::Id(_) => Vec::new(),
        };
        match self.scope.captures().find(|wanted| !names.contains(wanted)) {
            None => Ok(()),
            Some(wanted) => {
                let near = super::catalogue::nearest(wanted, names.iter().copied());
                Err(RuleError::Capture(wanted.to_owned(), near))
            }
        }
    }

    /// The scope in which the members of `group` hold the rule's role; `None` if the rule is not about that group.
    pub fn derive(&self, group: &GroupFacts<'_>) -> Option<Result<Scope, MappingError>> {
        let name = group.display_name;
        match &self.group {
            GroupMatch::Name { folded, .. } => (*folded == fold(name)).then(|| self.scope.fill(name, |_| None)),
            GroupMatch::Id(id) => {
                let matches = group.external_id == Some(id.as_str()) || *id == group.id.to_string();
                matches.then(|| self.scope.fill(name, |_| None))
            }
            GroupMatch::Pattern { regex, .. } => {
                let captures = regex.captures(name)?;
                Some(self.scope.fill(name, |wanted| captures.name(wanted).map(|found| found.as_str())))
            }
        }
    }
}

#[cfg(test)]
mod tests;
