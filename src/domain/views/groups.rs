//! Groups, and the roles that the mapping rules give them.

use std::collections::HashMap;
use std::sync::Arc;

use super::directory_names;
use crate::access::{GroupFacts, Rule};
use crate::domain::entitlements::rule_of;
use crate::domain::{Gateway, GatewayError};
use crate::model::{GroupId, OrganizationId, fold};
use crate::store::groups::{self, GroupRow};
use crate::store::{assignments, memberships, rules};

/// A role that a rule gives to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGiven {
    pub role: String,
    pub scope: String,
}

/// One group.
#[derive(Debug, Clone)]
pub struct GroupLine {
    pub id: GroupId,
    pub name: String,
    pub external_id: Option<String>,
    /// The name of the directory that owns it.
    pub directory: Option<String>,
    /// Direct members.
    pub members: i64,
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
                let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
                let mut given: HashMap<String, Vec<RoleGiven>> = HashMap::new();
                for held in assignments::of_holders(conn, organization, &ids)? {
                    given.entry(held.holder_id).or_default().push(RoleGiven { role: held.role, scope: held.scope });
                }
                let (matching, unmapped) = (rows.len(), rows.len().saturating_sub(given.len()));
                rows.truncate(limit);
                let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
                let counts: HashMap<String, i64> = memberships::counts(conn, organization, &ids)?.into_iter().collect();
                let directories = directory_names(conn, organization)?;
                let rules =
                    rules::all(conn, organization)?.iter().map(rule_of).collect::<Result<Vec<_>, GatewayError>>()?;
                let line = |row: GroupRow| {
                    let id = row.id.to_string();
                    GroupLine {
                        id: row.id,
                        problems: problems(&rules, &row),
                        directory: row.directory_id.and_then(|id| directories.get(&id).cloned()),
                        members: counts.get(&id).copied().unwrap_or_default(),
                        gives: given.remove(&id).unwrap_or_default(),
                        name: row.display_name,
                        external_id: row.external_id,
                    }
                };
                Ok(GroupPage { groups: rows.into_iter().map(line).collect(), matching, unmapped })
            })
            .await
    }
}

/// The rules that match the group and give it nothing, in words.
fn problems(rules: &[Rule], row: &GroupRow) -> Vec<String> {
    let group = GroupFacts { id: row.id, external_id: row.external_id.as_deref(), display_name: &row.display_name };
    rules.iter().filter_map(|rule| rule.derive(&group)?.err()).map(|problem| problem.to_string()).collect()
}
