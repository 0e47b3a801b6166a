//! What was tolerated in a request though the RFC does not have it, so that an admin can see it.
//!
//! A leniency tells the shape of what was sent, never a value of anybody's: `emails[value eq "…"]`.

use super::error::short;

/// One tolerance that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leniency {
    /// A stable name for counting, e.g. `boolean_as_string`.
    pub code: &'static str,
    /// The attribute, path, schema or verb that was sent so, without the values in it.
    pub at: String,
    /// For people, e.g. "`active` sent as the string `False`".
    pub detail: String,
}

impl Leniency {
    /// That `what` (an attribute or path as sent) was taken as `how` says.
    pub fn new(code: &'static str, what: &str, how: &str) -> Self {
        let at = short(&without_values(what));
        Self { code, detail: format!("`{at}` {how}"), at }
    }
}

/// The tolerances of one request. Bounded, so that a body of a megabyte of unknown attributes cannot fill a log.
#[derive(Debug, Clone, Default)]
pub(super) struct Leniencies(Vec<Leniency>);

impl Leniencies {
    const MOST: usize = 64;

    /// Notes that `what` (an attribute or path as sent) was taken as `how` says.
    pub(super) fn note(&mut self, code: &'static str, what: &str, how: &str) {
        if self.0.len() < Self::MOST {
            self.0.push(Leniency::new(code, what, how));
        }
    }

    /// Whether one of this code is among them.
    pub(super) fn has(&self, code: &str) -> bool {
        self.0.iter().any(|noted| noted.code == code)
    }

    /// Adds those that were noted while reading a part.
    pub(super) fn extend(&mut self, more: Self) {
        let free = Self::MOST.saturating_sub(self.0.len());
        self.0.extend(more.0.into_iter().take(free));
    }

    pub(super) fn into_vec(self) -> Vec<Leniency> {
        self.0
    }
}

/// `path` with every literal of its filters taken out, but for those that are words of the protocol: types and booleans.
fn without_values(path: &str) -> String {
    let mut shown = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, quoted)) = rest.split_once('"') {
        let end = quoted.char_indices().scan(false, |escaped, (at, c)| {
            let ends = c == '"' && !*escaped;
            *escaped = c == '\\' && !*escaped;
            Some(ends.then_some(at))
        });
        let (value, after) = match end.flatten().next().and_then(|end| quoted.split_at_checked(end)) {
            Some((value, after)) => (value, after.strip_prefix('"').unwrap_or(after)),
            None => (quoted, ""),
        };
        let is_word = before.trim_end().to_ascii_lowercase().ends_with("type eq")
            || ["true", "false"].iter().any(|boolean| value.eq_ignore_ascii_case(boolean));
        shown.push_str(before);
        shown.push('"');
        shown.push_str(if is_word { value } else { "…" });
        shown.push('"');
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_nothing_of_anybody() {
        for (sent, shown) in [
            ("name.givenName", "name.givenName"),
            (r#"emails[value eq "ann@corp.example"].display"#, r#"emails[value eq "…"].display"#),
            (r#"emails[type eq "work" and value eq "a\"b"]"#, r#"emails[type eq "work" and value eq "…"]"#),
            (r#"roles[primary eq "True"].value"#, r#"roles[primary eq "True"].value"#),
            (r#"userName eq "ann"#, r#"userName eq "…""#),
        ] {
            assert_eq!(Leniency::new("x", sent, "").at, shown);
        }
    }
}
