//! People, found by the beginning of their userName or e-mail address.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::directory_names;
use crate::domain::entitlements::groups_of;
use crate::domain::{Gateway, GatewayError};
use crate::model::{OrganizationId, UserId};
use crate::store::finding;
use crate::store::users::{self, UserRow};

/// One person in a list.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct PersonLine {
    pub id: UserId,
    pub user_name: String,
    pub display_name: Option<String>,
    pub email: Option<String>,
    /// As the directory has it.
    pub active: bool,
    /// By an admin here, whatever the directory says.
    pub suspended: bool,
    pub directory_id: Option<String>,
    /// The name of the directory that owns the account; none for a local account.
    pub directory: Option<String>,
    /// In how many groups, nested ones included.
    pub groups: usize,
}

/// A page of people.
#[derive(Debug, Clone, Default)]
pub struct PeoplePage {
    pub people: Vec<PersonLine>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Gateway {
    /// The people whose userName or an e-mail address begins with `prefix`, by userName. `after` is the `next` of the
    /// page before, or empty.
    pub async fn find_people(
        self: &Arc<Self>,
        organization: OrganizationId,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<PeoplePage, GatewayError> {
        let (prefix, after) = (prefix.trim().to_owned(), after.to_owned());
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        self.store
            .read(move |conn| {
                let mut rows = finding::people(conn, organization, &prefix, &after, wanted)?;
                let has_more = rows.len() > limit;
                rows.truncate(limit);
                let next = rows.last().filter(|_| has_more).map(|row| row.user_name_key.clone());
                let directories = directory_names(conn, organization)?;
                let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
                let groups = groups_of(conn, organization, &ids)?;
                let line = |row: UserRow| PersonLine {
                    id: row.id,
                    display_name: display_name(&row),
                    email: crate::domain::provisioning::primary_email(&row),
                    active: row.active,
                    suspended: row.suspended,
                    directory: row.directory_id.as_ref().and_then(|id| directories.get(id).cloned()),
                    directory_id: row.directory_id,
                    groups: groups.get(&row.id.to_string()).map_or(0, Vec::len),
                    user_name: row.user_name,
                };
                Ok(PeoplePage { people: rows.into_iter().map(line).collect(), next })
            })
            .await
    }
}

impl Gateway {
    /// The userNames of those of these ids that are people, by id.
    pub async fn user_names(
        self: &Arc<Self>,
        organization: OrganizationId,
        ids: Vec<String>,
    ) -> Result<HashMap<String, String>, GatewayError> {
        let names = self.store.read(move |conn| users::names(conn, organization, &ids)).await?;
        Ok(names.into_iter().collect())
    }
}

/// What a person is called: `displayName`, or the name in one piece, or in its parts.
pub(super) fn display_name(row: &UserRow) -> Option<String> {
    let document: Value = serde_json::from_str(&row.document).ok()?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = document.get("name");
    let part = |key: &str| text(name.and_then(|name| name.get(key)));
    let parts = || [part("givenName"), part("familyName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    text(document.get("displayName"))
        .or_else(|| part("formatted"))
        .or_else(|| Some(parts()).filter(|name| !name.is_empty()))
}
