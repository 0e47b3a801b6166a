//! What we send: requests, logout messages and our metadata, read back by the same strict reader.

use super::lab::*;
use crate::model::SystemChance;
use crate::saml::gate::Kind;
use crate::saml::redirect;
use crate::saml::signature::Signature;
use crate::saml::{
    Ask, AuthnRequest, Binding, Certificate, Endpoint, IdpMetadata, Outgoing, PostForm, SendError, ServiceProvider,
    encoding, tree,
};

fn chance() -> SystemChance {
    SystemChance
}

fn idp_at(binding: Binding) -> IdpMetadata {
    let endpoint = || vec![Endpoint::new(binding, "https://idp.example/sso?tenant=1").unwrap()];
    IdpMetadata::new(IDP, endpoint(), endpoint(), vec![Certificate::parse(IDP_RSA_CERTIFICATE).unwrap()]).unwrap()
}

fn redirected(outgoing: Outgoing) -> String {
    let Outgoing::Redirect(url) = outgoing else { panic!("{outgoing:?}") };
    url
}

fn posted(outgoing: Outgoing) -> PostForm {
    let Outgoing::Post(form) = outgoing else { panic!("{outgoing:?}") };
    form
}

#[test]
fn a_redirected_request_is_signed_over_its_query_and_asks_for_nothing_more() {
    let request = AuthnRequest::new(&sp(), &idp_at(Binding::Redirect), &Ask::default(), now(), &chance()).unwrap();
    let url = redirected(request.send("handle/+ &").unwrap());
    let query = url.strip_prefix("https://idp.example/sso?tenant=1&").unwrap();
    let received = redirect::read(query).unwrap();
    received.verify(&[Certificate::parse(SP_CERTIFICATE).unwrap()]).unwrap();
    assert_eq!(received.relay_state.as_deref(), Some("handle/+ &"));
    let document = tree::parse(&received.document, Kind::Message).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("ID"), Some(request.id()));
    assert_eq!(root.attribute("Destination"), Some("https://idp.example/sso?tenant=1"));
    assert_eq!(root.attribute("AssertionConsumerServiceURL"), Some(ACS));
    assert_eq!(root.attribute("IssueInstant"), Some("2026-11-22T10:00:00Z"));
    assert_eq!(tree::elements(root).map(|child| child.tag_name().name()).collect::<Vec<_>>(), ["Issuer"]);
}

#[test]
fn what_was_asked_for_is_in_the_request_and_in_what_is_pending() {
    let ask =
        Ask { force_authn: true, name_id_format: Some("urn:f".to_owned()), authn_contexts: vec!["urn:c".to_owned()] };
    let request = AuthnRequest::new(&sp(), &idp_at(Binding::Redirect), &ask, now(), &chance()).unwrap();
    assert!(request.xml().contains("ForceAuthn=\"true\""));
    assert!(request.xml().contains("<saml:AuthnContextClassRef>urn:c</saml:AuthnContextClassRef>"));
    assert!(request.pending().force_authn);
    assert_eq!(request.pending().authn_contexts, ["urn:c"]);
}

#[test]
fn ids_are_long_never_repeat_and_begin_with_no_digit() {
    let chance = chance();
    let id = || {
        AuthnRequest::new(&sp(), &idp_at(Binding::Redirect), &Ask::default(), now(), &chance).unwrap().id().to_owned()
    };
    let (one, two) = (id(), id());
    assert!(one.starts_with('_') && one.len() == 41, "{one}");
    assert_ne!(one, two);
}

#[test]
fn a_posted_request_is_signed_inside() {
    let request = AuthnRequest::new(&sp(), &idp_at(Binding::Post), &Ask::default(), now(), &chance()).unwrap();
    let form = posted(request.send("handle").unwrap());
    assert_eq!(form.action, "https://idp.example/sso?tenant=1");
    let (_, message) = form.fields.iter().find(|(name, _)| *name == "SAMLRequest").unwrap();
    let xml = encoding::base64(message, 1 << 20).unwrap();
    let document = tree::parse(&xml, Kind::Message).unwrap();
    let signature = Signature::of(document.root_element()).unwrap().unwrap();
    assert!(signature.verify(&[Certificate::parse(SP_CERTIFICATE).unwrap()]).is_ok());
    assert_eq!(form.fields.iter().find(|(name, _)| *name == "RelayState").unwrap().1, "handle");
}

#[test]
fn an_identity_provider_that_wants_signed_requests_gets_no_unsigned_one() {
    let metadata = include_str!("../../../fixtures/saml/simplesamlphp/metadata.xml");
    let wants = swap(metadata, "<md:IDPSSODescriptor ", "<md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" ");
    let keyless = ServiceProvider::new(SP, ACS, None, None).unwrap();
    let ask = |xml: &str, sp: &ServiceProvider| {
        AuthnRequest::new(sp, &IdpMetadata::parse(xml).unwrap(), &Ask::default(), now(), &chance())
    };
    assert!(matches!(ask(&wants, &keyless), Err(SendError::NoKey)));
    assert!(ask(&wants, &sp()).is_ok());
    assert!(ask(metadata, &keyless).is_ok());
}

#[test]
fn a_relay_state_of_81_bytes_is_not_sent() {
    let request = AuthnRequest::new(&sp(), &idp_at(Binding::Redirect), &Ask::default(), now(), &chance()).unwrap();
    assert!(matches!(request.send(&"x".repeat(81)), Err(SendError::RelayState)));
}

#[test]
fn our_metadata_names_everything_and_escapes_it() {
    let sp = ServiceProvider::new("urn:a&b\"<c>", ACS, Some(SLO), sp().key().cloned()).unwrap();
    let xml = sp.metadata_xml();
    let document = tree::parse(xml.as_bytes(), Kind::Metadata).unwrap();
    assert_eq!(document.root_element().attribute("entityID"), Some("urn:a&b\"<c>"));
    let uses: Vec<_> = document.descendants().filter_map(|node| node.attribute("use")).collect();
    assert_eq!(uses, ["signing", "encryption"]);
    let locations: Vec<_> = document.descendants().filter_map(|node| node.attribute("Location")).collect();
    assert_eq!(locations, [SLO, SLO, ACS]);
}

#[test]
fn a_service_provider_needs_real_addresses() {
    for acs in ["", "javascript:alert(1)", "/acs", "https://gate.example/acs#x", " https://gate.example/acs"] {
        assert!(ServiceProvider::new(SP, acs, None, None).is_err(), "{acs}");
    }
    assert!(ServiceProvider::new("", ACS, None, None).is_err());
}
