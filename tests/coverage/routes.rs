//! The routes of the gateway, read from the one list in `src/http/routes.rs`.

use std::collections::BTreeSet;

use regex::Regex;

const SOURCE: &str = include_str!("../../src/http/routes.rs");

/// `METHOD path` of each route.
pub fn routes() -> BTreeSet<String> {
    let endpoint =
        Regex::new(r#"endpoint\("([^"]+)"\)((?:\s*\.(?:get|post|put|patch|delete|any)\([a-z_:A-Z]+\))+)"#).unwrap();
    let method = Regex::new(r"\.(get|post|put|patch|delete|any)\(").unwrap();
    let found: BTreeSet<String> = endpoint
        .captures_iter(SOURCE)
        .flat_map(|found| {
            let path = found[1].to_owned();
            let methods: Vec<String> = method.captures_iter(&found[2]).map(|method| method[1].to_uppercase()).collect();
            methods.into_iter().map(move |method| format!("{method} {path}"))
        })
        .collect();
    let endpoints = SOURCE.matches("endpoint(\"").count();
    let paths: BTreeSet<&str> = found.iter().filter_map(|route| route.split_once(' ')).map(|(_, path)| path).collect();
    assert_eq!(paths.len(), endpoints, "an endpoint of `src/http/routes.rs` was not understood");
    found
}

#[test]
fn the_routes_are_read_from_their_list() {
    let routes = routes();
    for known in ["PATCH /scim/v2/Users/{id}", "GET /forward-auth", "POST /saml/{connection}/acs"] {
        assert!(routes.contains(known), "{known} is missing in {routes:?}");
    }
}
