//! The store's contract, the same on both databases: what the write lane promises, and what the migrations make.

/// Runs the same sentence on both databases.
macro_rules! on_both_stores {
    ($(fn $name:ident($bench:ident: &Bench) $body:block)+) => {
        $(
            mod $name {
                use super::*;

                fn holds($bench: &Bench) $body

                #[test]
                fn sqlite() {
                    holds(&Bench::sqlite());
                }

                #[test]
                fn postgres() {
                    holds(&Bench::postgres());
                }
            }
        )+
    };
}

mod arrivals;
mod lane;
mod lease;
mod migrations;
mod pushes;

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use portcullis::audit::{Action, Event, Target, TargetKind};
use portcullis::model::{Actor, Attribution, Clock, OrganizationId, SystemChance, SystemClock, Timestamp, UserId};
use portcullis::store::users::{self, UserRow};
use portcullis::store::{Address, Audited, Change, Publisher, Store, StoreError, StoreOptions, WriteTx};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::postgres::fresh_database;

/// What was published, one list for each commit.
#[derive(Debug, Default)]
struct Published(Mutex<Vec<Vec<Change>>>);

impl Publisher for Published {
    fn publish(&self, changes: &[Change]) {
        self.0.lock().push(changes.to_vec());
    }
}

/// A store on a fresh database, and one organization's name to write under.
struct Bench {
    // Dropped in this order: the store, then its folder.
    store: Store,
    runtime: Runtime,
    published: Arc<Published>,
    organization: OrganizationId,
    _folder: TempDir,
}

impl Bench {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = Address::Sqlite(folder.path().join("portcullis.sqlite"));
        Self::at(address, folder)
    }

    fn postgres() -> Self {
        Self::at(Address::parse(&fresh_database()).unwrap(), tempfile::tempdir().unwrap())
    }

    fn at(address: Address, folder: TempDir) -> Self {
        let published = Arc::new(Published::default());
        let options = StoreOptions {
            address,
            lock: folder.path().join("lock"),
            readers: 4,
            batch: usize::MAX,
            serving: true,
            holder: "a test".to_owned(),
        };
        let store = Store::open(options, Arc::clone(&published) as Arc<_>, Arc::new(SystemChance)).unwrap();
        Self {
            store,
            runtime: Runtime::new().unwrap(),
            published,
            organization: OrganizationId::new(now(), &SystemChance),
            _folder: folder,
        }
    }

    /// A change that waits in the lane once it is polled.
    fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, StoreError> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> {
        self.store.write(self.organization, by(), change)
    }

    fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.runtime.block_on(self.change(change))
    }

    /// The person as stored.
    fn user(&self, id: UserId) -> Option<UserRow> {
        let organization = self.organization;
        self.runtime.block_on(self.store.read(move |conn| users::by_id(conn, organization, id))).unwrap()
    }

    /// How long the audit log is, by its head and by its entries.
    fn entries(&self) -> usize {
        let organization = self.organization;
        let found = self.store.read(move |conn| {
            let head = portcullis::store::audit::head(conn, organization)?.map_or(0, |(size, _)| size);
            let entries = portcullis::store::audit::in_order(conn, organization, 0, 100_000)?;
            Ok::<_, StoreError>((head, entries.len()))
        });
        let (head, entries) = self.runtime.block_on(found).unwrap();
        assert_eq!(usize::try_from(head).unwrap(), entries, "the head and the entries disagree");
        entries
    }
}

/// Something that waits in the lane once it is polled.
type Waiting<'b> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'b>>;

/// Has all of these wait, in this order, before the lane takes the first of them; gives their answers.
fn together(bench: &Bench, mut waiting: Vec<Waiting<'_>>) -> Vec<Result<(), StoreError>> {
    let (started, has_started) = channel();
    let (release, released) = channel::<()>();
    // Inside the runtime, because waiting has a time limit.
    let _inside = bench.runtime.enter();
    let mut nothing = Context::from_waker(Waker::noop());
    let mut gate = pin!(bench.change(move |_| {
        started.send(()).unwrap();
        released.recv().unwrap();
        Ok(Audited::unchanged(()))
    }));
    assert!(gate.as_mut().poll(&mut nothing).is_pending());
    has_started.recv().unwrap();
    // While the lane is busy with the gate, all others queue up behind it: each joins the queue when it is first polled.
    for one in &mut waiting {
        assert!(matches!(one.as_mut().poll(&mut nothing), Poll::Pending));
    }
    release.send(()).unwrap();
    bench.runtime.block_on(async {
        gate.await.unwrap();
        let mut answers = Vec::new();
        for one in waiting {
            answers.push(one.await);
        }
        answers
    })
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn by() -> Attribution {
    Attribution { actor: Actor::System, origin: None, at: now(), pushed: None }
}

/// A person of this name.
fn person(organization: OrganizationId, name: &str) -> UserRow {
    let now = now();
    UserRow::new(organization, UserId::new(now, &SystemChance), name, "{}".to_owned(), now)
}

fn event(id: UserId) -> Event {
    Event::new(Action::UserCreated, Target::new(TargetKind::User, id))
}

/// A change that adds this person and tells of it.
fn adding(row: UserRow) -> impl FnOnce(&mut WriteTx<'_>) -> Result<Audited<()>, StoreError> + Send + 'static {
    move |tx| {
        let id = row.id;
        users::insert(tx, row, &[])?;
        Ok(Audited::new((), event(id)))
    }
}
