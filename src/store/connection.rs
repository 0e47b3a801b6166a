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
                let mut conn = PgConnection::establish(&with_timeouts(url)).map_err(|e| unavailable(e.to_string()))?;
                conn.batch_execute(
                    "SET synchronous_commit = on; SET lock_timeout = '5s'; SET statement_timeout = '30s';",
                )
                .map_err(|e| unavailable(e.to_string()))?;
                Ok(Conn::Pg(conn))
            }
        }
    }
}

/// The URL, with bounds on how long a network that has gone silent is waited for, unless it says otherwise itself. Without
/// them the write lane could hang for as long as the system's defaults allow, which is hours.
fn with_timeouts(url: &str) -> String {
    const BOUNDS: [(&str, &str); 5] = [
        ("connect_timeout", "5"),
        ("keepalives_idle", "5"),
        ("keepalives_interval", "2"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", "10000"),
    ];
    BOUNDS.iter().filter(|(name, _)| !url.contains(name)).fold(url.to_owned(), |url, (name, value)| {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}{name}={value}")
    })
}

/// A pooled connection, and whether it was found to be dead.
pub(super) struct Reader {
    pub(super) conn: Conn,
    is_dead: bool,
}

impl Reader {
    /// Looks whether the connection still answers, after a query on it has failed. Diesel does not notice a session that
    /// the database has ended, so the pool would hand it out again and again.
    pub(super) fn examine(&mut self) {
        self.is_dead = self.conn.batch_execute("SELECT 1").is_err();
    }
}

/// Opens pooled connections for reading.
#[derive(Debug)]
pub(super) struct Opener(pub(super) Address);

impl ManageConnection for Opener {
    type Connection = Reader;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Reader, Self::Error> {
        self.0
            .open()
            .map(|conn| Reader { conn, is_dead: false })
            .map_err(|error| diesel::r2d2::Error::ConnectionError(ConnectionError::BadConnection(error.to_string())))
    }

    fn is_valid(&self, reader: &mut Reader) -> Result<(), Self::Error> {
        reader.conn.batch_execute("SELECT 1").map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, reader: &mut Reader) -> bool {
        reader.is_dead
    }
}

/// The readers. A check-out is not tested with a query of its own: that costs a round trip each time. A connection on which
/// a query has failed is examined before it is handed back.
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
    fn a_url_keeps_its_own_bounds_and_gets_the_others() {
        let url = with_timeouts("postgres://u@h/db?connect_timeout=30");
        assert!(url.contains("connect_timeout=30") && !url.contains("connect_timeout=5"));
        assert!(url.contains("&tcp_user_timeout=10000"));
        assert!(with_timeouts("postgres://u@h/db").contains("db?connect_timeout=5&"));
    }

    #[test]
    fn only_postgres_urls_name_a_server() {
        assert!(matches!(Address::parse("postgres://u@localhost/db"), Ok(Address::Postgres(_))));
        for url in ["host=localhost dbname=x", "mysql://x", "sqlite://x", ""] {
            assert_eq!(Address::parse(url), Err(AddressError), "{url}");
        }
    }
}
