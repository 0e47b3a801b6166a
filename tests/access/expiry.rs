//! Approvals that run out, at moments that the test chooses.

use portcullis::domain::approvals::ApprovalState;
use portcullis::domain::approvals::listing::ApprovalQuery;
use serde_json::json;

use super::api_of;
use super::approvals::{may_wipe, provider, wipe};
use super::later::Later;
use crate::products::on_both_with;
use crate::support::Gateway;

impl Later {
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
