//! Pages: templates rendered on the server.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use askama::Template;

use super::problem::Problem;

/// A page. A template that cannot be rendered is our own fault.
pub fn page(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::build(status).content_type(ContentType::html()).body(html),
        Err(error) => {
            tracing::error!(error = %error, "a page could not be rendered: {error}");
            Problem::internal().answer("")
        }
    }
}
