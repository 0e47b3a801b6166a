//! `/api/v1/directories` and their tokens.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::client::{ApiClient, id, invalid};
use super::{ApiBody, ApiManager, ApiOptionalBody};
use crate::domain::directories::{Changed, Orphans};
use crate::http::problem::Problem;
use crate::http::saml::parameter;
use crate::model::{DirectoryId, Timestamp};
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
    let dialect = new.dialect.as_deref().map_or(Ok(Dialect::Generic), dialect_of)?;
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

/// What a directory is to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedDirectory {
    name: String,
    dialect: String,
}

/// `GET /api/v1/directories/{id}`
pub async fn read(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    shown(&client, id("directory", &directory)?).await
}

/// `PUT /api/v1/directories/{id}`
pub async fn change(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiBody(to): ApiBody<ChangedDirectory>,
) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    let to = Changed { name: to.name, dialect: dialect_of(&to.dialect)? };
    client.gateway.change_directory(client.by.clone(), organization, directory, to).await?;
    shown(&client, directory).await
}

/// `DELETE /api/v1/directories/{id}?people=keep|suspend`
pub async fn delete(
    ApiManager(client): ApiManager,
    request: HttpRequest,
    directory: Path<String>,
) -> Result<HttpResponse, Problem> {
    let orphans = match parameter(request.query_string().as_bytes(), "people").as_deref() {
        None => None,
        Some("keep") => Some(Orphans::Keep),
        Some("suspend") => Some(Orphans::Suspend),
        Some(_) => return Err(invalid("`people` is `keep` or `suspend`")),
    };
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.delete_directory(client.by, organization, directory, orphans).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/directories/{id}/pause`: each of its requests is answered with 503 until it is resumed.
pub async fn pause(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.pause_directory(client.by.clone(), organization, directory, true).await?;
    shown(&client, directory).await
}

/// `POST /api/v1/directories/{id}/resume`
pub async fn resume(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.pause_directory(client.by.clone(), organization, directory, false).await?;
    shown(&client, directory).await
}

async fn shown(client: &ApiClient, directory: DirectoryId) -> Result<HttpResponse, Problem> {
    let detail = client.gateway.directory_in_detail(client.organization(), directory).await?;
    Ok(HttpResponse::Ok().json(detail))
}

fn dialect_of(text: &str) -> Result<Dialect, Problem> {
    text.parse().map_err(|error: crate::scim::DialectError| invalid(error.to_string()))
}

/// When a new token expires; never, if nothing is said.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[serde(default)]
    expires: Option<String>,
}

/// `POST /api/v1/directories/{id}/tokens`: a second token, shown this once.
pub async fn create_token(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiOptionalBody(new): ApiOptionalBody<NewToken>,
) -> Result<HttpResponse, Problem> {
    let misread = || invalid("`expires` is an RFC 3339 date and time");
    let expires = new.expires.map(|text| Timestamp::parse_rfc3339(&text).ok_or_else(misread)).transpose()?;
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    let (token_id, token) = client.gateway.create_directory_token(client.by, organization, directory, expires).await?;
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
