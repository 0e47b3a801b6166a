//! Notes against the published vector, keys there and back, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::audit::test_support::{Fixed, GATE, anchor, export, key, organization};
use crate::model::Secret;

/// The worked example of the Go checksum database's note package (`golang.org/x/mod/sumdb/note`).
mod the_published_example {
    use super::*;

    const SIGNING: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const VERIFYING: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn has_the_key_id_and_public_key_we_derive() {
        let key = SigningKey::from_text(&Secret::new(SIGNING)).unwrap();
        assert_eq!(key.verify_key().to_string(), VERIFYING);
        assert_eq!(key.to_text().expose(), SIGNING);
    }

    #[test]
    fn is_signed_truly_and_is_no_checkpoint() {
        let key: VerifyKey = VERIFYING.parse().unwrap();
        assert_eq!(key.verify(NOTE), Err(AuditError::Checkpoint("it has fewer than three lines")));
        let changed = NOTE.replace("answer", "question");
        assert_eq!(key.verify(&changed), Err(AuditError::Signature("PeterNeumann".to_owned())));
    }
}

#[test]
fn a_checkpoint_is_three_lines() {
    let checkpoint = Checkpoint::new(GATE, organization(), &Frontier::new()).unwrap();
    assert_eq!(
        checkpoint.body(),
        "portcullis.example/audit/019a0000-0000-7000-8000-000000000001\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    );
}

#[test]
fn a_signed_checkpoint_verifies_to_itself() {
    let lines = export(5);
    let checkpoint = key().verify_key().verify(&anchor(&lines, 5)).unwrap();
    assert_eq!(
        (checkpoint.size(), checkpoint.origin()),
        (5, "portcullis.example/audit/019a0000-0000-7000-8000-000000000001")
    );
    assert_eq!(Checkpoint::parse_unverified(&anchor(&lines, 5)), Ok(checkpoint));
}

#[test]
fn the_signatures_of_witnesses_are_passed_over() {
    let note = format!("{}\u{2014} witness.example 7Aw1TDQrfqQ=\n", anchor(&export(1), 1));
    assert_eq!(key().verify_key().verify(&note).map(|checkpoint| checkpoint.size()), Ok(1));
    let unsigned = note.replace("\u{2014} portcullis.example/audit ", "\u{2014} other.example ");
    assert_eq!(key().verify_key().verify(&unsigned), Err(AuditError::Unsigned("portcullis.example/audit".to_owned())));
}

#[test]
fn another_key_of_the_same_name_does_not_verify() {
    let other = SigningKey::generate("portcullis.example/audit", &Fixed(9)).unwrap();
    let note = anchor(&export(1), 1);
    assert_eq!(other.verify_key().verify(&note), Err(AuditError::Unsigned("portcullis.example/audit".to_owned())));
}

#[test]
fn malformed_bodies_are_refused() {
    let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for body in [
        String::new(),
        format!("o\n1\n{root}"),
        "o\n1\n".to_owned(),
        format!("\n1\n{root}\n"),
        format!("o\n01\n{root}\n"),
        format!("o\n+1\n{root}\n"),
        format!("o\n-1\n{root}\n"),
        format!("o\n18446744073709551616\n{root}\n"),
        "o\n1\nAAAA\n".to_owned(),
        format!("o\n1\n{root}\n\n"),
        format!("o\r\n1\n{root}\n"),
    ] {
        assert!(Checkpoint::parse_body(&body).is_err(), "{body:?}");
    }
}

#[test]
fn malformed_keys_are_refused() {
    let good = key().verify_key().to_string();
    for text in [
        String::new(),
        "name".to_owned(),
        good.replace("portcullis", "other"),
        good.replace("+", " "),
        format!("{good}A"),
        good.replacen("portcullis.example/audit", "", 1),
    ] {
        assert!(text.parse::<VerifyKey>().is_err(), "{text}");
    }
    assert!(SigningKey::from_text(&Secret::new(good)).is_err());
}

#[test]
fn names_with_spaces_or_pluses_are_refused() {
    for name in ["", "a b", "a+b", "a\n"] {
        assert_eq!(SigningKey::generate(name, &Fixed(1)).map(|_| ()), Err(AuditError::KeyName(name.to_owned())));
    }
}

#[test]
fn a_signing_key_does_not_print() {
    assert_eq!(format!("{:?}", key()), "SigningKey(portcullis.example/audit, …)");
}

proptest! {
    #[test]
    fn any_text_is_a_note_or_refused(text in "[\\PC\n]{0,200}") {
        let _either = key().verify_key().verify(&text);
        let _or = Checkpoint::parse_unverified(&text);
        let _key = text.parse::<VerifyKey>();
    }
}
