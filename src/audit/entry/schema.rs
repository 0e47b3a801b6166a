//! `schema/audit-entry.schema.json`, which others read, against the code, which writes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::audit::test_support::{by, directory, moment, organization, user_target};
use crate::audit::{Action, Outcome, TargetKind};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../schema/audit-entry.schema.json")).unwrap()
}

fn listed(pointer: &str) -> Vec<String> {
    serde_json::from_value(schema().pointer(pointer).unwrap().clone()).unwrap()
}

/// An entry with every field.
fn full() -> Value {
    let event = Event::new(Action::UserPatched, user_target())
        .with_on_behalf_of("019a0000-0000-7000-8000-0000000000bb".parse().unwrap())
        .with_scope("organization")
        .with_difference(Difference::between(&json!({"a": 1}), &json!({"a": 2})))
        .with_reason("because")
        .with_detail(json!({}));
    let id = "019a0000-0000-7000-8000-0000000000ff".parse().unwrap();
    serde_json::from_str(Entry::new(organization(), id, &by(directory(), moment(0)), event).text()).unwrap()
}

#[test]
fn lists_every_action_kind_of_target_and_outcome() {
    assert_eq!(listed("/properties/action/enum"), Action::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>());
    assert_eq!(
        listed("/properties/target/properties/kind/enum"),
        TargetKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()
    );
    let outcomes = [Outcome::Success, Outcome::Refused, Outcome::Failed];
    assert_eq!(listed("/properties/outcome/enum"), outcomes.map(Outcome::as_str));
}

#[test]
fn knows_exactly_the_fields_that_are_written() {
    let known: BTreeSet<String> = schema()["properties"].as_object().unwrap().keys().cloned().collect();
    let written: BTreeSet<String> = full().as_object().unwrap().keys().cloned().collect();
    assert_eq!(known, written);
}

#[test]
fn requires_exactly_the_fields_that_are_always_written() {
    let by = Attribution { actor: Actor::System, origin: None, at: moment(0), pushed: None };
    let id = "019a0000-0000-7000-8000-0000000000ff".parse().unwrap();
    let least = Entry::new(organization(), id, &by, Event::new(Action::UserCreated, user_target()));
    let least: Value = serde_json::from_str(least.text()).unwrap();
    let written: BTreeSet<String> = least.as_object().unwrap().keys().cloned().collect();
    assert_eq!(listed("/required").into_iter().collect::<BTreeSet<_>>(), written);
}

#[test]
fn knows_the_members_of_actor_target_and_difference() {
    for object in ["actor", "target", "difference"] {
        let known: BTreeSet<String> =
            schema()["properties"][object]["properties"].as_object().unwrap().keys().cloned().collect();
        let written: BTreeSet<String> = full()[object].as_object().unwrap().keys().cloned().collect();
        assert_eq!(known, written, "{object}");
    }
}
