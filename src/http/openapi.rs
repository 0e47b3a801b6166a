//! The API described: `/api/v1/openapi.json` (OpenAPI 3.1), and a page to try it on at `/api/v1/docs`.
//!
//! The document is made from the attributes of the handlers (`#[utoipa::path]`) and the types that they read and write.
//! What is the same everywhere is added here: the refusals, the parameters of paths, and in words the right that a route
//! needs, which the attribute names as a role of its `security`. `schema/openapi.json` is what `portcullis openapi`
//! prints; tests compare the two, and the routes with the document. Anybody may read it: it says nothing of anybody.

mod frame;
mod page;
mod paths;
mod words;

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
pub use page::{asset, show};
use utoipa::OpenApi;

/// The document, as it is served and printed.
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = paths::Paths::openapi().to_pretty_json();
        text.map(|text| text + "\n").unwrap_or_else(|error| {
            tracing::error!(error = %error, "the OpenAPI document cannot be written: {error}");
            "{}\n".to_owned()
        })
    })
}

/// `GET /api/v1/openapi.json`
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "Description",
    summary = "This document",
    security(()),
    responses((status = 200, body = serde_json::Value)),
)]
pub async fn json() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(document())
}
