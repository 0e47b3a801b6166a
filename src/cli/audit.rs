//! `portcullis audit`: verifies the audit log, of an installation or of an export, and exports it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{CliError, Location, print};
use crate::app::{self, AuditSource, ExportFormat, ExportOptions, Verification, VerifyOptions};
use crate::audit::checkpoint::VerifyKey;

/// Verify and export the audit log
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Check that no entry was changed, removed or cut off. Exit code 0 intact, 2 tampered, 3 incomplete
    Verify(Box<Verify>),
    /// Write the entries out
    Export(Export),
}

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    location: Location,
    /// Export to verify instead of an installation
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data_dir", "database_url", "config"])]
    export: Option<PathBuf>,
    /// Signed checkpoint that the log must agree with; may be repeated
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// Key that signed them, as `portcullis doctor` shows it; an installation brings its own
    #[arg(long, value_name = "KEY", value_parser = str::parse::<VerifyKey>)]
    key: Option<VerifyKey>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Export {
    #[command(flatten)]
    location: Location,
    /// Name or id of the organization, where there are several
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// Form of the export
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    format: ExportFormat,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// File for a checkpoint of the log as it is now, signed with the key in the data directory
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

pub(super) fn run(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Verify(arguments) => verify(*arguments),
        Command::Export(arguments) => export(arguments),
    }
}

fn verify(arguments: Verify) -> Result<ExitCode, CliError> {
    let source = match arguments.export {
        Some(file) => AuditSource::Export(file),
        None => AuditSource::Installation(Box::new(arguments.location.load(Vec::new())?)),
    };
    let (verdict, findings, code) =
        match app::verify_audit(&VerifyOptions { source, checkpoints: arguments.checkpoints, key: arguments.key })? {
            Verification::Intact { entries } => (format!("Intact: {entries} entries."), Vec::new(), 0),
            Verification::Tampered { findings } => ("TAMPERED.".to_owned(), findings, 2),
            Verification::Incomplete { findings } => ("Incomplete.".to_owned(), findings, 3),
        };
    print(&format!("{verdict}\n"))?;
    for finding in findings {
        print(&format!("  {finding}\n"))?;
    }
    Ok(ExitCode::from(code))
}

fn export(arguments: Export) -> Result<ExitCode, CliError> {
    let Export { location, organization, format, output, checkpoint } = arguments;
    let config = location.load(Vec::new())?;
    app::export_audit(&ExportOptions { config, organization, format, output, checkpoint })?;
    Ok(ExitCode::SUCCESS)
}
