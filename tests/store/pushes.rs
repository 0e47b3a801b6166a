//! What directories sent is forgotten when its time has come, and nothing before.

use portcullis::model::{DirectoryId, Origin, RequestId, Timestamp};
use portcullis::store::arrivals::Arrival;
use portcullis::store::pushes::{self, ChangeRow, Kept, RequestRow, RequestSelection};

use super::*;

const SECOND: i64 = 1_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * SECOND)
}

/// A request that came in this second, answered at once.
fn line(bench: &Bench, directory: DirectoryId, second: i64) -> RequestRow {
    RequestRow {
        organization_id: bench.organization.to_string(),
        id: RequestId::new(at(second), &SystemChance).to_string(),
        directory_id: directory.to_string(),
        answered_at: at(second).micros(),
        method: "GET".to_owned(),
        path: "/Users".to_owned(),
        status: 200,
        scim_type: None,
        detail: None,
        duration_us: 900,
        resource_id: None,
        outline: None,
    }
}

/// The seconds of the lines that are kept of a directory, newest first.
fn lines(bench: &Bench, directory: DirectoryId) -> Vec<i64> {
    let organization = bench.organization;
    let all = RequestSelection::default();
    let found = bench.store.read(move |conn| pushes::requests(conn, organization, directory, &all, None, 100));
    bench.runtime.block_on(found).unwrap().iter().map(|row| row.answered_at / SECOND).collect()
}

/// Somebody who was added by a request in this second; the request's id.
fn push(bench: &Bench, directory: DirectoryId, second: i64) -> RequestId {
    let request_id = RequestId::new(at(second), &SystemChance);
    let origin = Origin { ip: None, user_agent: None, request_id };
    let by = Attribution { at: at(second), origin: Some(origin), ..by() };
    let kept = Kept {
        directory,
        request_id: request_id.to_string(),
        method: "POST".to_owned(),
        path: "/Users".to_owned(),
        body: Some("sealed".to_owned()),
    };
    let arrival = Arrival { row: person(bench.organization, &format!("person{second}")), emails: Vec::new() };
    let made = event(arrival.row.id);
    bench.runtime.block_on(bench.store.admit(&by, Some(kept), arrival, made, || true)).unwrap();
    request_id
}

fn changes(bench: &Bench, directory: DirectoryId) -> Vec<i64> {
    let organization = bench.organization;
    let found = bench.store.read(move |conn| pushes::changes_after(conn, organization, directory, -1, 100));
    bench.runtime.block_on(found).unwrap().iter().map(|row| row.recorded_at / SECOND).collect()
}

fn changes_of(bench: &Bench, request: RequestId) -> Vec<ChangeRow> {
    let organization = bench.organization;
    let found = bench.store.read(move |conn| pushes::changes_of(conn, organization, &request.to_string()));
    bench.runtime.block_on(found).unwrap()
}

fn sweep(bench: &Bench, requests: i64, kept: i64) {
    bench.write(move |tx| Ok(Audited::upkeep(pushes::sweep(tx, at(requests), at(kept))?))).unwrap();
}

on_both_stores! {
    fn lines_are_forgotten_when_they_are_old_in_every_directory_and_no_others(bench: &Bench) {
        let [okta, entra] = [1, 2].map(|second| DirectoryId::new(at(second), &SystemChance));
        let rows: Vec<_> = [(okta, 10), (okta, 20), (okta, 30), (entra, 15), (entra, 25)]
            .map(|(directory, second)| line(bench, directory, second)).into();
        bench.write(move |tx| Ok(Audited::upkeep(pushes::note(tx, &rows)?))).unwrap();
        assert_eq!((lines(bench, okta), lines(bench, entra)), (vec![30, 20, 10], vec![25, 15]));
        sweep(bench, 20, 0);
        assert_eq!((lines(bench, okta), lines(bench, entra)), (vec![30, 20], vec![25]));
        sweep(bench, 100, 0);
        assert_eq!((lines(bench, okta), lines(bench, entra)), (vec![], vec![]));
    }

    fn kept_requests_are_forgotten_when_they_are_old_and_the_log_keeps_every_entry(bench: &Bench) {
        let directory = DirectoryId::new(at(1), &SystemChance);
        let [_, second, third] = [10, 20, 30].map(|second| push(bench, directory, second));
        sweep(bench, 0, 10);
        assert_eq!(changes(bench, directory), [10, 20, 30]);
        sweep(bench, 0, 21);
        assert_eq!(changes(bench, directory), [30]);
        assert_eq!(bench.entries(), 3);
        assert_eq!(changes_of(bench, second).len(), 0);
        let left = changes_of(bench, third);
        assert_eq!(left.iter().map(|row| (row.position, row.body.as_deref())).collect::<Vec<_>>(), [(2, Some("sealed"))]);
    }
}
