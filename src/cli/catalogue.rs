//! `portcullis catalogue check`: reads a catalogue and runs the checks inside it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{CliError, print};
use crate::app;

/// Work on catalogues
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read a catalogue and run the checks inside it
    Check { file: PathBuf },
}

pub(super) fn run(command: Command) -> Result<ExitCode, CliError> {
    let Command::Check { file } = command;
    let report = app::check_catalogue(&file)?;
    for failure in &report.failures {
        print(&format!("failed: {failure}\n"))?;
    }
    print(&format!("{}: {} checks, {} failed.\n", report.name, report.checks, report.failures.len()))?;
    Ok(ExitCode::from(u8::from(!report.failures.is_empty())))
}
