//! `portcullis owner`: the owner's way in when there is no other.

use std::process::ExitCode;

use serde_json::json;

use super::{CliError, Location, print};
use crate::app::{self, OwnerLinkOptions};

/// The owner's way in when there is no other
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a one-time link that signs an owner in, for 15 minutes. The server must not be running
    Link(Link),
}

#[derive(Debug, clap::Args)]
pub(super) struct Link {
    #[command(flatten)]
    location: Location,
    /// User name or id of somebody who holds the owner's role
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Name or id of the organization, where there are several
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// URL under which browsers reach the gateway [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: Command) -> Result<ExitCode, CliError> {
    let Command::Link(arguments) = command;
    let Link { location, user, organization, public_url, json } = arguments;
    let public_url = public_url.map(|url| ("server.public_url", "--public-url", url));
    let config = location.load(public_url.into_iter().collect())?;
    let made = app::owner_link(&OwnerLinkOptions { config, organization, user })?;
    let (url, expires) = (made.url.expose(), made.expires.rfc3339());
    print(&if json {
        format!("{}\n", json!({ "url": url, "user": made.user_name, "expires": expires }))
    } else {
        format!("{url}\n\nSigns `{}` in once, until {expires}. It cannot be shown again.\n", made.user_name)
    })?;
    Ok(ExitCode::SUCCESS)
}
