//! The corpus in `fixtures/saml/corpus`, delivered through the real sign-in: what every identity provider is known to send
//! signs in, and what attackers are known to send does not, whatever it costs them to write it.
//!
//! The signatures are made by `xmlsec1` when the test runs. Nothing here uses the code that is tested.

mod seal;
mod sign;
mod template;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use self::template::{FOLDER, Scene};
use super::world::{Sent, client, connect, events, post_to, provision, who};
use crate::support::{Answer, Browser, Gateway, Http, until};

/// The most that a refusal may cost: processor time of the whole gateway, whatever else the machine does. What is built for
/// debugging may take three times as long.
const PROMPT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 300 } else { 100 });
const IDP: &str = "https://idp.corpus.example/metadata";

/// One line of a list: the template's name, what is expected, and where it comes from.
struct Case {
    name: String,
    expected: String,
    source: String,
}

/// The list `name`. Every template of the folder is in it, and everything in it is there.
fn cases(name: &str) -> Vec<Case> {
    let list = std::fs::read_to_string(format!("{FOLDER}/{name}.txt")).unwrap();
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases: Vec<Case> = lines
        .map(|line| {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            let [name, expected, source] = fields[..] else { panic!("`{line}` has not three fields") };
            Case { name: name.to_owned(), expected: expected.to_owned(), source: source.to_owned() }
        })
        .collect();
    let files = std::fs::read_dir(format!("{FOLDER}/{name}")).unwrap();
    let mut files: Vec<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap().replace(".xml", "")).collect();
    let mut listed: Vec<String> = cases.iter().map(|case| case.name.clone()).collect();
    files.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, files, "fixtures/saml/corpus/{name}.txt lists what is in the folder");
    cases
}

/// A place where nothing is said but what stands in the template: for metadata.
fn nowhere() -> Scene {
    Scene { values: BTreeMap::from([("IDP", IDP.to_owned())]), certificate: String::new() }
}

/// A connection to the corpus's identity provider.
struct Stage<'g> {
    gateway: &'g Gateway,
    connection: Value,
    certificate: String,
}

