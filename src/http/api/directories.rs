//! `/api/v1/directories` and their tokens.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

use super::client::{ApiClient, id, invalid};
use super::tag::{Expected, tagged};
use super::{ApiBody, ApiManager, ApiOptionalBody, ApiQuery, Listed, Listing};
use crate::domain::directories::{Changed, DirectoryView, Orphans};
use crate::domain::leniencies::LeniencyView;
use crate::domain::views::DirectoryDetail;
use crate::http::problem::Problem;
use crate::model::{DirectoryId, DirectoryTokenId, Timestamp};
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
    let dialect = new.dialect.as_deref().map_or(Ok(Dialect::Generic), dialect_of)?;
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

/// `GET /api/v1/directories/{id}/leniencies`
#[utoipa::path(
    get, path = "/api/v1/directories/{id}/leniencies", tag = "Directories",
    summary = "What the identity provider was forgiven",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<LeniencyView>)),
)]
pub async fn leniencies(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let directory = id("directory", &directory)?;
    let items = client.gateway.directory_leniencies(client.organization(), directory).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| format!("{} {}", item.code, item.at))?))
}

/// What a directory is to be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedDirectory {
    name: String,
    dialect: String,
}

/// `GET /api/v1/directories/{id}`
#[utoipa::path(
    get, path = "/api/v1/directories/{id}", tag = "Directories",
    summary = "One directory and its tokens",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = DirectoryDetail)),
)]
pub async fn read(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    shown(&client, id("directory", &directory)?).await
}

/// `PUT /api/v1/directories/{id}`
#[utoipa::path(
    put, path = "/api/v1/directories/{id}", tag = "Directories",
    summary = "Rename a directory, or give it another dialect",
    security(("api_key" = ["manage"])),
    request_body = ChangedDirectory,
    responses((status = 200, body = DirectoryDetail)),
)]
pub async fn change(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    Expected(expected): Expected,
    ApiBody(to): ApiBody<ChangedDirectory>,
) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    let to = Changed { name: to.name, dialect: dialect_of(&to.dialect)? };
    client.gateway.change_directory(client.by.clone(), organization, directory, expected, to).await?;
    shown(&client, directory).await
}

/// What becomes of those whom nobody provisions any more.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// `keep` or `suspend`; has to be said while the directory has people.
    people: Option<String>,
}

/// `DELETE /api/v1/directories/{id}?people=keep|suspend`
#[utoipa::path(
    delete, path = "/api/v1/directories/{id}", tag = "Directories",
    summary = "Delete a directory",
    security(("api_key" = ["manage"])),
    params(DeleteQuery),
    responses((status = 204)),
)]
pub async fn delete(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    Expected(expected): Expected,
    ApiQuery(asked): ApiQuery<DeleteQuery>,
) -> Result<HttpResponse, Problem> {
    let orphans = match asked.people.as_deref() {
        None => None,
        Some("keep") => Some(Orphans::Keep),
        Some("suspend") => Some(Orphans::Suspend),
        Some(_) => return Err(invalid("`people` is `keep` or `suspend`")),
    };
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.delete_directory(client.by, organization, directory, expected, orphans).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/directories/{id}/pause`: each of its requests is answered with 503 until it is resumed.
#[utoipa::path(
    post, path = "/api/v1/directories/{id}/pause", tag = "Directories",
    summary = "Answer each of its requests with 503 until it is resumed",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = DirectoryDetail)),
)]
pub async fn pause(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.pause_directory(client.by.clone(), organization, directory, true).await?;
    shown(&client, directory).await
}

/// `POST /api/v1/directories/{id}/resume`
#[utoipa::path(
    post, path = "/api/v1/directories/{id}/resume", tag = "Directories",
    summary = "Serve a paused directory again",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = DirectoryDetail)),
)]
pub async fn resume(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.pause_directory(client.by.clone(), organization, directory, false).await?;
    shown(&client, directory).await
}

async fn shown(client: &ApiClient, directory: DirectoryId) -> Result<HttpResponse, Problem> {
    let detail = client.gateway.directory_in_detail(client.organization(), directory).await?;
    Ok(tagged(detail.version, detail))
}

fn dialect_of(text: &str) -> Result<Dialect, Problem> {
    text.parse().map_err(|error: crate::scim::DialectError| invalid(error.to_string()))
}

/// When a new token expires; never, if nothing is said.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[serde(default)]
    expires: Option<String>,
}

/// `POST /api/v1/directories/{id}/tokens`: a second token, shown this once.
#[utoipa::path(
    post, path = "/api/v1/directories/{id}/tokens", tag = "Directories",
    summary = "Make a further token, shown this once",
    security(("api_key" = ["manage"])),
    request_body = Option<NewToken>,
    responses((status = 201, body = MadeToken)),
)]
pub async fn create_token(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiOptionalBody(new): ApiOptionalBody<NewToken>,
) -> Result<HttpResponse, Problem> {
    let misread = || invalid("`expires` is an RFC 3339 date and time");
    let expires = new.expires.map(|text| Timestamp::parse_rfc3339(&text).ok_or_else(misread)).transpose()?;
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    let (token_id, token) = client.gateway.create_directory_token(client.by, organization, directory, expires).await?;
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
