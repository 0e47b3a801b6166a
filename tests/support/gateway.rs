//! The built binary as a running gateway, on a database of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Http;
use super::port::free_port;
use super::postgres;
use super::process::{Launch, Process, log_file, run};

const BINARY: &str = env!("CARGO_BIN_EXE_portcullis");
const START_LIMIT: Duration = Duration::from_secs(60);

/// Which database a gateway runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// An installation and its running server. Dropping it stops the server and removes the installation.
#[derive(Debug)]
pub struct Gateway {
    folder: TempDir,
    database_url: Option<String>,
    port: u16,
    made: Value,
    extra_arguments: Vec<String>,
    /// Where browsers are told it is, if elsewhere than [`Self::url`].
    public_url: Option<String>,
    process: Mutex<Option<Process>>,
}

impl Gateway {
    /// `portcullis init` with the miopsai catalogue, then `portcullis serve`, ready when this returns.
    pub fn start(database: Database) -> Self {
        Self::start_with(database, "miopsai", &[])
    }

    /// The same with this catalogue of `catalogues/` or `fixtures/catalogues/`, and further arguments to `serve`.
    pub fn start_with(database: Database, catalogue: &str, extra_arguments: &[&str]) -> Self {
        Self::install(database, catalogue, extra_arguments, None)
    }

    /// As if behind a proxy that browsers know as `public_url`. Nothing here speaks TLS: [`Self::url`] still answers.
    pub fn start_behind(database: Database, public_url: &str) -> Self {
        Self::install(database, "miopsai", &[], Some(public_url))
    }

