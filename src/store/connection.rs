//! One connection type for both databases, how it is opened and pooled.
//!
//! `#[derive(MultiConnection)]` gives one enum on which portable queries run. Its own `establish` is never used: it
//! tries one variant after the other, so that a PostgreSQL that is down would silently become an SQLite file of that
//! name. The variant is chosen by [`Address`] alone.

use std::path::PathBuf;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool};

use super::StoreError;

/// A connection to either database.
#[expect(missing_debug_implementations, reason = "diesel connections have none")]
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

/// A URL that names no database we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a database URL begins with `postgres://` or `postgresql://`, or is left out for SQLite in the data directory")]
pub struct AddressError;

impl Address {
    /// Reads a database URL.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            Some(_) | None => Err(AddressError),
        }
    }

    /// Opens a connection and sets it up.
    pub fn open(&self) -> Result<Conn, StoreError> {
        match self {
            Self::Sqlite(path) => {
                let unavailable = |error: String| StoreError::Unavailable(format!("`{}`: {error}", path.display()));
                let mut conn =
                    SqliteConnection::establish(&path.to_string_lossy()).map_err(|e| unavailable(e.to_string()))?;
                // FULL: an acknowledged change survives a power cut. WAL: readers never wait for the writer.
                conn.batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
                )
                .map_err(|e| unavailable(e.to_string()))?;
                Ok(Conn::Sqlite(conn))
            }
            Self::Postgres(url) => {
                let unavailable = |error: String| StoreError::Unavailable(error);
                let mut conn = PgConnection::establish(url).map_err(|e| unavailable(e.to_string()))?;
                conn.batch_execute(
                    "SET synchronous_commit = on; SET lock_timeout = '5s'; SET statement_timeout = '30s';",
                )
                .map_err(|e| unavailable(e.to_string()))?;
                Ok(Conn::Pg(conn))
            }
        }
    }
}

/// Opens pooled connections for reading.
#[derive(Debug)]
pub(super) struct Opener(pub(super) Address);

impl ManageConnection for Opener {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, Self::Error> {
        self.0
            .open()
            .map_err(|error| diesel::r2d2::Error::ConnectionError(ConnectionError::BadConnection(error.to_string())))
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Self::Error> {
        conn.batch_execute("SELECT 1").map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        match conn {
            Conn::Pg(conn) => diesel::r2d2::R2D2Connection::is_broken(conn),
            Conn::Sqlite(conn) => diesel::r2d2::R2D2Connection::is_broken(conn),
        }
    }
}

/// The readers. A check-out is not tested with a query of its own: that costs a round trip each time, and a broken
/// connection is noticed when it is handed back.
pub(super) fn readers(address: &Address, size: u32) -> Pool<Opener> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(2))
        .build_unchecked(Opener(address.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_postgres_urls_name_a_server() {
        assert!(matches!(Address::parse("postgres://u@localhost/db"), Ok(Address::Postgres(_))));
        for url in ["host=localhost dbname=x", "mysql://x", "sqlite://x", ""] {
            assert_eq!(Address::parse(url), Err(AddressError), "{url}");
        }
    }
}
