//! `/api/v1/access-contracts`: what the organization asserts about itself.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::client::id;
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::access::{Never, Who};
use crate::domain::contracts::{ContractDraft, ContractView};
use crate::http::problem::Problem;

/// `{"name","who":{"role"|"group":…},"never":{"permission"|"scope_type"|"scope":…}}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractBody {
    name: String,
    who: Who,
    never: Never,
}

impl From<ContractBody> for ContractDraft {
    fn from(ContractBody { name, who, never }: ContractBody) -> Self {
        Self { name, who, never }
    }
}

/// `GET /api/v1/access-contracts`
#[utoipa::path(
    get, path = "/api/v1/access-contracts", tag = "Access contracts",
    summary = "What the organization asserts about itself",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<ContractView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_contracts(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `POST /api/v1/access-contracts`
#[utoipa::path(
    post, path = "/api/v1/access-contracts", tag = "Access contracts",
    summary = "Make a contract",
    security(("api_key" = ["manage"])),
    request_body = ContractBody,
    responses((status = 201, body = ContractView)),
)]
pub async fn create(
    ApiManager(client): ApiManager,
    ApiBody(body): ApiBody<ContractBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    Ok(HttpResponse::Created().json(client.gateway.create_contract(client.by, organization, body.into()).await?))
}

/// `PUT /api/v1/access-contracts/{id}`
#[utoipa::path(
    put, path = "/api/v1/access-contracts/{id}", tag = "Access contracts",
    summary = "Change a contract",
    security(("api_key" = ["manage"])),
    request_body = ContractBody,
    responses((status = 200, body = ContractView)),
)]
pub async fn change(
    ApiManager(client): ApiManager,
    contract: Path<String>,
    ApiBody(body): ApiBody<ContractBody>,
) -> Result<HttpResponse, Problem> {
    let (contract, organization) = (id("access contract", &contract)?, client.organization());
    Ok(HttpResponse::Ok().json(client.gateway.change_contract(client.by, organization, contract, body.into()).await?))
}

/// `DELETE /api/v1/access-contracts/{id}`
#[utoipa::path(
    delete, path = "/api/v1/access-contracts/{id}", tag = "Access contracts",
    summary = "Delete a contract",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn delete(ApiManager(client): ApiManager, contract: Path<String>) -> Result<HttpResponse, Problem> {
    let (contract, organization) = (id("access contract", &contract)?, client.organization());
    client.gateway.delete_contract(client.by, organization, contract).await?;
    Ok(HttpResponse::NoContent().finish())
}
