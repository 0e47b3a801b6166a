//! `/api/v1/directories/{id}/brake`: how many people a directory may let go of at once, and the yes or no to those held.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::client::{ApiClient, id};
use super::{ApiBody, ApiManager, ApiOptionalBody};
use crate::domain::directories::brakes::{BrakeLimits, BrakeView};
use crate::http::problem::Problem;
use crate::model::DirectoryId;

/// For how long those whom the brake holds may go.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The brake's own time if not said; a week at most.
    #[serde(default)]
    minutes: Option<i64>,
}

/// `GET /api/v1/directories/{id}/brake`
#[utoipa::path(
    get, path = "/api/v1/directories/{id}/brake", tag = "Directories",
    summary = "The mass-change brake, and whom it holds",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = BrakeView)),
)]
pub async fn read(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    shown(&client, id("directory", &directory)?).await
}

/// `PUT /api/v1/directories/{id}/brake`
#[utoipa::path(
    put, path = "/api/v1/directories/{id}/brake", tag = "Directories",
    summary = "Say how many people the directory may let go of at once",
    security(("api_key" = ["manage"])),
    request_body = BrakeLimits,
    responses((status = 200, body = BrakeView)),
)]
pub async fn limit(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiBody(limits): ApiBody<BrakeLimits>,
) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.limit_directory(client.by.clone(), organization, directory, limits).await?;
    shown(&client, directory).await
}

/// `POST /api/v1/directories/{id}/brake/release`: those whom it holds may go, when they are tried again.
#[utoipa::path(
    post, path = "/api/v1/directories/{id}/brake/release", tag = "Directories",
    summary = "Let those go whom the brake holds",
    security(("api_key" = ["manage"])),
    request_body = Option<Release>,
    responses((status = 200, body = BrakeView)),
)]
pub async fn release(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiOptionalBody(release): ApiOptionalBody<Release>,
) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.release_brake(client.by.clone(), organization, directory, release.minutes).await?;
    shown(&client, directory).await
}

/// `POST /api/v1/directories/{id}/brake/reset`: those whom it holds stay, and the count begins anew.
#[utoipa::path(
    post, path = "/api/v1/directories/{id}/brake/reset", tag = "Directories",
    summary = "Keep those whom the brake holds, and count anew",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = BrakeView)),
)]
pub async fn reset(ApiManager(client): ApiManager, directory: Path<String>) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    client.gateway.reset_brake(client.by.clone(), organization, directory).await?;
    shown(&client, directory).await
}

async fn shown(client: &ApiClient, directory: DirectoryId) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(client.gateway.directory_brake(client.organization(), directory).await?))
}
