//! People and groups looked for by the beginning of what they are called, in the order of their names.
//!
//! Each function reads one stretch of an index: a page costs what it costs in a small organization, wherever it begins.

use diesel::prelude::*;

use super::groups::GroupRow;
use super::tables::{scim_group, scim_user, user_email};
use super::users::UserRow;
use super::{Conn, StoreError};
use crate::model::{OrganizationId, fold};

/// The next people whose userName or an e-mail address begins with `prefix`, in any case, in the order of folded
/// userNames. `after` is the folded userName where the page before ended.
pub fn people(
    conn: &mut Conn,
    organization: OrganizationId,
    prefix: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<UserRow>, StoreError> {
    let (from, end) = range(prefix);
    let mut found: Vec<UserRow> = scim_user::table
        .select(UserRow::as_select())
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::service_account.eq(false))
        .filter(scim_user::user_name_key.gt(after.to_owned()))
        .filter(scim_user::user_name_key.between(from.clone(), end.clone()))
        .order(scim_user::user_name_key)
        .limit(limit)
        .load(conn)?;
    if from.is_empty() {
        return Ok(found);
    }
    let having = user_email::table
        .select(user_email::user_id)
        .filter(user_email::organization_id.eq(organization.to_string()))
        .filter(user_email::value_key.between(from, end));
    let by_email: Vec<UserRow> = scim_user::table
        .select(UserRow::as_select())
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::service_account.eq(false))
        .filter(scim_user::user_name_key.gt(after.to_owned()))
        .filter(scim_user::id.eq_any(having))
        .order(scim_user::user_name_key)
        .limit(limit)
        .load(conn)?;
    found.extend(by_email);
    found.sort_by(|a, b| a.user_name_key.cmp(&b.user_name_key));
    found.dedup_by_key(|row| row.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// The next groups whose name begins with `prefix`, in any case, in the order of folded names; of one name in the order
/// of ids. `after` is the folded name and the id where the page before ended.
pub fn groups(
    conn: &mut Conn,
    organization: OrganizationId,
    prefix: &str,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<GroupRow>, StoreError> {
    let (from, end) = range(prefix);
    let (name, id) = after;
    let beyond = scim_group::display_name_key
        .gt(name.to_owned())
        .or(scim_group::display_name_key.eq(name.to_owned()).and(scim_group::id.gt(id.to_owned())));
    Ok(scim_group::table
        .select(GroupRow::as_select())
        .filter(scim_group::organization_id.eq(organization.to_string()))
        .filter(scim_group::display_name_key.ge(from.max(name.to_owned())))
        .filter(scim_group::display_name_key.le(end))
        .filter(beyond)
        .order((scim_group::display_name_key, scim_group::id))
        .limit(limit)
        .load(conn)?)
}

/// The first and the last text that begins with `prefix`, folded.
fn range(prefix: &str) -> (String, String) {
    let from = fold(prefix).into_string();
    let end = format!("{from}{}", char::MAX);
    (from, end)
}
