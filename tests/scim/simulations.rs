//! `portcullis simulate`: the newcomer's tour must work on whatever the gateway runs on, and may be taken twice.

use std::process::{Command, Output};

use super::total;
use crate::support::Gateway;

fn simulate(gateway: &Gateway, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("simulate")
        .args(arguments)
        .args(["--base-url", &format!("{}/scim/v2", gateway.url()), "--token", gateway.scim_token()])
        .output()
        .unwrap()
}

#[track_caller]
fn expect_success(output: &Output) {
    let [said, complained] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{said}{complained}");
}

on_both! {
    fn okta_entra_and_google_each_find_every_step_done(gateway: &Gateway) {
        for provider in ["okta", "entra", "google"] {
            let api = gateway.api();
            let name = serde_json::json!({"name": format!("{provider} directory"), "dialect": provider});
            let directory = api.post("/directories", &name).expect(201).json();
            let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
                .args(["simulate", provider, "--people", "5", "--groups", "2"])
                .args(["--base-url", directory["base_url"].as_str().unwrap()])
                .args(["--token", directory["token"].as_str().unwrap()])
                .output()
                .unwrap();
            expect_success(&output);
        }
    }

    fn a_second_run_pushes_nobody_twice(gateway: &Gateway) {
        for _run in 0..2 {
            expect_success(&simulate(gateway, &["okta", "--people", "5", "--groups", "2"]));
        }
        assert_eq!(total(gateway.scim().get("/Users")), 5);
        assert_eq!(total(gateway.scim().get("/Groups")), 2);
    }

    fn the_story_ends_well(gateway: &Gateway) {
        let output = simulate(gateway, &["okta", "--story", "--api-url", &gateway.url(), "--api-key", gateway.api_key()]);
        expect_success(&output);
        assert_eq!(total(gateway.scim().get("/Users")), 25);
    }

    fn a_wrong_token_ends_it_with_what_the_gateway_said(gateway: &Gateway) {
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["simulate", "okta", "--base-url", &format!("{}/scim/v2", gateway.url()), "--token", "wrong"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("answered 401"), "{output:?}");
    }
}
