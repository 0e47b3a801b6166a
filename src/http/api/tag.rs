//! `ETag` and `If-Match`: what can be edited bears its version, and an edit may name the one that it was made from
//! (RFC 9110 §13.1.1). The condition is checked in the transaction of the change.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ETAG, IF_MATCH};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use crate::http::problem::Problem;
use crate::scim::Precondition;

/// The `If-Match` of an edit. One that cannot be read names no version, and so lets nothing through.
#[derive(Debug)]
pub struct Expected(pub Precondition);

impl FromRequest for Expected {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let values: Vec<&str> =
            request.headers().get_all(IF_MATCH).map(|value| value.to_str().unwrap_or_default()).collect();
        let listed = values.join(",");
        ready(Ok(Self(Precondition::parse((!values.is_empty()).then_some(listed.as_str())))))
    }
}

/// The thing with its version as the tag.
pub fn tagged(version: i64, body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, format!("\"{version}\""))).json(body)
}
