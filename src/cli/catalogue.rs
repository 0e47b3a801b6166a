//! `portcullis catalogue check|diff|apply`: reads a catalogue and runs the checks inside it, shows what it would do to the
//! people of an organization, and puts it in the place of the one that the organization runs.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::{CliError, Location, print};
use crate::app::{self, CatalogueOptions, CataloguePlace};
use crate::model::Secret;

/// Work on catalogues
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read a catalogue and run the checks inside it
    Check { file: PathBuf },
    /// Show who would gain and lose what if this catalogue were applied
    Diff(Change),
    /// Put this catalogue in the place of the one that the organization runs
    Apply(Change),
}

/// A catalogue and the organization it is for.
#[derive(Debug, clap::Args)]
pub(super) struct Change {
    file: PathBuf,
    /// URL of a running server, e.g. http://127.0.0.1:8080; without it, the installation itself, which no server may use
    #[arg(long, requires = "api_key")]
    url: Option<String>,
    /// API key of the organization at that server
    #[arg(long, env = "CATALOGUE_API_KEY", hide_env_values = true, value_parser = secret)]
    api_key: Option<Secret>,
    /// Name or id of the organization, where the installation has several
    #[arg(long, conflicts_with = "url")]
    organization: Option<String>,
    #[command(flatten)]
    location: Location,
    /// Print what the API answers, as JSON
    #[arg(long)]
    json: bool,
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

pub(super) fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Check { file } => check(&file),
        Command::Diff(change) => run_change(change, false),
        Command::Apply(change) => run_change(change, true),
    }
}

fn check(file: &std::path::Path) -> Result<ExitCode, CliError> {
    let report = app::check_catalogue(file)?;
    for failure in &report.failures {
        print(&format!("failed: {failure}\n"))?;
    }
    print(&format!("{}: {} checks, {} failed.\n", report.name, report.checks, report.failures.len()))?;
    Ok(ExitCode::from(u8::from(!report.failures.is_empty())))
}

fn run_change(change: Change, apply: bool) -> Result<ExitCode, CliError> {
    let place = match (change.url, change.api_key) {
        (Some(url), Some(key)) => CataloguePlace::Server { url, key },
        (None, _) | (Some(_), None) => CataloguePlace::Here {
            config: Box::new(change.location.load(Vec::new())?),
            organization: change.organization,
        },
    };
    let told = app::change_catalogue(CatalogueOptions { file: change.file, place, apply })?;
    print(&if change.json { format!("{told}\n") } else { report(&told, apply) })?;
    let is_possible = told.get("orphans").and_then(Value::as_array).is_none_or(Vec::is_empty);
    Ok(ExitCode::from(u8::from(!is_possible)))
}

/// What the API answers, for people to read.
fn report(told: &Value, applied: bool) -> String {
    let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |value: &Value, member: &str| value.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    let count = |member: &str| told.get(member).and_then(Value::as_u64).unwrap_or_default();
    let name = |member: &str| {
        let name = told.get(member).unwrap_or(&Value::Null);
        let digest: String = text(name, "digest").chars().take(12).collect();
        format!("{} {digest}", text(name, "key"))
    };
    let mut lines = vec![format!("{}{} → {}", if applied { "Applied: " } else { "" }, name("from"), name("to"))];
    for orphan in list(told, "orphans") {
        lines.push(format!("in use and no longer declared: {}", orphan.as_str().unwrap_or_default()));
    }
    for hit in list(told, "owners_hit") {
        lines.push(format!("nobody would hold `{}` in {} any more", text(&hit, "role"), text(&hit, "scope")));
    }
    let changes = list(told, "changes");
    for change in &changes {
        let signed = |sign: char, member: &str| {
            let keys = list(change, member);
            keys.iter().filter_map(Value::as_str).map(|key| format!(" {sign}{key}")).collect::<String>()
        };
        let (user, scope) = (text(change, "user_name"), text(change, "scope"));
        lines.push(format!("{user} in {scope}:{}{}", signed('+', "gained"), signed('-', "lost")));
    }
    let more = count("total").saturating_sub(changes.len() as u64);
    if more > 0 {
        lines.push(format!("and {more} more changes"));
    }
    lines.push(format!(
        "{} people: {} gain, {} lose; {} sessions left without any permission.",
        count("people"),
        count("gainers"),
        count("losers"),
        count("sessions_ended")
    ));
    lines.push(String::new());
    lines.join("\n")
}
