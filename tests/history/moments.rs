//! What was decided at each moment of a long story, asked again once the story is over.

use std::collections::BTreeSet;

use portcullis::model::{Clock, SystemClock};
use serde_json::{Value, json};

use super::story::{PEOPLE, Teller};
use crate::products::on_both_with;
use crate::support::Gateway;

const TURNS: usize = 160;
/// How many moments of the story are asked about.
const EVERY: usize = 4;

/// What is asked of everybody: action, resource, scope.
const QUESTIONS: [(&str, &str, &str); 8] = [
    ("email.send", "", "organization"),
    ("task.view", "", "tenant:acme"),
    ("task.view", "", "tenant:beta"),
    ("users.manage", "", "tenant:north"),
    ("approval.decide", "", "region:emea"),
    ("device.wipe", "", "tenant:acme"),
    ("file.view", "file:plan", "organization"),
    ("file.edit", "file:plan", "organization"),
];

/// Which of the people may do which of the things at a moment.
struct Moment {
    at: String,
    allowed: Vec<BTreeSet<String>>,
    reasons: Vec<Vec<Value>>,
}

fn names() -> Vec<(&'static str, &'static str)> {
    let people = PEOPLE.iter().chain(&["olga", "mia", "fay"]).map(|&name| ("user", name));
    people.chain([("service_account", "robot")]).collect()
}

fn moment(gateway: &Gateway) -> Moment {
    let at = SystemClock.now().rfc3339();
    let (mut allowed, mut reasons) = (Vec::new(), Vec::new());
    for (action, resource, scope) in QUESTIONS {
        let (kind, id) = resource.split_once(':').unwrap_or_default();
        let of = |(subject, name)| json!({"subject": {"type": subject, "id": name}});
        let asked = json!({
            "action": {"name": action},
            "resource": {"type": kind, "id": id, "properties": {"scope": scope}},
            "evaluations": names().into_iter().map(of).collect::<Vec<_>>(),
        });
        let answer = gateway.authzen().post("/evaluations", &asked).expect(200).json();
        let answers = answer["evaluations"].as_array().unwrap().clone();
        let yes = names().into_iter().zip(&answers).filter(|(_, answer)| answer["decision"] == true);
        allowed.push(yes.map(|((_, name), _)| name.to_owned()).collect());
        reasons.push(answers.iter().map(|answer| answer["context"]["reason"].clone()).collect());
    }
    Moment { at, allowed, reasons }
}

fn path(at: &str, (action, resource, scope): (&str, &str, &str)) -> String {
    let resource = if resource.is_empty() { String::new() } else { format!("&resource={resource}") };
    format!("/access?at={at}&permission={action}&scope={scope}{resource}")
}

on_both_with! { "everything":
    fn every_decision_of_a_long_story_is_what_history_says_of_its_moment(gateway: &Gateway) {
        let mut teller = Teller::new(gateway, 20_261_124);
        let mut moments = vec![moment(gateway)];
        teller.hand_over();
        teller.prologue(|| moments.push(moment(gateway)));
        for turn in 0..TURNS {
            teller.turn();
            if turn % EVERY == 0 {
                moments.push(moment(gateway));
            }
        }
        let api = gateway.api();
        for moment in &moments {
            for ((question, allowed), reasons) in QUESTIONS.into_iter().zip(&moment.allowed).zip(&moment.reasons) {
                let told = api.get(&path(&moment.at, question)).expect(200).json();
                let could = told["items"].as_array().unwrap().iter().map(|item| item["user_name"].as_str().unwrap().to_owned());
                assert_eq!(could.collect::<BTreeSet<_>>(), *allowed, "{question:?} at {}", moment.at);
                // One of them is asked about alone, with the reason.
                let (name, reason) = ("ann", &reasons[0]);
                let alone = api.get(&format!("{}&user={name}", path(&moment.at, question)));
                if reason == "unknown_subject" {
                    alone.expect(404);
                } else {
                    assert_eq!(alone.expect(200).json()["items"][0]["reason"], *reason, "{question:?} at {}", moment.at);
                }
            }
        }
        told_of_everything(gateway, &moments);
    }
}

/// The story would prove little if chance had left something out.
#[track_caller]
fn told_of_everything(gateway: &Gateway, moments: &[Moment]) {
    for action in [
        "user.created",
        "user.replaced",
        "user.patched",
        "user.deactivated",
        "user.reactivated",
        "user.deleted",
        "user.suspended",
        "user.restored",
        "group.created",
        "group.replaced",
        "group.patched",
        "group.deleted",
        "mapping_rule.created",
        "mapping_rule.changed",
        "mapping_rule.deleted",
        "role.created",
        "role.changed",
        "role.deleted",
        "assignment.created",
        "assignment.ended",
        "override.changed",
        "scope.created",
        "scope.moved",
        "scope.deleted",
        "share.created",
        "share.ended",
        "settings.changed",
        "catalogue.applied",
        "owner.claimed",
        "owner.transferred",
        "service_account.created",
        "service_account.deleted",
    ] {
        let found =
            gateway.api().get(&format!("/audit-events?action={action}&outcome=success&limit=1")).expect(200).json();
        assert!(found["items"][0].is_object(), "no {action} in the story");
    }
    for (number, question) in QUESTIONS.iter().enumerate() {
        let answers: BTreeSet<_> = moments.iter().map(|moment| &moment.allowed[number]).collect();
        assert!(answers.len() > 1, "{question:?} never has another answer: {answers:?}");
    }
}
