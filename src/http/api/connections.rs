//! `/api/v1/connections`: the SAML identity providers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use serde_json::json;

use super::client::id;
use super::{ApiBody, ApiManager};
use crate::domain::connections::{ConnectionDraft, IdpInitiated};
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::outbound;

/// A new connection: its metadata as XML, or where to fetch it.
#[derive(Debug, Deserialize)]
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
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_connections(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/connections/{id}`
pub async fn delete(ApiManager(client): ApiManager, connection: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.delete_connection(client.by, organization, id("connection", &connection)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
