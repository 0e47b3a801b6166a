//! `/api/v1/policy`: the palette and the roles; `/api/v1/overview`: the organization in numbers.

use actix_web::HttpResponse;

use super::ApiManager;
use crate::http::problem::Problem;

/// `GET /api/v1/policy`
pub async fn policy(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(client.gateway.policy_view(client.organization()).await?))
}

/// `GET /api/v1/overview`
pub async fn overview(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(client.gateway.overview(client.organization()).await?))
}
