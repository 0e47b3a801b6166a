//! Groups, and the roles that the mapping rules give them.

use std::collections::HashMap;
use std::sync::Arc;

use super::directory_names;
use crate::access::{GroupFacts, Rule};
use crate::domain::entitlements::rule_of;
use crate::domain::{Gateway, GatewayError};
use crate::model::{GroupId, OrganizationId, fold};
use crate::store::groups::{self, GroupRow};
use crate::store::{Conn, StoreError, assignments, finding, memberships, rules};

/// A role that a rule gives to a group.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct RoleGiven {
    pub role: String,
    pub scope: String,
}

/// One group.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct GroupLine {
    pub id: GroupId,
    pub name: String,
    pub external_id: Option<String>,
    pub directory_id: Option<String>,
    /// The name of the directory that owns it.
    pub directory: Option<String>,
    /// Direct members.
    pub members: i64,
    /// RFC 3339.
    #[schema(format = DateTime)]
    pub created: String,
    /// RFC 3339.
    #[schema(format = DateTime)]
    pub changed: String,
    pub gives: Vec<RoleGiven>,
    /// Rules that match the group but can make nothing of it.
    pub problems: Vec<String>,
}

/// The groups that were looked for, by name.
#[derive(Debug, Clone, Default)]
pub struct GroupPage {
    pub groups: Vec<GroupLine>,
    /// How many match, of which `groups` may be the first.
    pub matching: usize,
    /// How many no rule gives anything.
    pub unmapped: usize,
}

/// Where a page of groups ended: the folded name and the id of its last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupPlace {
    pub name: String,
    pub id: String,
}

impl Gateway {
    /// The groups whose name begins with `prefix`, in any case, at most `limit` of them.
    pub async fn find_groups(
        self: &Arc<Self>,
        organization: OrganizationId,
        prefix: &str,
        limit: usize,
    ) -> Result<GroupPage, GatewayError> {
        let prefix = fold(prefix.trim()).into_string();
        self.store
            .read(move |conn| {
                let mut rows = groups::all(conn, organization)?;
                rows.retain(|row| row.display_name_key.starts_with(&prefix));
                rows.sort_by(|a, b| (&a.display_name_key, a.id).cmp(&(&b.display_name_key, b.id)));
                let given = given_to(conn, organization, &rows)?;
                let (matching, unmapped) = (rows.len(), rows.len().saturating_sub(given.len()));
                rows.truncate(limit);
                Ok(GroupPage { groups: lines(conn, organization, rows, given)?, matching, unmapped })
            })
            .await
    }

    /// The next groups whose name begins with `prefix`, in any case, by name; and the place after the last of them,
    /// unless they are the last.
    pub async fn list_groups(
        self: &Arc<Self>,
        organization: OrganizationId,
        prefix: &str,
        after: Option<GroupPlace>,
        limit: usize,
    ) -> Result<(Vec<GroupLine>, Option<GroupPlace>), GatewayError> {
        let prefix = prefix.trim().to_owned();
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        self.store
            .read(move |conn| {
                let after = after.unwrap_or_default();
                let mut rows = finding::groups(conn, organization, &prefix, (&after.name, &after.id), wanted)?;
                let has_more = rows.len() > limit;
                rows.truncate(limit);
                let place = |row: &GroupRow| GroupPlace { name: row.display_name_key.clone(), id: row.id.to_string() };
                let next = rows.last().filter(|_| has_more).map(place);
                let given = given_to(conn, organization, &rows)?;
                Ok((lines(conn, organization, rows, given)?, next))
            })
            .await
    }

    /// One group.
    pub async fn group(self: &Arc<Self>, organization: OrganizationId, id: GroupId) -> Result<GroupLine, GatewayError> {
        self.store
            .read(move |conn| {
                let missing = || GatewayError::not_found("group", id);
                let rows = vec![groups::by_id(conn, organization, id)?.ok_or_else(missing)?];
                let given = given_to(conn, organization, &rows)?;
                lines(conn, organization, rows, given)?.pop().ok_or_else(missing)
            })
            .await
    }
}

/// The roles that each of these groups gives, by the ids of the groups.
fn given_to(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: &[GroupRow],
) -> Result<HashMap<String, Vec<RoleGiven>>, StoreError> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut given: HashMap<String, Vec<RoleGiven>> = HashMap::new();
    for held in assignments::of_holders(conn, organization, &ids)? {
        given.entry(held.holder_id).or_default().push(RoleGiven { role: held.role, scope: held.scope });
    }
    Ok(given)
}

/// What is shown of these groups, of which the given roles are known already.
fn lines(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: Vec<GroupRow>,
    mut given: HashMap<String, Vec<RoleGiven>>,
) -> Result<Vec<GroupLine>, GatewayError> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let counts: HashMap<String, i64> = memberships::counts(conn, organization, &ids)?.into_iter().collect();
    let directories = directory_names(conn, organization)?;
    let rules = rules::all(conn, organization)?.iter().map(rule_of).collect::<Result<Vec<_>, GatewayError>>()?;
    let line = |row: GroupRow| {
        let id = row.id.to_string();
        GroupLine {
            id: row.id,
            problems: problems(&rules, &row),
            directory: row.directory_id.as_ref().and_then(|id| directories.get(id).cloned()),
            directory_id: row.directory_id,
            members: counts.get(&id).copied().unwrap_or_default(),
            gives: given.remove(&id).unwrap_or_default(),
            name: row.display_name,
            external_id: row.external_id,
            created: row.created_at.rfc3339(),
            changed: row.changed_at.rfc3339(),
        }
    };
    Ok(rows.into_iter().map(line).collect())
}

/// The rules that match the group and give it nothing, in words.
fn problems(rules: &[Rule], row: &GroupRow) -> Vec<String> {
    let group = GroupFacts { id: row.id, external_id: row.external_id.as_deref(), display_name: &row.display_name };
    rules.iter().filter_map(|rule| rule.derive(&group)?.err()).map(|problem| problem.to_string()).collect()
}
