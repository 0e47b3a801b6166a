//! npm's `saml-idp`: a second identity provider, of another stack than SimpleSAMLphp. It asks for no password; whoever fills
//! in its form is who they say.

use std::time::Duration;

use tempfile::TempDir;

use super::Http;
use super::port::free_port;
use super::process::{Launch, Process, installed, log_file};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tmp/saml-idp/node_modules/saml-idp");
const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/saml/keys");

/// A running `saml-idp`. Dropping it stops it.
#[derive(Debug)]
pub struct SamlIdp {
    port: u16,
    // Dropped in this order: first the process, then its folder.
    _process: Process,
    _home: TempDir,
}

impl SamlIdp {
    /// Starts it for this service provider. It never knows more than one.
    pub fn start(acs: &str, slo: &str, entity_id: &str) -> Self {
        let home = tempfile::Builder::new().prefix("portcullis-saml-idp-").tempdir_in("/tmp").unwrap();
        let port = free_port();
        let process = launch(&home, port, acs, slo, entity_id);
        Self { port, _process: process, _home: home }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its metadata, as an admin would paste it.
    pub fn metadata(&self) -> String {
        Http::new(self.url()).get("/metadata").expect(200).body
    }
}

fn launch(home: &TempDir, port: u16, acs: &str, slo: &str, entity_id: &str) -> Process {
    let program = installed("saml-idp", &[&format!("{FOLDER}/bin/run.js")]);
    let log = log_file(home.path(), "node.log");
    let port_text = port.to_string();
    let (certificate, key) = (format!("{KEYS}/idp-rsa.crt.pem"), format!("{KEYS}/idp-rsa.key.pem"));
    let options = [
        ("--host", "127.0.0.1"),
        ("--port", &port_text),
        ("--issuer", "urn:npm:saml-idp"),
        ("--acsUrl", acs),
        ("--sloUrl", slo),
        ("--audience", entity_id),
        ("--cert", &certificate),
        ("--key", &key),
    ];
    let node = installed("node", &["/usr/bin/node", "/usr/local/bin/node"]);
    let options = options.into_iter().flat_map(|(name, value)| [name.to_owned(), value.to_owned()]);
    let process = Process::spawn(Launch {
        name: "saml-idp",
        command: [node, program].into_iter().chain(options).collect(),
        environment: &[],
        log: &log,
        stop: "TERM",
        folder: None,
        owner: None,
    });
    process.await_ready(Duration::from_secs(30), || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    process
}
