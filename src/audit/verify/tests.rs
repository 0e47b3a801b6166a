//! The verifier against honest exports and against a table of attacks.

use proptest::prelude::*;

use super::*;
use crate::audit::log::Frontier;
use crate::audit::test_support::{Fixed, GATE, anchor, entry, export, key, organization};
use crate::model::OrganizationId;

pub(super) fn verify(lines: &[Line], notes: &[String]) -> Report {
    let key = key().verify_key();
    Verification::run(Some(&key), notes.iter().map(String::as_str), lines.iter().map(Line::to_json))
}

/// Lines whose indexes and leaves are set right again, as an attacker who can write would.
fn covered(lines: Vec<Line>) -> Vec<Line> {
    (0..).zip(lines).map(|(index, line)| Line::of_text(line.log, index, line.entry)).collect()
}

mod an_honest_export {
    use super::*;

    #[test]
    fn that_meets_every_checkpoint_is_intact() {
        let lines = export(20);
        let report = verify(&lines, &[anchor(&lines, 0), anchor(&lines, 7), anchor(&lines, 16), anchor(&lines, 20)]);
        assert_eq!((report.verdict, report.entries, report.anchored), (Verdict::Intact, 20, 20));
        assert!(report.findings.is_empty());
    }

    #[test]
    fn longer_than_its_last_checkpoint_is_intact_and_says_up_to_where_it_is_pinned() {
        let lines = export(20);
        let report = verify(&lines, &[anchor(&lines, 13)]);
        assert_eq!((report.verdict, report.entries, report.anchored), (Verdict::Intact, 20, 13));
    }

    #[test]
    fn without_a_checkpoint_proves_nothing() {
        let report = verify(&export(3), &[]);
        assert_eq!((report.verdict, report.findings), (Verdict::Incomplete, vec![Finding::NoCheckpoint]));
    }

    #[test]
    fn is_held_against_the_head_of_its_log_which_pins_nothing() {
        let lines = export(9);
        let head_of = |count: usize| {
            let mut head = Frontier::default();
            for line in &lines[..count] {
                head.append(line.leaf);
            }
            head
        };
        let against = |head: Option<Frontier>, lines: &[Line]| {
            let mut verification = Verification::new();
            verification.note(None, &anchor(&export(9), 2));
            verification.head(head.as_ref());
            lines.iter().for_each(|line| verification.line(&line.to_json()));
            verification.finish()
        };
        let grown = against(Some(head_of(7)), &lines);
        assert_eq!((grown.verdict, grown.anchored), (Verdict::Intact, 2));
        let cut = against(Some(head_of(9)), &lines[..8]);
        let short = Finding::ShortOfHead { size: 8, head: 9 };
        assert_eq!((cut.verdict, cut.findings), (Verdict::Incomplete, vec![short]));
        let mut rewritten = lines.clone();
        rewritten[8].entry = rewritten[8].entry.replace("Ann Lee", "Bob Ray");
        assert_eq!(against(Some(head_of(9)), &covered(rewritten)).verdict, Verdict::Tampered);
        assert_eq!(against(None, &lines).findings, vec![Finding::NoHead]);
    }

    #[test]
    fn that_begins_late_is_incomplete() {
        let lines = export(9);
        let report = verify(&lines[4..], &[anchor(&lines, 9)]);
        assert_eq!(
            (report.verdict, report.findings),
            (Verdict::Incomplete, vec![Finding::Gap { expected: 0, found: 4 }])
        );
    }

    #[test]
    fn may_have_empty_lines_and_windows_line_ends() {
        let lines = export(2);
        let note = anchor(&lines, 2);
        let text = [format!("{}\r", lines[0].to_json()), String::new(), lines[1].to_json()];
        let report = Verification::run(Some(&key().verify_key()), [note.as_str()], text);
        assert_eq!(report.verdict, Verdict::Intact);
    }
}

