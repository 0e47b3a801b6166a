//! The path of a PATCH operation (RFC 7644 figure 7): `attribute`, `attribute.sub`, `attribute[filter]`,
//! `attribute[filter].sub`, each perhaps below a URN.

use super::Place;
use crate::scim::attribute::Attribute;
use crate::scim::error::short;
use crate::scim::filter::{Filter, Parser, Within};
use crate::scim::leniency::Leniencies;
use crate::scim::path::Resolved;
use crate::scim::{AttributePath, Dialect, ResourceKind, ScimError};

/// What a path names.
#[derive(Debug)]
pub(super) struct Target {
    pub place: Place,
    pub filter: Option<Filter>,
    pub sub: Option<&'static Attribute>,
    /// What was tolerated in the filter.
    pub leniencies: Leniencies,
}

impl Target {
    /// Reads a path; nothing if no schema has what it names.
    ///
    /// Errors: `invalidPath` for what is not of the grammar, `invalidFilter` for the filter in it.
    pub(super) fn read(kind: ResourceKind, dialect: Dialect, path: &str) -> Result<Option<Self>, ScimError> {
        let text = path.trim();
        let malformed = || ScimError::InvalidPath(format!("`{}` is not a path", short(text)));
        if text.chars().nth(Filter::MAX_CHARS).is_some() {
            return Err(ScimError::InvalidPath(format!("the path is longer than {} characters", Filter::MAX_CHARS)));
        }
        let mut parser = Parser::new(dialect, text);
        let path = AttributePath::parse(parser.word()).ok_or_else(malformed)?;
        let found = path.resolve(kind);
        if parser.rest().is_empty() {
            return Ok(found.map(|found| Self::plain(&found)));
        }
        if path.sub.is_some() || !parser.rest().starts_with('[') {
            return Err(malformed());
        }
        if !text.contains(']') {
            return Err(malformed());
        }
        let within = found.map_or(Within::Unknown, |found| Within::Element(found.located.attribute));
        let filter = parser.brackets(within)?;
        let Some(found) = found else { return Ok(None) };
        if !found.located.attribute.multi_valued {
            return Err(ScimError::InvalidPath(format!("`{}` has no list to filter", short(text))));
        }
        let mut target =
            Self { filter: Some(filter), leniencies: std::mem::take(&mut parser.leniencies), ..Self::plain(&found) };
        if !parser.rest().is_empty() {
            let sub = parser.rest().strip_prefix('.').and_then(AttributePath::parse);
            let sub = sub.filter(|sub| sub.urn.is_none() && sub.sub.is_none()).ok_or_else(malformed)?;
            let Some(sub) = found.located.attribute.sub_attribute(&sub.name) else { return Ok(None) };
            target.sub = Some(sub);
        }
        Ok(Some(target))
    }

    fn plain(found: &Resolved) -> Self {
        let place = Place { extension: found.located.extension, attribute: found.located.attribute };
        Self { place, filter: None, sub: found.sub, leniencies: Leniencies::default() }
    }
}
