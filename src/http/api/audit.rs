//! `/api/v1/audit-events`: the log, newest first, and what applications add to it.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::invalid;
use super::list::{MAX_PAGE, PAGE};
use super::{ApiAuditor, ApiBody, ApiManager, ApiQuery, Listed};
use crate::domain::ledger::EntryQuery;
use crate::http::problem::Problem;
use crate::model::Timestamp;

/// Which entries: all that is given must fit.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// An action of `docs/audit.md`, such as `role.changed`.
    action: Option<String>,
    /// `done`, `refused` or `failed`.
    outcome: Option<String>,
    /// Who acted: an id.
    actor: Option<String>,
    /// What it was done to: an id.
    target: Option<String>,
    /// The request that caused it: `X-Request-Id` of its answer.
    request_id: Option<String>,
    /// From this moment on (RFC 3339).
    #[param(format = DateTime)]
    since: Option<String>,
    /// Before this moment (RFC 3339).
    #[param(format = DateTime)]
    until: Option<String>,
    /// Entries of one page, at most; 100 unless fewer or more are asked for, never more than 1,000.
    #[param(minimum = 0)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<i64>,
}

fn moment(text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let parsed = |text: String| {
        Timestamp::parse_rfc3339(&text).ok_or_else(|| invalid("`since` and `until` are RFC 3339 dates and times"))
    };
    text.map(parsed).transpose()
}

/// `GET /api/v1/audit-events?action=&outcome=&actor=&target=&request_id=&since=&until=&cursor=&limit=`
#[utoipa::path(
    get, path = "/api/v1/audit-events", tag = "Audit",
    summary = "Entries of the log, the newest first",
    security(("api_key" = ["audit"])),
    params(AuditQuery),
    responses((status = 200, body = Listed<serde_json::Value>)),
)]
pub async fn list(
    ApiAuditor(client): ApiAuditor,
    ApiQuery(asked): ApiQuery<AuditQuery>,
) -> Result<HttpResponse, Problem> {
    let selection = EntryQuery {
        action: asked.action,
        outcome: asked.outcome,
        actor: asked.actor,
        target: asked.target,
        request: asked.request_id,
        since: moment(asked.since)?,
        until: moment(asked.until)?,
    };
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let page = client.gateway.read_audit(&client.by, client.organization(), selection, asked.cursor, limit).await?;
    let items: Vec<Value> = page
        .entries
        .into_iter()
        .map(|(position, mut entry)| {
            if let Some(entry) = entry.as_object_mut() {
                entry.insert("index".to_owned(), json!(position));
            }
            entry
        })
        .collect();
    Ok(HttpResponse::Ok().json(Listed { items, next_cursor: page.next.map(|next| next.to_string()) }))
}

/// An event of the application's own: data access, an outbound action.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationEvent {
    name: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    detail: Value,
}

/// The event is in the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Recorded {}

/// `POST /api/v1/audit-events`
#[utoipa::path(
    post, path = "/api/v1/audit-events", tag = "Audit",
    summary = "Add an event of the application",
    security(("api_key" = ["manage"])),
    request_body = ApplicationEvent,
    responses((status = 201, body = Recorded)),
)]
pub async fn record(
    ApiManager(client): ApiManager,
    ApiBody(event): ApiBody<ApplicationEvent>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client
        .gateway
        .record_application_event(client.by, organization, &event.name, event.subject.as_deref(), event.detail)
        .await?;
    Ok(HttpResponse::Created().json(Recorded {}))
}

/// `GET /api/v1/audit-events/export`: JSON Lines, in the order of the log.
#[utoipa::path(
    get, path = "/api/v1/audit-events/export", tag = "Audit",
    summary = "The whole log, to be verified elsewhere",
    security(("api_key" = ["audit"])),
    responses((status = 200, body = String, content_type = "application/x-ndjson")),
)]
pub async fn export(ApiAuditor(client): ApiAuditor) -> HttpResponse {
    crate::http::export::log(client.gateway.clone(), &client.by, client.organization())
}

/// `GET /api/v1/audit-events/checkpoint`: a C2SP signed note.
#[utoipa::path(
    get, path = "/api/v1/audit-events/checkpoint", tag = "Audit",
    summary = "The newest signed checkpoint of the log",
    security(("api_key" = ["audit"])),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, description = "Nothing was signed yet.")),
)]
pub async fn checkpoint(ApiAuditor(client): ApiAuditor) -> Result<HttpResponse, Problem> {
    let note = client.gateway.newest_checkpoint(client.organization()).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(note))
}
