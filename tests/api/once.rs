//! `Idempotency-Key`: what is sent again is carried out once.

use serde_json::{Value, json};

use crate::access::{api_of, assign, person};
use crate::products::on_both_with;
use crate::support::{Answer, Gateway, Http};

fn send(api: &Http, key: &str, path: &str, body: &Value) -> Answer {
    api.with("Idempotency-Key", key).post(path, body)
}

fn named(gateway: &Gateway, name: &str) -> usize {
    let keys = gateway.api().get("/api-keys").expect(200).json();
    keys["items"].as_array().unwrap().iter().filter(|key| key["name"] == name).count()
}

#[track_caller]
fn refused(answer: Answer, status: u16, kind: &str) {
    assert_eq!(answer.expect(status).text("type"), format!("urn:portcullis:problem:{kind}"));
}

on_both_with! { "everything":
    fn the_same_request_is_carried_out_once_and_answered_with_the_same_secret(gateway: &Gateway) {
        let (api, body) = (gateway.api(), json!({"name": "ci"}));
        let first = send(&api, "\"k-1\"", "/api-keys", &body).expect(201);
        let again = send(&api, "k-1", "/api-keys", &body).expect(201);
        assert_eq!((first.body.as_str(), again.header("idempotent-replayed")), (again.body.as_str(), "true"));
        assert_eq!(named(gateway, "ci"), 1);
        gateway.api().bearer(&again.text("api_key")).get("/overview").expect(200);
        gateway.restart();
        assert_eq!(send(&gateway.api(), "k-1", "/api-keys", &body).expect(201).body, first.body);
        let other = send(&gateway.api(), "k-2", "/api-keys", &body).expect(201);
        assert_ne!(other.text("id"), first.text("id"));
    }

    fn a_key_stands_for_one_request_alone(gateway: &Gateway) {
        let api = gateway.api();
        send(&api, "k", "/service-accounts", &json!({"name": "robot"})).expect(201);
        refused(send(&api, "k", "/service-accounts", &json!({"name": "other"})), 422, "idempotency-key-reused");
        refused(send(&api, "k", "/scopes", &json!({"name": "robot"})), 422, "idempotency-key-reused");
        person(gateway, "ann");
        assign(gateway, "ann", "admin", "organization");
        // The keys of another API key are others.
        refused(send(&api_of(gateway, "ann"), "k", "/service-accounts", &json!({"name": "robot"})), 409, "conflict");
        for key in ["", "a b", "\"", &"x".repeat(256)] {
            refused(send(&api, key, "/service-accounts", &json!({"name": "third"})), 400, "invalid");
        }
    }

    fn what_was_refused_can_be_tried_again(gateway: &Gateway) {
        let api = gateway.api();
        let body = json!({"role": "admin"});
        refused(send(&api, "k", "/users/ann/assignments", &body), 404, "not-found");
        person(gateway, "ann");
        let made = send(&api, "k", "/users/ann/assignments", &body).expect(201);
        assert_eq!(send(&api, "k", "/users/ann/assignments", &body).expect(201).body, made.body);
    }

    fn an_answer_is_kept_from_whoever_may_not_ask_any_more(gateway: &Gateway) {
        person(gateway, "ann");
        let given = assign(gateway, "ann", "admin", "organization");
        let ann = api_of(gateway, "ann");
        let body = json!({"name": "robot"});
        send(&ann, "k", "/service-accounts", &body).expect(201);
        gateway.api().delete(&format!("/users/ann/assignments/{given}")).expect(204);
        refused(send(&ann, "k", "/service-accounts", &body), 403, "forbidden");
        gateway.api().post("/users/ann/suspend", &json!({})).expect(200);
        refused(send(&ann, "k", "/service-accounts", &body), 401, "unauthenticated");
    }

    fn of_many_at_once_one_is_carried_out(gateway: &Gateway) {
        let body = json!({"name": "burst"});
        let sent: Vec<_> = std::thread::scope(|scope| {
            let one = || scope.spawn(|| send(&gateway.api(), "burst", "/api-keys", &body).status);
            (0..8).map(|_| one()).collect::<Vec<_>>().into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(sent.iter().all(|status| [201, 409].contains(status)) && sent.contains(&201), "{sent:?}");
        assert_eq!(named(gateway, "burst"), 1);
    }

    fn no_answer_is_stored_in_clear(gateway: &Gateway) {
        let made = send(&gateway.api(), "k", "/api-keys", &json!({"name": "secret"})).expect(201);
        if gateway.database_url().is_none() {
            gateway.stop();
            let secret = made.text("api_key");
            for file in std::fs::read_dir(gateway.data_folder()).unwrap().map(|file| file.unwrap().path()) {
                let bytes = if file.is_file() { std::fs::read(&file).unwrap() } else { Vec::new() };
                assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{}", file.display());
            }
        }
    }
}
