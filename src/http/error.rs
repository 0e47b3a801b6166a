//! From the gateway's words to each protocol's: one place for each.

use actix_web::http::StatusCode;

use super::problem::Problem;
use crate::domain::{GatewayError, StoreFailure};
use crate::scim::ScimError;

/// After how many seconds a client should try again when the database is away.
const RETRY_SECONDS: u64 = 5;

/// After how many seconds a client should try again what somebody has to decide on.
const DECISION_SECONDS: u64 = 300;

fn retry_after(error: &GatewayError) -> u64 {
    if matches!(error, GatewayError::Braked) { DECISION_SECONDS } else { RETRY_SECONDS }
}

/// Status, stable kind and title of an error.
fn told(error: &GatewayError) -> (StatusCode, &'static str, &'static str) {
    match error {
        GatewayError::NotFound { .. } => (StatusCode::NOT_FOUND, "not-found", "There is no such thing"),
        GatewayError::Precondition { .. } => {
            (StatusCode::PRECONDITION_FAILED, "precondition-failed", "It has changed meanwhile")
        }
        GatewayError::Taken(_) => (StatusCode::CONFLICT, "conflict", "It is already there"),
        GatewayError::InUse(_) => (StatusCode::CONFLICT, "in-use", "It is still in use"),
        GatewayError::Contract(_) => (StatusCode::CONFLICT, "contract-broken", "A contract would be broken"),
        GatewayError::LastHolder(_) => (StatusCode::CONFLICT, "last-holder", "The role must have a holder"),
        GatewayError::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden", "This is not allowed"),
        GatewayError::Plan(_) => (StatusCode::FORBIDDEN, "plan", "The plan does not have this"),
        GatewayError::Grant(_) => (StatusCode::FORBIDDEN, "grant-refused", "This may not be given"),
        GatewayError::UnknownPast(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "unknown-past", "What was then is not known")
        }
        GatewayError::Invalid(_)
        | GatewayError::Scope(_)
        | GatewayError::Rule(_)
        | GatewayError::Catalogue(_)
        | GatewayError::Scim(_) => (StatusCode::BAD_REQUEST, "invalid", "The request makes no sense"),
        GatewayError::Paused | GatewayError::Busy | GatewayError::NoLease | GatewayError::Braked => {
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now")
        }
        GatewayError::Store(_) => match error.store_failure() {
            Some(StoreFailure::Conflict) => (StatusCode::CONFLICT, "conflict", "It is already there"),
            Some(StoreFailure::Stale) => (StatusCode::CONFLICT, "stale", "It has changed meanwhile"),
            Some(StoreFailure::Unavailable) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The database cannot be used now")
            }
            Some(StoreFailure::Corrupt) | None => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        },
    }
}

/// What may be said of an error to whoever asked. Nothing of the database's insides.
fn detail(error: &GatewayError) -> Option<String> {
    match error.store_failure() {
        None | Some(StoreFailure::Stale) => Some(error.to_string()),
        Some(StoreFailure::Conflict | StoreFailure::Unavailable | StoreFailure::Corrupt) => None,
    }
}

/// Writes down, once, an error that is ours.
fn note(error: &GatewayError, status: StatusCode) {
    if status.is_server_error() && !matches!(error, GatewayError::Braked) {
        tracing::error!(error = %error, "a request failed: {error}");
    }
}

impl From<GatewayError> for Problem {
    fn from(error: GatewayError) -> Self {
        let (status, kind, title) = told(&error);
        note(&error, status);
        let mut problem = Self::new(status, kind, title);
        if let Some(detail) = detail(&error) {
            problem = problem.detail(detail);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE { problem.retry_after(retry_after(&error)) } else { problem }
    }
}

/// An error as SCIM tells it (RFC 7644 §3.12).
#[derive(Debug)]
pub struct ScimProblem {
    pub status: StatusCode,
    pub scim_type: Option<&'static str>,
    pub detail: String,
    pub retry_after: Option<u64>,
}

impl ScimProblem {
    /// An error without a `scimType`.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), retry_after: None }
    }

    /// 429 for a client that asks too often.
    pub fn too_many(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests") }
    }
}

impl From<ScimError> for ScimProblem {
    fn from(error: ScimError) -> Self {
        let status = match error {
            ScimError::Uniqueness(_) => StatusCode::CONFLICT,
            ScimError::Sensitive(_) => StatusCode::FORBIDDEN,
            ScimError::InvalidFilter(_)
            | ScimError::TooMany(_)
            | ScimError::Mutability(_)
            | ScimError::InvalidSyntax(_)
            | ScimError::InvalidPath(_)
            | ScimError::NoTarget(_)
            | ScimError::InvalidValue(_)
            | ScimError::InvalidVers(_)
            | ScimError::InvalidCursor(_)
            | ScimError::ExpiredCursor(_)
            | ScimError::InvalidCount(_) => StatusCode::BAD_REQUEST,
        };
        Self { status, scim_type: Some(error.scim_type()), detail: error.detail().to_owned(), retry_after: None }
    }
}

impl From<GatewayError> for ScimProblem {
    fn from(error: GatewayError) -> Self {
        if let GatewayError::Scim(error) = error {
            return error.into();
        }
        let (status, _, title) = told(&error);
        note(&error, status);
        let detail = detail(&error).unwrap_or_else(|| title.to_owned());
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then(|| retry_after(&error));
        Self { status, scim_type: None, detail, retry_after }
    }
}
