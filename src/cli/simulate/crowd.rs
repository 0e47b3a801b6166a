//! Many things at once, on a number of connections, and the failures among them.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::wire::{SimulationError, with_causes};

/// After so many failures nothing more is tried.
const MOST_FAILURES: usize = 100;
/// So many of them are told.
const TOLD: usize = 5;

/// What went wrong, as far as it is told.
#[derive(Debug, Default)]
pub(super) struct Failures {
    count: Cell<usize>,
    first: RefCell<Vec<String>>,
}

impl Failures {
    fn note(&self, error: &SimulationError) {
        self.count.set(self.count.get() + 1);
        let mut first = self.first.borrow_mut();
        if first.len() < TOLD {
            first.push(with_causes(error));
        }
    }

    fn are_too_many(&self) -> bool {
        self.count.get() >= MOST_FAILURES
    }

    /// An error that tells the first of them, if there were any.
    pub fn check(&self) -> Result<(), SimulationError> {
        match self.count.get() {
            0 => Ok(()),
            count => Err(SimulationError::Failures { count, first: self.first.borrow().join("\n    ") }),
        }
    }
}

/// Does `work` for each number below `count`, on as many connections at once; gives what came of each.
pub(super) async fn each<T, F>(
    connections: usize,
    count: usize,
    failures: &Failures,
    work: impl Fn(usize) -> F,
) -> Vec<Option<T>>
where
    F: Future<Output = Result<T, SimulationError>>,
{
    let next = Cell::new(0);
    let done = RefCell::new((0..count).map(|_| None).collect::<Vec<_>>());
    let connection = || async {
        while next.get() < count && !failures.are_too_many() {
            let index = next.replace(next.get() + 1);
            match work(index).await {
                Ok(outcome) => {
                    if let Some(slot) = done.borrow_mut().get_mut(index) {
                        *slot = Some(outcome);
                    }
                }
                Err(error) => failures.note(&error),
            }
        }
    };
    all((0..connections.max(1)).map(|_| Box::pin(connection())).collect()).await;
    done.into_inner()
}

/// Waits until all are done, each going on whenever it can.
async fn all<F: Future<Output = ()>>(mut under_way: Vec<Pin<Box<F>>>) {
    poll_fn(|context| {
        under_way.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if under_way.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_is_done_once_and_as_much_at_once_as_there_are_connections() {
        let failures = Failures::default();
        let (now, most) = (Cell::new(0), Cell::new(0));
        let done = each(8, 100, &failures, |index| {
            let (now, most) = (&now, &most);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                tokio::task::yield_now().await;
                now.set(now.get() - 1);
                Ok(index)
            }
        })
        .await;
        assert_eq!(done, (0..100).map(Some).collect::<Vec<_>>());
        assert_eq!(most.get(), 8);
        assert!(failures.check().is_ok());
    }

    #[tokio::test]
    async fn a_failure_leaves_a_gap_and_too_many_end_it() {
        let failures = Failures::default();
        let done = each(2, 10_000, &failures, |index| async move {
            if index == 3 { Ok(index) } else { Err(SimulationError::TooSmall) }
        })
        .await;
        assert_eq!(done.iter().flatten().collect::<Vec<_>>(), [&3]);
        let Err(SimulationError::Failures { count, .. }) = failures.check() else { panic!("no failure") };
        assert!((MOST_FAILURES..MOST_FAILURES + 2).contains(&count), "{count}");
    }
}
