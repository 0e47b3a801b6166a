//! Groups as they are listed: narrowed by what an index serves, counted, and read page by page in the order of ids.

use diesel::prelude::*;

use super::GroupRow;
use crate::model::{DirectoryId, OrganizationId, fold};
use crate::store::dialect::{Condition, batch, native, planned_anew, unindexed};
use crate::store::tables::{membership, scim_group};
use crate::store::{Conn, StoreError};

/// What a listing of groups is narrowed to; every field that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupSelection {
    pub directory: Option<DirectoryId>,
    pub id: Option<String>,
    pub display_name: Option<String>,
    pub external_id: Option<String>,
    pub member: Option<String>,
}

impl GroupSelection {
    /// Whether an index leads to what is selected.
    fn is_narrow(&self) -> bool {
        [&self.id, &self.display_name, &self.external_id, &self.member].into_iter().any(Option::is_some)
    }

    /// The selection as a condition, the organization first.
    fn condition(&self, organization: OrganizationId) -> Condition<scim_group::table> {
        let mut all: Condition<scim_group::table> = Box::new(scim_group::organization_id.eq(organization.to_string()));
        match self.directory {
            Some(directory) if self.is_narrow() => {
                all =
                    Box::new(all.and(unindexed(scim_group::directory_id.assume_not_null()).eq(directory.to_string())));
            }
            Some(directory) => {
                all = Box::new(all.and(scim_group::directory_id.assume_not_null().eq(directory.to_string())));
            }
            None => {}
        }
        if let Some(id) = &self.id {
            all = Box::new(all.and(scim_group::id.eq(id.clone())));
        }
        if let Some(display_name) = &self.display_name {
            all = Box::new(all.and(scim_group::display_name_key.eq(fold(display_name).into_string())));
        }
        if let Some(external_id) = &self.external_id {
            all = Box::new(all.and(scim_group::external_id.assume_not_null().eq(external_id.clone())));
        }
        if let Some(member) = &self.member {
            let holding = membership::table
                .select(membership::group_id)
                .filter(membership::organization_id.eq(organization.to_string()))
                .filter(membership::member_id.eq(member.clone()));
            all = Box::new(all.and(scim_group::id.eq_any(holding)));
        }
        all
    }
}

/// How many groups the selection holds.
pub fn count_selected(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
) -> Result<i64, StoreError> {
    Ok(scim_group::table.filter(selection.condition(organization)).count().get_result(conn)?)
}

/// One page of the selection by position, in the order of ids, which is the order of creation.
pub fn page(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
    offset: i64,
    limit: i64,
) -> Result<Vec<GroupRow>, StoreError> {
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .filter(selection.condition(organization))
        .order(scim_group::id)
        .offset(offset)
        .limit(limit)
        .load(conn)?)
}

/// How many groups of the selection have ids that come after `after`.
pub fn count_after(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
    after: &str,
) -> Result<i64, StoreError> {
    let later = selection.condition(organization);
    Ok(scim_group::table.filter(later).filter(scim_group::id.gt(after.to_owned())).count().get_result(conn)?)
}

/// The next groups of the selection whose ids come after `after`.
pub fn after(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
    after: &str,
    limit: i64,
) -> Result<Vec<GroupRow>, StoreError> {
    if selection.is_narrow() {
        return Ok(scim_group::table
            .select(GroupRow::as_select())
            .filter(selection.condition(organization))
            .filter(unindexed(scim_group::id).gt(after.to_owned()))
            .order(unindexed(scim_group::id))
            .limit(limit)
            .load(conn)?);
    }
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .filter(selection.condition(organization))
        .filter(scim_group::id.gt(after.to_owned()))
        .order(scim_group::id)
        .limit(limit)
        .load(conn)?)
}

/// The last groups of the selection whose ids come before `before`, the last first.
pub fn before(
    conn: &mut Conn,
    organization: OrganizationId,
    selection: &GroupSelection,
    before: &str,
    limit: i64,
) -> Result<Vec<GroupRow>, StoreError> {
    let chosen = scim_group::table.select(GroupRow::as_select()).filter(selection.condition(organization)).limit(limit);
    if selection.is_narrow() {
        let earlier = chosen.filter(unindexed(scim_group::id).lt(before.to_owned()));
        return Ok(earlier.order(unindexed(scim_group::id).desc()).load(conn)?);
    }
    Ok(chosen.filter(scim_group::id.lt(before.to_owned())).order(scim_group::id.desc()).load(conn)?)
}

/// Those of `ids` that are groups, in any order.
pub fn of_ids(conn: &mut Conn, organization: OrganizationId, ids: &[String]) -> Result<Vec<GroupRow>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(batch(conn)) {
        found.extend(native!(conn, |conn| scim_group::table
            .select(GroupRow::as_select())
            .filter(scim_group::organization_id.eq(organization.to_string()))
            .filter(scim_group::id.eq_any(chunk))
            .filter(planned_anew())
            .load::<GroupRow>(conn))?);
    }
    Ok(found)
}
