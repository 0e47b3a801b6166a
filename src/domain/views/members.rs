//! Who is in a group, a page at a time.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Gateway, GatewayError};
use crate::model::{GroupId, OrganizationId, Timestamp};
use crate::store::memberships::{self, MemberKind, MembershipRow};
use crate::store::{groups, users};

/// A person or a group in a group, directly.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct MemberLine {
    pub id: String,
    /// `user` or `group`.
    pub kind: String,
    /// The userName or the group's name.
    pub name: Option<String>,
    /// Of a person: active for their directory, and not suspended here.
    pub may_act: Option<bool>,
    #[schema(format = DateTime)]
    pub since: String,
    /// The request that made them a member.
    pub request: Option<String>,
}

impl Gateway {
    /// The next members of a group whose ids come after `after`; and the id of the last, unless they are the last.
    pub async fn group_members(
        self: &Arc<Self>,
        organization: OrganizationId,
        group: GroupId,
        after: &str,
        limit: usize,
    ) -> Result<(Vec<MemberLine>, Option<String>), GatewayError> {
        let after = after.to_owned();
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        self.store
            .read(move |conn| {
                groups::by_id(conn, organization, group)?.ok_or_else(|| GatewayError::not_found("group", group))?;
                let mut rows = memberships::after(conn, organization, group, &after, wanted)?;
                let has_more = rows.len() > limit;
                rows.truncate(limit);
                let next = rows.last().filter(|_| has_more).map(|row| row.member_id.clone());
                let (people, nested) = ids_by_kind(&rows);
                let people: HashMap<String, _> = users::people(conn, organization, &people)?
                    .into_iter()
                    .map(|person| (person.id.to_string(), person))
                    .collect();
                let nested: HashMap<String, String> = groups::names(conn, organization, &nested)?.into_iter().collect();
                let line = |row: MembershipRow| {
                    let person = people.get(&row.member_id);
                    MemberLine {
                        name: person.map(|it| it.user_name.clone()).or_else(|| nested.get(&row.member_id).cloned()),
                        may_act: person.map(|person| person.may_act()),
                        since: Timestamp::from_micros(row.created_at).rfc3339(),
                        id: row.member_id,
                        kind: row.member_kind,
                        request: row.request_id,
                    }
                };
                Ok((rows.into_iter().map(line).collect(), next))
            })
            .await
    }
}

/// The ids of the people among the members, and those of the groups.
fn ids_by_kind(rows: &[MembershipRow]) -> (Vec<String>, Vec<String>) {
    let (people, nested): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.member_kind == MemberKind::User.as_str());
    let ids = |rows: Vec<&MembershipRow>| rows.into_iter().map(|row| row.member_id.clone()).collect();
    (ids(people), ids(nested))
}
