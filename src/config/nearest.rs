//! The key that a misspelt one most likely meant.

/// The candidate with the smallest edit distance to `word`, if it is near enough to be a likely slip.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let word: Vec<char> = word.chars().take(80).collect();
    let (distance, best) = candidates.map(|candidate| (distance(&word, candidate), candidate)).min()?;
    (distance <= 2 + word.len() / 5).then(|| best.to_owned())
}

/// Levenshtein distance, one row at a time.
fn distance(word: &[char], other: &str) -> usize {
    let mut row: Vec<usize> = (0..=word.len()).collect();
    for (line, theirs) in other.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = line + 1;
        next.push(left);
        for (pair, ours) in row.windows(2).zip(word) {
            let &[diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(*ours != theirs)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_key() {
        let keys = ["limits.body", "limits.page", "server.listen"];
        assert_eq!(nearest("limits.boddy", keys.into_iter()), Some("limits.body".to_owned()));
        assert_eq!(nearest("server.lsiten", keys.into_iter()), Some("server.listen".to_owned()));
    }

    #[test]
    fn nonsense_finds_nothing() {
        assert_eq!(nearest("colour", ["limits.body", "server.listen"].into_iter()), None);
    }

    #[test]
    fn the_distance_is_the_number_of_edits() {
        let word: Vec<char> = "kitten".chars().collect();
        assert_eq!(distance(&word, "sitting"), 3);
        assert_eq!(distance(&word, "kitten"), 0);
    }
}
