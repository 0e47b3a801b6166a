//! Chromium without a window, driven by Debian's chromedriver (W3C WebDriver over HTTP).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Http;
use super::gateway::until;
use super::port::free_port;
use super::process::{Launch, Process, installed, log_file};

/// How WebDriver names an element in JSON (WebDriver §11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser window. Dropping it closes the browser.
#[derive(Debug)]
pub struct Chromium {
    session: Http,
    // Dropped in this order: first the process, then its folder.
    _driver: Process,
    _folder: TempDir,
}

impl Chromium {
    /// A fresh profile.
    pub fn start() -> Self {
        let binary = installed("chromedriver", &["/usr/bin/chromedriver"]);
        let folder = tempfile::Builder::new().prefix("portcullis-chromium-").tempdir_in("/tmp").unwrap();
        let (port, log) = (free_port(), log_file(folder.path(), "log"));
        let home = folder.path().display().to_string();
        let driver = Process::spawn(Launch {
            name: "chromedriver",
            command: vec![binary, format!("--port={port}")],
            environment: &[("HOME", home.clone()), ("TMPDIR", home.clone())],
            log: &log,
            stop: "TERM",
            folder: None,
            owner: None,
        });
        let http = Http::new(format!("http://127.0.0.1:{port}"));
        driver.await_ready(Duration::from_secs(20), || http.status("/status") == Some(200));
        let profile = format!("--user-data-dir={home}/profile");
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", &profile];
        let options = json!({"args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}});
        let made = http.post("/session", &wanted).expect(200).json();
        let session = http.url(&format!("/session/{}", made["value"]["sessionId"].as_str().unwrap()));
        Self { session: Http::new(session), _driver: driver, _folder: folder }
    }

    #[track_caller]
    fn post(&self, path: &str, body: Value) -> Value {
        self.session.post(path, &body).expect(200).json()["value"].clone()
    }

    pub fn open(&self, url: &str) {
        self.post("/url", json!({ "url": url }));
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.session.get("/url").expect(200).json()["value"].as_str().unwrap().to_owned()
    }

    /// Runs a function body in the page; what it returns.
    #[track_caller]
    pub fn run(&self, script: &str, arguments: Value) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": arguments }))
    }

    /// The same for one that calls its last argument when it is done.
    #[track_caller]
    pub fn run_async(&self, script: &str, arguments: Value) -> Value {
        self.post("/execute/async", json!({ "script": script, "args": arguments }))
    }

    /// The text that the page shows.
    pub fn text(&self) -> String {
        self.run("return document.body.innerText", json!([])).as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn find(&self, selector: &str) -> String {
        let found = self.post("/element", json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Types into the field that this selects.
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/clear"), json!({}));
        self.post(&format!("/element/{element}/value"), json!({ "text": text }));
    }

    /// Presses what this selects and waits for the page that it leads to.
    #[track_caller]
    pub fn press(&self, selector: &str) {
        let element = self.find(selector);
        // As a person does who does not see it yet, also inside of what scrolls by itself.
        self.run("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })", json!([selector]));
        self.run("window.pressed = true", json!([]));
        self.post(&format!("/element/{element}/click"), json!({}));
        until("the next page is there", || {
            let state = "return !window.pressed && document.readyState === 'complete'";
            self.session.post("/execute/sync", &json!({ "script": state, "args": [] })).json()["value"] == true
        });
    }

    /// Prefers light or dark pages from now on, in a window of this size.
    pub fn looks(&self, scheme: &str, width: u32, height: u32) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": features }));
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.command("Emulation.setDeviceMetricsOverride", size);
    }

    /// A picture of what is shown, as PNG.
    pub fn picture(&self) -> Vec<u8> {
        STANDARD.decode(self.session.get("/screenshot").expect(200).json()["value"].as_str().unwrap()).unwrap()
    }

    /// What the browser complained about since it was asked last.
    pub fn complaints(&self) -> Vec<String> {
        let told = self.post("/se/log", json!({ "type": "browser" }));
        let is_complaint = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        told.as_array().unwrap().iter().filter(is_complaint).map(|entry| entry["message"].to_string()).collect()
    }

    fn command(&self, name: &str, parameters: Value) {
        self.post("/goog/cdp/execute", json!({ "cmd": name, "params": parameters }));
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // chromedriver leaves its browser running when it is stopped itself.
        self.session.send("DELETE", "", None);
    }
}
