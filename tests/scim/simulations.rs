//! `portcullis simulate`: the newcomer's tour must work on whatever the gateway runs on, and may be taken twice.

use std::process::{Command, Output};

use super::total;
use crate::support::Gateway;

fn simulate(base_url: &str, token: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("simulate")
        .args(arguments)
        .args(["--base-url", base_url, "--token", token])
        .output()
        .unwrap()
}

fn base_url(gateway: &Gateway) -> String {
    format!("{}/scim/v2", gateway.url())
}

#[track_caller]
fn expect_success(output: &Output) {
    let [said, complained] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{said}{complained}");
}

on_both! {
    fn each_provider_finds_every_step_done(gateway: &Gateway) {
        for provider in ["okta", "entra", "google", "onelogin", "jumpcloud", "ping"] {
            let api = gateway.api();
            let name = serde_json::json!({"name": format!("{provider} directory"), "dialect": provider});
            let directory = api.post("/directories", &name).expect(201).json();
            let (base_url, token) = (directory["base_url"].as_str().unwrap(), directory["token"].as_str().unwrap());
            let arguments = [provider, "--people", "5", "--groups", "2", "--rate", "0"];
            expect_success(&simulate(base_url, token, &arguments));
            for kind in ["Groups", "Users"] {
                let list = gateway.scim().bearer(token).get(&format!("/{kind}?count=100")).expect(200).json();
                for resource in list["Resources"].as_array().into_iter().flatten() {
                    let path = format!("/{kind}/{}", resource["id"].as_str().unwrap());
                    gateway.scim().bearer(token).delete(&path).expect(204);
                }
            }
        }
    }

    fn a_second_run_pushes_nobody_twice(gateway: &Gateway) {
        for _run in 0..2 {
            let arguments = ["okta", "--people", "5", "--groups", "2"];
            expect_success(&simulate(&base_url(gateway), gateway.scim_token(), &arguments));
        }
        // Okta never deletes anybody: the guest of the tour is still there, deactivated.
        let active = "/Users?filter=active%20eq%20true";
        assert_eq!(total(gateway.scim().get(active)), 5);
        assert_eq!(total(gateway.scim().get("/Groups")), 2);
    }

    fn an_initial_push_on_many_connections_loses_nobody(gateway: &Gateway) {
        let arguments = ["okta", "--people", "300", "--groups", "10", "--connections", "8"];
        let output = simulate(&base_url(gateway), gateway.scim_token(), &arguments);
        expect_success(&output);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("per second, 0 of them tried again"), "{said}");
        assert_eq!(total(gateway.scim().get("/Users?filter=active%20eq%20true&count=0")), 300);
        let groups = gateway.scim().get("/Groups?count=100").expect(200).json();
        let members = |group: &serde_json::Value| group["members"].as_array().map_or(0, Vec::len);
        let sizes: Vec<_> = groups["Resources"].as_array().unwrap().iter().map(members).collect();
        assert_eq!(sizes, [30; 10]);
    }

    fn a_directory_that_stays_paused_is_asked_again_and_then_given_up(gateway: &Gateway) {
        let made = gateway.api().post("/directories", &serde_json::json!({"name": "P", "dialect": "ping"})).expect(201);
        gateway.api().post(&format!("/directories/{}/pause", made.text("id")), &serde_json::json!({})).expect(200);
        let scim = gateway.http().bearer(&made.text("token"));
        let wait: u64 = scim.get("/scim/v2/Users").expect(503).header("retry-after").parse().unwrap();
        // Entra is not known to heed it: it comes back when it would anyway, here at once.
        let arguments = ["entra", "--patience", "0", "--rate", "0"];
        let output = simulate(&made.text("base_url"), &made.text("token"), &arguments);
        assert!(wait >= 1 && output.status.code() == Some(1), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("3 requests in") && said.contains("2 of them tried again"), "{said}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("answered 503"), "{output:?}");
    }

    fn the_story_ends_well(gateway: &Gateway) {
        let story = ["okta", "--story", "--api-url", &gateway.url(), "--api-key", gateway.api_key()];
        expect_success(&simulate(&base_url(gateway), gateway.scim_token(), &story));
        assert_eq!(total(gateway.scim().get("/Users")), 25);
    }

    fn a_wrong_token_ends_it_with_what_the_gateway_said(gateway: &Gateway) {
        let output = simulate(&base_url(gateway), "wrong", &["okta"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("answered 401"), "{output:?}");
    }
}
