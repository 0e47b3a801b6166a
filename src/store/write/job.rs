//! What the lane's queue holds: somebody who arrives, or any other change, its closure and its answer without their types.

use tokio::sync::oneshot;

use super::arriving::Arriving;
use super::audited::{Audited, Kind};
use super::transaction::WriteTx;
use crate::audit::Event;
use crate::model::{Attribution, OrganizationId};
use crate::store::StoreError;
use crate::store::pushes::Kept;

/// One that waits.
pub(super) enum Waiting {
    Arrival(Box<Arriving>),
    Change(Box<dyn Job>),
}

impl Waiting {
    pub(super) const fn is_arrival(&self) -> bool {
        matches!(self, Self::Arrival(_))
    }

    /// Sends the answer, or the reason why the commit did not happen.
    pub(super) fn answer(self, committed: Result<(), StoreError>) {
        match self {
            Self::Arrival(arriving) => arriving.answer(committed),
            Self::Change(job) => job.answer(committed),
        }
    }
}

/// What the lane is to do with a change that has run.
pub(super) enum Ran {
    Keep(Vec<Event>),
    Undo,
}

/// A change of any type.
pub(super) trait Job: Send {
    fn organization(&self) -> OrganizationId;
    fn by(&self) -> &Attribution;
    /// The request that asked for it, to be kept if it is done.
    fn kept(&mut self) -> Option<Kept>;
    /// Runs the closure and keeps its answer.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Ran;
    /// Sends the answer, or the reason why the commit did not happen.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// A change whose closure answers `T` or refuses with `E`.
pub(super) struct Closure<T, E, F> {
    pub(super) organization: OrganizationId,
    pub(super) by: Attribution,
    pub(super) kept: Option<Kept>,
    pub(super) change: Option<F>,
    pub(super) answer: Option<Result<T, E>>,
    pub(super) reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Closure<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, E> + Send,
{
    fn organization(&self) -> OrganizationId {
        self.organization
    }

    fn by(&self) -> &Attribution {
        &self.by
    }

    fn kept(&mut self) -> Option<Kept> {
        self.kept.take()
    }

    fn run(&mut self, tx: &mut WriteTx<'_>) -> Ran {
        let Some(change) = self.change.take() else { return Ran::Undo };
        match change(tx) {
            Ok(audited) => {
                self.answer = Some(Ok(audited.value));
                match audited.kind {
                    Kind::Changed | Kind::Upkeep => Ran::Keep(audited.events),
                    Kind::Unchanged => Ran::Undo,
                }
            }
            Err(refusal) => {
                self.answer = Some(Err(refusal));
                Ran::Undo
            }
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (committed, self.answer) {
            (Ok(()), Some(answer)) => answer,
            // A refusal too: it may rest on what an earlier change of the same batch did, which is lost now.
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(StoreError::Unavailable("the change did not run".to_owned()).into()),
        };
        // The asker may have gone away; the change stands all the same.
        drop(self.reply.send(answer));
    }
}
