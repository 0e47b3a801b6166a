//! Local accounts: signing in with a password and a second factor, invitations and resets, and who needs a second factor.

mod first_run;
mod links;
mod own;
mod policy;
mod refused;

use regex::Regex;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::support::{Browser, Gateway, Page};

const PASSWORD: &str = "correct horse battery";

/// An authenticator app. Each code is good once, so it goes on to the next when it is asked again; the gateway takes
/// codes that are one step early.
#[derive(Debug)]
struct Authenticator {
    secret: String,
    used: u64,
}

impl Authenticator {
    /// Scans what a page offers.
    #[track_caller]
    fn scan(page: &Page) -> Self {
        let shown = Regex::new("Type this secret: <code>([A-Z2-7 ]+)</code>").unwrap();
        let found = shown.captures(&page.body).unwrap_or_else(|| panic!("no secret at {page:?}"));
        assert!(page.body.contains(r#"<svg class="qr""#), "{page:?}");
        Self { secret: found[1].replace(' ', ""), used: 0 }
    }

    fn code(&mut self) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 30;
        self.used = now.max(self.used + 1);
        self.code_of(self.used)
    }

    fn code_of(&self, step: u64) -> String {
        let totp = Builder::new().with_secret(Secret::try_from_base32(&self.secret).unwrap()).build().unwrap();
        totp.generate(step * 30).to_string()
    }
}

/// The recovery codes that a page shows.
fn recovery_codes(page: &Page) -> Vec<String> {
    let shown = Regex::new("<li><code>([A-Z2-7-]{19})</code></li>").unwrap();
    shown.captures_iter(&page.body).map(|found| found[1].to_owned()).collect()
}

/// A local account whose person has chosen a password and set up a second factor.
struct Person {
    id: String,
    name: String,
    browser: Browser,
    app: Authenticator,
    codes: Vec<String>,
}

fn invite(gateway: &Gateway, name: &str) -> Value {
    gateway.api().post("/invitations", &json!({"userName": name})).expect(201).json()
}

/// Opens a link and chooses a password there.
fn choose(browser: &mut Browser, link: &str, password: &str) -> Page {
    let page = browser.open(link);
    browser.submit(&page, &[("password", password), ("again", password)])
}

/// Sets up the second factor that a page asks for.
#[track_caller]
fn enrol(browser: &mut Browser, page: &Page) -> (Authenticator, Page) {
    let mut app = Authenticator::scan(page);
    let code = app.code();
    let page = browser.submit(page, &[("code", &code), ("offer", &page.field("offer"))]);
    (app, page)
}

impl Person {
    #[track_caller]
    fn of(gateway: &Gateway, name: &str) -> Self {
        let invited = invite(gateway, name);
        let mut browser = Browser::new();
        let page = choose(&mut browser, invited["url"].as_str().unwrap(), PASSWORD);
        let (app, page) = enrol(&mut browser, &page);
        let codes = recovery_codes(&page);
        assert_eq!(codes.len(), 10, "{page:?}");
        let id = invited["user"]["id"].as_str().unwrap().to_owned();
        Self { id, name: name.to_owned(), browser, app, codes }
    }

    fn is_signed_in(&self, gateway: &Gateway) -> bool {
        is_signed_in(gateway, &self.browser)
    }
}

fn is_signed_in(gateway: &Gateway, browser: &Browser) -> bool {
    let answer = gateway.http().with("Cookie", &browser.cookie_header()).get("/session");
    assert!([200, 401].contains(&answer.status), "{}", answer.body);
    answer.status == 200
}

/// Gives a name and a password at the sign-in.
fn sign_in(gateway: &Gateway, browser: &mut Browser, name: &str, password: &str) -> Page {
    let page = browser.open(&format!("{}/signin", gateway.url()));
    let page = browser.submit(&page, &[("email", name)]);
    browser.submit(&page, &[("email", name), ("password", password)])
}

/// The reasons of refused sign-ins. What was refused is written down at the latest when the gateway stops.
fn reasons(gateway: &Gateway) -> Vec<String> {
    gateway.restart();
    let told = gateway.api().get("/audit-events?action=signin.refused").expect(200).json();
    told["items"].as_array().unwrap().iter().map(|entry| entry["reason"].as_str().unwrap().to_owned()).collect()
}
