//! What can go wrong below the domain, in the store's words.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// A store operation that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique index already holds this key. Names the constraint or columns, for the domain to put into words.
    #[error("another row already holds this value ({constraint})")]
    Conflict { constraint: String },
    /// The row has changed since it was read.
    #[error("the row has changed since it was read")]
    Stale,
    /// The database cannot be reached, is full, or gave up in the middle; nothing was done, or it is not known.
    #[error("the database cannot be used now: {0}")]
    Unavailable(String),
    /// The database holds something this version cannot read.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// Another process already serves this database.
    #[error("{0}")]
    Held(String),
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        if let Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = &error {
            let constraint = info.constraint_name().unwrap_or_else(|| info.message()).to_owned();
            return Self::Conflict { constraint };
        }
        if let Diesel::DeserializationError(cause) = &error {
            return Self::Corrupt(cause.to_string());
        }
        Self::Unavailable(error.to_string())
    }
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
