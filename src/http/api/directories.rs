//! `/api/v1/directories` and their tokens.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;

use super::client::id;
use super::{ApiBody, ApiManager};
use crate::http::problem::Problem;
use crate::scim::Dialect;

/// A new directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDirectory {
    name: String,
    #[serde(default)]
    dialect: Option<String>,
}

/// `POST /api/v1/directories`: the token is shown this once.
pub async fn create(
    ApiManager(client): ApiManager,
    ApiBody(new): ApiBody<NewDirectory>,
) -> Result<HttpResponse, Problem> {
    let invalid =
        |detail: String| Problem::new(StatusCode::BAD_REQUEST, "invalid", "The request makes no sense").detail(detail);
    let dialect: Dialect = match &new.dialect {
        Some(dialect) => dialect.parse().map_err(|error: crate::scim::DialectError| invalid(error.to_string()))?,
        None => Dialect::Generic,
    };
    let organization = client.organization();
    let made = client.gateway.create_directory(client.by, organization, new.name, dialect).await?;
    Ok(HttpResponse::Created().json(json!({
        "id": made.id,
        "base_url": client.gateway.scim_base_url(),
        "token": made.token.expose(),
        "token_id": made.token_id,
    })))
}

/// `GET /api/v1/directories`
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_directories(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `GET /api/v1/directories/{id}/leniencies`
pub async fn leniencies(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let directory = id("directory", &directory)?;
    let items = client.gateway.directory_leniencies(client.organization(), directory).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `POST /api/v1/directories/{id}/tokens`: a second token, shown this once.
pub async fn create_token(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let directory = id("directory", &directory)?;
    let organization = client.organization();
    let (token_id, token) = client.gateway.create_directory_token(client.by, organization, directory).await?;
    Ok(HttpResponse::Created().json(json!({ "id": token_id, "token": token.expose() })))
}

/// `DELETE /api/v1/directories/{id}/tokens/{token_id}`
pub async fn revoke_token(
    ApiManager(client): ApiManager,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (directory, token) = path.into_inner();
    let (directory, token) = (id("directory", &directory)?, id("token", &token)?);
    let organization = client.organization();
    client.gateway.revoke_directory_token(client.by, organization, directory, token).await?;
    Ok(HttpResponse::NoContent().finish())
}
