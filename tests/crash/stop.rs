//! SIGTERM: requests in flight are finished, nothing that was noted is lost, and the next server has nothing to wait for.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;

use super::user;
use crate::support::{Gateway, until};

on_both! {
    fn a_request_in_flight_is_finished(gateway: &Gateway) {
        let body = user("late@corp.example").to_string();
        let (first, rest) = body.split_at(20);
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port())).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "POST /scim/v2/Users HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: \
             application/scim+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{first}",
            gateway.scim_token(),
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // Answered requests after it show that the server has taken it in.
        gateway.scim().get("/Users").expect(200);
        gateway.signal(Signal::TERM);
        until("it says that it stops", || gateway.log().contains("finishing the requests in flight"));
        stream.write_all(rest.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        gateway.restart();
        let found = gateway.scim().get("/Users?filter=userName%20eq%20%22late%40corp.example%22").expect(200);
        assert_eq!(found.json()["totalResults"], 1);
    }

    fn what_was_noted_and_not_yet_written_is_written_at_the_end(gateway: &Gateway) {
        let wrong = gateway.http().bearer("wrong");
        for _ in 0..7 {
            wrong.get("/scim/v2/Users").expect(401);
        }
        gateway.stop();
        gateway.restart();
        let failures = gateway.api().get("/audit-events?action=authentication.failed").expect(200).json();
        let counts = failures["items"].as_array().unwrap().iter().map(|entry| entry["count"].as_u64().unwrap_or(1));
        assert_eq!(counts.sum::<u64>(), 7, "{failures}");
        assert!(gateway.cli(&["audit", "verify"]).starts_with("Intact: "));
    }

    fn the_next_server_has_nothing_to_wait_for_after_a_stop_but_has_after_a_power_cut(gateway: &Gateway) {
        const WAITS: &str = "did not say goodbye";
        gateway.stop();
        gateway.restart();
        assert!(!gateway.log().contains(WAITS), "{}", gateway.log());
        gateway.kill9();
        gateway.restart();
        let is_shared = gateway.database_url().is_some();
        assert_eq!(gateway.log().contains(WAITS), is_shared, "{}", gateway.log());
    }
}
