//! The disk is full: no file of the server may grow any more (`RLIMIT_FSIZE`, which is lifted again later).

use std::process::Command;

use super::server::Server;
use super::user;
use crate::support::process::run;
use crate::support::until;

/// No file of the server may grow beyond this from now on.
fn limit(server: &Server, bytes: &str) {
    let pid = server.process.pid().to_string();
    run("prlimit", Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]));
}

fn count(server: &Server) -> u64 {
    server.scim().get("/scim/v2/Users?count=0").expect(200).json()["totalResults"].as_u64().unwrap()
}

#[test]
fn with_a_full_disk_writes_are_refused_whole_and_work_again_when_there_is_room() {
    // A write beyond the limit is an error, as on a full disk, and not a signal.
    let server = Server::start(None, &["env", "--ignore-signal=XFSZ"]);
    let scim = server.scim();
    scim.post("/scim/v2/Users", &user("first@corp.example")).expect(201);
    let log = server.size("portcullis.sqlite-wal").max(server.size("../serve.log"));
    limit(&server, &(log + 20_000).to_string());

    let mut done = 1;
    let mut number = 0;
    until("the disk is full", || {
        number += 1;
        let answer = scim.post("/scim/v2/Users", &user(&format!("person{number}@corp.example")));
        assert!([201, 503].contains(&answer.status), "{}: {}", answer.status, answer.body);
        done += u64::from(answer.status == 201);
        if answer.status == 503 {
            assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
        }
        answer.status == 503
    });
    let refused = format!("person{number}@corp.example");
    scim.post("/scim/v2/Users", &user("another@corp.example")).expect(503);
    assert_eq!(count(&server), done, "reading goes on, and nothing is half done");

    limit(&server, "unlimited");
    until("there is room again", || scim.post("/scim/v2/Users", &user(&refused)).status == 201);
    assert_eq!(count(&server), done + 1);
    assert!(server.process.running());
    assert!(server.cli(&["audit", "verify"]).starts_with("Intact: "));
}
