//! `/api/v1/scopes`: declared scopes and what each lies under.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;

use super::client::scope_of;
use super::{ApiBody, ApiManager};
use crate::http::problem::Problem;

/// `{"scope":"team:emea-1","parent"?}`; without a parent, directly under the organization.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeBody {
    scope: String,
    #[serde(default)]
    parent: Option<String>,
}

/// `POST /api/v1/scopes`: declares a scope, or moves it.
pub async fn put(ApiManager(client): ApiManager, ApiBody(body): ApiBody<ScopeBody>) -> Result<HttpResponse, Problem> {
    let (scope, parent) = (scope_of(Some(&body.scope))?, scope_of(body.parent.as_deref())?);
    let organization = client.organization();
    Ok(HttpResponse::Ok().json(client.gateway.put_scope(client.by, organization, scope, parent).await?))
}

/// `GET /api/v1/scopes`
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_scopes(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/scopes/{scope}`
pub async fn delete(ApiManager(client): ApiManager, scope: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.delete_scope(client.by, organization, scope_of(Some(&scope))?).await?;
    Ok(HttpResponse::NoContent().finish())
}
