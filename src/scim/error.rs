//! What can be wrong with a SCIM request: the error types of RFC 7644 §3.12 table 9 and RFC 9865 §2.1, each with a text for the admin.
//!
//! The text names the operation, the path and the reason. It quotes the client's own input (cut short) and nothing
//! else. Which HTTP status goes with it is decided in `http`.

use serde_json::{Value, json};

use super::urn;

/// A request that cannot be done as sent; the detail is for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScimError {
    #[error("{0}")]
    InvalidFilter(String),
    #[error("{0}")]
    TooMany(String),
    #[error("{0}")]
    Uniqueness(String),
    #[error("{0}")]
    Mutability(String),
    #[error("{0}")]
    InvalidSyntax(String),
    #[error("{0}")]
    InvalidPath(String),
    #[error("{0}")]
    NoTarget(String),
    #[error("{0}")]
    InvalidValue(String),
    #[error("{0}")]
    InvalidVers(String),
    #[error("{0}")]
    Sensitive(String),
    #[error("{0}")]
    InvalidCursor(String),
    #[error("{0}")]
    ExpiredCursor(String),
    #[error("{0}")]
    InvalidCount(String),
}

impl ScimError {
    /// The `scimType` of RFC 7644 §3.12.
    pub const fn scim_type(&self) -> &'static str {
        match self {
            Self::InvalidFilter(_) => "invalidFilter",
            Self::TooMany(_) => "tooMany",
            Self::Uniqueness(_) => "uniqueness",
            Self::Mutability(_) => "mutability",
            Self::InvalidSyntax(_) => "invalidSyntax",
            Self::InvalidPath(_) => "invalidPath",
            Self::NoTarget(_) => "noTarget",
            Self::InvalidValue(_) => "invalidValue",
            Self::InvalidVers(_) => "invalidVers",
            Self::Sensitive(_) => "sensitive",
            Self::InvalidCursor(_) => "invalidCursor",
            Self::ExpiredCursor(_) => "expiredCursor",
            Self::InvalidCount(_) => "invalidCount",
        }
    }

    /// The text for the client.
    pub fn detail(&self) -> &str {
        match self {
            Self::InvalidFilter(detail)
            | Self::TooMany(detail)
            | Self::Uniqueness(detail)
            | Self::Mutability(detail)
            | Self::InvalidSyntax(detail)
            | Self::InvalidPath(detail)
            | Self::NoTarget(detail)
            | Self::InvalidValue(detail)
            | Self::InvalidVers(detail)
            | Self::Sensitive(detail)
            | Self::InvalidCursor(detail)
            | Self::ExpiredCursor(detail)
            | Self::InvalidCount(detail) => detail,
        }
    }

    /// The same error, said to be of operation `index` (counted from 1) of a PATCH.
    pub(super) fn in_operation(mut self, index: usize) -> Self {
        match &mut self {
            Self::InvalidFilter(detail)
            | Self::TooMany(detail)
            | Self::Uniqueness(detail)
            | Self::Mutability(detail)
            | Self::InvalidSyntax(detail)
            | Self::InvalidPath(detail)
            | Self::NoTarget(detail)
            | Self::InvalidValue(detail)
            | Self::InvalidVers(detail)
            | Self::Sensitive(detail)
            | Self::InvalidCursor(detail)
            | Self::ExpiredCursor(detail)
            | Self::InvalidCount(detail) => *detail = format!("operation {index}: {detail}"),
        }
        self
    }
}

/// The error body of RFC 7644 §3.12; `status` is a string there.
pub fn error_body(status: u16, scim_type: Option<&str>, detail: &str) -> Value {
    let mut body = json!({ "schemas": [urn::ERROR], "status": status.to_string(), "detail": detail });
    if let (Some(scim_type), Some(members)) = (scim_type, body.as_object_mut()) {
        members.insert("scimType".to_owned(), Value::from(scim_type));
    }
    body
}

/// `text` for an error or a leniency: at most 80 characters.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
