//! One credential, one door.

use serde_json::json;

use portcullis::session::{Cookie, Transport};

use super::{Other, user};
use crate::support::{Browser, Gateway, Http, until};

fn everywhere(gateway: &Gateway, credential: &str) -> Vec<(String, u16)> {
    let http = gateway.http().bearer(credential);
    let question = json!({"subject": {"type": "user", "id": "ann"}, "action": {"name": "email.send"},
                          "resource": {"type": "organization"}});
    let scim = http.get("/scim/v2/Users").status;
    let api = http.get("/api/v1/overview").status;
    let evaluation = http.post("/access/v1/evaluation", &question).status;
    let events = http.get("/api/v1/audit-events").status;
    [("scim", scim), ("api", api), ("authzen", evaluation), ("audit", events)]
        .map(|(door, status)| (door.to_owned(), status))
        .into()
}

fn opened(gateway: &Gateway, credential: &str) -> Vec<String> {
    let doors = everywhere(gateway, credential);
    assert!(doors.iter().all(|(_, status)| [200, 401].contains(status)), "{doors:?}");
    doors.into_iter().filter(|(_, status)| *status == 200).map(|(door, _)| door).collect()
}

/// The same with its last character changed.
fn mistyped(credential: &str) -> String {
    let (most, last) = credential.split_at(credential.len() - 1);
    format!("{most}{}", if last == "a" { "b" } else { "a" })
}

on_both! {
    fn a_token_opens_scim_alone_and_a_key_everything_but(gateway: &Gateway) {
        assert_eq!(opened(gateway, gateway.scim_token()), ["scim"]);
        assert_eq!(opened(gateway, gateway.api_key()), ["api", "authzen", "audit"]);
    }

    fn a_wrong_mistyped_or_misplaced_credential_opens_nothing(gateway: &Gateway) {
        let long = "x".repeat(4_000);
        let cut = &gateway.api_key()[..gateway.api_key().len() - 2];
        for wrong in ["", "x", &long, cut, &mistyped(gateway.scim_token()), &mistyped(gateway.api_key())] {
            assert_eq!(opened(gateway, wrong), Vec::<String>::new(), "{wrong:.40}");
        }
        let answer = gateway.http().get("/scim/v2/Users").expect(401);
        assert!(answer.header("www-authenticate").to_lowercase().contains("bearer"), "{:?}", answer.headers);
        assert_eq!(answer.json()["status"], "401");
        gateway.http().with("Authorization", "Basic YTpi").get("/api/v1/overview").expect(401);
    }

    fn a_session_opens_no_api_and_a_key_no_session(gateway: &Gateway) {
        let mut browser = Browser::new();
        let page = browser.open(gateway.made()["owner_setup_url"].as_str().unwrap());
        browser.submit(&page, &[("user_name", "olga")]);
        let name = Cookie::Session.name(Transport::Loopback);
        let token = browser.cookie(name).unwrap();
        let with = |token: &str| gateway.http().with("Cookie", &format!("{name}={token}")).get("/session");
        with(token).expect(200);
        with(gateway.api_key()).expect(401);
        with(gateway.scim_token()).expect(401);
        assert_eq!(opened(gateway, token), Vec::<String>::new());
    }

    fn a_credential_of_one_organization_shows_that_organization_alone(gateway: &Gateway) {
        let other = Other::beside(gateway);
        gateway.scim().post("/Users", &user("ann@corp.example")).expect(201);
        assert_eq!(other.scim().get("/Users").expect(200).json()["totalResults"], 0);
        assert_eq!(gateway.scim().get("/Users").expect(200).json()["totalResults"], 1);
        let count = |api: Http| api.get("/overview").expect(200).json()["people"].clone();
        assert_ne!(count(other.api()), count(gateway.api()));
    }

    fn whoever_fails_too_often_has_to_wait_and_the_log_tells_of_it(gateway: &Gateway) {
        let wrong = gateway.http().bearer("wrong");
        let mut statuses = Vec::new();
        until("an address that fails again and again is told to wait", || {
            let answer = wrong.get("/api/v1/overview");
            statuses.push(answer.status);
            if answer.status == 429 {
                assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            }
            answer.status == 429
        });
        assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    }
}