    fn install(database: Database, catalogue: &str, extra_arguments: &[&str], public_url: Option<&str>) -> Self {
        let folder = tempfile::Builder::new().prefix("portcullis-gateway-").tempdir_in("/tmp").unwrap();
        let database_url = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(postgres::fresh_database()),
        };
        let gateway = Self {
            folder,
            database_url,
            port: free_port(),
            made: Value::Null,
            extra_arguments: extra_arguments.iter().map(|&argument| argument.to_owned()).collect(),
            public_url: public_url.map(str::to_owned),
            process: Mutex::new(None),
        };
        let catalogue = catalogue_file(catalogue);
        let url = gateway.public_url();
        let said =
            gateway.cli(&["init", "--organization", "Corp", "--catalogue", &catalogue, "--public-url", &url, "--json"]);
        let made = serde_json::from_str(&said).unwrap_or_else(|error| panic!("`init --json` said ({error}): {said}"));
        let gateway = Self { made, ..gateway };
        gateway.serve();
        gateway
    }

    /// A further replica on the same PostgreSQL database, with the same keys.
    pub fn replica(&self) -> Self {
        assert!(self.database_url.is_some(), "only a gateway on PostgreSQL has replicas");
        let folder = tempfile::Builder::new().prefix("portcullis-replica-").tempdir_in("/tmp").unwrap();
        run("cp", Command::new("cp").arg("-r").arg(self.folder.path().join("data")).arg(folder.path()));
        let replica = Self {
            folder,
            database_url: self.database_url.clone(),
            port: free_port(),
            made: self.made.clone(),
            extra_arguments: self.extra_arguments.clone(),
            public_url: self.public_url.clone(),
            process: Mutex::new(None),
        };
        replica.serve();
        replica
    }

    /// Runs a subcommand on this installation to its end and gives what it printed; fails when it fails.
    pub fn cli(&self, arguments: &[&str]) -> String {
        run("portcullis", &mut self.command(arguments))
    }

    /// The same, not yet run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).args(self.installation()).env_clear().env("PATH", "/usr/bin:/bin");
        command
    }

    /// `http://127.0.0.1:<port>`, which is also the public URL unless it was started behind another.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| self.url())
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref()
    }

    /// What `init --json` printed.
    pub fn made(&self) -> &Value {
        &self.made
    }

    /// The bearer token of the directory that `init` made.
    pub fn scim_token(&self) -> &str {
        self.made["scim"]["token"].as_str().expect("`init --json` names the SCIM token")
    }

    /// The API key that `init` made.
    pub fn api_key(&self) -> &str {
        self.made["api_key"].as_str().expect("`init --json` names an API key")
    }

    /// Everything, with no credentials.
    pub fn http(&self) -> Http {
        Http::new(self.url())
    }

    /// `/scim/v2` as the directory that `init` made.
    pub fn scim(&self) -> Http {
        Http::new(format!("{}/scim/v2", self.url()))
            .bearer(self.scim_token())
            .with("Content-Type", "application/scim+json; charset=utf-8")
    }

    /// `/scim/v2` as a further directory of this dialect (`okta`, `entra`, `google`, `generic`).
    pub fn directory(&self, dialect: &str) -> Http {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("{dialect} {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let made = self.api().post("/directories", &json!({"name": name, "dialect": dialect})).expect(201);
        Http::new(made.text("base_url"))
            .bearer(&made.text("token"))
            .with("Content-Type", "application/scim+json; charset=utf-8")
    }

    /// The management API below `/api/v1`, with the API key that `init` made.
    pub fn api(&self) -> Http {
        Http::new(format!("{}/api/v1", self.url())).bearer(self.api_key())
    }

    /// AuthZEN below `/access/v1`, with the API key that `init` made.
    pub fn authzen(&self) -> Http {
        Http::new(format!("{}/access/v1", self.url())).bearer(self.api_key())
    }

    /// Asks over AuthZEN whether a user may do `action` in `scope` (`organization`, `tenant:acme`).
    #[track_caller]
    pub fn allows(&self, user: &str, action: &str, scope: &str) -> bool {
        let (kind, id) = scope.split_once(':').unwrap_or((scope, scope));
        let question = json!({
            "subject": {"type": "user", "id": user},
            "action": {"name": action},
            "resource": {"type": kind, "id": id, "properties": {"scope": scope}},
            "context": {}
        });
        let answer = self.authzen().post("/evaluation", &question).expect(200).json();
        answer["decision"].as_bool().unwrap_or_else(|| panic!("no decision in {answer}"))
    }

    /// Pulls the plug: SIGKILL, as a power cut would be for the process.
    pub fn kill9(&self) {
        let process = self.process().take().expect("the gateway runs");
        process.signal(Signal::KILL);
        process.await_end(Duration::from_secs(10));
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub fn stop(&self) {
        let process = self.process().take().expect("the gateway runs");
        process.signal(Signal::TERM);
        process.await_end(Duration::from_secs(30));
    }

    /// Stops it if it runs, and starts it again on the same installation and address.
    pub fn restart(&self) {
        if self.process().is_some() {
            self.stop();
        }
        self.serve();
    }

    /// Sends the running server a signal, e.g. STOP to freeze it.
    pub fn signal(&self, signal: Signal) {
        self.process().as_ref().expect("the gateway runs").signal(signal);
    }

    /// What the server has logged since it was started.
    pub fn log(&self) -> String {
        self.process().as_ref().map(Process::log).unwrap_or_default()
    }

    fn serve(&self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let mut command = vec![BINARY.to_owned(), "serve".to_owned()];
        command.extend(self.installation());
        command.extend(["--listen".to_owned(), listen, "--public-url".to_owned(), self.public_url()]);
        command.extend(self.extra_arguments.iter().cloned());
        let log = log_file(self.folder.path(), "serve.log");
        let process = Process::spawn(Launch {
            name: "portcullis serve",
            command,
            environment: &[("RUST_BACKTRACE", "1".to_owned())],
            log: &log,
            stop: "KILL",
            folder: None,
            owner: None,
        });
        let ready = Http::new(self.url());
        process.await_ready(START_LIMIT, || ready.status("/readyz") == Some(200));
        *self.process() = Some(process);
    }

    fn installation(&self) -> Vec<String> {
        let mut arguments = vec!["--data-dir".to_owned(), self.data_folder().display().to_string()];
        if let Some(url) = &self.database_url {
            arguments.extend(["--database-url".to_owned(), url.clone()]);
        }
        arguments
    }

    /// How long processors have worked for it so far, to a hundredth of a second.
    pub fn processor_time(&self) -> Duration {
        self.process().as_ref().expect("the gateway runs").processor_time()
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A shipped catalogue, or one that is for tests alone.
fn catalogue_file(name: &str) -> String {
    let folders = ["catalogues", "fixtures/catalogues"];
    let files = folders.map(|folder| format!("{}/{folder}/{name}.toml", env!("CARGO_MANIFEST_DIR")));
    let found = files.into_iter().find(|file| std::path::Path::new(file).exists());
    found.unwrap_or_else(|| panic!("there is no catalogue `{name}`"))
}

/// Waits until `holds`, for what is allowed to take a moment; fails with `what` after ten seconds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "still not so after 10 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
