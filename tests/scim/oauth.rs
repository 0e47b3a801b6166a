//! Tokens that an identity provider fetches for itself: with a secret or a signed assertion, for an hour, and no longer
//! than there is a client.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use portcullis::model::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{create_user, user};
use crate::support::{Answer, Gateway, Http};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const JWT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A further directory: its path in the API.
fn directory(gateway: &Gateway) -> String {
    let made = gateway.api().post("/directories", &json!({"name": "Ping", "dialect": "ping"})).expect(201);
    format!("/directories/{}", made.text("id"))
}

fn fetch(http: &Http, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    http.form("/scim/oauth/token", &fields)
}

fn by_secret(gateway: &Gateway, client: &Answer) -> Answer {
    let (id, secret) = (client.text("client_id"), client.text("client_secret"));
    fetch(&gateway.http(), &[("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &secret)])
}

/// A key, and a client that signs with it.
fn signer(gateway: &Gateway, directory: &str) -> (PKey<Private>, String) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let pem = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
    let made = gateway.api().post(&format!("{directory}/clients"), &json!({"name": "Ping", "public_key": pem}));
    let made = made.expect(201);
    assert_eq!(made.json()["client_secret"], Value::Null);
    (key, made.text("client_id"))
}

fn claims(gateway: &Gateway, id: &str, jti: &str) -> Value {
    let now = SystemClock.now().micros() / 1_000_000;
    json!({"iss": id, "sub": id, "aud": format!("{}/scim/oauth/token", gateway.url()), "exp": now + 300, "jti": jti})
}

fn signed(key: &PKey<Private>, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", encode(&json!({"alg": "RS256", "typ": "JWT"})), encode(claims));
    let signature = Signer::new(MessageDigest::sha256(), key).unwrap().sign_oneshot_to_vec(text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[track_caller]
fn refused(answer: Answer, status: u16, error: &str) {
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.expect(status).json();
    assert_eq!(body["error"], error, "{body}");
}

on_both! {
    fn a_client_with_a_secret_fetches_a_token_that_opens_its_directory(gateway: &Gateway) {
        let directory = directory(gateway);
        let client = gateway.api().post(&format!("{directory}/clients"), &json!({"name": "Ping"})).expect(201);
        assert_eq!(client.text("token_endpoint"), format!("{}/scim/oauth/token", gateway.url()));
        let token = by_secret(gateway, &client).expect(200);
        assert_eq!((token.header("cache-control"), token.text("token_type").as_str()), ("no-store", "Bearer"));
        assert_eq!(token.json()["expires_in"], 3_600);
        let scim = gateway.scim().bearer(&token.text("access_token"));
        scim.post("/Users", &user("ann@corp.example")).expect(201);
        assert_eq!(gateway.api().get(&directory).expect(200).json()["people"], 1);
        // By header, too, and beside those that the directory has by hand.
        let (id, secret) = (client.text("client_id"), client.text("client_secret"));
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        fetch(&gateway.http().with("Authorization", &basic), &[("grant_type", "client_credentials")]).expect(200);
        gateway.api().send("POST", &format!("{directory}/tokens"), None).expect(201);
    }

    fn a_signed_assertion_is_good_once_in_either_place(gateway: &Gateway) {
        let (key, id) = signer(gateway, &directory(gateway));
        let grant = signed(&key, &claims(gateway, &id, "one"));
        let token = fetch(&gateway.http(), &[("grant_type", JWT_BEARER), ("assertion", &grant)]).expect(200);
        gateway.scim().bearer(&token.text("access_token")).get("/Users").expect(200);
        refused(fetch(&gateway.http(), &[("grant_type", JWT_BEARER), ("assertion", &grant)]), 400, "invalid_grant");
        let as_client = |jwt: &str| fetch(&gateway.http(), &[
            ("grant_type", "client_credentials"), ("client_assertion_type", JWT_ASSERTION), ("client_assertion", jwt),
        ]);
        refused(as_client(&grant), 401, "invalid_client");
        as_client(&signed(&key, &claims(gateway, &id, "two"))).expect(200);
    }

    fn an_assertion_for_another_time_place_or_client_is_refused(gateway: &Gateway) {
        let directory = directory(gateway);
        let (key, id) = signer(gateway, &directory);
        let (other, _) = signer(gateway, &directory);
        let good = claims(gateway, &id, "good");
        let without = |name: &str| { let mut claims = good.clone(); claims.as_object_mut().unwrap().remove(name); claims };
        let with = |name: &str, value: Value| { let mut claims = good.clone(); claims[name] = value; claims };
        for assertion in [
            signed(&other, &good),
            signed(&key, &with("aud", json!("https://elsewhere.example"))),
            signed(&key, &with("exp", json!(1_700_000_000))),
            signed(&key, &with("exp", json!(4_000_000_000_i64))),
            signed(&key, &with("iss", json!("018bcfe5-6800-7000-8000-00000000a001"))),
            signed(&key, &without("exp")),
            signed(&key, &without("jti")),
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(json!({"alg": "none"}).to_string()), URL_SAFE_NO_PAD.encode(good.to_string())),
            "nonsense".to_owned(),
        ] {
            refused(fetch(&gateway.http(), &[("grant_type", JWT_BEARER), ("assertion", &assertion)]), 400, "invalid_grant");
        }
        // None of them used it up.
        fetch(&gateway.http(), &[("grant_type", JWT_BEARER), ("assertion", &signed(&key, &good))]).expect(200);
    }

    fn a_directory_that_is_paused_is_paused_for_fetched_tokens_too(gateway: &Gateway) {
        let directory = directory(gateway);
        let client = gateway.api().post(&format!("{directory}/clients"), &json!({"name": "Ping"})).expect(201);
        let scim = gateway.scim().bearer(&by_secret(gateway, &client).expect(200).text("access_token"));
        scim.get("/Users").expect(200);
        gateway.api().send("POST", &format!("{directory}/pause"), None).expect(200);
        scim.get("/Users").expect(503);
        gateway.api().send("POST", &format!("{directory}/resume"), None).expect(200);
        scim.get("/Users").expect(200);
    }

    fn the_tokens_of_a_client_die_with_its_directory(gateway: &Gateway) {
        let directory = directory(gateway);
        let client = gateway.api().post(&format!("{directory}/clients"), &json!({"name": "Ping"})).expect(201);
        let scim = gateway.scim().bearer(&by_secret(gateway, &client).expect(200).text("access_token"));
        scim.get("/Users").expect(200);
        gateway.api().delete(&directory).expect(204);
        scim.get("/Users").expect(401);
        refused(by_secret(gateway, &client), 401, "invalid_client");
    }

    fn what_is_asked_wrongly_is_refused_in_the_words_of_rfc_6749(gateway: &Gateway) {
        let client = gateway.api().post(&format!("{}/clients", directory(gateway)), &json!({"name": "Ping"})).expect(201);
        let (id, secret) = (client.text("client_id"), client.text("client_secret"));
        let http = gateway.http();
        let credentials = [("grant_type", "client_credentials"), ("client_id", id.as_str())];
        let and = |more: &[(&'static str, &str)]| {
            let fields: Vec<_> = credentials.iter().copied().chain(more.iter().copied())
                .map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            http.form("/scim/oauth/token", &fields)
        };
        refused(fetch(&http, &[("client_id", &id)]), 400, "invalid_request");
        refused(fetch(&http, &[("grant_type", "password"), ("client_id", &id)]), 400, "unsupported_grant_type");
        refused(and(&[("client_secret", &secret), ("client_secret", &secret)]), 400, "invalid_request");
        refused(and(&[("client_secret", &secret), ("client_assertion", "a.b.c")]), 400, "invalid_request");
        refused(http.post("/scim/oauth/token", &json!({"grant_type": "client_credentials"})), 400, "invalid_request");
        refused(and(&[]), 401, "invalid_client");
        let wrong = and(&[("client_secret", "pcl_sec_wrong")]);
        assert!(wrong.header("www-authenticate").starts_with("Basic"));
        refused(wrong, 401, "invalid_client");
        refused(fetch(&http, &[("grant_type", JWT_BEARER)]), 400, "invalid_request");
        and(&[("client_secret", &secret), ("scope", "scim"), ("unknown", "x")]).expect(200);
    }

    fn there_are_as_many_clients_as_may_be_and_no_weak_key(gateway: &Gateway) {
        let path = format!("{}/clients", directory(gateway));
        for wrong in [json!({"name": ""}), json!({"name": "x", "public_key": "none"}), json!({"name": "x", "key": "y"})] {
            gateway.api().post(&path, &wrong).expect(400);
        }
        for n in 0..5 {
            gateway.api().post(&path, &json!({"name": format!("client {n}")})).expect(201);
        }
        gateway.api().post(&path, &json!({"name": "one more"})).expect(409);
        let listed = gateway.api().get(&path).expect(200);
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), 5);
        assert!(!listed.body.contains("pcl_sec_") && !listed.body.contains("digest"));
    }

    fn a_cursor_outlives_the_token_it_was_fetched_with(gateway: &Gateway) {
        let client = gateway.api().post(&format!("{}/clients", directory(gateway)), &json!({"name": "Ping"})).expect(201);
        let next = || gateway.scim().bearer(&by_secret(gateway, &client).expect(200).text("access_token"));
        let scim = next();
        for n in 0..3 {
            create_user(&scim, &format!("person{n}@corp.example"));
        }
        let cursor = scim.get("/Users?count=2&cursor=").expect(200).text("nextCursor");
        assert_eq!(next().get(&format!("/Users?count=2&cursor={cursor}")).expect(200).json()["itemsPerPage"], 1);
    }
}
