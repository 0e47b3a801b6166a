//! The page on which the API can be tried. Its script and style come with a crate that has them inside, so nothing is
//! fetched from anybody, at build or at run time; the policy for pages holds here too.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING};
use actix_web::web::Path;
use askama::Template;
use utoipa_swagger_ui::Config;

use crate::http::page::page;
use crate::http::problem::Problem;

#[derive(Debug, Template)]
#[template(path = "api/docs.html")]
struct Docs;

/// `GET /api/v1/docs`
#[utoipa::path(
    get, path = "/api/v1/docs", tag = "Description",
    summary = "A page to try the API on",
    security(()),
    responses((status = 200, body = String, content_type = "text/html")),
)]
pub async fn show() -> HttpResponse {
    page(StatusCode::OK, &Docs)
}

/// `GET /api/v1/docs/{file}`
#[utoipa::path(
    get, path = "/api/v1/docs/{file}", tag = "Description",
    summary = "A script or style of that page",
    security(()),
    responses((status = 200, body = String, content_type = "text/javascript"), (status = 404)),
)]
pub async fn asset(file: Path<String>) -> Result<HttpResponse, Problem> {
    let nothing = || Problem::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here");
    let known = matches!(file.as_str(), "swagger-ui.css" | "swagger-ui-bundle.js");
    let found =
        if known { utoipa_swagger_ui::serve(&file, Config::from("/api/v1/openapi.json").into()) } else { Ok(None) };
    let found = found.map_err(|_| Problem::internal())?.ok_or_else(nothing)?;
    let mut answer = HttpResponse::Ok();
    answer.content_type(found.content_type).insert_header((CACHE_CONTROL, "public, max-age=86400"));
    if found.gzpipped {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(answer.body(found.bytes.into_owned()))
}
