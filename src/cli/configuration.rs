//! `portcullis config`: the configuration described, for people and for editors.

use std::process::ExitCode;

use super::{CliError, Location, print};
use crate::config;

/// Describe and check the configuration
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print a file with every setting, its default, its unit and its environment variable
    Sample,
    /// Print the JSON Schema of the file
    Schema,
    /// Check the file, the environment and the flags
    Check {
        #[command(flatten)]
        location: Location,
    },
}

pub(super) fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Sample => print(&config::sample())?,
        Command::Schema => print(&config::json_schema())?,
        Command::Check { location } => {
            location.load(Vec::new())?;
            print("The configuration is valid.\n")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
