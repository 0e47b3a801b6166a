//! The routes against the document that describes them, and the document against the file that is kept of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::routes::routes;

const KEPT: &str = include_str!("../../schema/openapi.json");
/// Paths that the document speaks of.
const DESCRIBED: [&str; 2] = ["/api/v1/", "/access/v1/"];

fn document() -> Value {
    serde_json::from_str(portcullis::http::openapi::document()).unwrap()
}

/// `METHOD path` of each operation, with its description.
fn operations() -> Vec<(String, Value)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods
                .map(|(method, operation)| (format!("{} {path}", method.to_uppercase()), operation.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_route_of_the_api_is_described_and_nothing_else_is() {
    let is_described = |route: &String| DESCRIBED.iter().any(|prefix| route.contains(&format!(" {prefix}")));
    let wanted: BTreeSet<String> =
        routes().iter().filter(|it| is_described(it)).map(|it| it.replace(":.+}", "}")).collect();
    let described: BTreeSet<String> = operations().into_iter().map(|(route, _)| route).collect();
    let missing: Vec<_> = wanted.difference(&described).collect();
    assert!(missing.is_empty(), "no `#[utoipa::path]`, or no line in src/http/openapi/paths.rs: {missing:#?}");
    let gone: Vec<_> = described.difference(&wanted).collect();
    assert!(gone.is_empty(), "described and not served: {gone:#?}");
}

#[test]
fn the_document_that_is_kept_is_the_one_that_is_served() {
    assert!(
        portcullis::http::openapi::document() == KEPT,
        "the API has changed: `cargo run -q -- openapi > schema/openapi.json`, and look at the difference"
    );
}

#[test]
fn every_operation_says_which_right_it_needs() {
    for (route, operation) in operations() {
        let requirement = &operation["security"][0];
        let is_open = requirement.as_object().is_some_and(serde_json::Map::is_empty);
        let says = operation["description"].as_str().is_some_and(|text| text.contains("Needs "));
        assert!(is_open || says, "{route}: {requirement}");
        assert!(!is_open || operation["tags"][0] == "Description", "{route} is open to anybody");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for reference in regex::Regex::new(r##""\$ref":"#([^"]+)""##).unwrap().captures_iter(&text) {
        assert!(document.pointer(&reference[1]).is_some(), "{} leads nowhere", &reference[1]);
    }
    let names: Vec<_> = operations().into_iter().map(|(_, operation)| operation["operationId"].to_string()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "two operations of one name");
}

#[test]
fn every_type_of_problem_is_in_the_guide() {
    let guide = include_str!("../../docs/problems.md");
    let kind = regex::Regex::new(r#"StatusCode::[A-Z_]+,\s*"([a-z-]+)",\s*"[A-Z]"#).unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http");
    let mut used = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(source)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                used.extend(kind.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
    }
    assert!(used.len() > 10, "{used:?}");
    let row = regex::Regex::new(r"(?m)^\| `([a-z-]+)` \|").unwrap();
    let told: BTreeSet<String> = row.captures_iter(guide).map(|found| found[1].to_owned()).collect();
    let untold: Vec<_> = used.difference(&told).collect();
    assert!(untold.is_empty(), "docs/problems.md does not speak of {untold:?}");
}
