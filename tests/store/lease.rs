//! The lease: memory may be trusted exactly as long as this process can know that it alone serves.

use diesel::RunQueryDsl;
use portcullis::store::LEASE;

use super::*;

#[test]
fn one_long_statement_in_the_lane_does_not_end_the_lease() {
    let bench = Bench::postgres();
    let deadline = bench.store.deadline().clone();
    let long = LEASE * 2;
    let held = bench.write(move |tx| {
        diesel::sql_query(format!("SELECT pg_sleep({})", long.as_secs_f64())).execute(tx.conn())?;
        Ok(Audited::unchanged(deadline.holds()))
    });
    assert!(held.unwrap());
}
