//! From the one-time link to the console, and back in again.

use super::*;

#[test]
fn the_owner_sets_up_an_account_signs_out_and_comes_in_again_with_a_recovery_code() {
    let gateway = Gateway::start(Database::Sqlite);
    let browser = Chromium::start();
    set_up(&gateway, &browser);
    let codes = browser
        .run("return [...document.querySelectorAll('.codes code')].map(c => c.innerText)", serde_json::json!([]));
    assert_eq!(codes.as_array().unwrap().len(), 10, "{codes}");
    browser.press(".button");
    assert_eq!(browser.url(), format!("{}/console", gateway.url()));
    assert!(browser.text().contains("to go"), "{}", browser.text());

    browser.press(".who button");
    browser.fill("#email", "olga@corp.example");
    browser.press("button[type=submit]");
    browser.fill("#password", PASSWORD);
    browser.press("button[type=submit]");
    browser.fill("#code", codes[0].as_str().unwrap());
    browser.press("button[type=submit]");
    assert!(browser.text().contains("Overview") || browser.url().ends_with("/console"), "{}", browser.url());
    assert_eq!(browser.complaints(), [""; 0], "the browser complains");
}
