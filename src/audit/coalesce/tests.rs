//! What is counted, what is due, and what is bounded.

use proptest::prelude::*;

use super::*;
use crate::audit::test_support::{by, directory, moment, organization, user_target};

fn refusal(reason: &str) -> Event {
    Event::refused(Action::DecisionRefused, user_target(), reason)
}

fn push(coalescer: &mut Coalescer, second: i64, reason: &str) -> Option<Due> {
    coalescer.push(organization(), by(directory(), moment(second)), refusal(reason))
}

fn count(due: &[Due]) -> u32 {
    due.iter().map(|due| due.event.count()).sum()
}

#[test]
fn the_first_refusal_is_due_at_once() {
    let due = push(&mut Coalescer::new(10), 0, "no").unwrap();
    assert_eq!(due.event, refusal("no"));
}

#[test]
fn its_repeats_are_due_together_when_the_minute_is_over() {
    let mut coalescer = Coalescer::new(10);
    push(&mut coalescer, 0, "no");
    assert_eq!([1, 2, 59].map(|second| push(&mut coalescer, second, "no")), [None, None, None]);
    assert_eq!(coalescer.drain(moment(59)), []);
    let due = coalescer.drain(moment(60));
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].event, refusal("no").with_count(3));
    assert_eq!(due[0].by.at, moment(59));
}

#[test]
fn a_steady_stream_is_one_entry_a_minute_even_if_nobody_drains() {
    let mut coalescer = Coalescer::new(10);
    let due: Vec<Due> = (0..600).filter_map(|second| push(&mut coalescer, second, "no")).collect();
    assert_eq!(due.iter().map(|due| due.event.count()).collect::<Vec<_>>(), [1, 60, 60, 60, 60, 60, 60, 60, 60, 60]);
}

#[test]
fn another_reason_actor_address_or_organization_is_another_kind() {
    let mut coalescer = Coalescer::new(10);
    assert!(push(&mut coalescer, 0, "no").is_some());
    assert!(push(&mut coalescer, 0, "not here").is_some());
    assert!(coalescer.push(organization(), by(Actor::Anonymous, moment(0)), refusal("no")).is_some());
    let mut elsewhere = by(directory(), moment(0));
    elsewhere.origin.as_mut().unwrap().ip = Some("192.0.2.8".parse().unwrap());
    assert!(coalescer.push(organization(), elsewhere, refusal("no")).is_some());
    let other = "019a0000-0000-7000-8000-000000000002".parse().unwrap();
    assert!(coalescer.push(other, by(directory(), moment(0)), refusal("no")).is_some());
}

#[test]
fn a_kind_that_fell_silent_is_forgotten() {
    let mut coalescer = Coalescer::new(10);
    push(&mut coalescer, 0, "no");
    assert_eq!(coalescer.drain(moment(60)), []);
    assert!(coalescer.is_empty());
    assert!(push(&mut coalescer, 61, "no").is_some());
}

#[test]
fn without_room_new_kinds_are_counted_together_under_the_gateways_name() {
    let mut coalescer = Coalescer::new(2);
    let due: Vec<Due> = (0..100).filter_map(|n| push(&mut coalescer, 0, &n.to_string())).collect();
    assert_eq!((due.len(), coalescer.len()), (3, 3));
    assert_eq!(due[2].by.actor, Actor::System);
    let rest = coalescer.drain(moment(60));
    assert_eq!(count(&rest), 97);
    assert_eq!(rest[0].event.target().kind(), TargetKind::Organization);
}

#[test]
fn a_graceful_stop_gives_back_everything_held() {
    let mut coalescer = Coalescer::new(10);
    (0..5).for_each(|second| {
        push(&mut coalescer, second, "no");
    });
    assert_eq!(count(&coalescer.drain_all()), 4);
    assert!(coalescer.is_empty());
}

#[test]
fn repeats_are_held_without_their_detail() {
    let mut coalescer = Coalescer::new(10);
    let detailed = || refusal("no").with_detail(serde_json::json!({"chain": ["a", "b"]}));
    let first = coalescer.push(organization(), by(directory(), moment(0)), detailed());
    assert!(first.unwrap().event.detail().is_some());
    coalescer.push(organization(), by(directory(), moment(1)), detailed());
    assert_eq!(coalescer.drain_all()[0].event.detail(), None);
}

proptest! {
    #[test]
    fn nothing_is_lost_and_the_keys_stay_bounded(steps in prop::collection::vec((0_i64..20, 0_u8..12, any::<bool>()), 0..200)) {
        let mut coalescer = Coalescer::new(4);
        let (mut now, mut pushed, mut came) = (0, 0, 0);
        for (pause, kind, drains) in steps {
            now += pause;
            pushed += 1;
            came += push(&mut coalescer, now, &kind.to_string()).map_or(0, |due| due.event.count());
            if drains {
                came += count(&coalescer.drain(moment(now)));
            }
            prop_assert!(coalescer.len() <= 5);
        }
        prop_assert_eq!(came + count(&coalescer.drain_all()), pushed);
    }
}
