//! AuthZEN access requests: asking for the yes that a denial said is needed, and what has become of it.
//!
//! A request is the approval of `/api/v1/approvals` in the words of AuthZEN; who decides, decides there. What was taken
//! of the draft stands in `docs/decisions/0007-access-requests.md`.

use actix_web::http::header::LOCATION;
use actix_web::web::Path;
use actix_web::{HttpResponse, Responder};
use serde::Deserialize;
use serde_json::{Value, json};

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
#[derive(Debug, Deserialize)]
pub struct AccessRequest {
    #[serde(default)]
    subject: Option<Subject>,
    action: Action,
    resource: Resource,
    #[serde(default)]
    context: Circumstances,
}

#[derive(Debug, Default, Deserialize)]
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

/// The request as a task that goes on while nobody waits for it, and once somebody has agreed, what the evaluation brings.
/// The task's members stand beside it too, as they did before the draft had `task`.
fn task(approval: &ApprovalView, gateway: &Gateway) -> Value {
    let task = |status: &str| {
        json!({
            "id": approval.id,
            "status": status,
            "status_endpoint": format!("{}/{}", endpoint(gateway), approval.id),
            "expires_at": approval.expires,
        })
    };
    let is = |state: ApprovalState| approval.state == state.as_str();
    let state = if is(ApprovalState::Open) { "pending" } else { approval.state.as_str() };
    let mut told = task(state);
    told["task"] = task(if is(ApprovalState::Withdrawn) { "cancelled" } else { state });
    if is(ApprovalState::Approved) {
        let approval = json!({ "id": approval.id, "approved_until": approval.expires });
        told["result"] = json!({ "mode": "reevaluate", "approval": approval });
    }
    told
}

/// `POST /access/v1/requests`
pub async fn ask(client: ApiClient, ApiBody(request): ApiBody<AccessRequest>) -> Result<impl Responder, Problem> {
    let subject = asker(&client, request.subject.as_ref()).await?;
    let sought = request.resource.sought(request.action.name)?;
    let Circumstances { parameters, reason } = request.context;
    let draft = ApprovalDraft { subject, sought, parameters, reason };
    let organization = client.organization();
    let asked = client.gateway.ask_approval(client.by, organization, draft).await?;
    let location = format!("/access/v1/requests/{}", asked.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(task(&asked, &client.gateway)))
}

/// `GET /access/v1/requests/{id}`
pub async fn show(client: ApiClient, path: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("approval", &path)?);
    let approval = client.gateway.approval(organization, id, client.caller.user).await?;
    Ok(HttpResponse::Ok().json(task(&approval, &client.gateway)))
}
