//! `/api/v1/audit-events`: the log, newest first, and what applications add to it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiAuditor, ApiBody, ApiManager};
use crate::domain::ledger::EntryQuery;
use crate::http::problem::Problem;
use crate::http::saml::parameter;
use crate::model::Timestamp;

/// Entries of one page, unless fewer are asked for.
const PAGE: usize = 100;
/// Entries of one page at most.
const MAX_PAGE: usize = 1_000;

/// `GET /api/v1/audit-events?action=&outcome=&actor=&target=&request_id=&since=&until=&cursor=&limit=`
pub async fn list(ApiAuditor(client): ApiAuditor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = request.query_string().as_bytes();
    let text = |name| parameter(query, name).filter(|value| !value.is_empty());
    let invalid =
        |detail: &str| Problem::new(StatusCode::BAD_REQUEST, "invalid", "The request makes no sense").detail(detail);
    let moment = |name| {
        let parsed = |value: String| {
            Timestamp::parse_rfc3339(&value).ok_or_else(|| invalid("`since` and `until` are RFC 3339 dates and times"))
        };
        text(name).map(parsed).transpose()
    };
    let selection = EntryQuery {
        action: text("action"),
        outcome: text("outcome"),
        actor: text("actor"),
        target: text("target"),
        request: text("request_id"),
        since: moment("since")?,
        until: moment("until")?,
    };
    let before = text("cursor")
        .map(|cursor| cursor.parse::<i64>().map_err(|_| invalid("`cursor` is not one of ours")))
        .transpose()?;
    let limit = text("limit")
        .map(|limit| limit.parse::<usize>().map_err(|_| invalid("`limit` is a whole number")))
        .transpose()?;
    let limit = limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let page = client.gateway.read_audit(&client.by, client.organization(), selection, before, limit).await?;
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
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next_cursor": page.next.map(|next| next.to_string()) })))
}

/// An event of the application's own: data access, an outbound action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationEvent {
    name: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    detail: Value,
}

/// `POST /api/v1/audit-events`
pub async fn record(
    ApiManager(client): ApiManager,
    ApiBody(event): ApiBody<ApplicationEvent>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client
        .gateway
        .record_application_event(client.by, organization, &event.name, event.subject.as_deref(), event.detail)
        .await?;
    Ok(HttpResponse::Created().json(json!({})))
}
