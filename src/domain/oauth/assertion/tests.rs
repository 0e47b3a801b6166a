//! Assertions as OpenSSL signs them, whole and tampered with.

use openssl::ec::{EcGroup, EcKey};
use openssl::pkey::Private;
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const SECONDS: i64 = 1_700_000_000;
const ID: &str = "018bcfe5-6800-7000-8000-00000000a001";
const HERE: &str = "https://id.corp.example/scim/oauth/token";

fn rsa() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

fn ec(curve: Nid) -> PKey<Private> {
    PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap()
}

fn public(key: &PKey<Private>) -> ClientKey {
    ClientKey::parse(std::str::from_utf8(&key.public_key_to_pem().unwrap()).unwrap()).unwrap()
}

fn claims() -> Value {
    json!({"iss": ID, "sub": ID, "aud": HERE, "exp": SECONDS + 300, "jti": "one"})
}

fn signed(header: &Value, claims: &Value, key: &PKey<Private>, algorithm: &str) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", encode(header), encode(claims));
    let digest = match &algorithm[2..] {
        "256" => MessageDigest::sha256(),
        "384" => MessageDigest::sha384(),
        _ => MessageDigest::sha512(),
    };
    let mut signer = Signer::new(digest, key).unwrap();
    if algorithm.starts_with("PS") {
        signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signer.set_rsa_mgf1_md(digest).unwrap();
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
    }
    let mut signature = signer.sign_oneshot_to_vec(text.as_bytes()).unwrap();
    if algorithm.starts_with("ES") {
        let width = i32::try_from(key.bits().div_ceil(8)).unwrap();
        let both = EcdsaSig::from_der(&signature).unwrap();
        signature = [both.r().to_vec_padded(width).unwrap(), both.s().to_vec_padded(width).unwrap()].concat();
    }
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn verdict(text: &str, key: &PKey<Private>) -> Result<Verified, AssertionError> {
    Assertion::parse(text)?.verify(&public(key), ID, &[HERE.to_owned()], NOW)
}

#[test]
fn each_algorithm_of_the_list_verifies_with_its_own_kind_of_key_alone() {
    let rsa = rsa();
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        let text = signed(&json!({"alg": algorithm}), &claims(), &rsa, algorithm);
        assert!(verdict(&text, &rsa).is_ok(), "{algorithm}");
        assert_eq!(verdict(&text, &ec(Nid::X9_62_PRIME256V1)), Err(AssertionError::Algorithm));
    }
    for (algorithm, curve, _) in CURVES {
        let key = ec(curve);
        let text = signed(&json!({"alg": algorithm}), &claims(), &key, algorithm);
        assert!(verdict(&text, &key).is_ok(), "{algorithm}");
        assert_eq!(verdict(&text, &rsa), Err(AssertionError::Algorithm));
    }
}

#[test]
fn neither_none_nor_a_shared_secret_nor_another_key_passes() {
    let key = rsa();
    for algorithm in ["none", "HS256", "rs256", "RS1", ""] {
        let text = signed(&json!({"alg": algorithm}), &claims(), &key, "RS256");
        assert_eq!(verdict(&text, &key), Err(AssertionError::Algorithm), "{algorithm}");
    }
    let text = signed(&json!({"alg": "RS256"}), &claims(), &rsa(), "RS256");
    assert_eq!(verdict(&text, &key), Err(AssertionError::Signature));
    let text = signed(&json!({"alg": "RS256", "crit": ["exp"]}), &claims(), &key, "RS256");
    assert_eq!(verdict(&text, &key), Err(AssertionError::Critical));
}

#[test]
fn what_is_signed_cannot_be_changed() {
    let key = rsa();
    let text = signed(&json!({"alg": "RS256"}), &claims(), &key, "RS256");
    let parts: Vec<&str> = text.split('.').collect();
    let mut other = claims();
    other["exp"] = json!(SECONDS + 301);
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(other.to_string()), parts[2]);
    assert_eq!(verdict(&forged, &key), Err(AssertionError::Signature));
    for text in ["", "a.b", "a.b.c.d", "e30.e30.", "!.!.!"] {
        assert!(verdict(text, &key).is_err(), "{text}");
    }
}

#[test]
fn each_claim_is_held_to() {
    let key = rsa();
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        verdict(&signed(&json!({"alg": "RS256"}), &claims, &key, "RS256"), &key)
    };
    assert!(with("aud", json!([HERE, "https://elsewhere.example"])).is_ok());
    assert!(with("nbf", json!(SECONDS - 1)).is_ok() && with("iat", json!(SECONDS as f64 + 0.5)).is_ok());
    for (name, value, error) in [
        ("iss", json!("another"), AssertionError::Party),
        ("sub", json!("another"), AssertionError::Party),
        ("sub", Value::Null, AssertionError::Party),
        ("aud", json!("https://elsewhere.example"), AssertionError::Audience),
        ("aud", json!([]), AssertionError::Audience),
        ("aud", Value::Null, AssertionError::Audience),
        ("exp", json!(SECONDS), AssertionError::Expiry),
        ("exp", json!(SECONDS + 3_601), AssertionError::Expiry),
        ("exp", json!("soon"), AssertionError::Expiry),
        ("exp", Value::Null, AssertionError::Expiry),
        ("nbf", json!(SECONDS + 61), AssertionError::NotYet),
        ("iat", json!(SECONDS + 3_000), AssertionError::NotYet),
        ("jti", json!(""), AssertionError::Id),
        ("jti", json!("x".repeat(257)), AssertionError::Id),
        ("jti", Value::Null, AssertionError::Id),
    ] {
        assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
    }
}

#[test]
fn a_weak_key_is_refused() {
    let weak = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    let odd = ec(Nid::SECP256K1);
    for key in [weak, odd] {
        let pem = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
        assert_eq!(ClientKey::parse(&pem).err(), Some(AssertionError::Key));
    }
    assert_eq!(ClientKey::parse("no key").err(), Some(AssertionError::Key));
}
