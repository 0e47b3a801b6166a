//! `docs/conformance.md` is written from `conformance.txt`, and every test that is named there is there.

use std::fmt::Write;
use std::path::Path;

const ROWS: &str = include_str!("conformance.txt");
const HEAD: &str = "\
# Conformance

Every MUST and SHOULD of [RFC 7643](https://www.rfc-editor.org/info/rfc7643), [RFC 7644](https://www.rfc-editor.org/info/rfc7644)
and [RFC 9865](https://www.rfc-editor.org/info/rfc9865) that a service provider can be held to, in our words, and the test
that shows it. Requirements that say the same in several places are one row; those of clients and of deployments (TLS) are
left out. Written from `tests/coverage/conformance.txt`; a test fails when a test that is named here is not there.

";

struct Row {
    rfc: &'static str,
    section: &'static str,
    level: &'static str,
    what: &'static str,
    tests: Vec<(&'static str, &'static str)>,
}

fn rows() -> Vec<Row> {
    let told = ROWS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.map(|line| {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [place, level, what, tests] = parts[..] else { panic!("not of four parts: {line}") };
        let (rfc, section) = place.split_once(' ').unwrap_or_else(|| panic!("no section: {line}"));
        let tests = tests.split(", ").map(|test| test.split_once("::").unwrap_or_else(|| panic!("no test: {test}")));
        Row { rfc, section, level, what, tests: tests.collect() }
    })
    .collect()
}

fn written() -> String {
    let mut text = HEAD.to_owned();
    let mut rfc = "";
    for row in rows() {
        if row.rfc != rfc {
            let gap = if rfc.is_empty() { "" } else { "\n" };
            write!(text, "{gap}## RFC {}\n\n| section | level | | shown by |\n|---|---|---|---|\n", row.rfc).unwrap();
            rfc = row.rfc;
        }
        let tests: Vec<String> = row.tests.iter().map(|(file, name)| format!("[`{name}`](../{file})")).collect();
        writeln!(text, "| {} | {} | {} | {} |", row.section, row.level, row.what, tests.join("<br>")).unwrap();
    }
    text
}

#[test]
fn every_test_that_shows_conformance_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for row in rows() {
        for (file, name) in row.tests {
            let source = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(source.contains(&format!("fn {name}(")), "{file} has no test `{name}`");
        }
    }
}

#[test]
fn the_table_in_the_guide_is_the_one_that_is_tested() {
    let written = written();
    let stored =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md")).unwrap_or_default();
    if stored != written {
        let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/conformance.md");
        std::fs::write(file, written).unwrap();
        panic!("write it anew: cp {file} docs/conformance.md");
    }
}
