//! `/api/v1/scopes`: declared scopes and what each lies under.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::client::scope_of;
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::scopes::ScopeView;
use crate::http::problem::Problem;

/// `{"scope":"team:emea-1","parent"?}`; without a parent, directly under the organization.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeBody {
    scope: String,
    #[serde(default)]
    parent: Option<String>,
}

/// `POST /api/v1/scopes`: declares a scope, or moves it.
#[utoipa::path(
    post, path = "/api/v1/scopes", tag = "Scopes",
    summary = "Declare a scope, or move it",
    security(("api_key" = ["manage"])),
    request_body = ScopeBody,
    responses((status = 200, body = ScopeView)),
)]
pub async fn put(ApiManager(client): ApiManager, ApiBody(body): ApiBody<ScopeBody>) -> Result<HttpResponse, Problem> {
    let (scope, parent) = (scope_of(Some(&body.scope))?, scope_of(body.parent.as_deref())?);
    let organization = client.organization();
    Ok(HttpResponse::Ok().json(client.gateway.put_scope(client.by, organization, scope, parent).await?))
}

/// `GET /api/v1/scopes`
#[utoipa::path(
    get, path = "/api/v1/scopes", tag = "Scopes",
    summary = "The declared scopes",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<ScopeView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_scopes(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.scope.clone())?))
}

/// `DELETE /api/v1/scopes/{scope}`
#[utoipa::path(
    delete, path = "/api/v1/scopes/{scope}", tag = "Scopes",
    summary = "Delete a scope",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn delete(ApiManager(client): ApiManager, scope: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.delete_scope(client.by, organization, scope_of(Some(&scope))?).await?;
    Ok(HttpResponse::NoContent().finish())
}
