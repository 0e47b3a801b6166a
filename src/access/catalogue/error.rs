//! What can be wrong with a catalogue: always with file, line, and the nearest right name where there is one.

/// A catalogue that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}{}", hint(.nearest))]
pub struct CatalogueError {
    /// The file, as the caller called it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// The right name that is most like the wrong one.
    pub nearest: Option<String>,
}

/// ` (did you mean …?)`, or nothing.
pub(in crate::access) fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// The line, from 1, of byte `at` of `text`.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// What the TOML reader refused. Its messages quote the wrong key first and the right ones after it.
pub(super) fn from_toml(text: &str, file: &str, error: &toml::de::Error) -> CatalogueError {
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let nearest = match message.starts_with("unknown ") {
        true => quoted.next().and_then(|wrong| nearest(wrong, quoted)),
        false => None,
    };
    let line = line_of(text, error.span().map_or(0, |span| span.start));
    CatalogueError { file: file.to_owned(), line, message: message.replace('\n', ", "), nearest }
}

/// Whichever of `names` is most like `wrong`, if any is near enough to be what was meant.
pub(in crate::access) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let wrong: String = wrong.chars().take(64).collect();
    names
        .map(|name| (distance(&wrong, name), name))
        .filter(|(far, name)| *far <= 1 + name.chars().count() / 3)
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name.to_owned())
}

/// How many characters must be put in, taken out or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(128).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = i + 1;
        next.push(left);
        for (pair, to) in row.windows(2).zip(&b) {
            let [diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(from != *to)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        let names = ["email.read", "email.send", "export.csv"];
        assert_eq!(nearest("emial.send", names.into_iter()).as_deref(), Some("email.send"));
        assert_eq!(nearest("zzz", names.into_iter()), None);
    }

    #[test]
    fn the_distance_counts_single_changes() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
