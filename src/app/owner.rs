//! `portcullis owner link`: the owner's way in when there is no other.

use super::{AppError, address, audit, gateway, runtime};
use crate::config::Config;
use crate::domain::owner_links::OwnerLink;
use crate::model::Actor;
use crate::store::{self, StoreError};

/// Whom to make a link for.
#[derive(Debug)]
pub struct OwnerLinkOptions {
    pub config: Config,
    /// Name or id of the organization; needed where there are several.
    pub organization: Option<String>,
    /// SCIM id or userName of somebody who holds the owner's role.
    pub user: String,
}

/// Makes the link. A database has one writer: while a server runs, the server makes it.
pub fn owner_link(options: &OwnerLinkOptions) -> Result<OwnerLink, AppError> {
    let mut conn = store::open_for_reading(&address(&options.config)?)?;
    let gateway = gateway(&options.config, false).map_err(while_a_server_runs)?;
    let id = audit::chosen(&mut conn, options.organization.as_deref())?;
    let by = gateway.attribution(Actor::Operator, None);
    Ok(runtime()?.block_on(gateway.make_owner_link(by, id, &options.user))?)
}

fn while_a_server_runs(error: AppError) -> AppError {
    if let AppError::Store(StoreError::Held(_)) = error {
        return AppError::Refused(
            "the server runs, and it alone may write: stop it for a moment, or let it make the link with an API key of \
             the organization: POST /api/v1/owner-link {\"user\": …}"
                .to_owned(),
        );
    }
    error
}
