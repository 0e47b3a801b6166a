//! What a sign-in costs to verify, beside the least it could cost; and how fast hostile messages are refused. One thread.
//!
//! The least is what nobody gets around: openssl's RSA-2048 verification of one signature, and two canonicalisations and
//! digests of the same document. The message is SimpleSAMLphp's, recorded, with its assertion signed; the hostile ones are
//! made of it.

use std::hint::black_box;
use std::time::Instant;

use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::sign::{Signer, Verifier};
use portcullis::model::Timestamp;
use portcullis::saml::canonical::{self, Method};
use portcullis::saml::{Expectation, IdpMetadata, Require, ServiceProvider, response};
use serde_json::json;

use super::{Outcome, percentile};

const MESSAGE: &str = include_str!("../../fixtures/saml/simplesamlphp/assertion.xml");
const METADATA: &str = include_str!("../../fixtures/saml/simplesamlphp/metadata.xml");
const KEY: &str = include_str!("../../fixtures/saml/keys/idp-rsa.key.pem");
/// As long as the SignedInfo of the message.
const SIGNED_INFO_BYTES: usize = 700;
const CALLS: u32 = 300;

pub fn measure(rounds: usize) -> Outcome<String> {
    let key = PKey::private_key_from_pem(KEY.as_bytes())?;
    let signed_info = vec![b'x'; SIGNED_INFO_BYTES];
    let signature = Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(&signed_info)?;
    let document = roxmltree::Document::parse(MESSAGE)?;
    let least = || -> Outcome<bool> {
        let holds = Verifier::new(MessageDigest::sha256(), &key)?.verify_oneshot(&signature, &signed_info)?;
        for _ in 0..2 {
            let bytes = canonical::bytes(document.root_element(), None, &Method::exclusive())?;
            black_box(hash(MessageDigest::sha256(), &bytes)?);
        }
        Ok(holds)
    };

    let idp = IdpMetadata::parse(METADATA)?;
    let sp = ServiceProvider::new("https://gate.example/assertion", "http://127.0.0.1:9901/acs/assertion", None, None)?;
    let expectation = Expectation {
        idp: &idp,
        sp: &sp,
        pending: None,
        unsolicited_allowed: true,
        now: Timestamp::parse_rfc3339("2026-11-22T03:39:00Z").ok_or("no moment")?,
        skew: response::DEFAULT_SKEW,
        allow_cbc: false,
        require: Require::Either,
    };
    let genuine = encoded(MESSAGE);
    let hostile: Vec<String> = hostile().iter().map(|xml| encoded(xml)).collect();
    if response::verify(&genuine, &expectation).is_err() || !least()? {
        return Err("the genuine message is refused".into());
    }
    if let Some(at) = hostile.iter().position(|message| response::verify(message, &expectation).is_ok()) {
        return Err(format!("hostile message {at} is taken").into());
    }

    let (mut ratios, mut bare, mut whole, mut refused) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let floor = timed(|| least().is_ok_and(|holds| holds));
        let ours = timed(|| response::verify(black_box(&genuine), &expectation).is_ok());
        let against =
            timed(|| hostile.iter().all(|message| response::verify(black_box(message), &expectation).is_err()));
        ratios.push(floor / ours);
        bare.push(1.0 / floor);
        whole.push(1.0 / ours);
        refused.push(hostile.len() as f64 / against);
    }
    let middle = |values: &mut Vec<f64>| percentile(values, 0.5);
    Ok(json!({
        "ratio": middle(&mut ratios), "bare": middle(&mut bare), "verified": middle(&mut whole), "refused": middle(&mut refused),
    })
    .to_string())
}

/// Seconds for one call, of many.
fn timed(call: impl Fn() -> bool) -> f64 {
    let began = Instant::now();
    for _ in 0..CALLS {
        assert!(black_box(call()));
    }
    began.elapsed().as_secs_f64() / f64::from(CALLS)
}

fn encoded(xml: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(xml)
}

/// One of each kind: as expensive to refuse as a genuine message, refused for its shape, refused as bytes.
fn hostile() -> Vec<String> {
    let before_root = |text: &str| MESSAGE.replacen("<samlp:Response", &format!("{text}<samlp:Response"), 1);
    let inside = |text: &str| MESSAGE.replacen("<samlp:Status>", &format!("{text}<samlp:Status>"), 1);
    vec![
        MESSAGE.replace("ann@corp.example", "root@corp.example"),
        MESSAGE.replacen("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 1),
        MESSAGE.replace("rsa-sha256", "hmac-sha256"),
        MESSAGE.replacen("URI=\"#", "URI=\"http://127.0.0.1/#", 1),
        before_root("<!DOCTYPE a [<!ENTITY b \"c\">]>"),
        inside("<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_x\"/>"),
        inside(&format!("<a>{}</a>", "<b/>".repeat(4_900))),
        inside(&"<a>".repeat(5_000)),
        inside(&format!("<a>{}</a>", "x".repeat(200_000))),
        "x".repeat(250_000),
    ]
}
