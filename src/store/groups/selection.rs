//! Groups as they are listed: narrowed by what an index serves, counted, and read page by page in the order of ids.

use diesel::prelude::*;

use super::GroupRow;
use crate::model::{DirectoryId, OrganizationId, fold};
use crate::store::dialect::{Condition, batch, native, planned_anew, unindexed};
use crate::store::listed::listed;
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

listed!(scim_group, GroupRow, GroupSelection);
