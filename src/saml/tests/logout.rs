//! Single logout in both directions, and the messages that must not end anybody's session.

use super::lab::*;
use crate::model::{Secret, SystemChance, Timestamp};
use crate::saml::encoding::to_base64;
use crate::saml::logout::{self, LogoutExpectation, LogoutMessage, LogoutRequest, Received};
use crate::saml::{
    Binding, Certificate, Endpoint, IdpMetadata, NameId, Outgoing, Parameter, Refusal, ServiceProvider, SpKey,
};

/// The identity provider's side is our own code with the roles exchanged.
fn theirs() -> ServiceProvider {
    let key = SpKey::parse(&Secret::new(IDP_RSA), IDP_RSA_CERTIFICATE).unwrap();
    ServiceProvider::new(IDP, "https://idp.example/unused", Some("https://idp.example/slo"), Some(key)).unwrap()
}

fn us_as_seen_by_them(binding: Binding) -> IdpMetadata {
    let endpoint = || vec![Endpoint::new(binding, SLO).unwrap()];
    IdpMetadata::new(SP, endpoint(), endpoint(), vec![Certificate::parse(SP_CERTIFICATE).unwrap()]).unwrap()
}

fn ann() -> NameId {
    NameId {
        value: "ann <&> b".to_owned(),
        format: Some("urn:f".to_owned()),
        name_qualifier: Some("q".to_owned()),
        sp_name_qualifier: None,
    }
}

fn check<T>(change: impl FnOnce(&mut LogoutExpectation<'_>), run: impl FnOnce(&LogoutExpectation<'_>) -> T) -> T {
    let (idp, sp) = (idp(), sp());
    let mut expectation = LogoutExpectation {
        idp: &idp,
        sp: &sp,
        issuer_aliases: &[],
        pending: Some("_l1"),
        now: now(),
        skew: crate::saml::response::DEFAULT_SKEW,
        allow_cbc: false,
    };
    change(&mut expectation);
    run(&expectation)
}

/// The query of a logout request from the identity provider.
fn their_request() -> String {
    let sent = logout::ask(
        &theirs(),
        &us_as_seen_by_them(Binding::Redirect),
        &ann(),
        Some("_s1"),
        Some("state"),
        now(),
        &SystemChance,
    )
    .unwrap();
    let Outgoing::Redirect(url) = sent.outgoing else { panic!() };
    url.split_once('?').unwrap().1.to_owned()
}

fn verify(query: &str) -> Result<Received, Refusal> {
    check(|_| {}, |e| logout::verify_redirect(query, e))
}

fn request(received: Received) -> LogoutRequest {
    let LogoutMessage::Request(request) = received.message else { panic!("{received:?}") };
    request
}

#[test]
fn a_redirected_logout_request_names_the_person_and_the_session() {
    let received = verify(&their_request()).unwrap();
    assert_eq!(received.relay_state.as_deref(), Some("state"));
    let request = request(received);
    assert_eq!(request.name_id, ann());
    assert_eq!(request.session_indexes, ["_s1"]);
}

#[test]
fn a_posted_logout_request_is_verified_by_the_signature_inside() {
    let sent =
        logout::ask(&theirs(), &us_as_seen_by_them(Binding::Post), &ann(), None, None, now(), &SystemChance).unwrap();
    let Outgoing::Post(form) = sent.outgoing else { panic!() };
    let value = &form.fields[0].1;
    let received = check(|_| {}, |e| logout::verify_post(Parameter::SamlRequest, value, None, e)).unwrap();
    assert_eq!(request(received).session_indexes, [""; 0]);
    let as_response = check(|_| {}, |e| logout::verify_post(Parameter::SamlResponse, value, None, e));
    assert_eq!(as_response.unwrap_err().code(), "unexpected_root");
}

#[test]
fn our_answer_is_one_that_they_would_accept() {
    let asked = request(verify(&their_request()).unwrap());
    let answer = logout::answer(&sp(), &idp(), &asked, true, Some("state"), now(), &SystemChance).unwrap();
    let Outgoing::Redirect(url) = answer else { panic!() };
    let query = url.split_once('?').unwrap().1;
    let (them, us) = (theirs(), us_as_seen_by_them(Binding::Redirect));
    let expectation = LogoutExpectation {
        idp: &us,
        sp: &them,
        issuer_aliases: &[],
        pending: Some(&asked.id),
        now: now(),
        skew: crate::saml::response::DEFAULT_SKEW,
        allow_cbc: false,
    };
    let received = logout::verify_redirect(query, &expectation).unwrap();
    let LogoutMessage::Response(response) = received.message else { panic!() };
    assert!(response.complete);
    let unasked = LogoutExpectation { pending: None, ..expectation };
    assert_eq!(logout::verify_redirect(query, &unasked).unwrap_err().code(), "unknown_logout_request");
}

