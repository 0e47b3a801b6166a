//! `portcullis init`: makes an installation, or adds an organization to one.

use std::path::PathBuf;

use super::{AppError, files, gateway, runtime};
use crate::config::Config;
use crate::model::{Actor, Secret};
use crate::scim::Dialect;

/// What an installation is made from.
#[derive(Debug)]
pub struct InitOptions {
    pub config: Config,
    /// Name of the organization.
    pub organization: String,
    pub catalogue: PathBuf,
}

/// What was made; the secrets are shown this once.
#[derive(Debug)]
pub struct Installation {
    /// Id of the organization.
    pub organization: String,
    pub scim_base_url: String,
    pub scim_token: Secret,
    pub api_key: Secret,
    pub owner_setup_url: Secret,
}

/// Makes the organization, its first directory and its keys.
pub fn init(options: &InitOptions) -> Result<Installation, AppError> {
    let catalogue =
        std::fs::read_to_string(&options.catalogue).map_err(|cause| AppError::file(&options.catalogue, cause))?;
    let gateway = gateway(&options.config, false)?;
    files::make_signing_key(&options.config)?;
    runtime()?.block_on(async {
        let source = super::shown(&options.catalogue);
        let new = gateway.create_organization(&options.organization, catalogue, &source).await?;
        let by = gateway.attribution(Actor::Operator, None);
        let directory = gateway.create_directory(by, new.id, "Directory".to_owned(), Dialect::Generic).await?;
        let setup_url = format!("{}/setup/{}", gateway.public_url(), new.owner_setup.expose());
        Ok(Installation {
            organization: new.id.to_string(),
            scim_base_url: gateway.scim_base_url(),
            scim_token: directory.token,
            api_key: new.api_key,
            owner_setup_url: Secret::new(setup_url),
        })
    })
}
