//! People who arrive with nothing else in between: on PostgreSQL one statement adds them all with their audit entries, and
//! is the transaction. A first push is little else, and there a batch costs one round trip instead of four.
//!
//! It either adds everybody or changes nothing. When it cannot (a name is taken, a head is not known), the batch goes
//! the way of all batches, which also finds out whose fault it was.

use super::arriving::Arriving;
use super::change::Change;
use super::job::Waiting;
use super::ledger::Ledger;
use crate::audit::Entry;
use crate::store::arrivals::{self, Arrival};
use crate::store::connection::Conn;

/// Whether all of them were added and committed. What is touched is told to `changes` before.
pub(super) fn arrive(conn: &mut Conn, ledger: &mut Ledger, waiting: &[Waiting], changes: &mut Vec<Change>) -> bool {
    let Conn::Pg(conn) = conn else { return false };
    let Some(arriving) = of_one_organization(waiting) else { return false };
    let Some(first) = arriving.first() else { return false };
    let entries: Option<Vec<&Entry>> = arriving.iter().map(|one| one.entry.as_ref()).collect();
    let page = entries.map(|entries| ledger.page(first.organization, entries.into_iter()));
    let Some(Ok(Some(page))) = page else { return false };
    changes.extend(arriving.iter().map(|one| one.change()));
    let people: Vec<&Arrival> = arriving.iter().map(|one| &one.arrival).collect();
    let arrived = arrivals::arrive_audited(conn, &people, &page.head, &page.rows).is_ok();
    if arrived {
        ledger.turned(page);
    }
    arrived
}

/// Those who wait, if they are people who arrive in one organization, all of them welcome, and nothing else.
fn of_one_organization(waiting: &[Waiting]) -> Option<Vec<&Arriving>> {
    let arriving: Vec<&Arriving> = waiting
        .iter()
        .map(|one| match one {
            Waiting::Arrival(arriving) => (arriving.welcome)().then_some(arriving.as_ref()),
            Waiting::Change(_) => None,
        })
        .collect::<Option<_>>()?;
    let first = arriving.first()?.organization;
    arriving.iter().all(|one| one.organization == first).then_some(arriving)
}
