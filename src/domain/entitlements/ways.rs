//! The ways from holders to the groups they are in, directly and through other groups.

use std::collections::{HashMap, HashSet};

use crate::model::{OrganizationId, Timestamp};
use crate::store::memberships::{self, MembershipRow};
use crate::store::{Conn, StoreError};

/// How deep groups may nest. Deeper ones give nothing, so that a chain of groups cannot make decisions slow.
pub(super) const MAX_NESTING: usize = 16;

/// One way from a person to a group: directly, or through other groups.
#[derive(Debug, Clone)]
pub struct Path {
    /// The groups between the person and this one, the person's own first.
    pub via: Vec<String>,
    /// The person's own membership, where the way begins.
    pub since: Timestamp,
    pub request: Option<String>,
}

/// The groups each of `users` is in, directly and through nesting. Cycle-safe: each group is reached once, by the
/// shortest way.
pub fn groups_of(
    conn: &mut Conn,
    organization: OrganizationId,
    users: &[String],
) -> Result<HashMap<String, Vec<(String, Path)>>, StoreError> {
    let mut reached: HashMap<String, Vec<(String, Path)>> = HashMap::new();
    let mut frontier: Vec<(String, MembershipRow, Path)> = memberships::of_members(conn, organization, users)?
        .into_iter()
        .map(|row| {
            let path = Path {
                via: Vec::new(),
                since: Timestamp::from_micros(row.created_at),
                request: row.request_id.clone(),
            };
            (row.member_id.clone(), row, path)
        })
        .collect();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for _ in 0..MAX_NESTING {
        let mut fresh: Vec<(String, String, Path)> = Vec::new();
        for (user, row, path) in frontier {
            if seen.insert((user.clone(), row.group_id.clone())) {
                reached.entry(user.clone()).or_default().push((row.group_id.clone(), path.clone()));
                fresh.push((user, row.group_id, path));
            }
        }
        let mut ids: Vec<String> = fresh.iter().map(|(_, group, _)| group.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            break;
        }
        let mut above: HashMap<String, Vec<MembershipRow>> = HashMap::new();
        for row in memberships::of_members(conn, organization, &ids)? {
            above.entry(row.member_id.clone()).or_default().push(row);
        }
        if above.is_empty() {
            break;
        }
        frontier = fresh
            .into_iter()
            .flat_map(|(user, group, path)| {
                let rows = above.get(&group).cloned().unwrap_or_default();
                rows.into_iter().map(move |row| {
                    let mut path = path.clone();
                    path.via.push(group.clone());
                    (user.clone(), row, path)
                })
            })
            .collect();
    }
    Ok(reached)
}
