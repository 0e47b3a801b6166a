//! Filters (RFC 7644 §3.4.2.2): parsed once, printed for logs, narrowed by the store, and evaluated in one place.
//!
//! A parsed filter is already in the RFC's form: a bare `emails eq "x"` reads `emails.value eq "x"`, and Entra's
//! `emails[type eq "work"].value eq "x"` reads `emails[type eq "work" and value eq "x"]`, which binds the same way.
//! Literals are of the attribute's type. So evaluation and narrowing have one form to know.

mod asked;
mod eval;
mod literal;
mod parse;
mod print;

#[cfg(test)]
mod tests;

use super::{AttributePath, ResourceKind};

pub(super) use eval::{order_numbers, prepared};
pub(super) use parse::{Parser, QUOTED_BOOLEAN};

/// A condition on a resource, or (inside [`Filter::ValuePath`]) on one element of a multi-valued attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of at least two.
    And(Vec<Filter>),
    /// One of at least two.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Compare {
        path: AttributePath,
        operator: Comparison,
        literal: Literal,
    },
    /// `pr`: there is a value, and it is not empty.
    Present(AttributePath),
    /// One element of the attribute fulfils the whole inner filter, whose paths are its sub-attributes.
    ValuePath {
        path: AttributePath,
        inner: Box<Filter>,
    },
}

/// The operators of RFC 7644 table 3 that take a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// The value compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Boolean(bool),
    Number(serde_json::Number),
    String(String),
}

/// A condition that every match fulfils: the attribute, or one element of it, equals the literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Equality<'a> {
    /// Lower case, without a URN: `username`, `emails.value`, `members.value`, `manager.value` …
    pub path: String,
    pub literal: &'a Literal,
}

impl Filter {
    /// The most characters a filter may have.
    pub const MAX_CHARS: usize = 2_048;
    /// The deepest nesting of parentheses, brackets and `not`.
    pub const MAX_DEPTH: usize = 16;

    /// The equalities that every match fulfils, for a store to narrow to an index. An attribute may occur twice.
    pub fn equalities(&self) -> Vec<Equality<'_>> {
        let mut found = Vec::new();
        self.collect_equalities(None, &mut found);
        found
    }

    /// Whether it is about the top-level attribute `name`: `members` and `groups` need only be loaded then.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.mentions(name)),
            Self::Not(inner) => inner.mentions(name),
            Self::Compare { path, .. } | Self::Present(path) | Self::ValuePath { path, .. } => {
                path.name.eq_ignore_ascii_case(name)
            }
        }
    }

    /// How many comparisons it is made of.
    pub(super) fn conditions(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::conditions).sum(),
            Self::Not(inner) | Self::ValuePath { inner, .. } => inner.conditions(),
            Self::Compare { .. } | Self::Present(_) => 1,
        }
    }

    fn collect_equalities<'a>(&'a self, parent: Option<&AttributePath>, found: &mut Vec<Equality<'a>>) {
        match self {
            Self::And(all) => all.iter().for_each(|one| one.collect_equalities(parent, found)),
            Self::Compare { path, operator: Comparison::Equal, literal } if literal.is_some_value() => {
                let path = match parent {
                    Some(parent) => format!("{}.{}", parent.index_key(), path.index_key()),
                    None => path.index_key(),
                };
                found.push(Equality { path, literal });
            }
            Self::ValuePath { path, inner } => inner.collect_equalities(Some(path), found),
            Self::Or(_) | Self::Not(_) | Self::Compare { .. } | Self::Present(_) => {}
        }
    }
}

impl Comparison {
    const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// As written in a filter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.as_str().eq_ignore_ascii_case(text))
    }

    const fn is_ordering(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual)
    }

    const fn is_substring(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }
}

impl Literal {
    /// Whether this is more than nothing: `eq null` and `eq ""` hold for what is absent.
    fn is_some_value(&self) -> bool {
        match self {
            Self::Null => false,
            Self::String(text) => !text.is_empty(),
            Self::Boolean(_) | Self::Number(_) => true,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Null | Self::Boolean(_) | Self::Number(_) => None,
        }
    }
}

/// The attributes a filter's paths are looked up in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Within {
    /// A resource of this kind, or of any.
    Resource(Option<ResourceKind>),
    /// One element of this attribute.
    Element(&'static super::Attribute),
    /// One element of an attribute that no schema has.
    Unknown,
}
