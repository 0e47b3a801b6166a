//! `/api/v1/explain`: a decision with everything that it rests on, for whoever manages the organization.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::question::Asked;
use crate::http::api::{ApiBody, ApiManager};
use crate::http::problem::Problem;

/// `POST /api/v1/explain`: the body is that of an evaluation. An approval that it names is not used.
#[utoipa::path(
    post, path = "/api/v1/explain", tag = "Decisions",
    summary = "A decision with all that it rests on",
    security(("api_key" = ["manage"])),
    request_body = Asked,
    responses((status = 200, body = serde_json::Value)),
)]
pub async fn explain(ApiManager(client): ApiManager, ApiBody(asked): ApiBody<Asked>) -> Result<HttpResponse, Problem> {
    let nobody = || {
        Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing").detail("there is no such subject")
    };
    let evaluation = asked.explanation(&client).await?;
    Ok(HttpResponse::Ok().json(evaluation.explanation.ok_or_else(nobody)?))
}
