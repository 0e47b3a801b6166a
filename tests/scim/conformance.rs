//! Two public conformance suites against the running gateway: `scim2-tester` (through `scim2-cli`) and `scim-sanity`.
//! Both must pass in full, with the token that `init` gives, on both databases.
//!
//! `script/bootstrap` installs them under `tmp/scim-suites`; one that is not there fails its test and says so.

use std::process::Command;

use crate::support::Gateway;
use crate::support::process::installed;

fn suite(program: &str) -> Command {
    let path = format!("{}/tmp/scim-suites/bin/{program}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(installed("the SCIM conformance suite", &[&path]));
    // Colours would stand between the words, and a proxy between the suite and the gateway.
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
    command
}

/// Runs it and gives what it printed and whether it was content.
fn outcome(command: &mut Command) -> (String, bool) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8_lossy(&said).into_owned(), output.status.success())
}

on_both! {
    fn scim2_tester_finds_every_check_a_success(gateway: &Gateway) {
        let base_url = format!("{}/scim/v2", gateway.url());
        let authorization = format!("Authorization: Bearer {}", gateway.scim_token());
        let (said, passed) = outcome(suite("scim").args(["-u", &base_url, "-h", &authorization, "test"]));
        assert!(passed, "{said}");
        assert!(said.matches("SUCCESS").count() > 100, "only a few checks were run: {said}");
        assert!(!said.contains("ERROR") && !said.contains("CRITICAL"), "{said}");
    }

    fn scim_sanity_finds_nothing_to_complain_about(gateway: &Gateway) {
        let base_url = format!("{}/scim/v2", gateway.url());
        let arguments = ["probe", &base_url, "--token", gateway.scim_token(), "--i-accept-side-effects", "--strict"];
        let (said, passed) = outcome(suite("scim-sanity").args(arguments));
        assert!(passed, "{said}");
        assert!(said.contains("All tests passed") && said.matches("[PASS]").count() >= 28, "{said}");
    }
}