/// The signature is over the bytes as sent: another spelling of the same values is another query.
#[test]
fn the_query_is_verified_as_received() {
    let query = their_request();
    let lower: String = query.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3A", "%3a").replace("%3D", "%3d");
    assert_ne!(lower, query);
    assert_eq!(verify(&lower), Err(Refusal::SignatureInvalid));
    // A sender that escapes in lower case signs what it sends.
    let (signed, _) = lower.split_once("&Signature=").unwrap();
    let value = to_base64(&sign_bytes(IDP_RSA, openssl::hash::MessageDigest::sha256(), signed.as_bytes()));
    let value = value.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d");
    assert!(verify(&format!("{signed}&Signature={value}")).is_ok());
}

#[test]
fn parameters_that_do_not_belong_to_the_signature_change_nothing() {
    assert!(verify(&format!("x=1&{}&y=2", their_request())).is_ok());
}

#[test]
fn hostile_queries_are_refused() {
    let query = their_request();
    let cut = |name: &str| query.split('&').filter(|pair| !pair.starts_with(name)).collect::<Vec<_>>().join("&");
    for (what, query, code) in [
        ("no signature at all", cut("Sig"), "unsigned"),
        ("no signature value", cut("Signature"), "query_malformed"),
        ("no algorithm", cut("SigAlg"), "query_malformed"),
        ("no relay state", cut("RelayState"), "signature_invalid"),
        ("another relay state", query.replace("RelayState=state", "RelayState=other"), "signature_invalid"),
        ("a second message", format!("{query}&SAMLRequest=AAAA"), "query_malformed"),
        ("a response beside the request", format!("{query}&SAMLResponse=AAAA"), "query_malformed"),
        ("a request called response", query.replace("SAMLRequest", "SAMLResponse"), "signature_invalid"),
        ("SHA-1", query.replace("rsa-sha256", "rsa-sha1"), "signature_algorithm"),
        ("another algorithm", query.replace("rsa-sha256", "rsa-sha512"), "signature_invalid"),
        ("RSA called ECDSA", query.replace("rsa-sha256", "ecdsa-sha256"), "signature_invalid"),
        ("another encoding", format!("{query}&SAMLEncoding=urn:x"), "query_malformed"),
        ("not deflated", "SAMLRequest=AAAA".to_owned(), "not_deflated"),
        (
            "a bomb",
            format!(
                "SAMLRequest={}",
                to_base64(&crate::saml::encoding::deflate(&vec![b' '; 40_000_000])).replace('+', "%2B")
            ),
            "too_large",
        ),
        ("nothing", String::new(), "query_malformed"),
    ] {
        assert_eq!(verify(&query).map_err(|refusal| refusal.code()).err(), Some(code), "{what}");
    }
}

#[test]
fn a_logout_request_is_for_us_and_for_now() {
    let query = their_request();
    let late = Timestamp::parse_rfc3339("2026-11-22T10:07:01Z").unwrap();
    let early = Timestamp::parse_rfc3339("2026-11-22T09:57:00Z").unwrap();
    assert_eq!(check(|e| e.now = late, |e| logout::verify_redirect(&query, e)).unwrap_err().code(), "logout_expired");
    assert_eq!(
        check(|e| e.now = early, |e| logout::verify_redirect(&query, e)).unwrap_err().code(),
        "issued_in_future"
    );
    let elsewhere = ServiceProvider::new(SP, ACS, Some("https://gate.example/other"), sp().key().cloned()).unwrap();
    let expectation = LogoutExpectation {
        idp: &idp(),
        sp: &elsewhere,
        issuer_aliases: &[],
        pending: None,
        now: now(),
        skew: crate::saml::response::DEFAULT_SKEW,
        allow_cbc: false,
    };
    assert_eq!(logout::verify_redirect(&query, &expectation).unwrap_err().code(), "destination");
}

#[test]
fn an_alias_of_the_issuer_is_believed_only_where_configured() {
    let key = SpKey::parse(&Secret::new(IDP_RSA), IDP_RSA_CERTIFICATE).unwrap();
    let them =
        ServiceProvider::new("https://login.example/tenant/", "https://idp.example/unused", None, Some(key)).unwrap();
    let sent =
        logout::ask(&them, &us_as_seen_by_them(Binding::Redirect), &ann(), None, None, now(), &SystemChance).unwrap();
    let Outgoing::Redirect(url) = sent.outgoing else { panic!() };
    let query = url.split_once('?').unwrap().1;
    assert_eq!(verify(query).unwrap_err().code(), "issuer");
    let (idp, sp, aliases) = (idp(), sp(), ["https://login.example/tenant/".to_owned()]);
    let expectation = LogoutExpectation {
        idp: &idp,
        sp: &sp,
        issuer_aliases: &aliases,
        pending: None,
        now: now(),
        skew: crate::saml::response::DEFAULT_SKEW,
        allow_cbc: false,
    };
    assert!(logout::verify_redirect(query, &expectation).is_ok());
}
