//! `/api/v1/explain`: a decision with everything that it rests on, for whoever manages the organization.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::question::Asked;
use crate::http::api::{ApiBody, ApiManager};
use crate::http::problem::Problem;

/// `POST /api/v1/explain`: the body is that of an evaluation. An approval that it names is not used.
pub async fn explain(ApiManager(client): ApiManager, ApiBody(asked): ApiBody<Asked>) -> Result<HttpResponse, Problem> {
    let nobody = || {
        Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing").detail("there is no such subject")
    };
    let evaluation = asked.explanation(&client).await?;
    Ok(HttpResponse::Ok().json(evaluation.explanation.ok_or_else(nobody)?))
}
