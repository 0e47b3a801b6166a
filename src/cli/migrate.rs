//! `portcullis migrate`: brings the database to the schema of this version, before its replicas start.

use std::process::ExitCode;

use super::{CliError, Location, print};
use crate::app;

/// Bring the database to the schema of this version
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, CliError> {
    let migrated = app::migrate(&arguments.location.load(Vec::new())?)?;
    if migrated.applied.is_empty() {
        print("The database is up to date.\n")?;
    }
    for name in migrated.applied {
        print(&format!("Applied {name}.\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
