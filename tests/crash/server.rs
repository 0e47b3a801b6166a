//! A server started by hand: with a database of the test's choice, or under a limit, and able to fail.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::process::{Launch, Process, log_file, run};
use crate::support::{Gateway, Http};

const BINARY: &str = env!("CARGO_BIN_EXE_portcullis");

/// An installation with its server.
#[derive(Debug)]
pub struct Server {
    pub process: Process,
    pub url: String,
    pub made: Value,
    pub folder: TempDir,
    arguments: Vec<String>,
}

impl Server {
    /// `init`, then `serve` with `before` in front of its command line.
    pub fn start(database_url: Option<&str>, before: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("portcullis-server-").tempdir_in("/tmp").unwrap();
        let mut arguments = vec!["--data-dir".to_owned(), folder.path().join("data").display().to_string()];
        arguments.extend(database_url.iter().flat_map(|url| ["--database-url".to_owned(), (*url).to_owned()]));
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let catalogue = format!("{}/catalogues/miopsai.toml", env!("CARGO_MANIFEST_DIR"));
        let mut init = Command::new(BINARY);
        init.args(["init", "--organization", "Corp", "--catalogue", &catalogue, "--public-url", &url, "--json"]);
        let made = serde_json::from_str(&run("portcullis", init.args(&arguments))).unwrap();
        let mut command: Vec<String> = before.iter().map(|&word| word.to_owned()).collect();
        command.extend([BINARY.to_owned(), "serve".to_owned()]);
        command.extend(arguments.iter().cloned());
        command.extend(["--listen".to_owned(), format!("127.0.0.1:{port}"), "--public-url".to_owned(), url.clone()]);
        let log = log_file(folder.path(), "serve.log");
        let process = Process::spawn(Launch {
            name: "portcullis serve",
            command,
            environment: &[],
            log: &log,
            stop: "KILL",
            folder: None,
            owner: None,
        });
        let ready = Http::new(&url);
        process.await_ready(Duration::from_secs(60), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() && ready.get("/readyz").status == 200
        });
        Self { process, url, made, folder, arguments }
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    pub fn http(&self) -> Http {
        Http::new(&self.url)
    }

    pub fn scim(&self) -> Http {
        self.http().bearer(self.made["scim"]["token"].as_str().unwrap())
    }

    pub fn api(&self) -> Http {
        self.http().bearer(self.made["api_key"].as_str().unwrap())
    }

    /// Runs a subcommand on the installation and gives what it printed.
    pub fn cli(&self, arguments: &[&str]) -> String {
        run("portcullis", Command::new(BINARY).args(arguments).args(&self.arguments))
    }

    /// The size of a file of the installation.
    pub fn size(&self, name: &str) -> u64 {
        size(&self.data().join(name))
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map(|found| found.len()).unwrap_or_default()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What `serve` says and how it ends, when it is to fail at once.
pub fn serve_in_vain(gateway: &Gateway, more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["serve", "--listen", "127.0.0.1:0"];
    arguments.extend(more);
    let output = gateway.command(&arguments).output().unwrap();
    (output.status.code().expect("it ended by itself"), String::from_utf8_lossy(&output.stderr).into_owned())
}
