//! A gateway in this process, on the database of one that was stopped, with a clock that the test sets: what is to happen
//! later happens without waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use portcullis::domain::gate::Capacity;
use portcullis::domain::sealing::SealingKey;
use portcullis::domain::{Memory, Settings};
use portcullis::model::{Clock, OrganizationId, SystemChance, SystemClock, Timestamp};
use portcullis::session::Limits;
use portcullis::store::{Address, Store, StoreOptions};
use tokio::runtime::Runtime;

use crate::support::{Gateway, until};

pub const HOUR: i64 = 3_600 * 1_000_000;

/// A clock that stands where it is put.
#[derive(Debug, Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The gateway in this process.
pub struct Later {
    pub gateway: Arc<portcullis::domain::Gateway>,
    pub runtime: Runtime,
    pub organization: OrganizationId,
    begun: i64,
    hand: Hand,
}

impl Later {
    pub fn of(gateway: &Gateway) -> Self {
        let address = gateway.database_url().map_or_else(
            || Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
            |url| Address::parse(url).unwrap(),
        );
        let begun = SystemClock.now().micros();
        let (hand, chance, memory) = (Hand(Arc::new(AtomicI64::new(begun))), Arc::new(SystemChance), Memory::default());
        let lock = gateway.data_folder().join("lock-of-a-test");
        let options =
            StoreOptions { address, lock, readers: 2, batch: usize::MAX, serving: true, holder: "a test".to_owned() };
        let store = Store::open(options, memory.publisher(), Arc::clone(&chance) as Arc<_>).unwrap();
        let hours = Duration::from_secs(3_600);
        let settings = Settings {
            public_url: gateway.url(),
            session: Limits { idle: hours, absolute: hours },
            private_hosts: std::collections::BTreeSet::new(),
            page_default: 100,
            page_max: 1_000,
            retention: portcullis::domain::pushes::Retention::default(),
        };
        let sealing = SealingKey::generate(chance.as_ref());
        let clock = Arc::new(hand.clone());
        let inner =
            portcullis::domain::Gateway::new(store, &memory, Capacity::default(), settings, sealing, clock, chance);
        let (inner, runtime) = (Arc::new(inner), Runtime::new().unwrap());
        runtime.block_on(inner.settle_in()).unwrap();
        // On PostgreSQL memory is trusted from the first look at the lock on.
        until("the gateway may answer from memory", || runtime.block_on(inner.readiness()).is_ok());
        let organization = gateway.made()["organization"].as_str().unwrap().parse().unwrap();
        Self { gateway: inner, runtime, organization, begun, hand }
    }

    /// Goes to so many hours after the beginning.
    pub fn at(&self, hours: i64) {
        self.hand.0.store(self.begun + hours * HOUR, Ordering::SeqCst);
    }
}
