//! The owner's way in when there is no other: a one-time link, made by the operator or by a key of the organization.

use diesel::connection::SimpleConnection;
use portcullis::store::{Address, open_for_reading};
use serde_json::json;

use super::{Owner, push_person};
use crate::support::{Browser, Gateway};

const OWNER: &str = "owner@corp.example";

fn change_in_the_database(gateway: &Gateway, statement: &str) {
    let address = match gateway.database_url() {
        Some(url) => Address::parse(url).unwrap(),
        None => Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
    };
    open_for_reading(&address).unwrap().batch_execute(statement).unwrap();
}

/// A link that the running server made.
#[track_caller]
fn link(gateway: &Gateway) -> String {
    gateway.api().post("/owner-link", &json!({"user": OWNER})).expect(201).text("url")
}

/// Insists that this link signs nobody in.
#[track_caller]
fn opens_nothing(gateway: &Gateway, link: &str) {
    let mut browser = Browser::new();
    let page = browser.open(link);
    assert_eq!(page.status, 410, "{page:?}");
    let answer = gateway.http().form(link, &[]);
    assert_eq!(answer.status, 410, "{}", answer.body);
    assert!(answer.headers.get_all("set-cookie").iter().next().is_none(), "{:?}", answer.headers);
}

on_both! {
    fn the_operator_signs_the_owner_in_again_with_a_link_that_works_once(gateway: &Gateway) {
        Owner::of(gateway);
        gateway.stop();
        let url = gateway.url();
        let made = gateway.cli(&["owner", "link", "--user", OWNER, "--public-url", &url, "--json"]);
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        assert_eq!(made["user"], OWNER);
        gateway.restart();
        let link = made["url"].as_str().unwrap();
        let mut browser = Browser::new();
        let page = browser.open(link);
        assert!(page.body.contains(OWNER) && page.body.contains("Corp"), "{page:?}");
        let page = browser.submit(&page, &[]);
        assert_eq!((page.url, page.status), (format!("{url}/console"), 200));
        opens_nothing(gateway, link);
        let told = gateway.api().get("/audit-events?action=owner.linked").expect(200).json();
        assert_eq!(told["items"][0]["actor"]["kind"], "operator", "{told}");
        let opened = gateway.api().get("/audit-events?action=session.opened").expect(200).json();
        assert_eq!(opened["items"][0]["detail"]["link"], told["items"][0]["detail"]["link"], "{opened}");
        assert!(!told.to_string().contains("pcl_own_") && !opened.to_string().contains("pcl_own_"));
    }

    fn while_the_server_runs_it_makes_the_link_and_the_command_says_so(gateway: &Gateway) {
        Owner::of(gateway);
        let output = gateway.command(&["owner", "link", "--user", OWNER]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("stop it for a moment") && said.contains("POST /api/v1/owner-link"), "{said}");
        let link = link(gateway);
        let mut browser = Browser::new();
        let page = browser.open(&link);
        assert_eq!(browser.submit(&page, &[]).status, 200);
        assert!(browser.cookie("portcullis").is_some());
    }

    fn nobody_but_an_owner_is_signed_in_by_a_link_and_no_person_makes_one(gateway: &Gateway) {
        Owner::of(gateway);
        let ann = push_person(gateway, "ann@corp.example");
        let refused = gateway.api().post("/owner-link", &json!({"user": ann})).expect(400);
        assert!(refused.body.contains("no active holder of the owner's role"), "{}", refused.body);
        gateway.api().post("/owner-link", &json!({"user": "nobody"})).expect(404);
        let key = gateway.api().post("/api-keys", &json!({"name": "owner's", "user": OWNER})).expect(201).text("api_key");
        gateway.api().bearer(&key).post("/owner-link", &json!({"user": OWNER})).expect(403);
    }

    fn a_link_ends_with_the_owners_sessions_and_when_its_time_is_over(gateway: &Gateway) {
        Owner::of(gateway);
        let signed_out = link(gateway);
        gateway.api().delete(&format!("/users/{OWNER}/sessions")).expect(200);
        opens_nothing(gateway, &signed_out);
        let late = link(gateway);
        gateway.stop();
        change_in_the_database(gateway, "UPDATE browser_session SET ends_at = last_seen_at");
        gateway.restart();
        opens_nothing(gateway, &late);
    }

    fn the_secret_of_a_link_is_no_session_cookie(gateway: &Gateway) {
        Owner::of(gateway);
        let link = link(gateway);
        let (_, token) = link.rsplit_once('/').unwrap();
        gateway.http().with("Cookie", &format!("portcullis={token}")).get("/session").expect(401);
        let page = Browser::new().open(&link);
        assert_eq!(page.status, 200, "to look at it does not use it up: {page:?}");
    }
}
