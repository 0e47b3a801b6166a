//! `/api/v1/catalogue`: the catalogue that the organization runs, and another in its place.

use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::client::page_of;
use super::{ApiBody, ApiManager};
use crate::http::problem::Problem;

/// `{"catalogue": "<TOML>"}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueBody {
    catalogue: String,
}

/// `GET /api/v1/catalogue`
pub async fn show(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let (name, text) = client.gateway.catalogue(client.organization()).await?;
    Ok(HttpResponse::Ok()
        .json(json!({ "key": name.key, "title": name.title, "digest": name.digest, "catalogue": text })))
}

/// `POST /api/v1/catalogue/preview?offset=&limit=`: what it would do; nothing is changed.
pub async fn preview(
    ApiManager(client): ApiManager,
    request: HttpRequest,
    ApiBody(body): ApiBody<CatalogueBody>,
) -> Result<HttpResponse, Problem> {
    let page = page_of(&request)?;
    Ok(HttpResponse::Ok().json(client.gateway.preview_catalogue(client.organization(), body.catalogue, page).await?))
}

/// `PUT /api/v1/catalogue`
pub async fn apply(
    ApiManager(client): ApiManager,
    ApiBody(body): ApiBody<CatalogueBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    Ok(HttpResponse::Ok().json(client.gateway.apply_catalogue(client.by, organization, body.catalogue).await?))
}
