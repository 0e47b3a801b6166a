//! The pages in a real browser: what a person does on them, and whether everybody can.

mod accessibility;
mod first_run;

use totp_rs::{Builder, Secret};

use crate::support::{Chromium, Database, Gateway};

const PASSWORD: &str = "correct horse battery";

/// The code of the secret that a page offers.
fn code(browser: &Chromium) -> String {
    let shown = browser.run("return document.querySelector('.qr + p code').innerText", serde_json::json!([]));
    let secret = Secret::try_from_base32(shown.as_str().unwrap().replace(' ', "")).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    Builder::new().with_secret(secret).build().unwrap().generate(now).to_string()
}

/// The owner makes their account by the one-time link, with a password and a code.
fn set_up(gateway: &Gateway, browser: &Chromium) {
    browser.open(gateway.made()["owner_setup_url"].as_str().unwrap());
    browser.fill("#user_name", "olga@corp.example");
    browser.fill("#password", PASSWORD);
    browser.fill("#again", PASSWORD);
    browser.press("button[type=submit]");
    browser.fill("#code", &code(browser));
    browser.press("button[type=submit]");
}
