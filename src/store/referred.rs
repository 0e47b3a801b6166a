//! What those are called to whom the resources of a directory refer: managers and their like.

use diesel::prelude::*;

use super::dialect::{native, planned_anew};
use super::tables::{scim_group, scim_user};
use super::{Conn, StoreError};
use crate::model::{DirectoryId, OrganizationId};

/// People at once.
const BATCH: usize = 1_000;

/// The documents of those among these who are the directory's own.
pub fn people(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    ids: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(BATCH) {
        let rows = native!(conn, |conn| scim_user::table
            .select((scim_user::id, scim_user::document))
            .filter(scim_user::organization_id.eq(organization.to_string()))
            .filter(scim_user::directory_id.eq(directory.to_string()))
            .filter(scim_user::id.eq_any(chunk))
            .filter(planned_anew())
            .load::<(String, String)>(conn));
        found.extend(rows?);
    }
    Ok(found)
}

/// The names of those groups among these that are the directory's own.
pub fn groups(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    ids: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(BATCH) {
        let rows = native!(conn, |conn| scim_group::table
            .select((scim_group::id, scim_group::display_name))
            .filter(scim_group::organization_id.eq(organization.to_string()))
            .filter(scim_group::directory_id.eq(directory.to_string()))
            .filter(scim_group::id.eq_any(chunk))
            .filter(planned_anew())
            .load::<(String, String)>(conn));
        found.extend(rows?);
    }
    Ok(found)
}
