//! SIGKILL in the middle of many writes: whatever was acknowledged is there with its audit entry, and whatever is there
//! has one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::user;
use crate::support::{Gateway, until};

const WRITERS: usize = 6;
/// The plug is pulled after so many acknowledgements, in the middle of the next.
const ACKNOWLEDGED: usize = 60;

/// Sends one request; nothing if no whole answer came back.
fn send(gateway: &Gateway, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(("127.0.0.1", gateway.port())).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let request = format!(
        "{method} /scim/v2{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: \
         application/scim+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        gateway.scim_token(),
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let is_whole = head.to_lowercase().contains(&format!("content-length: {}", body.len())) || status == 204;
    is_whole.then(|| (status, serde_json::from_str(body).unwrap_or_default()))
}

/// What was acknowledged, as id and whether it is to be there.
fn load(gateway: &Gateway, cut: usize) -> BTreeMap<String, bool> {
    let acknowledged: Mutex<BTreeMap<String, bool>> = Mutex::default();
    let count = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for writer in 0..WRITERS {
            let (acknowledged, count) = (&acknowledged, &count);
            threads.spawn(move || {
                for n in 0.. {
                    let created = send(gateway, "POST", "/Users", &user(&format!("{cut}-{writer}-{n}")).to_string());
                    let Some((201, body)) = created else { return };
                    let id = body["id"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().insert(id.clone(), true);
                    count.fetch_add(1, Ordering::SeqCst);
                    if n % 3 == 0 {
                        // Until the answer, nobody knows whether it is there.
                        acknowledged.lock().unwrap().remove(&id);
                        let Some((204, _)) = send(gateway, "DELETE", &format!("/Users/{id}"), "") else { return };
                        acknowledged.lock().unwrap().insert(id, false);
                    }
                }
            });
        }
        until("enough has been acknowledged", || count.load(Ordering::SeqCst) >= ACKNOWLEDGED);
        gateway.kill9();
    });
    acknowledged.into_inner().unwrap()
}

/// All entries of the log, oldest first.
fn log(gateway: &Gateway) -> Vec<Value> {
    let (mut entries, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = gateway.api().get(&format!("/audit-events?limit=1000{cursor}")).expect(200).json();
        entries.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    entries.reverse();
    entries
}

/// Who is there, going by the log alone.
fn replayed(entries: &[Value]) -> BTreeSet<String> {
    let mut there = BTreeSet::new();
    for entry in entries {
        let target = || entry["target"]["id"].as_str().unwrap().to_owned();
        match entry["action"].as_str().unwrap() {
            "user.created" => assert!(there.insert(target()), "created twice: {entry}"),
            "user.deleted" => assert!(there.remove(&target()), "deleted without being there: {entry}"),
            _ => {}
        }
    }
    there
}

fn people(gateway: &Gateway) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    loop {
        let start = ids.len() + 1;
        let page = gateway.scim().get(&format!("/Users?startIndex={start}&count=100&attributes=id")).expect(200).json();
        let found = page["Resources"].as_array().cloned().unwrap_or_default();
        if found.is_empty() {
            assert_eq!(page["totalResults"], json!(ids.len()));
            return ids;
        }
        ids.extend(found.iter().map(|user| user["id"].as_str().unwrap().to_owned()));
    }
}

on_both! {
    fn a_power_cut_loses_nothing_that_was_acknowledged_and_leaves_nothing_half_done(gateway: &Gateway) {
        for cut in 0..2 {
            let acknowledged = load(gateway, cut);
            assert!(acknowledged.len() >= ACKNOWLEDGED / 2, "{}", acknowledged.len());
            gateway.restart();
            let people = people(gateway);
            for (id, is_there) in &acknowledged {
                assert_eq!(people.contains(id), *is_there, "{id}");
            }
            let entries = log(gateway);
            let positions: Vec<u64> = entries.iter().map(|entry| entry["index"].as_u64().unwrap()).collect();
            assert_eq!(positions, (0..positions.len() as u64).collect::<Vec<_>>(), "the log has no gap");
            assert_eq!(replayed(&entries), people, "the log tells of who is there, and of nobody else");
            assert!(gateway.cli(&["audit", "verify"]).starts_with("Intact: "));
        }
    }
}
