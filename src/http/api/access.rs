//! `/api/v1/policy`: the palette and the roles; `/api/v1/overview`: the organization in numbers.

use actix_web::HttpResponse;

use super::ApiManager;
use crate::domain::{Overview, PolicyView};
use crate::http::problem::Problem;

/// `GET /api/v1/policy`
#[utoipa::path(
    get, path = "/api/v1/policy", tag = "Access",
    summary = "The palette, the roles and the plan",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = PolicyView)),
)]
pub async fn policy(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(client.gateway.policy_view(client.organization()).await?))
}

/// `GET /api/v1/overview`
#[utoipa::path(
    get, path = "/api/v1/overview", tag = "Access",
    summary = "The organization in numbers",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = Overview)),
)]
pub async fn overview(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(client.gateway.overview(client.organization()).await?))
}
