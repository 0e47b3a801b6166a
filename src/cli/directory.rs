//! `portcullis directory`: what can be done with a directory from the command line.

use std::process::ExitCode;

use super::{CliError, Location, print};
use crate::app::{self, ReplayOptions};
use crate::model::Secret;

/// Directories: the SCIM clients of an organization
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Send all that a directory changed to another, empty gateway. May run beside the server
    Replay(Replay),
}

#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    #[command(flatten)]
    location: Location,
    /// Name or id of the organization, where there are several
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// Name or id of the directory
    #[arg(long, value_name = "NAME")]
    directory: String,
    /// SCIM base URL to send to
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// Bearer token of the directory there, of the same dialect
    #[arg(long, value_name = "TOKEN")]
    token: String,
}

pub(super) fn run(command: Command) -> Result<ExitCode, CliError> {
    let Command::Replay(arguments) = command;
    let Replay { location, organization, directory, base_url, token } = arguments;
    let config = location.load(Vec::new())?;
    let options = ReplayOptions { config, organization, directory, to: base_url, token: Secret::new(token) };
    let replayed = app::replay(&options)?;
    for difference in &replayed.differences {
        print(&format!("{difference}\n"))?;
    }
    print(&format!("{} requests replayed, {} of them refused there\n", replayed.requests, replayed.different))?;
    Ok(if replayed.different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
