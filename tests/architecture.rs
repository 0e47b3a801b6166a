//! The arrows of `src/lib.rs`, kept: which room may name which, and which libraries stay in their room.
//!
//! The check reads the sources as text: comments and strings are taken out, the rest is cut into words, and every path
//! that begins with `crate::`, or with enough `super::` to leave its room, is held against [`ARROWS`]. It sees test
//! code too: a pure room's tests need no other room either.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

mod reader;

use reader::{Word, rooms_named, words};

const PURE: [&str; 5] = ["model", "scim", "access", "session", "audit"];

/// Room by room: what it may name besides itself. `http` may name all that `domain` may, but the store.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("scim", &["model"]),
    ("access", &["model"]),
    ("session", &["model"]),
    ("audit", &["model"]),
    ("saml", &["model"]),
    ("config", &PURE),
    ("store", &PURE),
    ("outbound", &PURE),
    ("domain", &["model", "scim", "access", "session", "audit", "saml", "store", "outbound"]),
    ("http", &["model", "scim", "access", "session", "audit", "saml", "config", "outbound", "domain"]),
    ("app", &["model", "scim", "access", "session", "audit", "saml", "config", "store", "outbound", "domain", "http"]),
    ("cli", &["model", "scim", "access", "session", "audit", "saml", "config", "store", "outbound", "domain", "app"]),
];

/// Libraries that are named in these rooms alone.
const HOMES: &[(&str, &[&str])] =
    &[("diesel", &["store"]), ("diesel_migrations", &["store"]), ("actix_web", &["http", "app"])];

/// No source file is longer.
const MAX_LINES: usize = 500;

/// The room of a path below `src/`: its folder, or its file; none for `lib.rs` and `main.rs`, which only open the house.
fn room(path: &str) -> Option<&str> {
    let first = path.split('/').next().unwrap_or_default();
    match first {
        "lib.rs" | "main.rs" => None,
        other => Some(other.strip_suffix(".rs").unwrap_or(other)),
    }
}

/// Everything in one file that is against the rules, one sentence each.
fn violations(path: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = source.lines().count();
    if lines > MAX_LINES {
        found.push(format!("src/{path} has {lines} lines, more than {MAX_LINES}"));
    }
    let Some(room) = room(path) else { return found };
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        found.push(format!("src/{path}: `{room}` is not a room of the map"));
        return found;
    };
    let words = words(source);
    for (line, named) in rooms_named(path, &words, &room_names()) {
        if named != room && !allowed.contains(&named.as_str()) {
            found.push(format!("src/{path}:{line}: `{room}` may not name `{named}`"));
        }
    }
    for Word { text, line } in &words {
        let home = HOMES.iter().find(|(library, _)| library == text);
        if let Some((library, _)) = home.filter(|(_, homes)| !homes.contains(&room)) {
            found.push(format!("src/{path}:{line}: `{library}` is not for `{room}`"));
        }
    }
    found
}

fn room_names() -> BTreeSet<&'static str> {
    ARROWS.iter().map(|(name, _)| *name).collect()
}

/// Who names whom, in all of these files.
fn graph<'s>(sources: impl IntoIterator<Item = (&'s str, &'s str)>) -> BTreeMap<String, BTreeSet<String>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, source) in sources {
        if let Some(room) = room(path) {
            let named = rooms_named(path, &words(source), &room_names()).into_iter().map(|(_, named)| named);
            graph.entry(room.to_owned()).or_default().extend(named.filter(|named| named != room));
        }
    }
    graph
}

/// Rooms that can be reached from themselves.
fn on_a_cycle(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reaches_itself = |start: &String| {
        let (mut seen, mut ahead) = (BTreeSet::new(), vec![start]);
        while let Some(room) = ahead.pop() {
            for next in graph.get(room).into_iter().flatten() {
                if next == start {
                    return true;
                }
                if seen.insert(next) {
                    ahead.push(next);
                }
            }
        }
        false
    };
    graph.keys().filter(|room| reaches_itself(room)).cloned().collect()
}

