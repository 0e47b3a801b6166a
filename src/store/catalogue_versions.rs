//! The `catalogue_version` table: the texts of the catalogues that an organization has run, by digest.

use diesel::prelude::*;

use super::dialect::native;
use super::tables::catalogue_version;
use super::{Conn, StoreError, WriteTx};
use crate::model::{Digest, OrganizationId};

/// Keeps a text, unless it is kept already.
pub fn keep(tx: &mut WriteTx<'_>, text: &str) -> Result<(), StoreError> {
    let row = (
        catalogue_version::organization_id.eq(tx.organization().to_string()),
        catalogue_version::digest.eq(Digest::of(text.as_bytes()).hex()),
        catalogue_version::text.eq(text.to_owned()),
        catalogue_version::applied_at.eq(tx.now().micros()),
    );
    native!(tx.writing([])?, |conn| diesel::insert_into(catalogue_version::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

/// The text of this digest.
pub fn text(conn: &mut Conn, organization: OrganizationId, digest: &str) -> Result<Option<String>, StoreError> {
    Ok(catalogue_version::table
        .select(catalogue_version::text)
        .find((organization.to_string(), digest.to_owned()))
        .first(conn)
        .optional()?)
}