/// An attack: its name, what it does to an export of twenty entries, and what it must come to.
pub(super) type Attack = (&'static str, fn(Vec<Line>) -> Vec<Line>, Verdict);

pub(super) const ATTACKS: &[Attack] = &[
    (
        "an entry's text is changed",
        |mut l| {
            l[5].entry = l[5].entry.replace("Ann Lee", "Bob Ray");
            l
        },
        Verdict::Tampered,
    ),
    (
        "an entry's text and leaf are changed",
        |mut l| {
            l[5].entry = l[5].entry.replace("Ann Lee", "Bob Ray");
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "a leaf is changed",
        |mut l| {
            l[5].leaf = l[6].leaf;
            l
        },
        Verdict::Tampered,
    ),
    (
        "an entry is dropped",
        |mut l| {
            l.remove(5);
            l
        },
        Verdict::Incomplete,
    ),
    (
        "an entry is dropped and the rest moves up",
        |mut l| {
            l.remove(5);
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "the first entry is dropped and the rest moves up",
        |mut l| {
            l.remove(0);
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "two entries change places",
        |mut l| {
            l.swap(5, 6);
            l
        },
        Verdict::Tampered,
    ),
    (
        "two entries change places and indexes",
        |mut l| {
            l.swap(5, 6);
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "an entry is doubled",
        |mut l| {
            l.insert(5, l[5].clone());
            l
        },
        Verdict::Tampered,
    ),
    (
        "an entry is doubled and the rest moves down",
        |mut l| {
            l.insert(5, l[5].clone());
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "an entry is put in",
        |mut l| {
            l.insert(5, Line::new(5, &entry(99)));
            l
        },
        Verdict::Tampered,
    ),
    (
        "an entry is put in and the rest moves down",
        |mut l| {
            l.insert(5, Line::new(5, &entry(99)));
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "the tail is cut",
        |mut l| {
            l.truncate(17);
            l
        },
        Verdict::Incomplete,
    ),
    (
        "the tail is cut below every checkpoint",
        |mut l| {
            l.truncate(3);
            l
        },
        Verdict::Incomplete,
    ),
    ("everything is cut", |_| Vec::new(), Verdict::Incomplete),
    (
        "the tail is cut and made up",
        |mut l| {
            l.truncate(17);
            l.extend((17..20).map(|n| Line::new(n, &entry(99))));
            l
        },
        Verdict::Tampered,
    ),
    ("all is made up", |_| covered((50..70).map(|n| Line::new(0, &entry(n))).collect()), Verdict::Tampered),
    (
        "the log is forked at the tenth entry",
        |mut l| {
            l.truncate(10);
            l.extend((60..75).map(|n| Line::new(0, &entry(n))));
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "an entry of another organization is put in",
        |mut l| {
            l[5].entry = l[5].entry.replace("-000000000001\"", "-000000000002\"");
            covered(l)
        },
        Verdict::Tampered,
    ),
    (
        "a line names another log",
        |mut l| {
            l[5].log = "019a0000-0000-7000-8000-000000000002".to_owned();
            l
        },
        Verdict::Tampered,
    ),
    (
        "the order of all is reversed",
        |mut l| {
            l.reverse();
            l
        },
        Verdict::Tampered,
    ),
];

#[test]
fn every_attack_of_the_table_is_found_and_judged() {
    let honest = export(20);
    let notes = [anchor(&honest, 8), anchor(&honest, 20)];
    for (name, attack, verdict) in ATTACKS {
        let attacked = attack(honest.clone());
        assert_ne!(attacked, honest, "{name}: changes nothing");
        let report = verify(&attacked, &notes);
        assert_eq!(report.verdict, *verdict, "{name}: {:?}", report.findings);
    }
}

#[test]
fn a_cut_tail_is_named_with_what_is_left_and_what_there_was() {
    let lines = export(20);
    let report = verify(&lines[..17], &[anchor(&lines, 20)]);
    assert_eq!(report.findings, [Finding::Cut { size: 17, checkpoint: 20 }]);
}

#[test]
fn two_checkpoints_of_one_size_and_different_roots_are_a_fork() {
    let (one, other) = (export(5), covered((50..55).map(|n| Line::new(0, &entry(n))).collect()));
    let report = verify(&one, &[anchor(&one, 5), anchor(&other, 5)]);
    assert_eq!((report.verdict, report.findings), (Verdict::Tampered, vec![Finding::Fork { size: 5 }]));
}

#[test]
fn a_checkpoint_signed_by_another_key_is_a_finding() {
    let lines = export(5);
    let mut frontier = Frontier::new();
    lines.iter().for_each(|line| {
        frontier.append(line.leaf);
    });
    let checkpoint = Checkpoint::new(GATE, organization(), &frontier).unwrap();
    let forged = crate::audit::checkpoint::SigningKey::generate(GATE, &Fixed(8)).unwrap().sign(&checkpoint);
    let report = verify(&lines, &[forged]);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert!(matches!(report.findings[0], Finding::Checkpoint { number: 1, error: AuditError::Unsigned(_) }));
}

#[test]
fn a_checkpoint_of_another_log_is_a_finding() {
    let lines = export(5);
    let stranger = key().sign(&Checkpoint::new("other.example", organization(), &Frontier::new()).unwrap());
    let report = verify(&lines, &[anchor(&lines, 5), stranger]);
    assert_eq!(
        report.findings,
        [Finding::OtherOrigin { number: 2, origin: format!("other.example/{}", organization()) }]
    );
}

#[test]
fn the_checkpoint_of_another_organization_is_a_finding_even_if_its_root_fits() {
    let lines = export(5);
    let mut frontier = Frontier::new();
    for line in &lines {
        frontier.append(line.leaf);
    }
    let other = "019a0000-0000-7000-8000-000000000002".parse().unwrap();
    let report = verify(&lines, &[key().sign(&Checkpoint::new(GATE, other, &frontier).unwrap())]);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert!(matches!(report.findings[..], [Finding::OtherExport { .. }]), "{:?}", report.findings);
}

#[test]
fn more_findings_than_a_hundred_are_counted() {
    let report = Verification::run(None, [], (0..150).map(|_| "no line"));
    assert_eq!((report.findings.len(), report.more), (100, 51));
}

#[test]
fn the_log_of_the_tests_is_of_one_organization() {
    let organization: OrganizationId = export(1)[0].log.parse().unwrap();
    assert_eq!(organization, entry(0).facts().organization);
}

proptest! {
    #[test]
    fn a_flipped_bit_anywhere_in_an_export_is_found(line in 0_usize..12, at: prop::sample::Index, bit in 0_u8..7) {
        let honest = export(12);
        let notes = [anchor(&honest, 12)];
        let mut texts: Vec<String> = honest.iter().map(Line::to_json).collect();
        let mut bytes = texts[line].clone().into_bytes();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        texts[line] = String::from_utf8(bytes).unwrap();
        let report = Verification::run(None, notes.iter().map(String::as_str), &texts);
        prop_assert_ne!(report.verdict, Verdict::Intact);
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_checkpoint_is_found(at: prop::sample::Index, bit in 0_u8..7) {
        let lines = export(3);
        let mut bytes = anchor(&lines, 3).into_bytes();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let Ok(note) = String::from_utf8(bytes) else { return Ok(()) };
        prop_assert_ne!(verify(&lines, &[note]).verdict, Verdict::Intact);
    }

    #[test]
    fn any_subset_or_order_but_the_whole_is_found(picked in prop::collection::vec(0_usize..10, 0..14), cover: bool) {
        let honest = export(10);
        let notes = [anchor(&honest, 10)];
        let lines: Vec<Line> = picked.iter().map(|n| honest[*n].clone()).collect();
        let lines = if cover { covered(lines) } else { lines };
        let whole = lines.starts_with(&honest);
        let report = Verification::run(None, notes.iter().map(String::as_str), lines.iter().map(Line::to_json));
        prop_assert_eq!(report.verdict == Verdict::Intact, whole);
    }

    #[test]
    fn any_text_is_verified_to_some_verdict(notes in prop::collection::vec("\\PC{0,40}|[\\PC\n]{0,80}", 0..3), lines in prop::collection::vec("\\PC{0,80}", 0..6)) {
        let report = Verification::run(None, notes.iter().map(String::as_str), &lines);
        prop_assert_ne!(report.verdict, Verdict::Intact);
    }
}
