//! Rust sources as words: just enough of a lexer to know code from comments and strings, and to follow paths.

use std::collections::BTreeSet;

/// An identifier, `::`, or one other character of code, and the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub line: usize,
}

/// The words of `source`, without comments, strings, characters and lifetimes.
pub fn words(source: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let length = if let Some(skipped) = skipped(rest) {
            skipped
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        if skipped(rest).is_none() && !first.is_whitespace() {
            words.push(Word { text: word.to_owned(), line });
        }
        line += word.matches('\n').count();
        rest = after;
    }
    words
}

/// The length of the comment, string, character or lifetime that `text` begins with.
fn skipped(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    if text.starts_with('\'') {
        return Some(character_or_lifetime(text));
    }
    ["", "b", "c", "r", "br", "cr"].into_iter().find_map(|prefix| {
        let body = text.strip_prefix(prefix)?;
        let raw = prefix.ends_with('r') && body.trim_start_matches('#').starts_with('"');
        let length = if raw { raw_string(body) } else { body.starts_with('"').then(|| string(body))? };
        Some(prefix.len() + length)
    })
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// `'a'` and `'\''` are characters, `'a` is a lifetime.
fn character_or_lifetime(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            characters.find(|(_, c)| *c == '\'').map_or(text.len(), |(at, _)| at + 1)
        }
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            Some(_) | None => 1,
        },
        None => 1,
    }
}

fn string(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string(text: &str) -> usize {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let end = format!("\"{}", "#".repeat(hashes));
    let content = text.get(hashes + 1..).unwrap_or_default();
    content.find(&end).map_or(text.len(), |at| hashes + 1 + at + end.len())
}

/// The rooms that the words of the file at `path` (below `src/`) name from the root of the crate, with their lines.
pub fn rooms_named(path: &str, words: &[Word], rooms: &BTreeSet<&str>) -> Vec<(usize, String)> {
    let text = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    let mut named = Vec::new();
    // How many braces are open, and at how many each inline module opened.
    let (mut braces, mut inline) = (0_usize, Vec::new());
    for at in 0..words.len() {
        match text(at) {
            "{" => braces += 1,
            "}" => {
                inline.pop_if(|opened| *opened == braces);
                braces = braces.saturating_sub(1);
            }
            "mod" if text(at + 2) == "{" => inline.push(braces + 1),
            "crate" if text(at + 1) == "::" => named.extend(firsts(words, at + 2)),
            "super" if text(at + 1) == "::" && (at < 2 || text(at - 2) != "super") => {
                let supers = (0..).take_while(|n| text(at + 2 * n) == "super" && text(at + 2 * n + 1) == "::").count();
                if supers >= depth(path) + inline.len() {
                    named.extend(firsts(words, at + 2 * supers));
                }
            }
            _ => {}
        }
    }
    named.retain(|(_, name)| rooms.contains(name.as_str()));
    named
}

/// How far the module of a file is from the root: 1 for `scim/mod.rs` and `app.rs`, 2 for `scim/path.rs`.
fn depth(path: &str) -> usize {
    path.split('/').filter(|part| *part != "mod.rs").count()
}

/// The first name of a path, or the first name of each path of a `{…}` group.
fn firsts(words: &[Word], at: usize) -> Vec<(usize, String)> {
    let Some(first) = words.get(at) else { return Vec::new() };
    if first.text != "{" {
        return vec![(first.line, first.text.clone())];
    }
    let (mut firsts, mut open, mut begins) = (Vec::new(), 1, true);
    for word in words.iter().skip(at + 1) {
        match word.text.as_str() {
            "{" => open += 1,
            "}" if open == 1 => break,
            "}" => open -= 1,
            "," if open == 1 => begins = true,
            name if begins && open == 1 => {
                firsts.push((word.line, name.to_owned()));
                begins = false;
            }
            _ => {}
        }
    }
    firsts
}
