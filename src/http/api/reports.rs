//! `/api/v1/reports`: what could be taken away.

use actix_web::{HttpRequest, HttpResponse};

use super::ApiManager;
use super::client::{invalid, number, page_of};
use crate::domain::reports::{ExcessiveAccount, Report, Unreviewed, UnusedPermission, UnusedRole};
use crate::http::problem::Problem;

/// A quarter.
const DAYS: i64 = 90;
/// Ten years.
const MAX_DAYS: i64 = 3_650;

fn days_of(request: &HttpRequest) -> Result<i64, Problem> {
    let days = number(request, "days")?.unwrap_or(DAYS);
    let told = || invalid(format!("`days` is from 1 to {MAX_DAYS}"));
    (1..=MAX_DAYS).contains(&days).then_some(days).ok_or_else(told)
}

/// `GET /api/v1/reports/unused-roles?days=`
#[utoipa::path(
    get, path = "/api/v1/reports/unused-roles", tag = "Reports",
    summary = "Roles that nobody holds or exercises",
    security(("api_key" = ["manage"])),
    params(("days" = Option<i64>, Query, description = "Days that count, 1 to 3,650; 90 unless given")),
    responses((status = 200, body = Report<UnusedRole>)),
)]
pub async fn unused_roles(ApiManager(client): ApiManager, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let days = days_of(&request)?;
    Ok(HttpResponse::Ok().json(client.gateway.unused_roles(client.organization(), days).await?))
}

/// `GET /api/v1/reports/unused-permissions?days=`
#[utoipa::path(
    get, path = "/api/v1/reports/unused-permissions", tag = "Reports",
    summary = "Permissions that nobody exercised",
    security(("api_key" = ["manage"])),
    params(("days" = Option<i64>, Query, description = "Days that count, 1 to 3,650; 90 unless given")),
    responses((status = 200, body = Report<UnusedPermission>)),
)]
pub async fn unused_permissions(ApiManager(client): ApiManager, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let days = days_of(&request)?;
    Ok(HttpResponse::Ok().json(client.gateway.unused_permissions(client.organization(), days).await?))
}

/// `GET /api/v1/reports/service-accounts?days=`
#[utoipa::path(
    get, path = "/api/v1/reports/service-accounts", tag = "Reports",
    summary = "Service accounts that hold more than they use",
    security(("api_key" = ["manage"])),
    params(("days" = Option<i64>, Query, description = "Days that count, 1 to 3,650; 90 unless given")),
    responses((status = 200, body = Report<ExcessiveAccount>)),
)]
pub async fn service_accounts(ApiManager(client): ApiManager, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let days = days_of(&request)?;
    Ok(HttpResponse::Ok().json(client.gateway.excessive_accounts(client.organization(), days).await?))
}

/// `GET /api/v1/reports/unreviewed-holders?days=&offset=&limit=`
#[utoipa::path(
    get, path = "/api/v1/reports/unreviewed-holders", tag = "Reports",
    summary = "Who holds what nobody has looked at",
    security(("api_key" = ["manage"])),
    params(
        ("days" = Option<i64>, Query, description = "Days that count, 1 to 3,650; 90 unless given"),
        ("offset" = Option<usize>, Query, description = "Lines to leave out at the beginning"),
        ("limit" = Option<usize>, Query, description = "Lines of one page: 100 unless given, at most 1,000"),
    ),
    responses((status = 200, body = Unreviewed)),
)]
pub async fn unreviewed_holders(ApiManager(client): ApiManager, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (days, page) = (days_of(&request)?, page_of(&request)?);
    Ok(HttpResponse::Ok().json(client.gateway.unreviewed_holders(client.organization(), days, page).await?))
}