impl<'g> Stage<'g> {
    fn new(gateway: &'g Gateway, settings: &Value) -> Self {
        let name = format!("corpus {settings}").chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let connection = connect(gateway, &name, &nowhere().rendered("parts/metadata"), settings);
        let metadata = Http::new("").get(connection["metadata_url"].as_str().unwrap()).expect(200).body;
        let certificate = metadata.split("X509Certificate>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        Self { gateway, connection, certificate }
    }

    fn url(&self, endpoint: &str) -> &str {
        self.connection[endpoint].as_str().unwrap()
    }

    /// Begins a sign-in with a browser of its own, as far as the identity provider.
    fn begin(&self, number: usize) -> (Browser, Scene, String) {
        let mut browser = Browser::new();
        let sent = browser.redirected(self.url("login_url"));
        let field = |name: &str| {
            let pairs = reqwest::Url::parse(&sent).unwrap();
            pairs.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap()
        };
        let scene = Scene {
            values: BTreeMap::from([
                ("IDP", IDP.to_owned()),
                ("SP", self.url("sp_entity_id").to_owned()),
                ("ACS", self.url("acs_url").to_owned()),
                ("SLO", self.url("slo_url").to_owned()),
                ("REQUEST", request_id(&field("SAMLRequest"))),
                ("A", format!("_a{number}")),
            ]),
            certificate: self.certificate.clone(),
        };
        (browser, scene, field("RelayState"))
    }

    fn post(&self, browser: &Browser, response: String, relay_state: &str) -> Answer {
        post_to(self.url("acs_url"), browser, &Sent { response, relay_state: relay_state.to_owned() })
    }

    /// How often the audit log tells each reason for a refused sign-in here.
    fn reasons(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for entry in events(self.gateway, "signin.refused&limit=1000") {
            let code = entry["reason"].as_str().unwrap_or_else(|| panic!("{entry}"));
            let code = code.split(": ").next().unwrap().to_owned();
            *all.entry(code).or_insert(0) += entry["count"].as_u64().unwrap_or(1);
        }
        all
    }
}

/// The ID of a request that went by redirect.
fn request_id(deflated: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(deflated).unwrap();
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut flate2::read::DeflateDecoder::new(&bytes[..]), &mut xml).unwrap();
    xml.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// The settings that a line of `valid.txt` names.
fn settings(words: &str) -> Value {
    match words {
        "-" => json!({}),
        "cbc" => json!({"allow_cbc": true}),
        "skew" => json!({"clock_skew_seconds": 0}),
        "idp-initiated" => json!({"idp_initiated": "allow"}),
        "both" => json!({"require_signed": "both"}),
        "fresh" => json!({"force_authn": true}),
        "context" => json!({"authn_contexts": ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password"]}),
        other => panic!("`{other}` is no setting"),
    }
}

on_both! {
    fn every_habit_of_an_identity_provider_signs_in(gateway: &Gateway) {
        provision(gateway);
        let mut stages = BTreeMap::new();
        let mut wrong = Vec::new();
        for (number, case) in cases("valid").iter().enumerate() {
            let stage = stages.entry(case.expected.clone()).or_insert_with(|| Stage::new(gateway, &settings(&case.expected)));
            let (mut browser, scene, relay_state) = stage.begin(number);
            let message = scene.message(&format!("valid/{}", case.name));
            let relay_state = if case.expected == "idp-initiated" { "" } else { &relay_state };
            let answer = stage.post(&browser, message, relay_state);
            browser.keep(&answer);
            if answer.status != 303 || who(gateway, &browser).as_deref() != Some("ann@corp.example") {
                wrong.push(format!("{} ({}): {}", case.name, case.source, answer.status));
            }
        }
        if !wrong.is_empty() {
            let kept = until_reasons(stages.values());
            panic!("{}\n{kept:?}", wrong.join("\n"));
        }
    }

    fn nothing_hostile_signs_in_and_each_refusal_has_its_reason_and_comes_at_once(gateway: &Gateway) {
        provision(gateway);
        let stage = Stage::new(gateway, &json!({}));
        let (browser, scene, relay_state) = stage.begin(0);
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for case in cases("hostile") {
            let message = scene.message(&format!("hostile/{}", case.name));
            let before = gateway.processor_time();
            let answer = stage.post(&browser, message, &relay_state);
            let took = gateway.processor_time() - before;
            assert!([400, 403, 413].contains(&answer.status), "{} ({}): {}", case.name, case.source, answer.status);
            assert!(answer.headers.get("set-cookie").is_none(), "{}: {:?}", case.name, answer.headers);
            assert_eq!(who(gateway, &browser), None, "{}", case.name);
            assert!(took < PROMPT, "{} took {took:?}", case.name);
            if case.expected == "-" {
                assert_ne!(answer.status, 403, "{}: {}", case.name, answer.body);
            } else {
                *expected.entry(case.expected).or_insert(0) += 1;
            }
        }
        // A gateway that stops writes down what it still holds.
        gateway.restart();
        assert_eq!(stage.reasons(), expected);
        // After all that, the genuine answer to the same request is still taken.
        stage.post(&browser, scene.message("valid/generic-assertion-signed"), &relay_state).expect(303);
    }

    fn hostile_metadata_makes_no_connection_and_the_admin_is_told_why(gateway: &Gateway) {
        for case in cases("metadata") {
            let draft = json!({"name": "idp", "metadata_xml": nowhere().rendered(&format!("metadata/{}", case.name))});
            let before = gateway.processor_time();
            let answer = gateway.api().post("/connections", &draft);
            let took = gateway.processor_time() - before;
            assert_eq!(answer.status, 400, "{} ({}): {}", case.name, case.source, answer.body);
            assert!(answer.body.contains(&case.expected), "{}: not `{}`: {}", case.name, case.expected, answer.body);
            assert!(took < PROMPT, "{} took {took:?}", case.name);
        }
        assert_eq!(gateway.api().get("/connections").expect(200).json()["items"], json!([]));
    }

    fn metadata_of_every_shape_makes_a_connection(gateway: &Gateway) {
        for case in cases("metadata-valid") {
            let xml = nowhere().rendered(&format!("metadata-valid/{}", case.name));
            let answer = gateway.api().post("/connections", &json!({"name": case.name, "metadata_xml": xml}));
            assert_eq!(answer.status, 201, "{} ({}): {}", case.name, case.source, answer.body);
            let certificates = answer.json()["idp_certificates"].as_array().unwrap().len();
            assert_eq!(certificates.to_string(), case.expected, "{}", case.name);
            client(&Browser::new()).get(answer.json()["login_url"].as_str().unwrap()).expect(303);
        }
    }
}

/// The reasons that are told once anything is.
fn until_reasons<'a>(mut stages: impl Iterator<Item = &'a Stage<'a>>) -> BTreeMap<String, u64> {
    let stage = stages.next().unwrap();
    until("a reason is told", || !stage.reasons().is_empty());
    stage.reasons()
}
