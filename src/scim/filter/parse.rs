//! Reads a filter by recursive descent: `or` binds loosest, then `and`, then `not` (RFC 7644 §3.4.2.2).
//!
//! The length and the depth are bounded before and while reading, so that no text can exhaust the stack. A filter that
//! cannot be evaluated is refused here, never ignored: an ignored filter would return everything.

use serde_json::Number;

use super::literal::typed;
use super::{Comparison, Filter, Literal, Within};
use crate::scim::attribute::{Attribute, AttributeType};
use crate::scim::error::short;
use crate::scim::leniency::{Leniencies, Leniency};
use crate::scim::{AttributePath, Dialect, ResourceKind, ScimError};

impl Filter {
    /// Reads a filter on resources of `kind`, or of any kind if none is given (a query at the root).
    ///
    /// An attribute that no schema has is not an error: nothing matches it. Errors: `invalidFilter`, and `sensitive`
    /// for an attribute that is never returned.
    pub fn parse(kind: Option<ResourceKind>, dialect: Dialect, text: &str) -> Result<Self, ScimError> {
        Self::parse_telling(kind, dialect, text).map(|(filter, _)| filter)
    }

    /// The same, with what was tolerated in it.
    pub fn parse_telling(
        kind: Option<ResourceKind>,
        dialect: Dialect,
        text: &str,
    ) -> Result<(Self, Vec<Leniency>), ScimError> {
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(ScimError::InvalidFilter(format!("the filter is longer than {} characters", Self::MAX_CHARS)));
        }
        let mut parser = Parser::new(dialect, text);
        let filter = parser.any_of(Within::Resource(kind))?;
        parser.end()?;
        Ok((filter, parser.leniencies.into_vec()))
    }
}

/// The leniency of `primary eq "True"`, by which a PATCH knows Entra.
pub(in crate::scim) const QUOTED_BOOLEAN: &str = "boolean_in_quotes";

/// A place in a filter or path that is being read.
#[derive(Debug)]
pub(in crate::scim) struct Parser<'t> {
    dialect: Dialect,
    text: &'t str,
    rest: &'t str,
    depth: usize,
    pub(in crate::scim) leniencies: Leniencies,
}

impl<'t> Parser<'t> {
    pub(in crate::scim) fn new(dialect: Dialect, text: &'t str) -> Self {
        Self { dialect, text, rest: text, depth: 0, leniencies: Leniencies::default() }
    }

