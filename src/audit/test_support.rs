//! For the room's tests: an organization, an actor and entries that need no chance.

use serde_json::json;

use super::checkpoint::{Checkpoint, SigningKey};
use super::export::Line;
use super::log::Frontier;
use super::{Action, Difference, Entry, Event, Target, TargetKind};
use crate::model::{Actor, Attribution, Chance, EntryId, OrganizationId, Origin, Timestamp};

/// The name of the installation.
pub(super) const GATE: &str = "portcullis.example/audit";

/// The same byte again and again.
pub(super) struct Fixed(pub u8);

impl Chance for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

pub(super) fn moment(second: i64) -> Timestamp {
    Timestamp::from_micros((1_795_335_330 + second) * 1_000_000)
}

pub(super) fn organization() -> OrganizationId {
    "019a0000-0000-7000-8000-000000000001".parse().unwrap()
}

pub(super) fn by(actor: Actor, at: Timestamp) -> Attribution {
    let origin = Origin {
        ip: Some("192.0.2.7".parse().unwrap()),
        user_agent: Some("Okta SCIM Client 1.0.0".to_owned()),
        request_id: "019a0000-0000-7000-8000-0000000000aa".parse().unwrap(),
    };
    Attribution { actor, origin: Some(origin), at, pushed: None }
}

pub(super) fn directory() -> Actor {
    Actor::Directory("019a0000-0000-7000-8000-0000000000dd".parse().unwrap())
}

pub(super) fn user_target() -> Target {
    Target::new(TargetKind::User, "019a0000-0000-7000-8000-0000000000ee").named("Ann Lee")
}

/// The `n`th entry of a made-up log.
pub(super) fn entry(n: u8) -> Entry {
    let id = EntryId::new(moment(i64::from(n)), &Fixed(n));
    let difference = Difference::between(&json!({"active": true, "n": 0}), &json!({"active": false, "n": n}));
    let event =
        Event::new(Action::UserDeactivated, user_target()).with_difference(difference).with_scope("team:emea-1");
    Entry::new(organization(), id, &by(directory(), moment(i64::from(n))), event)
}

/// The export of a log of `count` entries.
pub(super) fn export(count: u8) -> Vec<Line> {
    (0..count).map(|n| Line::new(u64::from(n), &entry(n))).collect()
}

pub(super) fn key() -> SigningKey {
    SigningKey::generate(GATE, &Fixed(7)).unwrap()
}

/// The signed checkpoint over the first `size` lines.
pub(super) fn anchor(lines: &[Line], size: usize) -> String {
    let mut frontier = Frontier::new();
    for line in &lines[..size] {
        frontier.append(line.leaf);
    }
    key().sign(&Checkpoint::new(GATE, organization(), &frontier).unwrap())
}
