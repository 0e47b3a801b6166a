//! Handing over the role with exactly one holder, and the floor below it.

use serde_json::json;

use super::{api_of, newest, person, refused};
use crate::support::{Browser, Gateway, Http};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Olga becomes the first owner over the one-time link; the API as her browser's session opens it.
fn owner(gateway: &Gateway) -> Http {
    let link = gateway.made()["owner_setup_url"].as_str().unwrap();
    let mut browser = Browser::new();
    let page = browser.open(link);
    browser.submit(&page, &[("user_name", "olga")]);
    gateway.api().without("Authorization").with("Cookie", &browser.cookie_header())
}

/// Who holds the owner's role.
fn owners<'a>(gateway: &Gateway, people: &[&'a str]) -> Vec<&'a str> {
    people.iter().copied().filter(|name| gateway.allows(name, "ownership.transfer", "organization")).collect()
}

on_both! {
    fn ownership_moves_when_its_receiver_accepts_and_not_before(gateway: &Gateway) {
        let olga = owner(gateway);
        person(gateway, "mia");
        person(gateway, "max");
        let (mia, max) = (api_of(gateway, "mia"), api_of(gateway, "max"));
        let none = json!({});
        olga.post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
        assert_eq!(owners(gateway, &["olga", "mia", "max"]), ["olga"]);
        max.post("/ownership-transfer/accept", &none).expect(404);
        assert_eq!(mia.get("/ownership-transfer").expect(200).json()["items"][0]["role"], "owner");
        mia.post("/ownership-transfer/accept", &none).expect(200);
        assert_eq!(owners(gateway, &["olga", "mia", "max"]), ["mia"]);
        mia.post("/ownership-transfer/accept", &none).expect(404);
        let entry = newest(gateway, "owner.transferred");
        assert_eq!(entry["detail"]["role"], "owner");
        refused(olga.post("/ownership-transfer", &json!({"to": "max"})), 403, "exactly one holder");
    }

    fn an_offer_that_is_withdrawn_or_replaced_cannot_be_accepted(gateway: &Gateway) {
        let olga = owner(gateway);
        person(gateway, "mia");
        person(gateway, "max");
        let mia = api_of(gateway, "mia");
        olga.post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
        olga.delete("/ownership-transfer").expect(204);
        mia.post("/ownership-transfer/accept", &json!({})).expect(404);
        olga.post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
        olga.post("/ownership-transfer", &json!({"to": "max"})).expect(201);
        mia.post("/ownership-transfer/accept", &json!({})).expect(404);
        assert_eq!(owners(gateway, &["olga", "mia", "max"]), ["olga"]);
    }

    fn of_an_acceptance_and_a_withdrawal_at_the_same_time_one_wins(gateway: &Gateway) {
        let olga = owner(gateway);
        person(gateway, "mia");
        let mia = api_of(gateway, "mia");
        loop {
            olga.post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
            let answers: Vec<u16> = std::thread::scope(|threads| {
                let accepting = [0, 1].map(|_| threads.spawn(|| mia.post("/ownership-transfer/accept", &json!({})).status));
                let withdrawing = threads.spawn(|| olga.delete("/ownership-transfer").status);
                accepting.into_iter().chain([withdrawing]).map(|answer| answer.join().unwrap()).collect()
            });
            assert_eq!(answers.iter().filter(|status| **status < 300).count(), 1, "{answers:?}");
            let expected = if answers[2] == 204 { ["olga"] } else { ["mia"] };
            assert_eq!(owners(gateway, &["olga", "mia"]), expected, "{answers:?}");
            if expected == ["mia"] {
                return;
            }
        }
    }

    fn only_a_person_who_holds_it_offers_it(gateway: &Gateway) {
        let olga = owner(gateway);
        person(gateway, "mia");
        refused(gateway.api().post("/ownership-transfer", &json!({"to": "mia"})), 403, "a person");
        refused(api_of(gateway, "mia").post("/ownership-transfer", &json!({"to": "olga"})), 403, "exactly one holder");
        refused(olga.post("/ownership-transfer", &json!({"to": "olga"})), 400, "somebody else");
        olga.post("/ownership-transfer", &json!({"to": "nobody"})).expect(404);
        olga.with("Sec-Fetch-Site", "cross-site").post("/ownership-transfer", &json!({"to": "mia"})).expect(403);
    }

    fn no_path_takes_the_last_owner_away(gateway: &Gateway) {
        let olga = owner(gateway);
        let mia = person(gateway, "mia");
        olga.post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
        api_of(gateway, "mia").post("/ownership-transfer/accept", &json!({})).expect(200);
        let (api, scim, path) = (gateway.api(), gateway.scim(), format!("/Users/{mia}"));
        let inactive = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": false}]});
        refused(scim.patch(&path, &inactive), 409, "last holder");
        refused(scim.delete(&path), 409, "last holder");
        refused(api.post("/users/mia/suspend", &json!({})), 409, "last holder");
        refused(api.delete("/users/mia"), 409, "last holder");
        let held = api.get("/users/mia/assignments").expect(200).json();
        let assignment = held["items"][0]["id"].as_str().unwrap();
        refused(api.delete(&format!("/users/mia/assignments/{assignment}")), 409, "last holder");
        assert_eq!(owners(gateway, &["olga", "mia"]), ["mia"]);
    }
}
