//! Whatever comes in is read or refused, and what is read keeps the room's invariants. Inputs are kept ones from
//! `fixtures/fuzz/`, changed at random (see `model::fuzz`).

use super::lab::{expectation, good, sign};
use crate::model::fuzz::each_text;
use crate::saml::canonical::{self, Method};
use crate::saml::encoding::{base64, deflate, inflate, to_base64};
use crate::saml::gate::{self, Kind};
use crate::saml::{IdpMetadata, limits, redirect, response, tree};

/// Fragments that change how markup is read.
const MARKUP: [&str; 26] = [
    "<",
    ">",
    "/>",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<!DOCTYPE a>",
    "&",
    "&#0;",
    "&lt;",
    "&#x41;",
    "\"",
    "'",
    "=",
    " ",
    "\n",
    "xmlns=\"\"",
    " xmlns:a=\"urn:a\"",
    " ID=\"_a1\"",
    "a:",
    "\u{0}",
    "\u{feff}",
];

fn lines(text: &'static str) -> Vec<&'static str> {
    text.lines().collect()
}

#[test]
fn what_passes_the_gate_and_is_well_formed_is_within_the_bounds_and_plain() {
    let kept = lines(include_str!("../../../fixtures/fuzz/saml-gate.txt"));
    each_text(&kept, &MARKUP, |text| {
        for kind in [Kind::Message, Kind::Metadata] {
            let Ok(passed) = gate::pass(text.as_bytes(), kind) else { continue };
            let Ok(document) = roxmltree::Document::parse(passed) else { continue };
            let nodes = || document.descendants();
            assert!(nodes().filter(roxmltree::Node::is_element).count() <= limits::ELEMENTS, "{text}");
            assert!(nodes().all(|node| node.ancestors().count() <= limits::DEPTH + 2), "{text}");
            assert!(nodes().all(|node| node.attributes().len() <= limits::ATTRIBUTES_PER_ELEMENT), "{text}");
            assert!(nodes().all(|node| !node.is_pi()), "{text}");
            assert!(kind == Kind::Metadata || nodes().all(|node| !node.is_comment()), "{text}");
        }
    });
}

#[test]
fn the_canonical_form_of_whatever_is_read_is_its_own_canonical_form() {
    let kept = lines(include_str!("../../../fixtures/fuzz/saml-gate.txt"));
    each_text(&kept, &MARKUP, |text| {
        let Ok(document) = tree::parse(text.as_bytes(), Kind::Message) else { return };
        for method in [Method::exclusive(), Method::Inclusive] {
            let Ok(once) = canonical::bytes(document.root_element(), None, &method) else { continue };
            let again = tree::parse(&once, Kind::Message).unwrap_or_else(|refusal| panic!("{refusal}: {text}"));
            assert_eq!(canonical::bytes(again.root_element(), None, &method).as_ref(), Ok(&once), "{text}");
        }
    });
}

#[test]
fn any_message_is_refused_or_says_what_was_signed() {
    let (assertion_signed, both_signed) = (good(), sign(&good(), "_r1"));
    each_text(&[&assertion_signed, &both_signed], &MARKUP, |text| {
        if let Ok(verified) = response::verify(&to_base64(text.as_bytes()), &expectation()) {
            assert_eq!(verified.name_id.value, "ann@corp.example", "{text}");
        }
    });
}

#[test]
fn any_metadata_is_refused_or_can_be_believed() {
    let certificate = super::lab::IDP_RSA_CERTIFICATE.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let kept: Vec<String> = include_str!("../../../fixtures/fuzz/saml-metadata.txt")
        .lines()
        .map(|line| line.replace("CERTIFICATE", &certificate))
        .collect();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    each_text(&kept, &MARKUP, |text| {
        if let Ok(metadata) = IdpMetadata::parse(&text) {
            assert!(!metadata.signing_certificates().is_empty(), "{text}");
            assert!(metadata.signing_certificates().len() <= limits::CERTIFICATES, "{text}");
            assert!(!metadata.entity_id().is_empty() && metadata.sign_on().is_some(), "{text}");
            for endpoint in metadata.sso().iter().chain(metadata.slo()) {
                assert!(endpoint.location.starts_with("http"), "{text}");
            }
        }
    });
}

#[test]
fn any_base64_is_refused_or_the_one_spelling_of_its_bytes() {
    let kept = lines(include_str!("../../../fixtures/fuzz/saml-base64.txt"));
    let words = ["=", "==", "A", "+", "/", "-", "_", " ", "\r\n", "%3D", "\u{0}", "é"];
    each_text(&kept, &words, |text| {
        if let Ok(bytes) = base64(&text, 64) {
            assert!(bytes.len() <= 64, "{text}");
            assert_eq!(to_base64(&bytes), text.split_ascii_whitespace().collect::<String>());
        }
    });
}

#[test]
fn whatever_is_inflated_is_bounded_and_no_query_breaks_the_reader() {
    let kept = lines(include_str!("../../../fixtures/fuzz/saml-base64.txt"));
    let deflated: Vec<String> = kept.iter().map(|one| to_base64(&deflate(one.as_bytes()))).collect();
    let deflated: Vec<&str> = deflated.iter().map(String::as_str).collect();
    each_text(&deflated, &["A", "/", "7", "w==", "&", "SigAlg=", "%", "%4"], |text| {
        if let Ok(bytes) = base64(&text, limits::MESSAGE_BYTES)
            && let Ok(inflated) = inflate(&bytes)
        {
            assert!(inflated.len() <= limits::MESSAGE_BYTES, "{text}");
        }
        let _read_or_refused = redirect::read(&format!("SAMLRequest={text}&RelayState=a&SigAlg=b&Signature={text}"));
    });
}