    /// What has not been read yet.
    pub(in crate::scim) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Everything up to a blank, bracket, parenthesis or quote.
    pub(in crate::scim) fn word(&mut self) -> &'t str {
        let end = self.rest.find(|c: char| c.is_whitespace() || "()[]\"".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    /// `[filter]`, after the name of the attribute whose elements it is about.
    pub(in crate::scim) fn brackets(&mut self, within: Within) -> Result<Filter, ScimError> {
        self.expect('[')?;
        let inner = self.deeper(|parser| parser.any_of(within))?;
        self.skip_blanks();
        self.expect(']')?;
        Ok(inner)
    }

    fn any_of(&mut self, within: Within) -> Result<Filter, ScimError> {
        let mut any = vec![self.all_of(within)?];
        while self.keyword("or") {
            any.push(self.all_of(within)?);
        }
        Ok(single_or(any, Filter::Or))
    }

    fn all_of(&mut self, within: Within) -> Result<Filter, ScimError> {
        let mut all = vec![self.term(within)?];
        while self.keyword("and") {
            all.push(self.term(within)?);
        }
        Ok(single_or(all, Filter::And))
    }

    fn term(&mut self, within: Within) -> Result<Filter, ScimError> {
        self.skip_blanks();
        if self.rest.starts_with('(') {
            return self.group(within);
        }
        let start = self.rest;
        let word = self.word();
        if word.eq_ignore_ascii_case("not") && self.rest.trim_start().starts_with('(') {
            self.skip_blanks();
            return self.deeper(|parser| parser.group(within)).map(|inner| Filter::Not(Box::new(inner)));
        }
        let Some(path) = AttributePath::parse(word) else {
            return Err(self.error(start, "an attribute name, `not (` or `(` is expected"));
        };
        let path = match within {
            Within::Resource(kind) => path.canonical(kind),
            Within::Element(_) | Within::Unknown => path,
        };
        if self.rest.starts_with('[') { self.value_path(within, path) } else { self.condition(within, path) }
    }

    fn group(&mut self, within: Within) -> Result<Filter, ScimError> {
        self.expect('(')?;
        let inner = self.deeper(|parser| parser.any_of(within))?;
        self.skip_blanks();
        self.expect(')')?;
        Ok(inner)
    }

    /// `emails[type eq "work"]`, and Entra's `emails[type eq "work"].value eq "x"`.
    fn value_path(&mut self, within: Within, path: AttributePath) -> Result<Filter, ScimError> {
        let start = self.rest;
        let Within::Resource(kind) = within else {
            return Err(self.error(start, "a value filter cannot stand inside another"));
        };
        if path.sub.is_some() {
            return Err(self.error(start, "a value filter follows an attribute, not a sub-attribute"));
        }
        let inside = match find(kind, &path) {
            Some(attribute) if !attribute.is_complex() && !attribute.multi_valued => {
                return Err(self.error(start, "a value filter follows a multi-valued attribute"));
            }
            Some(attribute) => Within::Element(attribute),
            None => Within::Unknown,
        };
        let inner = self.brackets(inside)?;
        let inner = match self.rest.strip_prefix('.') {
            None => inner,
            Some(rest) => {
                self.rest = rest;
                let start = self.rest;
                let Some(sub) =
                    AttributePath::parse(self.word()).filter(|path| path.urn.is_none() && path.sub.is_none())
                else {
                    return Err(self.error(start, "a sub-attribute is expected"));
                };
                self.leniencies.note(
                    "sub_attribute_after_filter",
                    &path.name,
                    "asked for by a sub-attribute after a value filter",
                );
                Filter::And(vec![inner, self.condition(inside, sub)?])
            }
        };
        Ok(Filter::ValuePath { path, inner: Box::new(inner) })
    }

    /// What follows an attribute: `pr`, or an operator and a literal.
    fn condition(&mut self, within: Within, path: AttributePath) -> Result<Filter, ScimError> {
        let attribute = attribute_of(within, &path);
        let path = match (within, attribute) {
            (Within::Element(_), Some(found)) => AttributePath { urn: None, name: found.name.clone(), sub: None },
            (Within::Element(_) | Within::Unknown | Within::Resource(_), _) => path,
        };
        if attribute.is_some_and(Attribute::is_dropped) {
            return Err(ScimError::Sensitive(format!("`{}` cannot be filtered on", short(&path.to_string()))));
        }
        self.skip_blanks();
        let start = self.rest;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Comparison::named(word) else {
            return Err(self.error(start, "an operator (eq ne co sw ew pr gt ge lt le) is expected"));
        };
        self.skip_blanks();
        let start = self.rest;
        let literal = self.literal(attribute)?;
        // `emails eq "x"` is about the values (RFC 7643 §2.4).
        let (path, attribute) = match attribute {
            Some(complex) if complex.is_complex() => match complex.sub_attribute("value") {
                Some(value) => (AttributePath { sub: Some(value.name.clone()), ..path }, Some(value)),
                None => return Err(self.error(start, "a complex attribute is compared by one of its sub-attributes")),
            },
            Some(_) | None => (path, attribute),
        };
        let literal = match attribute {
            Some(attribute) => {
                let is_text = literal.as_str().is_some();
                let literal = typed(attribute, operator, literal).map_err(|reason| self.error(start, reason))?;
                if is_text && matches!(literal, Literal::Boolean(_)) {
                    self.leniencies.note(QUOTED_BOOLEAN, &path.to_string(), "compared with a boolean in quotes");
                }
                literal
            }
            None => literal,
        };
        Ok(Filter::Compare { path, operator, literal })
    }

    fn literal(&mut self, attribute: Option<&Attribute>) -> Result<Literal, ScimError> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let start = self.rest;
        let word = self.word();
        let is_boolean = attribute.is_some_and(|attribute| attribute.kind == AttributeType::Boolean);
        match word {
            "" => Err(self.error(start, "a value is expected")),
            "true" => Ok(Literal::Boolean(true)),
            "false" => Ok(Literal::Boolean(false)),
            "null" => Ok(Literal::Null),
            _ => match serde_json::from_str::<Number>(word) {
                Ok(number) => Ok(Literal::Number(number)),
                // Of a boolean nothing else can be meant.
                Err(_) if is_boolean && ["true", "false"].iter().any(|boolean| word.eq_ignore_ascii_case(boolean)) => {
                    self.leniencies.note("boolean_case", word, "compared with, though a boolean is lower case");
                    Ok(Literal::Boolean(word.eq_ignore_ascii_case("true")))
                }
                Err(_) if self.dialect.lenient_literals() => {
                    self.leniencies.note("literal_without_quotes", "filter", "compared with a text without quotes");
                    Ok(Literal::String(word.to_owned()))
                }
                Err(_) => Err(self.error(start, "a value is a JSON string in quotes, a number, true, false or null")),
            },
        }
    }

