//! `/api/v1/connections`: the SAML identity providers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;

use super::client::id;
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::connections::{ConnectionDraft, ConnectionView, IdpInitiated};
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::outbound;

/// A new connection: its metadata as XML, or where to fetch it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    name: String,
    #[serde(default)]
    metadata_xml: Option<String>,
    #[serde(default)]
    metadata_url: Option<String>,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    just_in_time: bool,
    #[serde(default)]
    idp_initiated: Option<String>,
    #[serde(default)]
    allow_cbc: bool,
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid", "The request makes no sense").detail(detail)
}

/// `POST /api/v1/connections`
#[utoipa::path(
    post, path = "/api/v1/connections", tag = "Connections",
    summary = "Connect a SAML identity provider",
    security(("api_key" = ["manage"])),
    request_body = NewConnection,
    responses((status = 201, body = ConnectionView)),
)]
pub async fn create(
    context: Data<Context>,
    ApiManager(client): ApiManager,
    ApiBody(new): ApiBody<NewConnection>,
) -> Result<HttpResponse, Problem> {
    let metadata_xml = match (new.metadata_xml, new.metadata_url) {
        (Some(xml), None) => xml,
        (None, Some(url)) => fetched(&context, &url).await?,
        (Some(_), Some(_)) | (None, None) => return Err(invalid("give `metadata_xml` or `metadata_url`, one of them")),
    };
    let idp_initiated = match new.idp_initiated.as_deref() {
        None => IdpInitiated::Off,
        Some(word) => {
            IdpInitiated::parse(word).ok_or_else(|| invalid("`idp_initiated` is `off`, `restart` or `allow`"))?
        }
    };
    let draft = ConnectionDraft {
        name: new.name,
        metadata_xml,
        domains: new.domains,
        just_in_time: new.just_in_time,
        idp_initiated,
        allow_cbc: new.allow_cbc,
    };
    let organization = client.organization();
    let made = client.gateway.create_connection(client.by, organization, draft).await?;
    Ok(HttpResponse::Created().json(made))
}

async fn fetched(context: &Context, url: &str) -> Result<String, Problem> {
    let hosts = context.config.outbound().private_hosts().iter().map(|host| host.to_lowercase()).collect();
    outbound::metadata(url, hosts).await.map_err(|error| invalid(format!("the metadata cannot be fetched: {error}")))
}

/// `GET /api/v1/connections`
#[utoipa::path(
    get, path = "/api/v1/connections", tag = "Connections",
    summary = "The SAML identity providers",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<ConnectionView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_connections(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `DELETE /api/v1/connections/{id}`
#[utoipa::path(
    delete, path = "/api/v1/connections/{id}", tag = "Connections",
    summary = "Disconnect an identity provider",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn delete(ApiManager(client): ApiManager, connection: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.delete_connection(client.by, organization, id("connection", &connection)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
