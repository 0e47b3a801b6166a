//! Attribute names as clients write them (RFC 7644 §3.10): `userName`, `name.givenName`, `urn:…:User:manager.value`.
//!
//! Names and URNs are case-insensitive; [`AttributePath::canonical`] gives the schema's spelling. URNs contain dots
//! and colons: the longest known URN that begins the text is taken; an unknown one ends at its last colon.
//!
//! Not here: value filters in brackets (`filter`) and what a PATCH does at a path (`patch`).

use std::fmt;

use super::attribute::Attribute;
use super::schema::{Located, Schemas};
use super::{ResourceKind, urn};

/// A name, perhaps below a URN, perhaps with a sub-attribute. It need not exist in any schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePath {
    pub(super) urn: Option<String>,
    pub(super) name: String,
    pub(super) sub: Option<String>,
}

/// What a path names in the schemas of one resource type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolved {
    pub located: Located,
    pub sub: Option<&'static Attribute>,
}

impl AttributePath {
    /// Reads `text`; nothing if it is not of the grammar.
    pub fn parse(text: &str) -> Option<Self> {
        let (urn, rest) = split_urn(text);
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        if !is_name(name) || !sub.is_none_or(is_name) {
            return None;
        }
        Some(Self { urn: urn.map(str::to_owned), name: name.to_owned(), sub: sub.map(str::to_owned) })
    }

    /// What this names in a resource of `kind`.
    pub(super) fn resolve(&self, kind: ResourceKind) -> Option<Resolved> {
        let located = Schemas::standard().locate(kind, self.urn.as_deref(), &self.name)?;
        let sub = match &self.sub {
            Some(sub) => Some(located.attribute.sub_attribute(sub)?),
            None => None,
        };
        Some(Resolved { located, sub })
    }

    /// The schema's spelling. For one kind the core URN is dropped and that of an extension added; over all kinds the
    /// URN stays as it is, for it says which kind is meant. What is in no schema stays as it was written.
    pub(super) fn canonical(self, kind: Option<ResourceKind>) -> Self {
        let kinds = ResourceKind::ALL.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one));
        let Some(found) = kinds.into_iter().find_map(|kind| self.resolve(kind)) else { return self };
        let urn = match (found.located.extension, kind) {
            (Some(extension), _) => Some(extension.id.clone()),
            (None, Some(_)) => None,
            (None, None) => self.urn,
        };
        Self { urn, name: found.located.attribute.name.clone(), sub: found.sub.map(|sub| sub.name.clone()) }
    }

    /// Lower case, without a URN: the key under which a store may have an index, e.g. `emails.value`.
    pub(super) fn index_key(&self) -> String {
        match &self.sub {
            Some(sub) => format!("{}.{sub}", self.name).to_ascii_lowercase(),
            None => self.name.to_ascii_lowercase(),
        }
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// `ATTRNAME` of RFC 7644 figure 1, and `$ref`.
pub(super) fn is_name(text: &str) -> bool {
    let body = text.strip_prefix('$').unwrap_or(text);
    body.starts_with(|c: char| c.is_ascii_alphabetic())
        && body.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn split_urn(text: &str) -> (Option<&str>, &str) {
    let known = Schemas::standard().served().map(|schema| schema.id.as_str());
    let longest = known.filter_map(|known| Some((known.len(), urn::strip(text, known)?))).max_by_key(|(len, _)| *len);
    match longest {
        Some((len, rest)) => (text.get(..len), rest),
        None if text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:")) => match text.rsplit_once(':') {
            Some((urn, rest)) => (Some(urn), rest),
            None => (None, text),
        },
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        AttributePath::parse(text).unwrap().canonical(Some(ResourceKind::User)).to_string()
    }

    #[test]
    fn a_urn_with_a_dot_in_it_is_not_split_there() {
        let path =
            AttributePath::parse("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value").unwrap();
        assert_eq!((path.name.as_str(), path.sub.as_deref()), ("manager", Some("value")));
    }

    #[test]
    fn an_unknown_urn_ends_at_its_last_colon() {
        let path = AttributePath::parse("urn:example:2.0:badge:colour.code").unwrap();
        assert_eq!((path.urn.as_deref(), path.name.as_str()), (Some("urn:example:2.0:badge"), "colour"));
    }

    #[test]
    fn case_does_not_matter_and_the_schema_decides_the_spelling() {
        assert_eq!(canonical("URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:USERNAME"), "userName");
        assert_eq!(canonical("NAME.GIVENNAME"), "name.givenName");
        assert_eq!(canonical("Manager"), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager");
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        for text in ["", ".", "a.", ".a", "a.b.c", "1a", "a b", "urn:", "$", "a\"b", "ä"] {
            assert_eq!(AttributePath::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
            let _read = AttributePath::parse(&text);
        }

        #[test]
        fn a_canonical_path_prints_to_itself(text in "(urn:[a-z:.0-9]{0,12}:)?[a-zA-Z]{1,8}(\\.[a-z$]{1,5})?") {
            if let Some(path) = AttributePath::parse(&text) {
                let canonical = path.canonical(Some(ResourceKind::User));
                prop_assert_eq!(AttributePath::parse(&canonical.to_string()), Some(canonical));
            }
        }
    }
}