/// Every Rust file below `src/`: its path from there, and its text.
fn sources() -> std::io::Result<Vec<(String, String)>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut folders) = (Vec::new(), vec![src.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&src).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                files.push((name, std::fs::read_to_string(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

mod the_house {
    use super::*;

    #[test]
    fn keeps_its_arrows_its_libraries_in_their_rooms_and_its_files_short() {
        let found: Vec<String> =
            sources().unwrap().iter().flat_map(|(path, source)| violations(path, source)).collect();
        assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    }

    #[test]
    fn has_no_two_rooms_that_need_each_other() {
        let sources = sources().unwrap();
        let graph = graph(sources.iter().map(|(path, source)| (path.as_str(), source.as_str())));
        assert_eq!(on_a_cycle(&graph), [""; 0]);
    }

    #[test]
    fn has_every_room_of_the_map_and_is_not_empty_to_the_check() {
        let found: BTreeSet<String> =
            sources().unwrap().iter().filter_map(|(path, _)| room(path).map(str::to_owned)).collect();
        assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), room_names());
    }
}

mod the_check {
    use super::*;

    #[test]
    fn has_arrows_without_a_cycle() {
        let named = |rooms: &&[&str]| rooms.iter().map(|room| (*room).to_owned()).collect();
        let graph = ARROWS.iter().map(|(room, allowed)| ((*room).to_owned(), named(allowed))).collect();
        assert_eq!(on_a_cycle(&graph), [""; 0]);
    }

    /// A path and a source that must be found wanting.
    const BAD: &[(&str, &str)] = &[
        ("scim/filter.rs", "use crate::access::Role;"),
        ("scim/mod.rs", "use crate::{model::UserId, store};"),
        ("scim/mod.rs", "use crate :: http;"),
        ("access/deep/er.rs", "fn f() { crate::domain::go() }"),
        ("audit/mod.rs", "pub(in crate::session) fn f() {}"),
        ("session/mod.rs", "#[cfg(test)] mod tests { use crate::store::Store; }"),
        ("session/mod.rs", "use super::store::Store;"),
        ("session/limits.rs", "use super::super::http;"),
        ("session/limits.rs", "mod tests { use super::super::super::http; }"),
        ("session/limits.rs", "use super::super::{model, http};"),
        ("saml/mod.rs", "use crate::{\n    model::{UserId, fold},\n    scim::{Path},\n};"),
        ("store/users.rs", "use crate::outbound::Client;"),
        ("store/users.rs", "use crate::domain::Gateway;"),
        ("domain/mod.rs", "use crate::http::Error;"),
        ("http/api.rs", "let x = crate::store::open();"),
        ("http/api.rs", "macro_rules! m { () => { $crate::store::open() } }"),
        ("app.rs", "use crate::cli::Command;"),
        ("cli/mod.rs", "use crate::http::routes;"),
        ("domain/mod.rs", "use diesel::prelude::*;"),
        ("domain/mod.rs", "fn f(error: diesel :: result::Error) {}"),
        ("domain/mod.rs", "/* \" */ use diesel::prelude::*; // \""),
        ("domain/mod.rs", "fn f<'a>(x: &'a str) {} use diesel::prelude::*; fn g<'b>() {}"),
        ("domain/mod.rs", "const Q: char = '\"'; use diesel::prelude::*; const R: char = '\\'';"),
        ("domain/mod.rs", "const Q: &str = r#\"\"\"#; use diesel::prelude::*;"),
        ("cli/mod.rs", "use actix_web::App;"),
        ("utils/mod.rs", ""),
    ];

    #[test]
    fn finds_each_bad_source() {
        for (path, source) in BAD {
            assert_eq!(violations(path, source).len(), 1, "{path}: {source}: {:?}", violations(path, source));
        }
    }

    /// A path and a source in which nothing is wrong.
    const GOOD: &[(&str, &str)] = &[
        ("scim/filter.rs", "use crate::model::UserId; use crate::scim::Path; use super::Path;"),
        ("scim/filter.rs", "//! See [`crate::http`].\n/// Not `crate::store`, and no diesel.\nfn f() {}"),
        ("scim/filter.rs", "/* crate::http /* nested diesel */ crate::store */ fn f() {}"),
        (
            "scim/filter.rs",
            "const S: &str = \"crate::http \\\" diesel\"; const R: &str = r##\"crate::http\"# diesel\"##;",
        ),
        ("scim/filter.rs", "const B: &[u8] = b\"diesel\"; const C: &CStr = c\"diesel\";"),
        ("http/scim/mod.rs", "mod tests { use super::super::saml; }"),
        ("http/scim/users.rs", "use super::super::saml; use super::store;"),
        ("http/api.rs", "use actix_web::web; use crate::domain::Gateway;"),
        ("store/users.rs", "use diesel::prelude::*; use crate::audit::Entry;"),
        ("domain/mod.rs", "use crate::{model::{UserId, store}, store::Store};"),
        ("app.rs", "use crate::{config, domain, http, store}; use actix_web::App;"),
        ("cli/mod.rs", "use crate::app; use crate::store;"),
        ("lib.rs", "pub mod store; pub use crate::store::Store;"),
        ("main.rs", "fn main() { portcullis::cli::run() }"),
    ];

    #[test]
    fn lets_each_good_source_pass() {
        for (path, source) in GOOD {
            assert_eq!(violations(path, source), [""; 0], "{path}: {source}");
        }
    }

    #[test]
    fn tells_the_line_and_both_rooms() {
        let found = violations("scim/filter.rs", "//! A file.\n\nuse crate::{\n    http,\n};\n");
        assert_eq!(found, ["src/scim/filter.rs:4: `scim` may not name `http`"]);
    }

    #[test]
    fn finds_a_file_of_501_lines() {
        assert_eq!(violations("scim/filter.rs", &"\n".repeat(500)), [""; 0]);
        assert_eq!(violations("scim/filter.rs", &"\n".repeat(501)).len(), 1);
    }

    #[test]
    fn finds_a_cycle_of_three() {
        let sources = [
            ("scim/a.rs", "use crate::access::X;"),
            ("access/a.rs", "use crate::audit::X;"),
            ("audit/a.rs", "use crate::scim::X; use crate::model::Y;"),
            ("http/a.rs", "use crate::scim::X;"),
        ];
        assert_eq!(on_a_cycle(&graph(sources)), ["access", "audit", "scim"]);
    }
}
