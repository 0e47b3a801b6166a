//! Scopes: where a role holds.
//!
//! The organization is the root; every other scope is an instance of a type that the catalogue declares, written
//! `team:emea-1`. What holds in a scope holds in all that lies below it. Parent links are data of the organization;
//! an instance that nobody has linked lies directly under the organization, so a scope is never outside the tree.
//!
//! Not here: which types there are (`catalogue`).

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How deep the tree may be, the organization not counted: bounds every walk to the root.
pub(super) const MAX_DEPTH: usize = 8;
const MAX_KIND: usize = 64;
const MAX_ID: usize = 128;

/// A place where a role, an override or a question holds.
///
/// Fields are open for matching; text from outside comes in by [`Scope::parse`] or [`Scope::instance`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Everywhere.
    Organization,
    /// One instance of a declared type, e.g. `team` and `emea-1`.
    Instance { kind: String, id: String },
}

/// The text was not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    #[error("`{0}` is not a scope: write `organization` or `<type>:<id>`, e.g. `team:emea-1`")]
    Form(String),
    #[error("`{0}` is not a scope type: 1 to {MAX_KIND} of `a`-`z`, `0`-`9`, `_` and `-`")]
    Kind(String),
    #[error("`{0}` is not the id of a scope: 1 to {MAX_ID} letters, digits, inner spaces and `-_.:@+/#&=~`")]
    Id(String),
    #[error("`{0}` cannot lie under `{1}`: that makes a circle")]
    Circle(String, String),
    #[error("`{0}` cannot lie under `{1}`: the tree would be deeper than {MAX_DEPTH}")]
    Depth(String, String),
    #[error("the organization lies under nothing")]
    Root,
}

impl Scope {
    /// Reads `organization` or `<type>:<id>`.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        match text.split_once(':') {
            None if text == "organization" => Ok(Self::Organization),
            None => Err(ScopeError::Form(shortened(text))),
            Some((kind, id)) => Self::instance(kind, id),
        }
    }

    /// The instance `id` of `kind`, if both can be.
    pub fn instance(kind: &str, id: &str) -> Result<Self, ScopeError> {
        if !is_kind(kind) || kind == "organization" {
            return Err(ScopeError::Kind(shortened(kind)));
        }
        if !is_id(id) {
            return Err(ScopeError::Id(shortened(id)));
        }
        Ok(Self::Instance { kind: kind.to_owned(), id: id.to_owned() })
    }

    /// The type: `organization` or that of the instance.
    pub fn kind(&self) -> &str {
        match self {
            Self::Organization => "organization",
            Self::Instance { kind, .. } => kind,
        }
    }

    /// A number that equal scopes share. Scopes that share it need not be equal: it only saves comparing most of them.
    pub(super) fn bucket(&self) -> u64 {
        bucket(self)
    }
}

/// A number for `value` that is the same in every run.
pub(super) fn bucket(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Whether `text` can name a type of scope or resource.
pub(super) fn is_kind(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    !text.is_empty() && text.len() <= MAX_KIND && text.bytes().all(fits)
}

/// Whether `text` can be the id of a scope.
fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == ' ' || "-_.:@+/#&=~".contains(c);
    !text.is_empty() && text.trim() == text && text.chars().all(fits) && text.chars().count() <= MAX_ID
}

/// What an error message shows of a text from outside.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => f.write_str("organization"),
            Self::Instance { kind, id } => write!(f, "{kind}:{id}"),
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;
    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

/// The parent links of one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeTree {
    /// INVARIANT: no circle, no chain longer than [`MAX_DEPTH`].
    parents: BTreeMap<Scope, Scope>,
}

impl ScopeTree {
    /// A tree in which everything lies directly under the organization.
    pub const fn new() -> Self {
        Self { parents: BTreeMap::new() }
    }

    /// A tree from `(scope, parent)` pairs, in any order.
    pub fn from_links(links: impl IntoIterator<Item = (Scope, Scope)>) -> Result<Self, ScopeError> {
        let below_root = links.into_iter().filter(|(_, parent)| *parent != Scope::Organization);
        let tree = Self { parents: below_root.collect() };
        tree.check()?;
        Ok(tree)
    }

    /// Puts `scope` under `parent`. One parent each: a later link replaces an earlier one.
    pub fn link(&mut self, scope: Scope, parent: Scope) -> Result<(), ScopeError> {
        if self.is_within(&parent, &scope) {
            return Err(ScopeError::Circle(scope.to_string(), parent.to_string()));
        }
        let mut changed = self.clone();
        match parent {
            Scope::Organization => changed.parents.remove(&scope),
            Scope::Instance { .. } => changed.parents.insert(scope, parent),
        };
        changed.check()?;
        *self = changed;
        Ok(())
    }

    /// `scope` and all above it, the organization last. At most [`MAX_DEPTH`] + 1 long.
    pub fn path<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Scope> {
        let mut next = Some(scope);
        std::iter::from_fn(move || {
            let here = next?;
            next = match here {
                Scope::Organization => None,
                Scope::Instance { .. } => Some(self.parents.get(here).unwrap_or(&Scope::Organization)),
            };
            Some(here)
        })
        .take(MAX_DEPTH + 1)
    }

    /// Whether what holds in `outer` holds in `inner`.
    pub fn is_within(&self, inner: &Scope, outer: &Scope) -> bool {
        self.path(inner).any(|scope| scope == outer)
    }

    /// Every `(scope, parent)` pair whose parent is not the organization.
    pub fn links(&self) -> impl Iterator<Item = (&Scope, &Scope)> {
        self.parents.iter()
    }

    fn check(&self) -> Result<(), ScopeError> {
        for (scope, parent) in &self.parents {
            if *scope == Scope::Organization {
                return Err(ScopeError::Root);
            }
            if self.is_within(parent, scope) {
                return Err(ScopeError::Circle(scope.to_string(), parent.to_string()));
            }
            if self.path(scope).last() != Some(&Scope::Organization) {
                return Err(ScopeError::Depth(scope.to_string(), parent.to_string()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
