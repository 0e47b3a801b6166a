//! How many people and groups there are, for the console's first page.

use std::sync::Arc;

use crate::domain::{Gateway, GatewayError};
use crate::model::OrganizationId;
use crate::store::{groups, users};

/// An organization in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Overview {
    pub people: i64,
    pub groups: i64,
}

impl Gateway {
    /// The organization in numbers.
    pub async fn overview(self: &Arc<Self>, organization: OrganizationId) -> Result<Overview, GatewayError> {
        self.store
            .read(move |conn| {
                Ok(Overview { people: users::count(conn, organization)?, groups: groups::count(conn, organization)? })
            })
            .await
    }
}
