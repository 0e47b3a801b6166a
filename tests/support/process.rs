//! Child processes on a lifeline.
//!
//! Each component runs under a small shell that holds the read end of a pipe. When the pipe closes, because the
//! [`Process`] was dropped or because the test process is gone, however it ended, the shell stops the component, waits
//! for it, and removes its folder. What several test processes share is held by the process that runs them all
//! instead ([`Launch::owner`]). The shell leads a process group of its own, so an interrupt or a runner's
//! time-out that kills the tests does not kill the one who cleans up after them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// `$1` the signal that stops it, `$2` the folder to remove afterwards (or nothing), `$3` the log, `$4` the process to
/// outlive by no more than a moment (or nothing: hold on to the pipe); then the command.
const LIFELINE: &str = r#"
signal=$1; folder=$2; log=$3; owner=$4; shift 4
"$@" </dev/null >>"$log" 2>&1 &
pid=$!
echo "$pid"
if [ -n "$owner" ]; then tail -s 0.2 --pid="$owner" -f /dev/null >/dev/null; else cat >/dev/null; fi
kill -s "$signal" "$pid" 2>/dev/null
wait "$pid"
if [ -n "$folder" ]; then rm -rf "$folder"; fi
"#;

/// A running component. Dropping it stops it.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    pid: Pid,
    log: PathBuf,
    shell: Child,
    lifeline: Option<ChildStdin>,
}

/// How a component is started; see [`Process::spawn`].
#[derive(Debug)]
pub struct Launch<'a> {
    /// What it is called in messages.
    pub name: &'static str,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Everything it sees of the environment, beside `PATH`.
    pub environment: &'a [(&'a str, String)],
    /// Where its output goes.
    pub log: &'a Path,
    /// What stops it at once.
    pub stop: &'static str,
    /// A folder that lives as long as the component does.
    pub folder: Option<&'a Path>,
    /// The process it lives as long as, when that is not this one.
    pub owner: Option<Pid>,
}

impl Process {
    /// Starts the component.
    pub fn spawn(launch: Launch<'_>) -> Self {
        use std::os::unix::process::CommandExt;
        let mut shell = Command::new("/bin/sh")
            .args(["-c", LIFELINE, "lifeline", launch.stop])
            .arg(launch.folder.map(|folder| folder.display().to_string()).unwrap_or_default())
            .arg(launch.log)
            .arg(launch.owner.map(|owner| owner.as_raw_nonzero().to_string()).unwrap_or_default())
            .args(&launch.command)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .envs(launch.environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("`{}` could not be started: {error}", launch.name));
        let lifeline = shell.stdin.take();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let pid = line.trim().parse().ok().and_then(Pid::from_raw).expect("the lifeline says which process it holds");
        Self { name: launch.name, pid, log: launch.log.to_owned(), shell, lifeline }
    }

    /// The component's process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether it has not ended yet (a process that ended but was not waited for has).
    pub fn running(&self) -> bool {
        std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))
            .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X'])))
    }

    /// How long processors have worked for it so far: `utime` and `stime` of proc(5), in hundredths of a second on Linux.
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_ascii_whitespace().collect();
        let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let _gone_already = kill_process(self.pid, signal);
    }

    /// Waits until `ready` says so; fails with the log when the process ends first or time is up.
    pub fn await_ready(&self, limit: Duration, mut ready: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !ready() {
            assert!(self.running(), "`{}` ended before it was ready. Its log:\n{}", self.name, self.log());
            assert!(begun.elapsed() < limit, "`{}` is not ready after {limit:?}. Its log:\n{}", self.name, self.log());
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Waits until the process has ended.
    pub fn await_end(&self, limit: Duration) {
        let begun = Instant::now();
        while self.running() {
            assert!(begun.elapsed() < limit, "`{}` still runs after {limit:?}. Its log:\n{}", self.name, self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of `{}` (process {})\n{}", self.name, self.pid(), self.log());
        }
        drop(self.lifeline.take());
        let _ended = self.shell.wait();
    }
}

/// Runs a command to its end and gives its output; fails with what it said when it does not succeed.
pub fn run(name: &str, command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("`{name}` could not be run ({error}); `script/bootstrap` installs what the tests need")
    });
    assert!(
        output.status.success(),
        "`{name}` failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The first of `candidates` that is a file; fails with the component's name when none is.
pub fn installed(component: &str, candidates: &[&str]) -> String {
    candidates
        .iter()
        .find(|path| Path::new(path).exists())
        .unwrap_or_else(|| panic!("{component} is not installed (looked for {candidates:?}); run `script/bootstrap`"))
        .to_string()
}

/// An empty file to log into.
pub fn log_file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    File::create(&path).unwrap();
    path
}

#[test]
fn a_dropped_component_has_ended_and_its_folder_is_gone() {
    let folder = tempfile::tempdir().unwrap().keep();
    let log = log_file(&folder, "log");
    let process = Process::spawn(Launch {
        name: "sleep",
        command: vec!["sleep".to_owned(), "600".to_owned()],
        environment: &[],
        log: &log,
        stop: "TERM",
        folder: Some(&folder),
        owner: None,
    });
    let pid = process.pid();
    assert!(process.running());
    drop(process);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    assert!(!folder.exists());
}
