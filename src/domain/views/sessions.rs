//! Who is signed in, with their names.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::sessions::SessionView;
use crate::domain::{Gateway, GatewayError};
use crate::model::{OrganizationId, SessionId, UserId};
use crate::store::{sessions, users};

/// A session and whose it is.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct SessionLine {
    #[serde(flatten)]
    pub session: SessionView,
    pub user: UserId,
    pub user_name: Option<String>,
    /// The SAML connection that it came by; none for a local account.
    pub connection: Option<String>,
}

impl Gateway {
    /// The next live sessions, newest first, of one person or of everybody; and the id of the last, unless they are the
    /// last. `before` is the id where the page before ended.
    pub async fn live_sessions(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: Option<UserId>,
        before: Option<SessionId>,
        limit: usize,
    ) -> Result<(Vec<SessionLine>, Option<SessionId>), GatewayError> {
        let (now, wanted) = (self.now(), i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
        self.store
            .read(move |conn| {
                let mut rows = sessions::live_before(conn, organization, user, before, now, wanted)?;
                let has_more = rows.len() > limit;
                rows.truncate(limit);
                let next = rows.last().filter(|_| has_more).map(|row| row.id);
                let ids: Vec<String> = rows.iter().map(|row| row.user_id.to_string()).collect();
                let names: HashMap<String, String> = users::names(conn, organization, &ids)?.into_iter().collect();
                let line = |row: sessions::SessionRow| SessionLine {
                    user: row.user_id,
                    user_name: names.get(&row.user_id.to_string()).cloned(),
                    connection: row.connection_id.clone(),
                    session: row.into(),
                };
                Ok((rows.into_iter().map(line).collect(), next))
            })
            .await
    }
}
