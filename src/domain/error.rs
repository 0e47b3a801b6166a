//! Why the gateway did not do what it was asked, in the gateway's words. What status and body each protocol gives it is
//! decided in `http/error.rs`.

use crate::access::{CatalogueError, CounterExample, GrantRefusal, RuleError, ScopeError};
use crate::scim::ScimError;
use crate::store::StoreError;

/// A refusal, or a failure.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// There is no such thing, or not for whoever asks: the two are not told apart.
    #[error("there is no {kind} `{id}`")]
    NotFound { kind: &'static str, id: String },
    /// The resource is not in the state that the client expects (If-Match).
    #[error("the {kind} has changed: its version is {version}")]
    Precondition { kind: &'static str, version: i64 },
    /// Something else already bears this name.
    #[error("{0}")]
    Taken(String),
    /// The input makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// Whoever asks may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The organization's plan does not have it.
    #[error("{0}")]
    Plan(String),
    /// It would leave a role without the holder that it must have.
    #[error("{0}")]
    LastHolder(String),
    /// The catalogue does not declare what is in use.
    #[error("the catalogue no longer declares what is in use: {}", .0.join("; "))]
    InUse(Vec<String>),
    /// It would break what the organization asserts about itself.
    #[error("{0}")]
    Contract(Box<CounterExample>),
    /// Too many passwords are being checked at once.
    #[error("too many people are signing in at once")]
    Busy,
    /// The directory is paused.
    #[error("the directory is paused")]
    Paused,
    /// More people of the directory were to go at once than may.
    #[error(
        "more people were to be deactivated or deleted at once than this directory's mass-change brake lets go: this \
         one is held, and nothing of the request was done. It passes when it is tried again after an admin has let it"
    )]
    Braked,
    /// The request is not valid SCIM.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The mapping rule cannot be.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The scope cannot be.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The catalogue cannot be.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The audit log does not tell what was then.
    #[error("{0}")]
    UnknownPast(String),
    /// Nobody grants what they do not hold.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Memory may not be trusted and the database does not answer: fail closed.
    #[error("the database has not answered for too long: nothing is allowed until it does")]
    NoLease,
}

/// How the store failed, for whoever has to answer for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFailure {
    /// A value is already there.
    Conflict,
    /// What was read has changed meanwhile.
    Stale,
    /// The database cannot be used now.
    Unavailable,
    /// The database holds what cannot be read.
    Corrupt,
}

impl GatewayError {
    /// How the store failed, if it was the store.
    pub fn store_failure(&self) -> Option<StoreFailure> {
        let Self::Store(error) = self else { return None };
        Some(match error {
            StoreError::Conflict { .. } => StoreFailure::Conflict,
            StoreError::Stale => StoreFailure::Stale,
            StoreError::Unavailable(_) | StoreError::Held(_) => StoreFailure::Unavailable,
            StoreError::Corrupt(_) => StoreFailure::Corrupt,
        })
    }

    /// A store's refusal: a value that is already there becomes `told`, anything else stays what it is.
    pub fn taken(error: StoreError, told: impl FnOnce() -> Self) -> Self {
        if matches!(error, StoreError::Conflict { .. }) { told() } else { error.into() }
    }

    /// There is no such `kind`.
    pub fn not_found(kind: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound { kind, id: id.to_string().chars().take(64).collect() }
    }
}