    fn quoted(&mut self) -> Result<Literal, ScimError> {
        let start = self.rest;
        let mut escaped = false;
        let end = start.char_indices().skip(1).find_map(|(at, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends.then_some(at + 1)
        });
        let split = end.and_then(|end| start.split_at_checked(end));
        let Some((quoted, rest)) = split else { return Err(self.error(start, "the string has no closing quote")) };
        let Ok(text) = serde_json::from_str::<String>(quoted) else {
            return Err(self.error(start, "the string is not a JSON string"));
        };
        if text.contains('\0') {
            return Err(self.error(start, "no attribute contains the character U+0000"));
        }
        self.rest = rest;
        Ok(Literal::String(text))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.rest;
        self.skip_blanks();
        if self.word().eq_ignore_ascii_case(keyword) {
            return true;
        }
        self.rest = before;
        false
    }

    fn end(&mut self) -> Result<(), ScimError> {
        self.skip_blanks();
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(self.rest, "`and`, `or` or the end is expected")) }
    }

    fn expect(&mut self, wanted: char) -> Result<(), ScimError> {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.error(self.rest, &format!("`{wanted}` is expected"))),
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ScimError>) -> Result<T, ScimError> {
        if self.depth >= Filter::MAX_DEPTH {
            return Err(ScimError::InvalidFilter(format!("the filter is nested deeper than {}", Filter::MAX_DEPTH)));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// An error at `rest`, a tail of the text.
    fn error(&self, rest: &str, reason: &str) -> ScimError {
        let at = self.text.len().saturating_sub(rest.len());
        let column = self.text.get(..at).map_or(0, |before| before.chars().count()) + 1;
        ScimError::InvalidFilter(format!("{reason} at character {column} of `{}`", short(self.text)))
    }
}

fn single_or(mut parts: Vec<Filter>, many: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

/// The attribute (without its sub-attribute) that `path` names in one kind, or in the first that has it.
fn find(kind: Option<ResourceKind>, path: &AttributePath) -> Option<&'static Attribute> {
    kinds(kind).find_map(|kind| path.resolve(kind)).map(|found| found.located.attribute)
}

/// The attribute or sub-attribute that a condition is about.
fn attribute_of(within: Within, path: &AttributePath) -> Option<&'static Attribute> {
    match within {
        Within::Resource(kind) => {
            kinds(kind).find_map(|kind| path.resolve(kind)).map(|found| found.sub.unwrap_or(found.located.attribute))
        }
        Within::Element(attribute) if path.urn.is_none() && path.sub.is_none() => {
            // An element of a simple multi-valued attribute is called `value` (RFC 7644 §3.5.2).
            attribute
                .sub_attribute(&path.name)
                .or_else(|| (!attribute.is_complex() && path.name.eq_ignore_ascii_case("value")).then_some(attribute))
        }
        Within::Element(_) | Within::Unknown => None,
    }
}

fn kinds(kind: Option<ResourceKind>) -> impl Iterator<Item = ResourceKind> {
    ResourceKind::ALL.into_iter().filter(move |one| kind.is_none_or(|kind| kind == *one))
}
