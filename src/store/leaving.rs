//! What becomes of a directory's people and groups when the directory goes: one statement for all of them, however many
//! there are.

use diesel::prelude::*;

use super::groups::GroupRow;
use super::tables::{assignment, browser_session, membership, scim_group, scim_user, share};
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{DirectoryId, OrganizationId};

/// A directory's groups.
pub fn groups(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
) -> Result<Vec<GroupRow>, StoreError> {
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .filter(scim_group::organization_id.eq(organization.to_string()))
        .filter(scim_group::directory_id.eq(directory.to_string()))
        .load(conn)?)
}

/// Makes a directory's people accounts of no directory; answers how many there were.
pub fn release_people(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<usize, StoreError> {
    let (organization, now) = (tx.organization(), tx.now());
    Ok(diesel::update(
        scim_user::table
            .filter(scim_user::organization_id.eq(organization.to_string()))
            .filter(scim_user::directory_id.eq(directory.to_string())),
    )
    .set((
        scim_user::directory_id.eq(None::<String>),
        scim_user::version.eq(scim_user::version + 1),
        scim_user::changed_at.eq(now.micros()),
    ))
    .execute(tx.writing([Change::Organization(organization)])?)?)
}

/// Suspends a directory's people and ends their sessions.
pub fn suspend_people(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<(), StoreError> {
    let (organization, now) = (tx.organization(), tx.now());
    let conn = tx.writing([Change::Organization(organization)])?;
    let people = scim_user::table
        .select(scim_user::id)
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::directory_id.eq(directory.to_string()));
    diesel::update(
        browser_session::table
            .filter(browser_session::organization_id.eq(organization.to_string()))
            .filter(browser_session::user_id.eq_any(people))
            .filter(browser_session::revoked_at.is_null()),
    )
    .set(browser_session::revoked_at.eq(now.micros()))
    .execute(conn)?;
    diesel::update(
        scim_user::table
            .filter(scim_user::organization_id.eq(organization.to_string()))
            .filter(scim_user::directory_id.eq(directory.to_string())),
    )
    .set((scim_user::suspended.eq(true), scim_user::session_epoch.eq(scim_user::session_epoch + 1)))
    .execute(conn)?;
    Ok(())
}

/// Takes a directory's groups away with all that they gave; answers how many there were.
pub fn delete_groups(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<usize, StoreError> {
    let organization = tx.organization();
    let conn = tx.writing([Change::Organization(organization)])?;
    let owner = organization.to_string();
    let ids = || {
        scim_group::table
            .select(scim_group::id)
            .filter(scim_group::organization_id.eq(organization.to_string()))
            .filter(scim_group::directory_id.eq(directory.to_string()))
    };
    diesel::delete(
        assignment::table.filter(assignment::organization_id.eq(&owner)).filter(assignment::holder_id.eq_any(ids())),
    )
    .execute(conn)?;
    diesel::delete(share::table.filter(share::organization_id.eq(&owner)).filter(share::holder_id.eq_any(ids())))
        .execute(conn)?;
    diesel::delete(
        membership::table.filter(membership::organization_id.eq(&owner)).filter(membership::group_id.eq_any(ids())),
    )
    .execute(conn)?;
    diesel::delete(
        membership::table.filter(membership::organization_id.eq(&owner)).filter(membership::member_id.eq_any(ids())),
    )
    .execute(conn)?;
    Ok(diesel::delete(
        scim_group::table
            .filter(scim_group::organization_id.eq(&owner))
            .filter(scim_group::directory_id.eq(directory.to_string())),
    )
    .execute(conn)?)
}
