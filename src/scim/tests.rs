//! What the whole room promises: the effect each identity provider expects of what it sends, and the laws.
//!
//! Each file beside this one has one subject. Tests of one file's own matters are in that file.

mod discovery;
mod entra;
mod fuzz;
mod laws;
mod okta;
mod other_providers;
mod patch;
mod projection;
mod reading;
mod reference;
mod rendering;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::*;
use crate::model::Timestamp;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The text of a file in `fixtures/scim/`.
macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/scim/", $name))
    };
}
use fixture;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What a POST of `body` takes in.
fn post(kind: ResourceKind, dialect: Dialect, body: Value) -> Intake {
    intake(kind, dialect, Mode::Create, body).unwrap()
}

/// A user with these attributes, by the RFC.
fn user(attributes: Value) -> Document {
    let mut body = json!({ "schemas": [ResourceKind::User.schema()], "userName": "ann" });
    body.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    post(ResourceKind::User, Dialect::Generic, body).document
}

fn group(name: &str) -> Document {
    let body = json!({ "schemas": [ResourceKind::Group.schema()], "displayName": name });
    post(ResourceKind::Group, Dialect::Generic, body).document
}

/// What a PATCH of `before` makes.
fn patched(dialect: Dialect, before: &Document, body: Value) -> Result<Patched, ScimError> {
    PatchRequest::parse(before.kind(), dialect, body)?.apply(before)
}

/// The same with bare operations.
fn operate(dialect: Dialect, before: &Document, operations: Value) -> Result<Patched, ScimError> {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    patched(dialect, before, json!({ "schemas": schemas, "Operations": operations }))
}

/// The document's attributes as they are stored.
fn stored(document: &Document) -> Value {
    parsed(&document.to_stored())
}

fn rendering(document: &Document) -> Rendering<'_> {
    static NOBODY: LazyLock<HashMap<String, String>> = LazyLock::new(HashMap::new);
    Rendering {
        kind: document.kind(),
        id: "r1",
        created: Timestamp::from_micros(1_700_000_000_000_000),
        modified: Timestamp::from_micros(1_700_000_001_500_000),
        version: 3,
        document,
        groups: None,
        members: None,
        names: &NOBODY,
        base_url: "https://gate.example/scim/v2",
    }
}

fn codes(leniencies: &[Leniency]) -> Vec<&'static str> {
    leniencies.iter().map(|leniency| leniency.code).collect()
}

fn member(id: &str, display: Option<&str>) -> MemberRef {
    MemberRef { value: id.to_owned(), display: display.map(str::to_owned), kind: None }
}

#[test]
fn every_fixture_is_used_by_a_test() {
    let tests =
        [include_str!("tests/entra.rs"), include_str!("tests/okta.rs"), include_str!("tests/other_providers.rs")];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scim");
    for folder in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let provider = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in std::fs::read_dir(&folder).unwrap() {
            let name = format!("{provider}/{}", file.unwrap().file_name().to_str().unwrap());
            assert!(tests.iter().any(|text| text.contains(&name)), "{name} is used by no test");
        }
    }
}
