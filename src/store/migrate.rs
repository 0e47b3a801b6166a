//! Brings the database to the newest migration. Both folders bear the same numbers and names.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::StoreError;
use super::connection::Conn;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Runs what has not run yet; answers the names of what ran.
pub fn migrate(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let ran = match conn {
        Conn::Pg(conn) => conn.run_pending_migrations(POSTGRES),
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE),
    };
    ran.map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| StoreError::Unavailable(format!("the migrations did not run: {error}")))
}

/// Whether a migration waits to be run.
pub fn is_pending(conn: &mut Conn) -> Result<bool, StoreError> {
    let pending = match conn {
        Conn::Pg(conn) => conn.has_pending_migration(POSTGRES),
        Conn::Sqlite(conn) => conn.has_pending_migration(SQLITE),
    };
    pending.map_err(|error| StoreError::Unavailable(format!("the migrations cannot be compared: {error}")))
}
