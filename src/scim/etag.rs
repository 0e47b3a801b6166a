//! Versions as entity tags, and the conditions clients put on them (RFC 7644 §3.14, RFC 9110 §13.1).
//!
//! Tags are weak: two representations of one version may differ (by `attributes`). So they compare weakly here, as
//! RFC 7644's own examples do, even in `If-Match`.

/// The tag of a version: `W/"7"`.
pub fn version_tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The condition under which a request is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Precondition {
    wanted: Option<Tags>,
    refused: Option<Tags>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Any,
    Listed(Vec<String>),
}

impl Precondition {
    /// From the value of an `If-Match` header, if there is one: holds for the versions named.
    pub fn parse(if_match: Option<&str>) -> Self {
        Self { wanted: if_match.map(Tags::parse), refused: None }
    }

    /// From the values of both headers of a write: holds for the versions named by the one, and not by the other.
    pub fn of_write(if_match: Option<&str>, if_none_match: Option<&str>) -> Self {
        Self { wanted: if_match.map(Tags::parse), refused: if_none_match.map(Tags::parse) }
    }

    /// From the value of an `If-None-Match` header, if there is one: holds for all versions but those named.
    pub fn parse_none_match(if_none_match: Option<&str>) -> Self {
        Self { wanted: None, refused: if_none_match.map(Tags::parse) }
    }

    /// Whether the request goes on for a resource that has this version.
    pub fn holds(&self, version: i64) -> bool {
        self.wanted.as_ref().is_none_or(|tags| tags.name(version))
            && !self.refused.as_ref().is_some_and(|tags| tags.name(version))
    }

    /// Whether the client set no condition.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_none() && self.refused.is_none()
    }
}

impl Tags {
    fn parse(text: &str) -> Self {
        let tags: Vec<String> = text.split(',').map(|tag| opaque(tag.trim()).to_owned()).collect();
        if tags.iter().any(|tag| tag == "*") { Self::Any } else { Self::Listed(tags) }
    }

    fn name(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => {
                let version = version_tag(version);
                tags.iter().any(|tag| tag == opaque(&version))
            }
        }
    }
}

/// The tag without the mark of weakness. Our own tags hold digits, so no quoted comma can be split wrongly.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_header_every_version_will_do() {
        assert!(Precondition::parse(None).holds(1));
        assert!(Precondition::parse_none_match(None).holds(1));
    }

    #[test]
    fn a_write_holds_to_both_headers() {
        assert!(Precondition::of_write(Some("W/\"7\""), Some("W/\"6\"")).holds(7));
        assert!(!Precondition::of_write(Some("*"), Some("W/\"7\"")).holds(7));
        assert!(!Precondition::of_write(None, Some("*")).holds(7));
    }

    #[test]
    fn if_match_holds_for_a_version_in_its_list_weak_or_not() {
        for header in ["W/\"7\"", "\"7\"", "W/\"3\", W/\"7\"", "*"] {
            assert!(Precondition::parse(Some(header)).holds(7), "{header}");
        }
    }

    #[test]
    fn if_match_fails_for_another_version_and_for_what_is_no_tag() {
        for header in ["W/\"6\"", "7", "", "W/\"70\""] {
            assert!(!Precondition::parse(Some(header)).holds(7), "{header}");
        }
    }

    #[test]
    fn if_none_match_fails_for_the_version_the_client_has() {
        assert!(!Precondition::parse_none_match(Some("W/\"7\"")).holds(7));
        assert!(!Precondition::parse_none_match(Some("*")).holds(7));
        assert!(Precondition::parse_none_match(Some("W/\"6\"")).holds(7));
    }
}
