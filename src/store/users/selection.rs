//! People as they are listed: narrowed by what an index serves, counted, and read page by page in the order of ids.

use diesel::prelude::*;

use super::UserRow;
use crate::model::{DirectoryId, OrganizationId, fold};
use crate::store::dialect::{Condition, batch, native, planned_anew, unindexed};
use crate::store::listed::listed;
use crate::store::tables::{scim_user, user_email};
use crate::store::{Conn, StoreError};

/// What a listing of people is narrowed to; every field that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserSelection {
    pub directory: Option<DirectoryId>,
    pub id: Option<String>,
    pub user_name: Option<String>,
    pub external_id: Option<String>,
    pub email: Option<String>,
    /// Service accounts instead of people.
    pub service_accounts: bool,
}

impl UserSelection {
    /// Whether an index leads to what is selected.
    fn is_narrow(&self) -> bool {
        [&self.id, &self.user_name, &self.external_id, &self.email].into_iter().any(Option::is_some)
    }

    /// The selection as a condition, the organization first.
    fn condition(&self, organization: OrganizationId) -> Condition<scim_user::table> {
        let mut all: Condition<scim_user::table> = Box::new(scim_user::organization_id.eq(organization.to_string()));
        match self.directory {
            Some(directory) if self.is_narrow() => {
                all = Box::new(all.and(unindexed(scim_user::directory_id.assume_not_null()).eq(directory.to_string())));
            }
            Some(directory) => {
                all = Box::new(all.and(scim_user::directory_id.assume_not_null().eq(directory.to_string())));
            }
            // What a directory owns is a person, so that its index is enough.
            None => all = Box::new(all.and(scim_user::service_account.eq(self.service_accounts))),
        }
        if let Some(id) = &self.id {
            all = Box::new(all.and(scim_user::id.eq(id.clone())));
        }
        if let Some(user_name) = &self.user_name {
            all = Box::new(all.and(scim_user::user_name_key.eq(fold(user_name).into_string())));
        }
        if let Some(external_id) = &self.external_id {
            all = Box::new(all.and(scim_user::external_id.assume_not_null().eq(external_id.clone())));
        }
        if let Some(email) = &self.email {
            let having = user_email::table
                .select(user_email::user_id)
                .filter(user_email::organization_id.eq(organization.to_string()))
                .filter(user_email::value_key.eq(fold(email).into_string()));
            all = Box::new(all.and(scim_user::id.eq_any(having)));
        }
        all
    }
}

listed!(scim_user, UserRow, UserSelection);
