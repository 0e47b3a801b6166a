//! `docs/audit.md` against the code: its lists are whole and its examples are real.

use super::checkpoint::Checkpoint;
use super::{Action, Entry};

const GUIDE: &str = include_str!("../../docs/audit.md");

/// The contents of the code block that begins so.
fn block(begins: &str) -> &'static str {
    let (_, rest) = GUIDE.split_once(begins).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn names_every_action() {
    for action in Action::ALL {
        assert!(GUIDE.contains(&format!("`{action}`")), "{action}");
    }
}

#[test]
fn shows_an_entry_that_is_one_and_the_checkpoint_over_it() {
    let entry = Entry::parse(block("```json\n").trim_end().as_bytes()).unwrap();
    let shown = block("only entry is the one above:\n\n```\n");
    let body = &shown[..=shown.find("\n\n").unwrap()];
    let checkpoint = Checkpoint::parse_body(body).unwrap();
    assert_eq!((checkpoint.size(), checkpoint.root()), (1, entry.leaf()));
    assert!(checkpoint.origin().ends_with(&entry.facts().organization.to_string()));
}

#[test]
fn counts_the_lines_of_the_second_verifier_rightly() {
    let lines = include_str!("../../script/verify-audit.py").lines().count();
    assert!(GUIDE.contains(&format!("{lines} lines of Python")), "{lines}");
}
