//! `/api/v1/service-accounts`: programs that hold roles. Their keys are made at `/api/v1/api-keys`.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::client::id;
use super::people::{AssignmentBody, Made};
use super::{ApiBody, ApiDelegate, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::assignments::AssignmentView;
use crate::domain::service_accounts::ServiceAccountView;
use crate::http::problem::Problem;

/// `{"name","description"?}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServiceAccount {
    name: String,
    #[serde(default)]
    description: String,
}

/// `POST /api/v1/service-accounts`
#[utoipa::path(
    post, path = "/api/v1/service-accounts", tag = "Service accounts",
    summary = "Make a service account",
    security(("api_key" = ["manage"])),
    request_body = NewServiceAccount,
    responses((status = 201, body = ServiceAccountView)),
)]
pub async fn create(
    ApiManager(client): ApiManager,
    ApiBody(new): ApiBody<NewServiceAccount>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let made = client.gateway.create_service_account(client.by, organization, &new.name, &new.description).await?;
    Ok(HttpResponse::Created().json(made))
}

/// `GET /api/v1/service-accounts`
#[utoipa::path(
    get, path = "/api/v1/service-accounts", tag = "Service accounts",
    summary = "The service accounts",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<ServiceAccountView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_service_accounts(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `DELETE /api/v1/service-accounts/{id}`
#[utoipa::path(
    delete, path = "/api/v1/service-accounts/{id}", tag = "Service accounts",
    summary = "Delete a service account",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn delete(ApiManager(client): ApiManager, account: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, account) = (client.organization(), client.service_account(&account).await?);
    client.gateway.delete_service_account(client.by, organization, account).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/service-accounts/{id}/assignments`
#[utoipa::path(
    post, path = "/api/v1/service-accounts/{id}/assignments", tag = "Service accounts",
    summary = "Give a role in a scope",
    security(("api_key" = ["manage-part"])),
    request_body = AssignmentBody,
    responses((status = 201, body = Made)),
)]
pub async fn assign(
    ApiDelegate(client): ApiDelegate,
    account: Path<String>,
    ApiBody(body): ApiBody<AssignmentBody>,
) -> Result<HttpResponse, Problem> {
    let draft = body.draft()?;
    let (organization, account) = (client.organization(), client.service_account(&account).await?);
    let id = client.gateway.assign_role(client.by, organization, account, draft).await?;
    Ok(HttpResponse::Created().json(Made { id }))
}

/// `GET /api/v1/service-accounts/{id}/assignments`
#[utoipa::path(
    get, path = "/api/v1/service-accounts/{id}/assignments", tag = "Service accounts",
    summary = "The roles that a service account holds",
    security(("api_key" = ["manage-part"])),
    params(Listing),
    responses((status = 200, body = Listed<AssignmentView>)),
)]
pub async fn assignments(
    ApiDelegate(client): ApiDelegate,
    account: Path<String>,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let account = client.service_account(&account).await?;
    let items = client.gateway.list_assignments(&client.by, client.organization(), account).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id.clone())?))
}

/// `DELETE /api/v1/service-accounts/{id}/assignments/{assignment_id}`
#[utoipa::path(
    delete, path = "/api/v1/service-accounts/{id}/assignments/{assignment_id}", tag = "Service accounts",
    summary = "Take a role away",
    security(("api_key" = ["manage-part"])),
    responses((status = 204)),
)]
pub async fn unassign(ApiDelegate(client): ApiDelegate, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (account, assignment) = path.into_inner();
    let (account, assignment) = (client.service_account(&account).await?, id("assignment", &assignment)?);
    let organization = client.organization();
    client.gateway.end_assignment(client.by, organization, account, assignment).await?;
    Ok(HttpResponse::NoContent().finish())
}
