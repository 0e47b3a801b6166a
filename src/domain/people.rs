//! People as admins handle them: found by id or userName.

use std::sync::Arc;

use super::{Gateway, GatewayError};
use crate::model::{OrganizationId, UserId};
use crate::store::users;

impl Gateway {
    /// The person with this SCIM id, or else of this userName.
    pub async fn user_named(
        self: &Arc<Self>,
        organization: OrganizationId,
        name: &str,
    ) -> Result<UserId, GatewayError> {
        let name = name.to_owned();
        self.store
            .read(move |conn| {
                let by_id = match name.parse::<UserId>() {
                    Ok(id) => users::by_id(conn, organization, id)?,
                    Err(_) => None,
                };
                let found = match by_id {
                    Some(row) => Some(row),
                    None => users::by_user_name(conn, organization, &name)?,
                };
                found.map(|row| row.id).ok_or_else(|| GatewayError::not_found("user", &name))
            })
            .await
    }
}
