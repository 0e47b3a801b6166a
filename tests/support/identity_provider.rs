//! SimpleSAMLphp as the identity provider, under PHP's own web server, configured from `fixtures/saml/ssp/`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::Http;
use super::port::free_port;
use super::process::{Launch, Process, installed, log_file, run};

/// A running SimpleSAMLphp. Dropping it stops it.
#[derive(Debug)]
pub struct IdentityProvider {
    port: u16,
    // Dropped in this order: first the process, then its folder.
    _process: Process,
    home: TempDir,
}

impl IdentityProvider {
    /// Starts it with fresh keys and no service provider; [`Self::trust`] tells it of one.
    pub fn start() -> Self {
        installed("SimpleSAMLphp", &["/usr/share/simplesamlphp/www/saml2/idp/metadata.php"]);
        let php = installed("PHP", &["/usr/bin/php"]);
        let home = tempfile::Builder::new().prefix("portcullis-idp-").tempdir_in("/tmp").unwrap();
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/saml/ssp/.");
        run("cp", Command::new("cp").arg("-r").arg(fixtures).arg(home.path()));
        for folder in ["cert", "log", "tmp", "data"] {
            std::fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        for name in ["idp", "idp-next"] {
            make_key(&home.path().join("cert"), name);
        }
        std::fs::write(home.path().join("sps.json"), "[]").unwrap();

        let port = free_port();
        let path = |name: &str| home.path().join(name).display().to_string();
        let log = log_file(home.path(), "php.log");
        let process = Process::spawn(Launch {
            name: "SimpleSAMLphp",
            command: vec![
                php,
                "-d".to_owned(),
                format!("session.save_path={}", path("tmp")),
                "-S".to_owned(),
                format!("127.0.0.1:{port}"),
                "-t".to_owned(),
                "/usr/share/simplesamlphp/www".to_owned(),
                path("router.php"),
            ],
            environment: &[
                ("IDP_HOME", home.path().display().to_string()),
                ("IDP_PORT", port.to_string()),
                ("SIMPLESAMLPHP_CONFIG_DIR", path("config")),
            ],
            log: &log,
            stop: "TERM",
            folder: None,
            owner: None,
        });
        process.await_ready(Duration::from_secs(20), || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, _process: process, home }
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn metadata_url(&self) -> String {
        format!("{}/saml2/idp/metadata.php", self.url())
    }

    /// Its metadata, as an admin would paste it.
    pub fn metadata(&self) -> String {
        Http::new(self.url()).get("/saml2/idp/metadata.php").expect(200).body
    }

    /// Where a sign-in begins that this identity provider begins itself.
    pub fn sign_on_url(&self, sp: &str, relay_state: &str) -> String {
        let mut url = reqwest::Url::parse(&format!("{}/saml2/idp/SSOService.php", self.url())).unwrap();
        url.query_pairs_mut().append_pair("spentityid", sp).append_pair("RelayState", relay_state);
        url.into()
    }

    /// Where a logout begins that this identity provider begins itself; it ends at `return_to`.
    pub fn logout_url(&self, return_to: &str) -> String {
        let mut url = reqwest::Url::parse(&format!("{}/saml2/idp/SingleLogoutService.php", self.url())).unwrap();
        url.query_pairs_mut().append_pair("ReturnTo", return_to);
        url.into()
    }

    /// Makes `sps` the service providers it knows, in the form that `fixtures/saml/ssp/metadata/` describes:
    /// `[{"entity_id", "acs", "slo", "behaviour", "certificate"}]`.
    pub fn trust(&self, sps: &Value) {
        std::fs::write(self.home.path().join("sps.json"), sps.to_string()).unwrap();
    }
}

fn make_key(folder: &Path, name: &str) {
    let (key, certificate) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.crt")));
    if key.exists() && certificate.exists() {
        return;
    }
    let subject = format!("/CN={name}");
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", &subject]);
    run("openssl", command.arg("-keyout").arg(key).arg("-out").arg(certificate));
}

#[test]
fn its_metadata_names_it_and_holds_two_signing_keys() {
    let metadata = IdentityProvider::start().metadata();
    assert!(metadata.contains("IDPSSODescriptor"), "{metadata}");
    assert_eq!(metadata.matches("use=\"signing\"").count(), 2, "{metadata}");
}

#[test]
fn a_person_signs_in_and_is_sent_to_the_service_provider_with_a_response() {
    let provider = IdentityProvider::start();
    // The service provider is nobody: the browser stops at the form that would be sent there.
    provider
        .trust(&serde_json::json!([{"entity_id": "urn:nobody", "acs": "http://127.0.0.1:1/acs", "behaviour": "both"}]));
    let mut browser = super::Browser::new();
    let asked = browser.open(&format!("{}/saml2/idp/SSOService.php?spentityid=urn:nobody", provider.url()));
    let answered = browser.submit(&asked, &[("username", "ann"), ("password", "ann-password")]);
    assert!(answered.field("SAMLResponse").len() > 1_000, "{answered:?}");
}
