//! The `organization` table.

use diesel::prelude::*;

use super::tables::organization;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{Digest, OrganizationId, Timestamp, fold};

/// An organization as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = organization)]
pub struct OrganizationRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: OrganizationId,
    pub name: String,
    pub name_key: String,
    /// The catalogue's TOML text.
    pub catalogue: String,
    pub plan: Option<String>,
    /// `union` or `highest-priority`.
    pub mapping_mode: String,
    pub default_role: Option<String>,
    /// Digest of the one-time link that makes the first owner; none once it was used.
    pub owner_setup_digest: Option<String>,
    pub version: i64,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub changed_at: Timestamp,
    /// Who needs a second factor: `off`, `local`, `everybody` or `roles`.
    pub mfa_policy: String,
    /// The roles of the policy `roles`, separated by spaces.
    pub mfa_roles: String,
}

/// Every organization of this installation.
pub fn all(conn: &mut Conn) -> Result<Vec<OrganizationRow>, StoreError> {
    Ok(organization::table.select(OrganizationRow::as_select()).order(organization::id).load(conn)?)
}

/// One organization.
pub fn by_id(conn: &mut Conn, id: OrganizationId) -> Result<Option<OrganizationRow>, StoreError> {
    Ok(organization::table.select(OrganizationRow::as_select()).find(id.to_string()).first(conn).optional()?)
}

/// The organization of that name, in any case.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<OrganizationRow>, StoreError> {
    Ok(organization::table
        .select(OrganizationRow::as_select())
        .filter(organization::name_key.eq(fold(name).into_string()))
        .first(conn)
        .optional()?)
}

/// The organization whose one-time owner link has this digest.
pub fn by_owner_setup(conn: &mut Conn, digest: Digest) -> Result<Option<OrganizationRow>, StoreError> {
    Ok(organization::table
        .select(OrganizationRow::as_select())
        .filter(organization::owner_setup_digest.eq(digest.hex()))
        .first(conn)
        .optional()?)
}

/// Adds an organization.
pub fn insert(tx: &mut WriteTx<'_>, row: OrganizationRow) -> Result<(), StoreError> {
    let conn = tx.writing([Change::Organization(row.id)])?;
    diesel::insert_into(organization::table).values(row).execute(conn)?;
    Ok(())
}

/// Marks the one-time owner link as used. Fails as stale if somebody else was first.
pub fn use_owner_setup(tx: &mut WriteTx<'_>, id: OrganizationId, digest: Digest) -> Result<(), StoreError> {
    let now = tx.now();
    let used = diesel::update(
        organization::table.find(id.to_string()).filter(organization::owner_setup_digest.eq(digest.hex())),
    )
    .set((
        organization::owner_setup_digest.eq(None::<String>),
        organization::version.eq(organization::version + 1),
        organization::changed_at.eq(now.micros()),
    ))
    .execute(tx.writing([Change::Policy(id)])?)?;
    if used == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Replaces the catalogue, plan and mapping settings.
pub fn update_policy(tx: &mut WriteTx<'_>, row: &OrganizationRow) -> Result<(), StoreError> {
    let now = tx.now();
    let changed =
        diesel::update(organization::table.find(row.id.to_string()).filter(organization::version.eq(row.version)))
            .set((
                organization::catalogue.eq(&row.catalogue),
                organization::plan.eq(&row.plan),
                organization::mapping_mode.eq(&row.mapping_mode),
                organization::default_role.eq(&row.default_role),
                organization::mfa_policy.eq(&row.mfa_policy),
                organization::mfa_roles.eq(&row.mfa_roles),
                organization::version.eq(row.version + 1),
                organization::changed_at.eq(now.micros()),
            ))
            .execute(tx.writing([Change::Policy(row.id)])?)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}
