//! `/api/v1/directories/{id}/clients`: programs that fetch their directory's tokens themselves.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

use super::client::id;
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::oauth::OauthClientView;
use crate::http::problem::Problem;
use crate::model::OauthClientId;

/// A new client.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    name: String,
    /// A public key or certificate in PEM: the client signs assertions, and has no secret.
    #[serde(default)]
    public_key: Option<String>,
}

/// A client that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeClient {
    client_id: OauthClientId,
    /// Shown this once; none if it signs assertions.
    client_secret: Option<String>,
    token_endpoint: String,
}

/// `GET /api/v1/directories/{id}/clients`
#[utoipa::path(
    get, path = "/api/v1/directories/{id}/clients", tag = "Directories",
    summary = "The programs that fetch tokens themselves",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<OauthClientView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let directory = id("directory", &directory)?;
    let items = client.gateway.oauth_clients(client.organization(), directory).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `POST /api/v1/directories/{id}/clients`
#[utoipa::path(
    post, path = "/api/v1/directories/{id}/clients", tag = "Directories",
    summary = "Make a client that fetches tokens itself",
    security(("api_key" = ["manage"])),
    request_body = NewClient,
    responses((status = 201, body = MadeClient)),
)]
pub async fn create(
    ApiManager(client): ApiManager,
    directory: Path<String>,
    ApiBody(new): ApiBody<NewClient>,
) -> Result<HttpResponse, Problem> {
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    let token_endpoint = client.gateway.token_endpoint();
    let (client_id, secret) =
        client.gateway.create_oauth_client(client.by, organization, directory, new.name, new.public_key).await?;
    let client_secret = secret.map(|secret| secret.expose().to_owned());
    Ok(HttpResponse::Created().json(MadeClient { client_id, client_secret, token_endpoint }))
}

/// `DELETE /api/v1/directories/{id}/clients/{client_id}`
#[utoipa::path(
    delete, path = "/api/v1/directories/{id}/clients/{client_id}", tag = "Directories",
    summary = "Delete a client with all its tokens",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn delete(ApiManager(client): ApiManager, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (directory, oauth_client) = path.into_inner();
    let (directory, oauth_client) = (id("directory", &directory)?, id("client", &oauth_client)?);
    let organization = client.organization();
    client.gateway.delete_oauth_client(client.by, organization, directory, oauth_client).await?;
    Ok(HttpResponse::NoContent().finish())
}
