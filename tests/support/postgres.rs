//! A PostgreSQL cluster of this test process's own: in a temporary folder, on a unix socket only, with fsync on as in
//! production. The first test that needs it starts it; each test has a fresh database in it. Under cargo-nextest, which
//! gives each test a process, the whole run shares one cluster.
//!
//! `initdb` takes a second or two, so its result is kept in the build folder and copied.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use portcullis::model::{Clock, OrganizationId, SystemChance, SystemClock};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::process::{Launch, Process, installed, log_file, run};

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// The URL of a new, empty database.
pub fn fresh_database() -> String {
    let cluster = CLUSTER.get_or_init(Cluster::start);
    // By a number that nobody else has: the ids of processes come again in a run of this length.
    let name = format!("test_{}", OrganizationId::new(SystemClock.now(), &SystemChance).to_string().replace('-', "_"));
    cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
    cluster.url(&name)
}

/// Runs SQL in the database of `url` as its owner and gives `psql`'s unaligned output.
pub fn sql(url: &str, statement: &str) -> String {
    run(
        "psql",
        Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"])
            .args([url, "-c", statement]),
    )
}

#[derive(Debug)]
struct Cluster {
    folder: PathBuf,
    // Never read: it is a static, and its lifeline is what matters.
    _process: Option<Process>,
}

impl Cluster {
    /// The cluster of this process, or under cargo-nextest, which runs each test in a process of its own, that of the
    /// whole run.
    fn start() -> Self {
        let Some(run) = std::env::var_os("NEXTEST_RUN_ID") else {
            let folder = tempfile::Builder::new().prefix("portcullis-pg-").tempdir_in("/tmp").unwrap().keep();
            let process = launch(&folder, None);
            return Self { folder, _process: Some(process) };
        };
        let folder = Path::new("/tmp").join(format!("portcullis-pg-{}", run.display()));
        std::fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let process = (!folder.join("started").exists()).then(|| launch(&folder, rustix::process::getppid()));
        File::create(folder.join("started")).unwrap();
        Self { folder, _process: process }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder.display())
    }

    fn sql(&self, database: &str, statement: &str) {
        sql(&self.url(database), statement);
    }
}

/// A cluster that one test has for itself, to stop and start it. Its databases survive that.
#[derive(Debug)]
pub struct OwnCluster {
    // Dropped in this order: first the process, then its folder.
    process: Mutex<Option<Process>>,
    folder: TempDir,
}

impl OwnCluster {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("portcullis-pg-").tempdir_in("/tmp").unwrap();
        prepare(folder.path());
        let cluster = Self { process: Mutex::default(), folder };
        cluster.resume();
        cluster
    }

    /// The URL of its one database.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=postgres", self.folder.path().display())
    }

    /// Stops it at once, as a crash would.
    pub fn stop(&self) {
        drop(self.process.lock().unwrap().take().expect("the cluster runs"));
    }

    /// Starts it again.
    pub fn resume(&self) {
        *self.process.lock().unwrap() = Some(run_in(self.folder.path(), None, None));
    }

    /// Stops all its processes where they are, connections and all, until the answer is dropped.
    pub fn freeze(&self) -> Frozen {
        let server = self.process.lock().unwrap().as_ref().expect("the cluster runs").pid();
        let frozen = Frozen(server);
        frozen.signal(Signal::STOP);
        frozen
    }
}

/// A cluster that is frozen for as long as this lives.
#[derive(Debug)]
pub struct Frozen(i32);

impl Frozen {
    fn signal(&self, signal: Signal) {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.0)).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        for pid in std::iter::once(self.0).chain(children).filter_map(Pid::from_raw) {
            let _gone_already = kill_process(pid, signal);
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal(Signal::CONT);
    }
}

fn binaries() -> PathBuf {
    let postgres = installed("PostgreSQL 15", &["/usr/lib/postgresql/15/bin/postgres"]);
    Path::new(&postgres).parent().unwrap().to_owned()
}

fn launch(folder: &Path, owner: Option<Pid>) -> Process {
    prepare(folder);
    run_in(folder, Some(folder), owner)
}

/// Makes a cluster in `folder`.
fn prepare(folder: &Path) {
    let data = folder.join("data");
    let template = template(&binaries());
    run("cp", Command::new("cp").arg("-r").arg(&template).arg(&data));
    run("chmod", Command::new("chmod").arg("700").arg(&data));
    own(folder);
}

/// Runs the cluster in `folder`; `removed` is a folder that goes away with it.
fn run_in(folder: &Path, removed: Option<&Path>, owner: Option<Pid>) -> Process {
    let (binaries, data) = (binaries(), folder.join("data"));
    let log = log_file(folder, "log");
    let mut command = as_postgres();
    command.push(binaries.join("postgres").display().to_string());
    command.extend(["-D".to_owned(), data.display().to_string()]);
    for setting in [
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "fsync=on".to_owned(),
        "max_connections=400".to_owned(),
        "shared_buffers=64MB".to_owned(),
    ] {
        command.extend(["-c".to_owned(), setting]);
    }
    let process = Process::spawn(Launch {
        name: "PostgreSQL",
        command,
        environment: &[("LC_ALL", "C".to_owned())],
        log: &log,
        stop: "QUIT",
        folder: removed,
        owner,
    });
    process.await_ready(Duration::from_secs(30), || process.log().contains("ready to accept connections"));
    process
}

/// The folder that `initdb` made, made now if it is not there yet. Several test processes may ask at once.
fn template(binaries: &Path) -> PathBuf {
    let build = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let template = build.join("postgresql-15");
    let lock = File::create(build.join("postgresql-15.lock")).unwrap();
    lock.lock().unwrap();
    if !template.join("PG_VERSION").exists() {
        let making = tempfile::Builder::new().prefix("portcullis-initdb-").tempdir_in("/tmp").unwrap();
        own(making.path());
        let made = making.path().join("data");
        let mut command = as_postgres();
        command.push(binaries.join("initdb").display().to_string());
        let options = ["--locale=C", "--encoding=UTF8", "--auth=trust", "--username=postgres", "--no-sync", "-D"];
        command.extend(options.map(str::to_owned));
        command.push(made.display().to_string());
        run("initdb", Command::new(&command[0]).args(&command[1..]).env("LC_ALL", "C").current_dir("/"));
        let partial = build.join("postgresql-15.partial");
        run("rm", Command::new("rm").arg("-rf").arg(&partial));
        run("cp", Command::new("cp").arg("-r").arg(&made).arg(&partial));
        std::fs::rename(&partial, &template).unwrap();
    }
    template
}

/// PostgreSQL refuses to run as root: there, it runs as `postgres`; elsewhere as whoever runs the tests.
fn as_postgres() -> Vec<String> {
    if rustix::process::geteuid().is_root() {
        let user = "setpriv --reuid=postgres --regid=postgres --init-groups";
        user.split(' ').map(str::to_owned).collect()
    } else {
        vec!["env".to_owned()]
    }
}

fn own(folder: &Path) {
    if rustix::process::geteuid().is_root() {
        run("chown", Command::new("chown").args(["-R", "postgres:postgres"]).arg(folder));
    }
}

#[test]
fn each_test_has_an_empty_database_of_its_own() {
    let (one, other) = (fresh_database(), fresh_database());
    sql(&one, "CREATE TABLE mine (id TEXT)");
    assert_eq!(sql(&other, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").trim(), "0");
    assert_eq!(sql(&one, "SHOW fsync").trim(), "on");
}
