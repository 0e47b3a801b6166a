//! PostgreSQL goes away and comes back.

use serde_json::{Value, json};

use super::server::Server;
use super::user;
use crate::support::postgres::OwnCluster;
use crate::support::{Answer, until};

fn question(id: &str) -> Value {
    json!({"subject": {"type": "user", "id": id}, "action": {"name": "email.send"},
           "resource": {"type": "organization", "id": "organization"}})
}

fn assert_unavailable(what: &str, answer: &Answer) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.body);
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{what}: no Retry-After");
    assert!(!answer.body.to_lowercase().contains("postgres"), "{what} tells of its insides: {}", answer.body);
}

#[test]
fn without_its_database_nothing_is_written_nothing_is_allowed_and_all_comes_back_by_itself() {
    let cluster = OwnCluster::start();
    let server = Server::start(Some(&cluster.url()), &[]);
    let (scim, api) = (server.scim(), server.api());
    let ann = scim.post("/scim/v2/Users", &user("ann@corp.example")).expect(201).text("id");
    api.post(&format!("/api/v1/users/{ann}/assignments"), &json!({"role": "admin"})).expect(201);
    let ask = || api.post("/access/v1/evaluation", &question(&ann));
    assert_eq!(ask().expect(200).json()["decision"], true);

    cluster.stop();
    assert_unavailable("a write", &scim.post("/scim/v2/Users", &user("ben@corp.example")));
    assert_unavailable("a deactivation", &scim.delete(&format!("/scim/v2/Users/{ann}")));
    assert_unavailable("a read", &scim.get("/scim/v2/Users"));
    // Memory answers while the lease lasts and not after; what is refused stays refused.
    until("decisions fail closed", || {
        let answer = ask();
        assert!([200, 503].contains(&answer.status), "{}", answer.body);
        answer.status == 503
    });
    assert_unavailable("a decision", &ask());
    until("it is not ready", || server.http().get("/readyz").status == 503);
    server.http().get("/healthz").expect(200);

    cluster.resume();
    until("decisions are made again", || ask().status == 200);
    until("it is ready again", || server.http().get("/readyz").status == 200);
    assert_eq!(ask().expect(200).json()["decision"], true);
    until("people are written again", || scim.post("/scim/v2/Users", &user("cid@corp.example")).status == 201);
    until("people are read again", || scim.get("/scim/v2/Users").status == 200);
    let ben = scim.get("/scim/v2/Users?filter=userName%20eq%20%22ben%40corp.example%22");
    assert_eq!(ben.expect(200).json()["totalResults"], 0, "what was refused was not done");
    scim.get(&format!("/scim/v2/Users/{ann}")).expect(200);
    assert!(server.process.running());
    assert!(server.cli(&["audit", "verify"]).starts_with("Intact: "));
}

#[test]
fn a_database_that_has_frozen_is_waited_for_a_bounded_time_and_nothing_is_allowed_meanwhile() {
    let cluster = OwnCluster::start();
    let server = Server::start(Some(&cluster.url()), &[]);
    let (scim, api) = (server.scim(), server.api());
    let ann = scim.post("/scim/v2/Users", &user("ann@corp.example")).expect(201).text("id");
    api.post(&format!("/api/v1/users/{ann}/assignments"), &json!({"role": "admin"})).expect(201);
    let ask = || api.post("/access/v1/evaluation", &question(&ann));
    assert_eq!(ask().expect(200).json()["decision"], true);

    let unknown = question("ben@corp.example");
    let frozen = cluster.freeze();
    std::thread::scope(|scope| {
        let write = scope.spawn(|| scim.post("/scim/v2/Users", &user("ben@corp.example")));
        let read = scope.spawn(|| scim.get("/scim/v2/Users"));
        let decision = scope.spawn(|| api.post("/access/v1/evaluation", &unknown));
        assert_unavailable("a write", &write.join().unwrap());
        assert_unavailable("a read", &read.join().unwrap());
        assert_unavailable("a decision that memory cannot make", &decision.join().unwrap());
    });
    assert_unavailable("a decision that memory could make", &ask());

    drop(frozen);
    until("decisions are made again", || ask().status == 200);
    until("people are written again", || scim.post("/scim/v2/Users", &user("cid@corp.example")).status == 201);
    until("people are read again", || scim.get("/scim/v2/Users").status == 200);
    assert!(server.cli(&["audit", "verify"]).starts_with("Intact: "));
}
