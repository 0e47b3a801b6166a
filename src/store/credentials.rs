//! The `credential` and `recovery_code` tables: what people prove themselves with here, whatever an identity provider
//! says. Of a password its Argon2id hash stands here, of a recovery code its digest; a TOTP secret is sealed.

use diesel::prelude::*;

use super::tables::{credential, recovery_code};
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{Digest, OrganizationId, Timestamp, UserId};

/// What somebody proves themselves with.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = credential, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CredentialRow {
    pub organization_id: String,
    pub user_id: String,
    /// The userName by which a local account is found, folded.
    pub name_key: String,
    /// As a PHC string.
    pub password: Option<String>,
    /// Sealed.
    pub totp: Option<String>,
    /// The last time step whose code was used: each is good once (RFC 6238 §5.2).
    pub totp_step: i64,
    /// What went wrong since it last went right.
    pub failures: i64,
    /// Until when nothing is tried.
    pub rests_until: Option<i64>,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub changed_at: Timestamp,
}

/// What this person proves themselves with.
pub fn of_user(
    conn: &mut Conn,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<CredentialRow>, StoreError> {
    Ok(credential::table
        .select(CredentialRow::as_select())
        .find((organization.to_string(), user.to_string()))
        .first(conn)
        .optional()?)
}

/// Those who sign in with a password under this name, in whatever organization; the oldest first.
pub fn with_password(conn: &mut Conn, name_key: &str, limit: i64) -> Result<Vec<CredentialRow>, StoreError> {
    Ok(credential::table
        .select(CredentialRow::as_select())
        .filter(credential::name_key.eq(name_key.to_owned()))
        .filter(credential::password.is_not_null())
        .order((credential::organization_id, credential::user_id))
        .limit(limit)
        .load(conn)?)
}

/// Every secret of one-time codes of this installation, sealed, and whose it is.
pub fn sealed(conn: &mut Conn) -> Result<Vec<(OrganizationId, UserId, String)>, StoreError> {
    let rows: Vec<(String, String, Option<String>)> = credential::table
        .select((credential::organization_id, credential::user_id, credential::totp))
        .filter(credential::totp.is_not_null())
        .load(conn)?;
    let read = |(organization, user, totp): (String, String, Option<String>)| -> Result<_, StoreError> {
        let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(format!("credential of {user}: {error}"));
        let organization = organization.parse().map_err(|error| corrupt(&error))?;
        let id = user.parse().map_err(|error| corrupt(&error))?;
        Ok((organization, id, totp.unwrap_or_default()))
    };
    rows.into_iter().map(read).collect()
}

/// Saves it, new or changed. Passwords and second factors say who comes in, not what they may do: no memory holds them.
pub fn save(tx: &mut WriteTx<'_>, row: &CredentialRow) -> Result<(), StoreError> {
    let changed = diesel::update(credential::table.find((row.organization_id.clone(), row.user_id.clone())))
        .set(row.clone())
        .execute(tx.writing([])?)?;
    if changed == 0 {
        diesel::insert_into(credential::table).values(row.clone()).execute(tx.writing([])?)?;
    }
    Ok(())
}

/// Takes away all that somebody proves themselves with.
pub fn delete(tx: &mut WriteTx<'_>, organization: OrganizationId, user: UserId) -> Result<(), StoreError> {
    set_recovery_codes(tx, organization, user, &[])?;
    diesel::delete(credential::table.find((organization.to_string(), user.to_string())))
        .execute(tx.writing([Change::User(organization, user)])?)?;
    Ok(())
}

/// How many recovery codes are left.
pub fn count_recovery_codes(conn: &mut Conn, organization: OrganizationId, user: UserId) -> Result<i64, StoreError> {
    Ok(recovery_code::table
        .filter(recovery_code::organization_id.eq(organization.to_string()))
        .filter(recovery_code::user_id.eq(user.to_string()))
        .count()
        .get_result(conn)?)
}

/// Puts these recovery codes in the place of those there were.
pub fn set_recovery_codes(
    tx: &mut WriteTx<'_>,
    organization: OrganizationId,
    user: UserId,
    codes: &[Digest],
) -> Result<(), StoreError> {
    diesel::delete(
        recovery_code::table
            .filter(recovery_code::organization_id.eq(organization.to_string()))
            .filter(recovery_code::user_id.eq(user.to_string())),
    )
    .execute(tx.writing([])?)?;
    for code in codes {
        diesel::insert_into(recovery_code::table)
            .values((
                recovery_code::organization_id.eq(organization.to_string()),
                recovery_code::user_id.eq(user.to_string()),
                recovery_code::digest.eq(code.hex()),
            ))
            .execute(tx.writing([])?)?;
    }
    Ok(())
}

/// Uses a recovery code up; false if it was none.
pub fn use_recovery_code(
    tx: &mut WriteTx<'_>,
    organization: OrganizationId,
    user: UserId,
    code: Digest,
) -> Result<bool, StoreError> {
    let used = diesel::delete(recovery_code::table.find((organization.to_string(), user.to_string(), code.hex())))
        .execute(tx.writing([])?)?;
    Ok(used == 1)
}
