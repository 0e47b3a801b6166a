//! The lists against the routes, and against the tests they name.

use std::collections::{BTreeMap, BTreeSet};

use super::routes::routes;

const MUTATING: &str = include_str!("mutating-routes.txt");
/// What changes something although it is a GET: a browser is sent there by redirect.
const CHANGING_GETS: [&str; 2] = ["GET /saml/{connection}/login", "GET /saml/{connection}/slo"];
const ISOLATION: &str = include_str!("isolation.txt");

/// `METHOD path` and what is said of it; lines that begin with `#` and empty ones are for readers.
fn lines(list: &'static str) -> BTreeMap<&'static str, &'static str> {
    let told = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.map(|line| {
        let (route, says) = line.split_once(" : ").unwrap_or_else(|| panic!("no ` : ` in `{line}`"));
        (route.trim(), says.trim())
    })
    .collect()
}

/// The routes that are tried with another organization's ids.
pub fn isolation() -> BTreeSet<&'static str> {
    lines(ISOLATION).into_iter().filter(|(_, says)| *says == "tried").map(|(route, _)| route).collect()
}

#[track_caller]
fn assert_same(list: &str, listed: &BTreeSet<String>, wanted: &BTreeSet<String>) {
    let missing: Vec<_> = wanted.difference(listed).collect();
    let gone: Vec<_> = listed.difference(wanted).collect();
    assert!(missing.is_empty(), "`{list}` says nothing about {missing:#?}");
    assert!(gone.is_empty(), "`{list}` speaks of routes that are not there: {gone:#?}");
}

#[test]
fn every_route_that_changes_something_says_what_covers_its_revocation() {
    let changes = |route: &String| !route.starts_with("GET ") || CHANGING_GETS.contains(&route.as_str());
    let wanted = routes().into_iter().filter(changes).collect();
    let listed = lines(MUTATING);
    assert_same("mutating-routes.txt", &listed.keys().map(|&route| route.to_owned()).collect(), &wanted);
    let rows = crate::revocation::rows();
    let sources = [
        include_str!("../revocation/departures.rs"),
        include_str!("../revocation/names.rs"),
        include_str!("../revocation/race.rs"),
        include_str!("../revocation/secrets.rs"),
        include_str!("../scim/directories.rs"),
        include_str!("../access/approvals.rs"),
        include_str!("../access/floor.rs"),
        include_str!("../access/ownership.rs"),
        include_str!("../access/catalogues.rs"),
        include_str!("../access/people.rs"),
        include_str!("../access/previews.rs"),
        include_str!("../access/roles.rs"),
        include_str!("../access/scopes.rs"),
        include_str!("../access/service_accounts.rs"),
        include_str!("../access/shares.rs"),
        include_str!("../products/aibams.rs"),
    ];
    let mut named = BTreeSet::new();
    for (&route, &says) in &listed {
        if let Some(other) = says.strip_prefix("as ") {
            assert!(listed.contains_key(other), "{route}: there is no route `{other}`");
            continue;
        }
        if let Some(why) = says.strip_prefix("revokes nothing: ") {
            assert!(!why.is_empty(), "{route}: why?");
            continue;
        }
        for row in says.split(',').map(str::trim) {
            let is_test = sources.iter().any(|source| source.contains(&format!("fn {row}(")));
            assert!(is_test || rows.contains(row), "{route}: there is no row and no test `{row}`");
            named.insert(row);
        }
    }
    let idle: Vec<_> = rows.iter().filter(|row| !named.contains(*row)).collect();
    assert!(idle.is_empty(), "rows of the matrix that no route names: {idle:?}");
}

#[test]
fn every_route_that_takes_an_id_says_whether_it_is_tried_with_another_organizations() {
    let wanted = routes().into_iter().filter(|route| route.contains('{')).collect();
    let lines = lines(ISOLATION);
    let listed = lines.keys().map(|&route| route.to_owned()).collect();
    assert_same("isolation.txt", &listed, &wanted);
    let untried: Vec<_> = lines.iter().filter(|(_, says)| says.starts_with("gap")).collect();
    assert!(untried.is_empty(), "{untried:?}");
}
