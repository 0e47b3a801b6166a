//! AuthZEN access requests: asking for the yes that a denial said is needed, and what has become of it.
//!
//! A request is the approval of `/api/v1/approvals` in the words of AuthZEN; who decides, decides there. What was taken
//! of the draft stands in `docs/decisions/0007-access-requests.md`.

use actix_web::http::header::LOCATION;
use actix_web::web::Path;
use actix_web::{HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::question::{Action, Resource, Subject, holder_kind};
use crate::access::HolderKind;
use crate::domain::approvals::{ApprovalDraft, ApprovalState, ApprovalView};
use crate::domain::{Gateway, GatewayError};
use crate::http::api::client::{id, invalid};
use crate::http::api::{ApiBody, ApiClient};
use crate::http::problem::Problem;
use crate::model::UserId;

/// `{"subject"?,"action","resource","context"?:{"parameters"?,"reason"?}}`: the question that was denied. Without a
/// subject it is the person whose key it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct AccessRequest {
    #[serde(default)]
    subject: Option<Subject>,
    action: Action,
    resource: Resource,
    #[serde(default)]
    context: Circumstances,
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
struct Circumstances {
    #[serde(default)]
    parameters: Value,
    #[serde(default)]
    reason: String,
}

/// Where to ask.
pub(super) fn endpoint(gateway: &Gateway) -> String {
    format!("{}/access/v1/requests", gateway.public_url())
}

/// Who asks: a person for themselves, a key of the organization for whom it names.
async fn asker(client: &ApiClient, subject: Option<&Subject>) -> Result<UserId, Problem> {
    let Some(subject) = subject else {
        return client.caller.user.ok_or_else(|| invalid("`subject` is missing"));
    };
    if holder_kind(&subject.kind)? == HolderKind::ServiceAccount {
        return Err(invalid("a service account asks for nobody's yes"));
    }
    let Some(own) = client.caller.user else { return client.user(&subject.id).await };
    match client.gateway.user_named(client.organization(), &subject.id).await {
        Ok(named) if named == own => Ok(own),
        Ok(_) | Err(GatewayError::NotFound { .. }) => {
            Err(GatewayError::Forbidden("a person asks for themselves".to_owned()).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// A request that goes on while nobody waits for it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Task {
    id: String,
    /// In `task`: `pending`, `approved`, `denied`, `cancelled`, `expired` or `used`. Beside it `withdrawn` for `cancelled`.
    status: String,
    status_endpoint: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A task, and what came of it. The task's members stand beside it too, as they did before the draft had `task`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccessTask {
    task: Task,
    #[serde(flatten)]
    beside: Task,
    /// Once somebody has agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<TaskResult>,
}

/// That the denied question is to be asked again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskResult {
    /// `reevaluate`
    mode: &'static str,
    approval: BroughtApproval,
}

/// What the evaluation brings in its `context`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BroughtApproval {
    id: String,
    #[schema(format = DateTime)]
    approved_until: String,
}

fn task(approval: ApprovalView, gateway: &Gateway) -> AccessTask {
    let is = |state: ApprovalState| approval.state == state.as_str();
    let beside = Task {
        id: approval.id.clone(),
        status: if is(ApprovalState::Open) { "pending".to_owned() } else { approval.state.clone() },
        status_endpoint: format!("{}/{}", endpoint(gateway), approval.id),
        expires_at: approval.expires.clone(),
    };
    let mut task = beside.clone();
    if is(ApprovalState::Withdrawn) {
        "cancelled".clone_into(&mut task.status);
    }
    let approved = is(ApprovalState::Approved);
    let brought = BroughtApproval { id: approval.id, approved_until: approval.expires };
    let result = approved.then_some(TaskResult { mode: "reevaluate", approval: brought });
    AccessTask { task, beside, result }
}

/// `POST /access/v1/requests`
#[utoipa::path(
    post, path = "/access/v1/requests", tag = "Decisions",
    summary = "Ask for the yes that a denial said is needed (AuthZEN)",
    security(("api_key" = [])),
    request_body = AccessRequest,
    responses((status = 201, body = AccessTask)),
)]
pub async fn ask(client: ApiClient, ApiBody(request): ApiBody<AccessRequest>) -> Result<impl Responder, Problem> {
    let subject = asker(&client, request.subject.as_ref()).await?;
    let sought = request.resource.sought(request.action.name)?;
    let Circumstances { parameters, reason } = request.context;
    let draft = ApprovalDraft { subject, sought, parameters, reason };
    let organization = client.organization();
    let asked = client.gateway.ask_approval(client.by, organization, draft).await?;
    let location = format!("/access/v1/requests/{}", asked.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(task(asked, &client.gateway)))
}

/// `GET /access/v1/requests/{id}`
#[utoipa::path(
    get, path = "/access/v1/requests/{id}", tag = "Decisions",
    summary = "What has become of a request (AuthZEN)",
    security(("api_key" = [])),
    responses((status = 200, body = AccessTask)),
)]
pub async fn show(client: ApiClient, path: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("approval", &path)?);
    let approval = client.gateway.approval(organization, id, client.caller.user).await?;
    Ok(HttpResponse::Ok().json(task(approval, &client.gateway)))
}
