//! `/api/v1/directories` and their tokens.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

use super::client::id;
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::directories::DirectoryView;
use crate::http::problem::Problem;
use crate::model::{DirectoryId, DirectoryTokenId};
use crate::scim::Dialect;

/// A new directory.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDirectory {
    name: String,
    #[serde(default)]
    dialect: Option<String>,
}

/// A directory that was made, and what its identity provider is told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeDirectory {
    id: DirectoryId,
    base_url: String,
    token: String,
    token_id: DirectoryTokenId,
}

/// A token that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    id: DirectoryTokenId,
    token: String,
}

/// `POST /api/v1/directories`: the token is shown this once.
#[utoipa::path(
    post, path = "/api/v1/directories", tag = "Directories",
    summary = "Make a directory; its token is shown this once",
    security(("api_key" = ["manage"])),
    request_body = NewDirectory,
    responses((status = 201, body = MadeDirectory)),
)]
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
    Ok(HttpResponse::Created().json(MadeDirectory {
        id: made.id,
        base_url: client.gateway.scim_base_url(),
        token: made.token.expose().to_owned(),
        token_id: made.token_id,
    }))
}

/// `GET /api/v1/directories`
#[utoipa::path(
    get, path = "/api/v1/directories", tag = "Directories",
    summary = "The directories",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<DirectoryView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_directories(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `POST /api/v1/directories/{id}/tokens`: a second token, shown this once.
#[utoipa::path(
    post, path = "/api/v1/directories/{id}/tokens", tag = "Directories",
    summary = "Make a further token, shown this once",
    security(("api_key" = ["manage"])),
    responses((status = 201, body = MadeToken)),
)]
pub async fn create_token(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let directory = id("directory", &directory)?;
    let organization = client.organization();
    let (token_id, token) = client.gateway.create_directory_token(client.by, organization, directory).await?;
    Ok(HttpResponse::Created().json(MadeToken { id: token_id, token: token.expose().to_owned() }))
}

/// `DELETE /api/v1/directories/{id}/tokens/{token_id}`
#[utoipa::path(
    delete, path = "/api/v1/directories/{id}/tokens/{token_id}", tag = "Directories",
    summary = "Revoke a token",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
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
