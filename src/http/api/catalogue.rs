//! `/api/v1/catalogue`: the catalogue that the organization runs, and another in its place.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

use super::list::PageQuery;
use super::{ApiBody, ApiManager, ApiQuery};
use crate::domain::catalogues::{CatalogueImpact, CatalogueName};
use crate::http::problem::Problem;

/// `{"catalogue": "<TOML>"}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogueBody {
    catalogue: String,
}

/// A catalogue and its name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CatalogueText {
    #[serde(flatten)]
    name: CatalogueName,
    /// TOML.
    catalogue: String,
}

/// `GET /api/v1/catalogue`
#[utoipa::path(
    get, path = "/api/v1/catalogue", tag = "Catalogue",
    summary = "The catalogue that the organization runs",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = CatalogueText)),
)]
pub async fn show(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let (name, catalogue) = client.gateway.catalogue(client.organization()).await?;
    Ok(HttpResponse::Ok().json(CatalogueText { name, catalogue }))
}

/// `POST /api/v1/catalogue/preview?offset=&limit=`: what it would do; nothing is changed.
#[utoipa::path(
    post, path = "/api/v1/catalogue/preview", tag = "Catalogue",
    summary = "What another catalogue would do",
    security(("api_key" = ["manage"])),
    params(PageQuery),
    request_body = CatalogueBody,
    responses((status = 200, body = CatalogueImpact)),
)]
pub async fn preview(
    ApiManager(client): ApiManager,
    ApiQuery(page): ApiQuery<PageQuery>,
    ApiBody(body): ApiBody<CatalogueBody>,
) -> Result<HttpResponse, Problem> {
    let told = client.gateway.preview_catalogue(client.organization(), body.catalogue, page.into()).await?;
    Ok(HttpResponse::Ok().json(told))
}

/// `PUT /api/v1/catalogue`
#[utoipa::path(
    put, path = "/api/v1/catalogue", tag = "Catalogue",
    summary = "Put another catalogue in its place",
    security(("api_key" = ["manage"])),
    request_body = CatalogueBody,
    responses((status = 200, body = CatalogueImpact)),
)]
pub async fn apply(
    ApiManager(client): ApiManager,
    ApiBody(body): ApiBody<CatalogueBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    Ok(HttpResponse::Ok().json(client.gateway.apply_catalogue(client.by, organization, body.catalogue).await?))
}
