//! The `unique_value` table: what no two resources of an organization may have, by what their schemas declare.

use diesel::prelude::*;

use super::tables::unique_value;
use super::{Conn, StoreError, WriteTx};
use crate::model::OrganizationId;

/// Gives a resource these values, each with the name of its attribute, and takes from it those it had. Answers the first
/// that is another's; then nothing may be kept of the change.
pub fn replace(
    tx: &mut WriteTx<'_>,
    resource: &str,
    values: &[(String, String)],
) -> Result<Option<String>, StoreError> {
    let organization = tx.organization();
    clear(tx, resource)?;
    for (attribute, key) in values {
        if is_taken(tx.conn(), organization, attribute, key)? {
            return Ok(Some(attribute.clone()));
        }
        diesel::insert_into(unique_value::table)
            .values((
                unique_value::organization_id.eq(organization.to_string()),
                unique_value::attribute.eq(attribute),
                unique_value::value_key.eq(key),
                unique_value::resource_id.eq(resource),
            ))
            .execute(tx.writing([])?)?;
    }
    Ok(None)
}

/// Takes all from a resource.
pub fn clear(tx: &mut WriteTx<'_>, resource: &str) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        unique_value::table
            .filter(unique_value::organization_id.eq(organization.to_string()))
            .filter(unique_value::resource_id.eq(resource)),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}

fn is_taken(conn: &mut Conn, organization: OrganizationId, attribute: &str, key: &str) -> Result<bool, StoreError> {
    let found: i64 = unique_value::table
        .filter(unique_value::organization_id.eq(organization.to_string()))
        .filter(unique_value::attribute.eq(attribute))
        .filter(unique_value::value_key.eq(key))
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}
