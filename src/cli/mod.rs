//! The command line: one file a command, each turns its arguments into typed options and calls one function of
//! [`crate::app`].
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or invalid configuration. `audit verify` alone: 0 intact, 2 tampered,
//! 3 incomplete. What a command makes goes to standard output; an error is one sentence on standard error.
//!
//! Not here: any work. A command that needs more than parsing and printing is missing a function in `app`.

mod audit;
mod catalogue;
mod configuration;
mod directory;
mod doctor;
mod error;
mod init;
mod location;
mod migrate;
mod owner;
mod serve;
mod simulate;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use error::CliError;
pub use location::Location;

use crate::app;

/// An identity provisioning gateway: SCIM in, SAML sign-in, roles from groups, decisions, revocation, audit.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version)]
struct Portcullis {
    #[command(subcommand)]
    command: Command,
}

/// One variant a command; each carries its own arguments.
#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Serve(serve::Arguments),
    Migrate(migrate::Arguments),
    Doctor(doctor::Arguments),
    #[command(subcommand)]
    Catalogue(catalogue::Command),
    #[command(subcommand)]
    Audit(audit::Command),
    #[command(subcommand)]
    Directory(directory::Command),
    #[command(subcommand)]
    Owner(owner::Command),
    #[command(subcommand)]
    Config(configuration::Command),
    Simulate(simulate::Arguments),
    /// Print the OpenAPI document of the API
    Openapi,
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let done = match Portcullis::parse().command {
        Command::Init(arguments) => init::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Migrate(arguments) => migrate::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Catalogue(command) => catalogue::run(command),
        Command::Audit(command) => audit::run(command),
        Command::Directory(command) => directory::run(command),
        Command::Owner(command) => owner::run(command),
        Command::Config(command) => configuration::run(command),
        Command::Simulate(arguments) => Ok(simulate::run(arguments)),
        Command::Openapi => print(app::openapi()).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        let _nobody_left_to_tell = writeln!(std::io::stderr(), "portcullis: {error}");
        error.exit_code()
    })
}

/// Writes `text` to standard output.
fn print(text: &str) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(CliError::Output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Portcullis::command().debug_assert();
    }

    #[test]
    fn init_needs_an_organization_and_a_catalogue() {
        assert!(Portcullis::try_parse_from(["portcullis", "init", "--data-dir", "d"]).is_err());
        let whole =
            ["portcullis", "init", "--data-dir", "d", "--organization", "Corp", "--catalogue", "c.toml", "--json"];
        assert!(Portcullis::try_parse_from(whole).is_ok());
    }

    #[test]
    fn verify_takes_an_export_or_an_installation_but_not_both() {
        let both = ["portcullis", "audit", "verify", "--export", "e.jsonl", "--data-dir", "d"];
        assert!(Portcullis::try_parse_from(both).is_err());
        let several =
            ["portcullis", "audit", "verify", "--export", "e.jsonl", "--checkpoint", "a", "--checkpoint", "b"];
        assert!(Portcullis::try_parse_from(several).is_ok());
    }
}
