//! What honest identity providers send is accepted, in all its shapes.

use super::lab::*;
use crate::model::Timestamp;
use crate::saml::canonical::Method;
use crate::saml::{Groups, Preset, Refusal, Require, SpKey};

fn is_ann(xml: &str) {
    let verified = verify(xml).unwrap();
    assert_eq!(verified.name_id.value, "ann@corp.example");
    assert_eq!(verified.assertion_id, "_a1");
}

#[test]
fn a_signed_assertion_says_everything_about_the_sign_in() {
    let verified = verify(&good()).unwrap();
    assert_eq!(verified.name_id.value, "ann@corp.example");
    assert_eq!(verified.name_id.format.as_deref(), Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"));
    assert_eq!(verified.session_index.as_deref(), Some("_s1"));
    assert_eq!(verified.session_not_on_or_after, Timestamp::parse_rfc3339("2026-11-22T18:00:00Z"));
    assert_eq!(verified.in_response_to.as_deref(), Some("_q1"));
    assert_eq!(verified.replay_until, Timestamp::parse_rfc3339("2026-11-22T10:12:00Z").unwrap());
    assert_eq!(verified.attributes.email(Preset::Generic), Some("ann@corp.example"));
    let groups = Groups::Known(vec!["eng".to_owned(), "a & b <c>".to_owned()]);
    assert_eq!(verified.attributes.groups(Preset::Generic, None), groups);
}

#[test]
fn a_signed_response_covers_its_assertion() {
    is_ann(&sign(&response(&assertion()), "_r1"));
}

#[test]
fn response_and_assertion_may_both_be_signed() {
    let both = sign(&response(&sign(&assertion(), "_a1")), "_r1");
    is_ann(&both);
    assert!(verify_with(&both, |e| e.require = Require::Both).is_ok());
}

#[test]
fn what_the_connection_requires_must_be_signed() {
    let response_signed = sign(&response(&assertion()), "_r1");
    for (xml, require, refusal) in [
        (good(), Require::Both, Refusal::ResponseUnsigned),
        (good(), Require::Response, Refusal::ResponseUnsigned),
        (response_signed.clone(), Require::Both, Refusal::AssertionUnsigned),
        (response_signed, Require::Assertion, Refusal::AssertionUnsigned),
    ] {
        assert_eq!(verify_with(&xml, |e| e.require = require), Err(refusal), "{require:?}");
    }
}

#[test]
fn rsa_and_ecdsa_with_every_allowed_hash_are_verified() {
    for key in [IDP_RSA, IDP_EC] {
        for bits in [256, 384, 512] {
            is_ann(&response(&sign_as(&assertion(), "_a1", &Style::sha(bits, key))));
        }
    }
}

#[test]
fn the_second_certificate_of_one_kind_is_tried_too() {
    let idp = idp_with(&[OTHER_CERTIFICATE, IDP_EC_CERTIFICATE, IDP_RSA_CERTIFICATE]);
    assert!(verify_with(&good(), |e| e.idp = &idp).is_ok());
}

#[test]
fn inclusive_namespaces_and_inclusive_canonicalisation_are_verified() {
    let typed = swap(
        &assertion(),
        "<saml:AttributeValue>eng",
        "<saml:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">eng",
    );
    let typed = swap(&typed, " ID=\"_a1\"", " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" ID=\"_a1\"");
    let listed = Style { method: Method::Exclusive(vec!["xs".to_owned()]), ..Style::default() };
    is_ann(&response(&sign_as(&typed, "_a1", &listed)));
    // Inclusive canonicalisation must be computed where the assertion stands.
    let inclusive = Style { method: Method::Inclusive, ..Style::default() };
    is_ann(&sign_as(&response(&typed), "_a1", &inclusive));
    is_ann(&sign_as(&response(&typed), "_r1", &inclusive));
}

#[test]
fn an_assertion_signed_and_encrypted_is_opened() {
    for transport in [GCM.transport, OAEP_SHA256] {
        is_ann(&response(&seal("EncryptedAssertion", &sign(&assertion(), "_a1"), Seal { transport, ..GCM })));
    }
}

#[test]
fn a_signed_response_covers_its_encrypted_assertion() {
    is_ann(&sign(&response(&seal("EncryptedAssertion", &assertion(), GCM)), "_r1"));
}

#[test]
fn plaintext_may_lean_on_the_namespaces_around_it() {
    let plaintext = swap(&sign(&assertion(), "_a1"), " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "");
    is_ann(&response(&seal("EncryptedAssertion", &plaintext, GCM)));
}

#[test]
fn cbc_is_opened_only_where_the_connection_allows_it() {
    let xml = response(&seal("EncryptedAssertion", &sign(&assertion(), "_a1"), CBC));
    assert!(verify_with(&xml, |e| e.allow_cbc = true).is_ok());
    assert_eq!(verify(&xml).unwrap_err().code(), "encryption_algorithm");
}

#[test]
fn an_encrypted_name_id_is_opened() {
    let plain = assertion();
    let start = plain.find("<saml:NameID").unwrap();
    let end = plain.find("</saml:NameID>").unwrap() + "</saml:NameID>".len();
    let sealed = seal("EncryptedID", &plain[start..end], GCM);
    is_ann(&response(&sign(&swap(&plain, &plain[start..end], &sealed), "_a1")));
}

#[test]
fn an_idp_initiated_sign_in_is_accepted_only_where_allowed() {
    let unasked = response(&sign(&swap(&assertion(), " InResponseTo=\"_q1\"", ""), "_a1"));
    let unasked = swap(&unasked, " InResponseTo=\"_q1\"", "");
    let refused = verify_with(&unasked, |e| e.pending = None);
    assert_eq!(refused, Err(Refusal::Unsolicited));
    let accepted = verify_with(&unasked, |e| {
        e.pending = None;
        e.unsolicited_allowed = true;
    });
    assert_eq!(accepted.unwrap().in_response_to, None);
}

#[test]
fn a_fresh_sign_in_is_checked_where_it_was_asked_for() {
    let asked = crate::saml::PendingRequest { force_authn: true, ..pending() };
    assert!(verify_with(&good(), |e| e.pending = Some(&asked)).is_ok());
    let old = response(&sign(
        &swap(&assertion(), "AuthnInstant=\"2026-11-22T09:59:30Z\"", "AuthnInstant=\"2026-11-22T08:00:00Z\""),
        "_a1",
    ));
    assert!(verify(&old).is_ok());
    assert_eq!(verify_with(&old, |e| e.pending = Some(&asked)), Err(Refusal::NotFresh));
}

#[test]
fn the_answered_authentication_context_must_be_one_that_was_asked_for() {
    let password = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password".to_owned();
    let asked = |context: &str| crate::saml::PendingRequest { authn_contexts: vec![context.to_owned()], ..pending() };
    let same = asked(&password);
    assert!(verify_with(&good(), |e| e.pending = Some(&same)).is_ok());
    let x509 = asked("urn:oasis:names:tc:SAML:2.0:ac:classes:X509");
    assert_eq!(verify_with(&good(), |e| e.pending = Some(&x509)), Err(Refusal::AuthnContext { found: password }));
}

#[test]
fn clocks_may_differ_by_the_skew_and_no_more() {
    let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
    assert!(verify_with(&good(), |e| e.now = at("2026-11-22T10:06:59Z")).is_ok());
    assert_eq!(verify_with(&good(), |e| e.now = at("2026-11-22T10:07:00Z")).unwrap_err().code(), "expired");
    assert!(verify_with(&good(), |e| e.now = at("2026-11-22T09:58:00Z")).is_ok());
    assert_eq!(verify_with(&good(), |e| e.now = at("2026-11-22T09:57:59Z")).unwrap_err().code(), "issued_in_future");
}

#[test]
fn an_encrypted_message_needs_our_key() {
    let keyless = crate::saml::ServiceProvider::new(SP, ACS, None, None).unwrap();
    let xml = response(&seal("EncryptedAssertion", &sign(&assertion(), "_a1"), GCM));
    assert_eq!(verify_with(&xml, |e| e.sp = &keyless), Err(Refusal::NoDecryptionKey));
    assert!(SpKey::parse(&crate::model::Secret::new(OTHER), SP_CERTIFICATE).is_err());
}
