//! Refusals as RFC 9457 problem documents, for `/api` and for whatever the base itself refuses.
//!
//! `type` is stable: a client may branch on it. What the base refuses below `/scim/` has the form of RFC 7644 §3.12
//! instead, because that is what identity providers read.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::{Value, json};

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Option<String>,
    retry_after: Option<u64>,
}

impl Problem {
    /// `kind` is the last part of `type`, e.g. `not-found`; `title` never varies with the request.
    pub const fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self { status, kind, title, detail: None, retry_after: None }
    }

    /// What never varies with the request.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Says what was wrong with this very request.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says after how many seconds to try again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 429 for a client that asks too often.
    pub fn too_many_requests(seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests").retry_after(seconds)
    }

    /// 500 without detail: what happened is in the log, under the request id.
    pub const fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error")
    }

    /// The answer to a request for `path`, in the form that its protocol reads.
    pub fn answer(&self, path: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if path.starts_with("/scim/") {
            let detail = self.detail.as_deref().unwrap_or(self.title);
            let body = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": self.status.as_u16().to_string(),
                "detail": detail,
            });
            return answer.content_type("application/scim+json").body(body.to_string());
        }
        answer.content_type("application/problem+json").body(self.document().to_string())
    }

    fn document(&self) -> Value {
        let mut document = json!({
            "type": format!("urn:portcullis:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
        });
        if let (Some(detail), Some(document)) = (&self.detail, document.as_object_mut()) {
            document.insert("detail".to_owned(), json!(detail));
        }
        document
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(self.title))
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.answer("")
    }
}

/// The answer where no route matches.
pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here").answer(request.path())
}

/// The answer where the path matches and the method does not.
pub(super) fn method_not_allowed(request: &HttpRequest) -> HttpResponse {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This method is not offered here")
        .answer(request.path())
}
