//! `/api/v1/service-accounts`: programs that hold roles. Their keys are made at `/api/v1/api-keys`.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;

use super::client::id;
use super::people::AssignmentBody;
use super::{ApiBody, ApiDelegate, ApiManager};
use crate::http::problem::Problem;

/// `{"name","description"?}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewServiceAccount {
    name: String,
    #[serde(default)]
    description: String,
}

/// `POST /api/v1/service-accounts`
pub async fn create(
    ApiManager(client): ApiManager,
    ApiBody(new): ApiBody<NewServiceAccount>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let made = client.gateway.create_service_account(client.by, organization, &new.name, &new.description).await?;
    Ok(HttpResponse::Created().json(made))
}

/// `GET /api/v1/service-accounts`
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_service_accounts(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/service-accounts/{id}`
pub async fn delete(ApiManager(client): ApiManager, account: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, account) = (client.organization(), client.service_account(&account).await?);
    client.gateway.delete_service_account(client.by, organization, account).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/service-accounts/{id}/assignments`
pub async fn assign(
    ApiDelegate(client): ApiDelegate,
    account: Path<String>,
    ApiBody(body): ApiBody<AssignmentBody>,
) -> Result<HttpResponse, Problem> {
    let draft = body.draft()?;
    let (organization, account) = (client.organization(), client.service_account(&account).await?);
    let made = client.gateway.assign_role(client.by, organization, account, draft).await?;
    Ok(HttpResponse::Created().json(json!({ "id": made })))
}

/// `GET /api/v1/service-accounts/{id}/assignments`
pub async fn assignments(ApiDelegate(client): ApiDelegate, account: Path<String>) -> Result<HttpResponse, Problem> {
    let account = client.service_account(&account).await?;
    let items = client.gateway.list_assignments(&client.by, client.organization(), account).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/service-accounts/{id}/assignments/{assignment_id}`
pub async fn unassign(ApiDelegate(client): ApiDelegate, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (account, assignment) = path.into_inner();
    let (account, assignment) = (client.service_account(&account).await?, id("assignment", &assignment)?);
    let organization = client.organization();
    client.gateway.end_assignment(client.by, organization, account, assignment).await?;
    Ok(HttpResponse::NoContent().finish())
}
