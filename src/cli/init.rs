//! `portcullis init`: makes an installation with its first organization, and shows its secrets once.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::{CliError, Location, print};
use crate::app::{self, InitOptions, Installation};

/// Make an installation with its first organization
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
    /// Name of the organization
    #[arg(long, value_name = "NAME")]
    organization: String,
    /// Catalogue that the organization runs
    #[arg(long, value_name = "FILE")]
    catalogue: PathBuf,
    /// URL under which browsers and identity providers reach the gateway [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, CliError> {
    let public_url = arguments.public_url.map(|url| ("server.public_url", "--public-url", url));
    let config = arguments.location.load(public_url.into_iter().collect())?;
    let options = InitOptions { config, organization: arguments.organization, catalogue: arguments.catalogue };
    let made = app::init(&options)?;
    print(&if arguments.json { as_json(&made) } else { as_text(&made) })?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(made: &Installation) -> String {
    let value = json!({
        "organization": made.organization,
        "scim": { "base_url": made.scim_base_url, "token": made.scim_token.expose() },
        "api_key": made.api_key.expose(),
        "owner_setup_url": made.owner_setup_url.expose(),
    });
    format!("{value}\n")
}

fn as_text(made: &Installation) -> String {
    format!(
        "Organization     {}\nSCIM base URL    {}\nSCIM token       {}\nAPI key          {}\nFirst owner at   {}\n\n\
         The token, the key and the link are not stored and cannot be shown again.\n",
        made.organization,
        made.scim_base_url,
        made.scim_token.expose(),
        made.api_key.expose(),
        made.owner_setup_url.expose(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    fn made() -> Installation {
        Installation {
            organization: "0190".to_owned(),
            scim_base_url: "http://127.0.0.1:8080/scim/v2".to_owned(),
            scim_token: Secret::new("pcl_scim_x"),
            api_key: Secret::new("pcl_key_x"),
            owner_setup_url: Secret::new("http://127.0.0.1:8080/setup/x"),
        }
    }

    #[test]
    fn the_json_has_the_agreed_shape() {
        let value: serde_json::Value = serde_json::from_str(&as_json(&made())).unwrap();
        assert_eq!(value["scim"]["token"], "pcl_scim_x");
        assert_eq!(value["scim"]["base_url"], "http://127.0.0.1:8080/scim/v2");
        assert_eq!(value["owner_setup_url"], "http://127.0.0.1:8080/setup/x");
    }

    #[test]
    fn the_text_shows_every_secret() {
        let text = as_text(&made());
        assert!(text.contains("pcl_scim_x") && text.contains("pcl_key_x") && text.contains("/setup/x"));
    }
}
