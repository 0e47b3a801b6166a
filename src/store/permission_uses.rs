//! The `permission_use` table: on which day somebody last exercised a permission.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::dialect::{batch, native, planned_anew};
use super::tables::permission_use;
use super::{Conn, StoreError, WriteTx};
use crate::model::{OrganizationId, UserId};

/// The user of the row that says since when uses are noted.
const NOBODY: &str = "";

/// A last use as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = permission_use)]
pub struct UseRow {
    pub organization_id: String,
    pub user_id: String,
    pub permission: String,
    /// Since 1970-01-01.
    pub day: i64,
}

/// Notes from which day on uses are noted, unless that is known.
pub fn begin(tx: &mut WriteTx<'_>, day: i64) -> Result<(), StoreError> {
    let row = UseRow {
        organization_id: tx.organization().to_string(),
        user_id: NOBODY.to_owned(),
        permission: String::new(),
        day,
    };
    native!(tx.writing([])?, |conn| diesel::insert_into(permission_use::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

/// The day from which on uses are noted.
pub fn begun(conn: &mut Conn, organization: OrganizationId) -> Result<Option<i64>, StoreError> {
    Ok(permission_use::table
        .select(permission_use::day)
        .find((organization.to_string(), NOBODY.to_owned(), String::new()))
        .first(conn)
        .optional()?)
}

/// Notes uses, each of another person or permission.
pub fn note(tx: &mut WriteTx<'_>, rows: &[UseRow]) -> Result<(), StoreError> {
    match tx.writing([])? {
        Conn::Pg(conn) => {
            let texts = |of: fn(&UseRow) -> &String| rows.iter().map(|row| of(row).as_str()).collect::<Vec<_>>();
            diesel::sql_query(
                "INSERT INTO permission_use (organization_id, user_id, permission, day) \
                 SELECT * FROM unnest($1, $2, $3, $4) \
                 ON CONFLICT (organization_id, user_id, permission) DO UPDATE SET day = excluded.day",
            )
            .bind::<Array<Text>, _>(texts(|row| &row.organization_id))
            .bind::<Array<Text>, _>(texts(|row| &row.user_id))
            .bind::<Array<Text>, _>(texts(|row| &row.permission))
            .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.day).collect::<Vec<_>>())
            .execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for row in rows {
                diesel::insert_into(permission_use::table)
                    .values(row)
                    .on_conflict((permission_use::organization_id, permission_use::user_id, permission_use::permission))
                    .do_update()
                    .set(permission_use::day.eq(row.day))
                    .execute(conn)?;
            }
        }
    }
    Ok(())
}

/// The last use of each permission, by whomever.
pub fn last(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<(String, Option<i64>)>, StoreError> {
    Ok(permission_use::table
        .filter(permission_use::organization_id.eq(organization.to_string()))
        .filter(permission_use::user_id.ne(NOBODY))
        .group_by(permission_use::permission)
        .select((permission_use::permission, diesel::dsl::max(permission_use::day)))
        .load(conn)?)
}

/// What these people or service accounts have exercised.
pub fn of_users(conn: &mut Conn, organization: OrganizationId, users: &[String]) -> Result<Vec<UseRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in users.chunks(batch(conn)) {
        found.extend(native!(conn, |conn| permission_use::table
            .select(UseRow::as_select())
            .filter(permission_use::organization_id.eq(organization.to_string()))
            .filter(permission_use::user_id.eq_any(chunk))
            .filter(planned_anew())
            .load::<UseRow>(conn))?);
    }
    Ok(found)
}

/// Forgets what somebody exercised who goes.
pub fn forget(tx: &mut WriteTx<'_>, user: UserId) -> Result<(), StoreError> {
    let organization = tx.organization();
    diesel::delete(
        permission_use::table
            .filter(permission_use::organization_id.eq(organization.to_string()))
            .filter(permission_use::user_id.eq(user.to_string())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}
