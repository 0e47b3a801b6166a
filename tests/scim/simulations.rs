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
    fn okta_entra_and_google_each_find_every_step_done(gateway: &Gateway) {
        for provider in ["okta", "entra", "google"] {
            let api = gateway.api();
            let name = serde_json::json!({"name": format!("{provider} directory"), "dialect": provider});
            let directory = api.post("/directories", &name).expect(201).json();
            let (base_url, token) = (directory["base_url"].as_str().unwrap(), directory["token"].as_str().unwrap());
            expect_success(&simulate(base_url, token, &[provider, "--people", "5", "--groups", "2"]));
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
        assert_eq!(total(gateway.scim().get("/Users")), 5);
        assert_eq!(total(gateway.scim().get("/Groups")), 2);
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
