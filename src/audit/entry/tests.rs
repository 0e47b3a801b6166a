//! The entry's text, its bounds, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::audit::test_support::{by, directory, entry, moment, organization, user_target};
use crate::audit::{Action, Outcome, TargetKind};

fn of(event: Event) -> Entry {
    let id = "019a0000-0000-7000-8000-0000000000ff".parse().unwrap();
    Entry::new(organization(), id, &by(directory(), moment(0)), event)
}

#[test]
fn an_entry_is_one_line_of_sorted_json() {
    let expected = concat!(
        r#"{"action":"user.deactivated","actor":{"id":"019a0000-0000-7000-8000-0000000000dd","kind":"directory"},"#,
        r#""at":"2026-11-22T08:15:30Z","count":1,"difference":{"after":{"active":false},"before":{"active":true}},"#,
        r#""id":"019a0000-0000-7000-8000-0000000000ff","ip":"192.0.2.7","organization":"019a0000-0000-7000-8000-000000000001","#,
        r#""outcome":"success","reason":"left the company","request_id":"019a0000-0000-7000-8000-0000000000aa","scope":"team:emea-1","#,
        r#""target":{"display":"Ann Lee","id":"019a0000-0000-7000-8000-0000000000ee","kind":"user"},"#,
        r#""user_agent":"Okta SCIM Client 1.0.0","v":1}"#
    );
    let difference = Difference::between(&json!({"active": true}), &json!({"active": false}));
    let event = Event::new(Action::UserDeactivated, user_target())
        .with_difference(difference)
        .with_scope("team:emea-1")
        .with_reason("left the company");
    assert_eq!(of(event).text(), expected);
}

#[test]
fn an_entry_without_a_request_has_no_request_fields() {
    let by = Attribution { actor: Actor::System, origin: None, at: moment(0), pushed: None };
    let id = "019a0000-0000-7000-8000-0000000000ff".parse().unwrap();
    let entry = Entry::new(organization(), id, &by, Event::new(Action::AssignmentEnded, user_target()));
    assert_eq!(entry.facts().request_id, None);
    assert!(!entry.text().contains("null") && !entry.text().contains("ip"));
}

#[test]
fn reading_an_entry_gives_back_what_was_written() {
    let event = Event::refused(Action::DecisionRefused, user_target(), "not in the team")
        .with_count(17)
        .with_on_behalf_of("019a0000-0000-7000-8000-0000000000bb".parse().unwrap())
        .with_detail(json!({"permission": "email.send"}));
    let written = of(event);
    assert_eq!(Entry::parse(written.bytes()), Ok(written.clone()));
    assert_eq!(written.facts().event.outcome(), Outcome::Refused);
}

#[test]
fn a_difference_too_large_is_replaced_by_the_sizes_and_digests_of_its_sides() {
    let difference = Difference::between(&json!({"x": "small"}), &json!({"x": "y".repeat(70_000)}));
    let entry = of(Event::new(Action::UserReplaced, user_target()).with_difference(difference));
    let value: Value = serde_json::from_str(entry.text()).unwrap();
    let after = format!(r#"{{"x":"{}"}}"#, "y".repeat(70_000));
    assert_eq!(value["difference"]["after"]["omitted"]["bytes"], 70_008);
    assert_eq!(value["difference"]["after"]["omitted"]["sha256"], Digest::of(after.as_bytes()).hex());
}

#[test]
fn a_detail_too_large_is_replaced_as_well() {
    let entry = of(Event::new(Action::ApplicationEvent, user_target()).with_detail(json!("y".repeat(70_000))));
    assert!(entry.bytes().len() < 2_000);
    assert!(entry.text().contains(r#""detail":{"omitted":{"bytes":70002,"#));
}

#[test]
fn the_worst_texts_together_still_fit() {
    let worst = "\u{1}".repeat(100_000);
    let mut by = by(directory(), moment(0));
    by.origin.as_mut().unwrap().user_agent = Some(worst.clone());
    let target = Target::new(TargetKind::Resource, &worst).named(worst.clone());
    let event = Event::failed(Action::RequestRefused, target, worst.clone())
        .with_scope(worst.clone())
        .with_difference(Difference::between(&json!(worst), &json!(1)))
        .with_detail(json!(worst));
    let id = "019a0000-0000-7000-8000-0000000000ff".parse().unwrap();
    let entry = Entry::new(organization(), id, &by, event);
    assert!(entry.bytes().len() <= MAX_ENTRY_BYTES, "{} bytes", entry.bytes().len());
    assert!(Entry::parse(entry.bytes()).is_ok());
}

mod refuses {
    use super::*;

    fn altered(from: &str, to: &str) -> Result<Entry, AuditError> {
        let text = entry(1).text().replace(from, to);
        assert_ne!(text, entry(1).text(), "`{from}` is not in the entry");
        Entry::parse(text.as_bytes())
    }

    #[test]
    fn another_spelling_of_the_same_json() {
        assert_eq!(altered(r#""v":1"#, r#""v": 1"#), Err(AuditError::EntryNotCanonical));
    }

    #[test]
    fn an_unknown_version() {
        assert_eq!(altered(r#""v":1"#, r#""v":2"#), Err(AuditError::EntryVersion(2)));
    }

    #[test]
    fn an_action_outside_the_list() {
        assert_eq!(
            altered("user.deactivated", "user.improved"),
            Err(AuditError::UnknownAction("user.improved".to_owned()))
        );
    }

    #[test]
    fn another_spelling_of_the_same_moment() {
        assert_eq!(altered("2026-11-22T08:15:31Z", "2026-11-22T08:15:31.0Z"), Err(AuditError::EntryField("at")));
    }

    #[test]
    fn a_count_of_nothing() {
        assert_eq!(altered(r#""count":1"#, r#""count":0"#), Err(AuditError::EntryField("count")));
    }

    #[test]
    fn more_than_65_535_bytes() {
        assert_eq!(Entry::parse(&vec![b' '; MAX_ENTRY_BYTES + 1]), Err(AuditError::EntryTooLong));
    }

    #[test]
    fn what_is_not_json() {
        assert!(matches!(Entry::parse(b"\xff"), Err(AuditError::EntryNotJson(_))));
        assert!(matches!(Entry::parse(&[b'['; 10_000]), Err(AuditError::EntryNotJson(_))));
    }
}

proptest! {
    #[test]
    fn every_entry_reads_back_to_the_same_bytes(before in super::super::canonical::tests::any_json(),
        after in super::super::canonical::tests::any_json(), display in "\\PC{0,300}", reason in "[\\x00-\\x7f]{0,20}", count: u32) {
        let event = Event::new(Action::UserPatched, Target::new(TargetKind::User, "x").named(display))
            .with_difference(Difference::between(&before, &after))
            .with_reason(reason)
            .with_count(count);
        let entry = of(event);
        let read = Entry::parse(entry.bytes()).unwrap();
        prop_assert_eq!(read.bytes(), entry.bytes());
        prop_assert_eq!(read.leaf(), entry.leaf());
    }

    #[test]
    fn no_flipped_bit_leaves_the_leaf_as_it_was(at: prop::sample::Index, bit in 0_u8..8) {
        let honest = entry(1);
        let mut bytes = honest.bytes().to_vec();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert_ne!(leaf_hash(&bytes), honest.leaf());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _either = Entry::parse(&bytes);
    }
}
