//! `/console/audit`: the log, searched and paged, and one entry with its difference.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::difference::{Attribute, attributes};
use super::text::{link, moment};
use super::{ConsoleAuditor, ConsoleClient, ConsoleError, Frame};
use crate::audit::Action;
use crate::domain::GatewayError;
use crate::domain::ledger::EntryQuery;
use crate::domain::views::{LogPage, LoggedEntry};
use crate::http::page::page;
use crate::model::Timestamp;

/// Entries on one page.
const PAGE: usize = 50;
/// A day.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// What is searched for, as it was typed.
#[derive(Debug, Default)]
pub struct Filter {
    pub action: String,
    pub outcome: String,
    pub actor: String,
    pub target: String,
    pub request: String,
    pub since: String,
    pub until: String,
}

/// The log.
#[derive(Debug, Template)]
#[template(path = "console/audit.html")]
pub struct AuditPage {
    pub frame: Frame,
    pub filter: Filter,
    /// Why the search makes no sense.
    pub error: Option<String>,
    pub is_first: bool,
    pub entries: Vec<LoggedEntry>,
    pub next: Option<String>,
}

impl AuditPage {
    fn actions(&self) -> &'static [Action] {
        Action::ALL
    }
}

impl Filter {
    fn of(client: &ConsoleClient) -> Self {
        Self {
            action: client.text("action"),
            outcome: client.text("outcome"),
            actor: client.text("actor"),
            target: client.text("target"),
            request: client.text("request"),
            since: client.text("since"),
            until: client.text("until"),
        }
    }

    fn query(&self) -> Result<EntryQuery, String> {
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Ok(EntryQuery {
            action: text(&self.action),
            outcome: text(&self.outcome),
            actor: text(&self.actor),
            target: text(&self.target),
            request: text(&self.request),
            since: day(&self.since)?,
            until: day(&self.until)?.map(|until| if self.until.len() == 10 { until.plus(DAY) } else { until }),
        })
    }

    /// The same search, from `cursor` on.
    fn link(&self, cursor: &str) -> String {
        let Self { action, outcome, actor, target, request, since, until } = self;
        let parameters = [
            ("action", action),
            ("outcome", outcome),
            ("actor", actor),
            ("target", target),
            ("request", request),
            ("since", since),
            ("until", until),
        ];
        let mut parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        parameters.push(("cursor", cursor));
        link("/console/audit", &parameters)
    }
}

/// The start of a day, `2026-11-22`, or an RFC 3339 moment; nothing of nothing.
fn day(text: &str) -> Result<Option<Timestamp>, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    match Timestamp::parse_rfc3339(&whole) {
        Some(moment) => Ok(Some(moment)),
        None if text.is_empty() => Ok(None),
        None => Err("From and to are days, such as 2026-11-22, or moments, such as 2026-11-22T08:15:30Z.".to_owned()),
    }
}

/// `GET /console/audit/export`: the whole log as a file.
pub async fn export(ConsoleAuditor(client): ConsoleAuditor) -> HttpResponse {
    crate::http::export::log(client.gateway.clone(), &client.by, client.organization())
}

/// `GET /console/audit?action=&outcome=&actor=&target=&request=&since=&until=&cursor=`
pub async fn list(ConsoleAuditor(client): ConsoleAuditor) -> Result<HttpResponse, ConsoleError> {
    let filter = Filter::of(&client);
    let cursor: Option<i64> = client.text("cursor").parse().ok();
    let (organization, is_first) = (client.organization(), cursor.is_none());
    let (found, error) = match filter.query() {
        Ok(query) => (client.gateway.search_log(&client.by, organization, query, cursor, PAGE).await?, None),
        Err(error) => (LogPage::default(), Some(error)),
    };
    let next = found.next.map(|next| filter.link(&next.to_string()));
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page(status, &AuditPage { frame: client.frame, filter, error, is_first, entries: found.entries, next }))
}

/// One entry.
#[derive(Debug, Template)]
#[template(path = "console/audit_entry.html")]
pub struct EntryPage {
    pub frame: Frame,
    pub entry: LoggedEntry,
    pub difference: Vec<Attribute>,
    pub detail: Vec<Attribute>,
}

/// `GET /console/audit/{position}`
pub async fn show(
    ConsoleAuditor(client): ConsoleAuditor,
    position: Path<String>,
) -> Result<HttpResponse, ConsoleError> {
    let position: i64 = position.parse().map_err(|_| GatewayError::not_found("audit entry", &position))?;
    let entry = client.gateway.log_entry(&client.by, client.organization(), position).await?;
    let difference = attributes(entry.before.as_ref(), entry.after.as_ref());
    let detail = attributes(None, entry.detail.as_ref());
    Ok(page(StatusCode::OK, &EntryPage { frame: client.frame, entry, difference, detail }))
}

#[cfg(test)]
pub fn sample_entry() -> LoggedEntry {
    use super::tests::{HOSTILE, id, now};
    let hostile = || Some(HOSTILE.to_owned());
    let user = crate::domain::views::Named {
        kind: "user".to_owned(),
        id: Some(id::<crate::model::UserId>().to_string()),
        name: hostile(),
    };
    LoggedEntry {
        position: 41,
        at: now().rfc3339(),
        action: "user.replaced".to_owned(),
        outcome: "refused".to_owned(),
        actor: user.clone(),
        target: user,
        scope: hostile(),
        reason: hostile(),
        count: 3,
        request: Some(id::<crate::model::RequestId>().to_string()),
        ip: Some("192.0.2.1".to_owned()),
        user_agent: hostile(),
        before: Some(serde_json::json!({ "displayName": HOSTILE })),
        after: Some(serde_json::json!({ HOSTILE: { "given": HOSTILE } })),
        detail: Some(serde_json::json!({ "note": HOSTILE })),
    }
}

#[cfg(test)]
impl AuditPage {
    pub fn sample() -> Self {
        let hostile = || super::tests::HOSTILE.to_owned();
        let filter = Filter { actor: hostile(), target: hostile(), request: hostile(), ..Filter::default() };
        let (error, next) = (Some(hostile()), Some(filter.link("17")));
        Self { frame: Frame::sample(), filter, error, is_first: false, entries: vec![sample_entry()], next }
    }
}

#[cfg(test)]
impl EntryPage {
    pub fn sample() -> Self {
        let entry = sample_entry();
        let difference = attributes(entry.before.as_ref(), entry.after.as_ref());
        let detail = attributes(None, entry.detail.as_ref());
        Self { frame: Frame::sample(), entry, difference, detail }
    }
}
