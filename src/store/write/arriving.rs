//! Somebody new who waits to be added. All is made before the lane: the row, the audit entry, the answer; so those who
//! wait one behind the other are added by one statement, and a directory's first push costs what its rows cost.

use tokio::sync::oneshot;

use crate::audit::Entry;
use crate::model::OrganizationId;
use crate::store::arrivals::Arrival;
use crate::store::{Change, StoreError};

/// Asked in the lane, so what an earlier change did is already seen.
pub(super) type Welcome = Box<dyn Fn() -> bool + Send>;

pub(super) struct Arriving {
    pub(super) organization: OrganizationId,
    pub(super) arrival: Arrival,
    pub(super) welcome: Welcome,
    /// Taken when the person has been added.
    pub(super) entry: Option<Entry>,
    /// Why the person was not added.
    pub(super) refusal: Option<StoreError>,
    pub(super) reply: oneshot::Sender<Result<(), StoreError>>,
}

impl Arriving {
    /// What memory may hold and is no longer so.
    pub(super) fn change(&self) -> Change {
        Change::User(self.organization, self.arrival.row.id)
    }

    /// Sends the answer, or the reason why the commit did not happen.
    pub(super) fn answer(self, committed: Result<(), StoreError>) {
        let answer = committed.and_then(|()| self.refusal.map_or(Ok(()), Err));
        // The asker may have gone away; the person stands all the same.
        drop(self.reply.send(answer));
    }
}

/// Why somebody was not added.
pub(super) fn name_taken() -> StoreError {
    StoreError::Conflict { constraint: "scim_user_name".to_owned() }
}
