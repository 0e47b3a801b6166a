//! What must be refused, and for which reason. Each row names where the attack comes from, and is a whole document.
//!
//! The tables are split by the check that should stop them; every row is run by the same few lines.

use super::lab::*;
use crate::saml::encoding::to_base64;
use crate::saml::{Check, response};

mod bytes;
mod encrypted;
mod protocol;
mod signatures;
mod wrapping;

/// One hostile document.
struct Row {
    /// Where it is described; `checklist` is the one in `response`.
    source: &'static str,
    what: &'static str,
    /// The code of the refusal.
    refused: &'static str,
    xml: fn() -> String,
}

const fn row(source: &'static str, what: &'static str, refused: &'static str, xml: fn() -> String) -> Row {
    Row { source, what, refused, xml }
}

fn all_are_refused(rows: &[Row]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let found = verify(&(row.xml)()).map_or_else(
                |refusal| refusal.code().to_owned(),
                |verified| format!("ACCEPTED as {}", verified.name_id.value),
            );
            (found != row.refused).then(|| format!("{} ({}): {found} instead of {}", row.what, row.source, row.refused))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The documents that would cost the most are refused before any canonicalisation and any use of a key.
#[test]
fn expensive_documents_are_refused_before_any_signature_is_computed() {
    let signature = |transforms: &str| sign_raw(&assertion(), "_a1", &Style::default(), "#_a1", transforms);
    let namespace = format!("urn:{}", "x".repeat(100_000));
    let many = (0..60_000).map(|n| format!(" a{n}=\"\"")).collect::<String>();
    for (what, xml) in [
        (
            "nesting",
            swap(&good(), "<samlp:Status>", &format!("{}{}<samlp:Status>", "<a>".repeat(5_000), "</a>".repeat(5_000))),
        ),
        ("elements", swap(&good(), "<samlp:Status>", &format!("<a>{}</a><samlp:Status>", "<b/>".repeat(40_000)))),
        ("attributes", swap(&good(), "<samlp:Status>", &format!("<samlp:Status{}>", &many[..200_000]))),
        (
            "namespaces",
            swap(
                &good(),
                "<samlp:Status>",
                &format!("<samlp:Status{}>", (0..65).map(|n| format!(" xmlns:p{n}=\"u:\"")).collect::<String>()),
            ),
        ),
        ("a long namespace name", swap(&good(), "<samlp:Status>", &format!("<samlp:Status xmlns:p=\"{namespace}\">"))),
        (
            "a chain of transforms",
            response(&signature(
                &"<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>".repeat(1_000),
            )),
        ),
        (
            "an XSLT transform",
            response(&signature("<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>")),
        ),
        ("eight megabytes", swap(&good(), "ann@corp", &"a".repeat(8_000_000))),
        ("entities", format!("<!DOCTYPE a [<!ENTITY a \"{}\">]>{}", "a".repeat(1000), good())),
    ] {
        let refusal = verify(&xml).unwrap_err();
        assert!(refusal.check() <= Check::SignatureForm, "{what}: {refusal:?}");
    }
}

#[test]
fn base64_games_are_refused() {
    let message = to_base64(good().as_bytes());
    assert!(response::verify(&message, &expectation()).is_ok());
    for (what, text) in [
        ("empty", String::new()),
        ("url-safe alphabet", message.replacen('A', "-", 1)),
        ("percent-encoded", message.replacen('P', "%50", 1)),
        ("twice", format!("{message}={message}")),
        ("trailing bits", format!("{}9=", message.trim_end_matches('='))),
        ("a NUL", format!("{message}\0")),
    ] {
        assert_eq!(response::verify(&text, &expectation()).unwrap_err().code(), "not_base64", "{what}");
    }
}

/// No prefix of a good message is accepted, and no single changed byte goes unnoticed where it matters.
#[test]
fn a_truncated_message_is_refused_wherever_it_is_cut() {
    let xml = good();
    for end in (0..xml.len()).step_by(37) {
        assert!(verify(&xml[..end]).is_err(), "{end}");
    }
}

#[test]
fn no_changed_byte_of_the_assertion_is_accepted_as_somebody_else() {
    let xml = good();
    let start = xml.find("<saml:Assertion").unwrap();
    for at in (start..xml.len()).step_by(11) {
        let mut bytes = xml.clone().into_bytes();
        bytes[at] ^= 0x01;
        if let Ok(verified) = response::verify(&to_base64(&bytes), &expectation()) {
            assert_eq!(verified.name_id.value, "ann@corp.example", "byte {at}");
        }
    }
}

proptest::proptest! {
    /// Whatever comes in, an answer comes out, and it is never somebody else.
    #[test]
    fn a_mangled_message_is_never_somebody_else(
        at in proptest::collection::vec((0_usize..4_000, proptest::prelude::any::<u8>()), 1..6),
        cut in 0_usize..4_000,
    ) {
        let mut bytes = sign(&good(), "_r1").into_bytes();
        for (at, byte) in at {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if cut % 7 == 0 {
            bytes.truncate(cut % bytes.len());
        }
        if let Ok(verified) = response::verify(&to_base64(&bytes), &expectation()) {
            proptest::prop_assert_eq!(verified.name_id.value, "ann@corp.example");
        }
    }

    /// Markup of any kind goes through the gate and the tree without a panic.
    #[test]
    fn any_markup_gets_an_answer(xml in "(<[/!?]?[a:]{0,3}( [a:x]{1,3}=['\"][^<]{0,3}['\"])?/?>|[a&;#x0-9]{0,3}|]]>|<!--|\\PC){0,30}") {
        let _answer = response::verify(&to_base64(xml.as_bytes()), &expectation());
        let _answer = crate::saml::IdpMetadata::parse(&xml);
        let _answer = crate::saml::redirect::read(&xml);
    }
}
