//! Approvals that run out. The time that passes is that of a gateway in this process, on the same database, whose clock
//! the test sets; the server is stopped meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use portcullis::domain::approvals::ApprovalState;
use portcullis::domain::approvals::listing::ApprovalQuery;
use portcullis::domain::gate::Capacity;
use portcullis::domain::sealing::SealingKey;
use portcullis::domain::{Memory, Settings};
use portcullis::model::{Clock, OrganizationId, SystemChance, SystemClock, Timestamp};
use portcullis::session::Limits;
use portcullis::store::{Address, Store, StoreOptions};
use serde_json::json;
use tokio::runtime::Runtime;

use super::api_of;
use super::approvals::{may_wipe, provider, wipe};
use crate::products::on_both_with;
use crate::support::Gateway;

const HOUR: i64 = 3_600 * 1_000_000;

/// A clock that stands where it is put.
#[derive(Debug, Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The gateway in this process.
struct Later {
    gateway: Arc<portcullis::domain::Gateway>,
    runtime: Runtime,
    organization: OrganizationId,
    begun: i64,
    hand: Hand,
}

impl Later {
    fn of(gateway: &Gateway) -> Self {
        let address = gateway.database_url().map_or_else(
            || Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
            |url| Address::parse(url).unwrap(),
        );
        let begun = SystemClock.now().micros();
        let (hand, chance, memory) = (Hand(Arc::new(AtomicI64::new(begun))), Arc::new(SystemChance), Memory::default());
        let lock = gateway.data_folder().join("lock-of-a-test");
        let options =
            StoreOptions { address, lock, readers: 2, batch: usize::MAX, serving: false, holder: "a test".to_owned() };
        let store = Store::open(options, memory.publisher(), Arc::clone(&chance) as Arc<_>).unwrap();
        let hours = Duration::from_secs(3_600);
        let settings = Settings {
            public_url: gateway.url(),
            session: Limits { idle: hours, absolute: hours },
            private_hosts: std::collections::BTreeSet::new(),
            page_default: 100,
            page_max: 1_000,
        };
        let sealing = SealingKey::generate(chance.as_ref());
        let clock = Arc::new(hand.clone());
        let inner =
            portcullis::domain::Gateway::new(store, &memory, Capacity::default(), settings, sealing, clock, chance);
        let (inner, runtime) = (Arc::new(inner), Runtime::new().unwrap());
        runtime.block_on(inner.settle_in()).unwrap();
        let organization = gateway.made()["organization"].as_str().unwrap().parse().unwrap();
        Self { gateway: inner, runtime, organization, begun, hand }
    }

    /// Goes to so many hours after the beginning.
    fn at(&self, hours: i64) {
        self.hand.0.store(self.begun + hours * HOUR, Ordering::SeqCst);
    }

    fn sweep(&self) {
        self.runtime.block_on(self.gateway.sweep()).unwrap();
    }

    fn count(&self, state: ApprovalState) -> usize {
        let query = ApprovalQuery { state: Some(state), person: None, before: None, limit: 100 };
        self.runtime.block_on(self.gateway.list_approvals(self.organization, query)).unwrap().items.len()
    }

    /// How many are open, approved and expired.
    fn counts(&self) -> [usize; 3] {
        [ApprovalState::Open, ApprovalState::Approved, ApprovalState::Expired].map(|state| self.count(state))
    }
}

on_both_with! { "opspilot365":
    fn what_runs_out_is_expired_from_that_moment_and_settled_once_with_its_event(gateway: &Gateway) {
        let [tim, max, _] = provider(gateway);
        let ask = |device: &str| tim.post("/approvals", &wipe(device, json!(null))).expect(201).text("id");
        let (waiting, agreed) = (ask("d1"), ask("d2"));
        let denied = ask("d3");
        max.post(&format!("/approvals/{agreed}/approve"), &json!({})).expect(200);
        max.post(&format!("/approvals/{denied}/deny"), &json!({})).expect(200);
        gateway.stop();

        let later = Later::of(gateway);
        later.sweep();
        assert_eq!(later.counts(), [1, 1, 0]);
        // A yes counts for an hour, a request for a day: whether or not anybody has swept.
        for (hours, counts) in [(2, [1, 0, 1]), (25, [0, 0, 2])] {
            later.at(hours);
            assert_eq!(later.counts(), counts, "before the sweep of hour {hours}");
            later.sweep();
            assert_eq!(later.counts(), counts, "after the sweep of hour {hours}");
        }
        later.sweep();
        drop(later);

        gateway.restart();
        let events = gateway.api().get("/audit-events?action=approval.expired").expect(200).json();
        let targets: Vec<_> = events["items"].as_array().unwrap().iter().map(|event| event["target"]["id"].clone()).collect();
        assert_eq!(targets, [json!(waiting), json!(agreed)], "the newest first, and each once");
        assert_eq!(gateway.api().get(&format!("/approvals/{denied}")).expect(200).text("state"), "denied");
        let [tim, max] = ["tim", "max"].map(|name| api_of(gateway, name));
        assert_eq!(tim.get(&format!("/approvals/{waiting}")).expect(200).text("state"), "expired");
        max.post(&format!("/approvals/{waiting}/approve"), &json!({})).expect(409);
        tim.post(&format!("/approvals/{agreed}/withdraw"), &json!({})).expect(409);
        assert!(!may_wipe(gateway, "d2", &agreed, &json!(null)));
    }
}
