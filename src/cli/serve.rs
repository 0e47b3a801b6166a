//! `portcullis serve`: runs the gateway until it is told to stop.

use std::process::ExitCode;

use super::{CliError, Location};
use crate::app::{self, ServeOptions};

/// Run the gateway
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// Address and port to listen on
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// URL under which browsers and identity providers reach the gateway
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, CliError> {
    let own =
        [("server.listen", "--listen", arguments.listen), ("server.public_url", "--public-url", arguments.public_url)];
    let own = own.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?)));
    let config = arguments.location.load(own.collect())?;
    app::serve(ServeOptions { config })?;
    Ok(ExitCode::SUCCESS)
}
