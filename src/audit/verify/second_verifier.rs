//! Both verifiers on the same exports: `script/verify-audit.py` must come to the verdict that we come to.

use std::path::Path;
use std::process::Command;

use super::tests::{ATTACKS, verify};
use super::*;
use crate::audit::checkpoint::SigningKey;
use crate::audit::test_support::{Fixed, GATE, anchor, export, key, organization};

/// The Python verifier's verdict on an export and its notes.
fn second_verdict(lines: &[Line], notes: &[String], key: Option<&VerifyKey>) -> (u8, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.jsonl");
    std::fs::write(&file, lines.iter().map(|line| line.to_json() + "\n").collect::<String>()).unwrap();
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("script/verify-audit.py")).arg(&file);
    for (number, note) in notes.iter().enumerate() {
        let path = folder.path().join(format!("{number}.note"));
        std::fs::write(&path, note).unwrap();
        command.arg("--checkpoint").arg(path);
    }
    if let Some(key) = key {
        command.arg("--key").arg(key.to_string());
    }
    let output = command.output().expect("the second verifier needs python3");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap(), text)
}

#[test]
fn finds_an_honest_export_intact_with_the_same_root() {
    let lines = export(21);
    let notes = [anchor(&lines, 0), anchor(&lines, 8), anchor(&lines, 21)];
    let (code, text) = second_verdict(&lines, &notes, Some(&key().verify_key()));
    assert_eq!(code, Verdict::Intact.exit_code(), "{text}");
    assert!(
        text.contains(&format!("21 entries, 21 up to the last checkpoint, root {}", verify(&lines, &notes).root)),
        "{text}"
    );
}

#[test]
fn judges_every_attack_of_the_table_as_the_first_does() {
    let honest = export(20);
    let notes = [anchor(&honest, 8), anchor(&honest, 20)];
    for (name, attack, verdict) in ATTACKS {
        let (code, text) = second_verdict(&attack(honest.clone()), &notes, None);
        assert_eq!(code, verdict.exit_code(), "{name}: {text}");
    }
}

#[test]
fn refuses_a_checkpoint_of_another_key_or_with_another_text() {
    let lines = export(5);
    let other = SigningKey::generate(GATE, &Fixed(8)).unwrap();
    let (code, text) = second_verdict(&lines, &[anchor(&lines, 5)], Some(&other.verify_key()));
    assert_eq!((code, text.contains("not signed by the key")), (2, true), "{text}");
    let changed = anchor(&lines, 5).replacen("\n5\n", "\n4\n", 1);
    let (code, text) = second_verdict(&lines, &[changed], Some(&key().verify_key()));
    assert_eq!((code, text.contains("not signed by the key")), (2, true), "{text}");
}

#[test]
fn says_when_it_checked_no_signature() {
    let lines = export(2);
    let (code, text) = second_verdict(&lines, &[anchor(&lines, 2)], None);
    assert_eq!((code, text.contains("no signature was checked")), (0, true), "{text}");
}

#[test]
fn refuses_the_checkpoint_of_another_organization() {
    let lines = export(1);
    let note = anchor(&lines, 1).replace(&organization().to_string(), "019a0000-0000-7000-8000-000000000002");
    let (code, text) = second_verdict(&lines, &[note], None);
    assert_eq!((code, text.contains("another log")), (2, true), "{text}");
}
