//! `/api/v1/approvals`: asking for what is held back, and saying yes or no to it.
//!
//! A person acts with a key of their own. A key of the organization acts for the person that it names, as applications
//! vouch for their users in evaluations too.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::Value;

use super::client::{id, invalid};
use super::list::{MAX_PAGE, PAGE};
use super::{ApiBody, ApiClient, ApiQuery, Listed};
use crate::domain::approvals::listing::ApprovalQuery;
use crate::domain::approvals::{ApprovalDraft, ApprovalState, ApprovalView, Verdict};
use crate::http::decision::question::{Action, Resource};
use crate::http::problem::Problem;
use crate::model::{ApprovalId, UserId};

/// `{"user"?,"action":{"name"},"resource":{"type","id","properties":{"scope"}},"parameters"?,"reason"?}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBody {
    #[serde(default)]
    user: Option<String>,
    action: Action,
    resource: Resource,
    #[serde(default)]
    parameters: Value,
    #[serde(default)]
    reason: String,
}

/// `{"user"?,"note"?}`
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideBody {
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

/// Which requests.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ApprovalsQuery {
    /// `open`, `approved`, `denied`, `withdrawn`, `used` or `expired`.
    state: Option<String>,
    /// Requests of one page, at most; 100 unless fewer or more are asked for, never more than 1,000.
    #[param(minimum = 0)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<ApprovalId>,
}

/// For whom the caller acts: a person for themselves, a key of the organization for whom it names.
async fn acting(client: &ApiClient, named: Option<&str>) -> Result<UserId, Problem> {
    match (client.caller.user, named) {
        (Some(own), None) => Ok(own),
        (None, Some(name)) => client.user(name).await,
        (Some(_), Some(_)) => Err(invalid("a person acts for themselves: leave `user` out")),
        (None, None) => Err(invalid("a key of the organization names the `user` it acts for")),
    }
}

/// `POST /api/v1/approvals`
#[utoipa::path(
    post, path = "/api/v1/approvals", tag = "Approvals",
    summary = "Ask for the yes that an action needs",
    security(("api_key" = [])),
    request_body = AskBody,
    responses((status = 201, body = ApprovalView)),
)]
pub async fn ask(client: ApiClient, ApiBody(body): ApiBody<AskBody>) -> Result<HttpResponse, Problem> {
    let subject = acting(&client, body.user.as_deref()).await?;
    let sought = body.resource.sought(body.action.name)?;
    let draft = ApprovalDraft { subject, sought, parameters: body.parameters, reason: body.reason };
    let organization = client.organization();
    Ok(HttpResponse::Created().json(client.gateway.ask_approval(client.by, organization, draft).await?))
}

/// `GET /api/v1/approvals?state=&cursor=&limit=`, the newest first; for a person, those they made or may decide on.
#[utoipa::path(
    get, path = "/api/v1/approvals", tag = "Approvals",
    summary = "Requests for approval, the newest first",
    security(("api_key" = [])),
    params(ApprovalsQuery),
    responses((status = 200, body = Listed<ApprovalView>)),
)]
pub async fn list(client: ApiClient, ApiQuery(asked): ApiQuery<ApprovalsQuery>) -> Result<HttpResponse, Problem> {
    let query = ApprovalQuery {
        state: asked.state.map(|state| parse_state(&state)).transpose()?,
        person: client.caller.user,
        before: asked.cursor,
        limit: asked.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE),
    };
    let page = client.gateway.list_approvals(client.organization(), query).await?;
    Ok(HttpResponse::Ok().json(Listed { items: page.items, next_cursor: page.next.map(|next| next.to_string()) }))
}

fn parse_state(state: &str) -> Result<ApprovalState, Problem> {
    let refused = || {
        let quoted: String = state.chars().take(64).collect();
        let words = ApprovalState::ALL.map(ApprovalState::as_str).join("`, `");
        invalid(format!("`{quoted}` is no state of a request: there are `{words}`"))
    };
    ApprovalState::parse(state).ok_or_else(refused)
}

/// `GET /api/v1/approvals/{id}`
#[utoipa::path(
    get, path = "/api/v1/approvals/{id}", tag = "Approvals",
    summary = "One request for approval",
    security(("api_key" = [])),
    responses((status = 200, body = ApprovalView)),
)]
pub async fn read(client: ApiClient, path: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("approval", &path)?);
    Ok(HttpResponse::Ok().json(client.gateway.approval(organization, id, client.caller.user).await?))
}

async fn decide(client: ApiClient, path: &str, body: DecideBody, verdict: Verdict) -> Result<HttpResponse, Problem> {
    let approver = acting(&client, body.user.as_deref()).await?;
    let (organization, id) = (client.organization(), id("approval", path)?);
    let decided = client.gateway.decide_approval(client.by, organization, id, approver, verdict, body.note).await?;
    Ok(HttpResponse::Ok().json(decided))
}

/// `POST /api/v1/approvals/{id}/approve`
#[utoipa::path(
    post, path = "/api/v1/approvals/{id}/approve", tag = "Approvals",
    summary = "Say yes to a request",
    security(("api_key" = [])),
    request_body = DecideBody,
    responses((status = 200, body = ApprovalView)),
)]
pub async fn approve(
    client: ApiClient,
    path: Path<String>,
    ApiBody(body): ApiBody<DecideBody>,
) -> Result<HttpResponse, Problem> {
    decide(client, &path, body, Verdict::Approve).await
}

/// `POST /api/v1/approvals/{id}/deny`
#[utoipa::path(
    post, path = "/api/v1/approvals/{id}/deny", tag = "Approvals",
    summary = "Say no to a request",
    security(("api_key" = [])),
    request_body = DecideBody,
    responses((status = 200, body = ApprovalView)),
)]
pub async fn deny(
    client: ApiClient,
    path: Path<String>,
    ApiBody(body): ApiBody<DecideBody>,
) -> Result<HttpResponse, Problem> {
    decide(client, &path, body, Verdict::Deny).await
}

/// `POST /api/v1/approvals/{id}/withdraw`
#[utoipa::path(
    post, path = "/api/v1/approvals/{id}/withdraw", tag = "Approvals",
    summary = "Take a request back",
    security(("api_key" = [])),
    responses((status = 200, body = ApprovalView)),
)]
pub async fn withdraw(client: ApiClient, path: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("approval", &path)?);
    let asker = client.caller.user;
    Ok(HttpResponse::Ok().json(client.gateway.withdraw_approval(client.by, organization, id, asker).await?))
}
