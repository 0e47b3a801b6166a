//! Answers as SCIM tells them: `application/scim+json`, `ETag`, `Location`, and errors with their body.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LOCATION, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde_json::Value;

use crate::domain::{Listing, Rendered};
use crate::http::error::ScimProblem;
use crate::scim;

/// The media type of every answer (RFC 7644 §8.1).
const SCIM_JSON: &str = "application/scim+json";

/// What a handler answers.
pub type ScimResult = Result<ScimReply, ScimProblem>;

/// An answer.
#[derive(Debug)]
pub enum ScimReply {
    /// 201 with the new resource and where it is.
    Created(Rendered, String),
    /// 200 with a resource and where it is.
    Resource(Rendered, String),
    /// 200 with a page.
    List(Listing),
    /// 200 with a document.
    Document(Value),
    /// 204: the resource is gone.
    NoContent,
    /// 204 with the version that stands now.
    NotShown(i64),
    /// 304: the client has it already.
    NotModified(i64),
}

impl Responder for ScimReply {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match self {
            Self::Created(rendered, location) => HttpResponse::Created()
                .insert_header((ETAG, scim::version_tag(rendered.version)))
                .insert_header((LOCATION, location))
                .content_type(SCIM_JSON)
                .body(rendered.value.to_string()),
            Self::Resource(rendered, location) => HttpResponse::Ok()
                .insert_header((ETAG, scim::version_tag(rendered.version)))
                .insert_header((CONTENT_LOCATION, location))
                .content_type(SCIM_JSON)
                .body(rendered.value.to_string()),
            Self::List(listing) => {
                let body = scim::list_response(listing.resources, listing.total, listing.start_index);
                HttpResponse::Ok().content_type(SCIM_JSON).body(body.to_string())
            }
            Self::Document(document) => HttpResponse::Ok().content_type(SCIM_JSON).body(document.to_string()),
            Self::NoContent => HttpResponse::NoContent().finish(),
            Self::NotShown(version) => {
                HttpResponse::NoContent().insert_header((ETAG, scim::version_tag(version))).finish()
            }
            Self::NotModified(version) => {
                HttpResponse::NotModified().insert_header((ETAG, scim::version_tag(version))).finish()
            }
        }
    }
}

impl fmt::Display for ScimProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for ScimProblem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"scim\""));
        }
        let body = scim::error_body(self.status.as_u16(), self.scim_type, &self.detail);
        answer.content_type(SCIM_JSON).body(body.to_string())
    }
}
