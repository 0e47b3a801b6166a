//! `/console/approvals`: what waits for somebody's yes, and what was decided last.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::moment;
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::approvals::listing::ApprovalQuery;
use crate::domain::approvals::{ApprovalState, ApprovalView, Verdict};
use crate::http::api::client::id;
use crate::http::page::page;
use crate::http::saml::see_other;

/// Requests of each list.
const MOST: usize = 50;

/// A request, and who asks.
#[derive(Debug)]
pub struct Request {
    pub asker: String,
    pub approval: ApprovalView,
}

/// What waits, and what does not any more.
#[derive(Debug, Template)]
#[template(path = "console/approvals.html")]
pub struct ApprovalsPage {
    pub frame: Frame,
    pub waiting: Vec<Request>,
    pub settled: Vec<Request>,
}

impl Request {
    fn resource(&self) -> String {
        let text = |member: &str| self.approval.resource.get(member).and_then(serde_json::Value::as_str).unwrap_or("–");
        format!("{} {}", text("type"), text("id"))
    }
}

async fn requests(client: &ConsoleClient, state: Option<ApprovalState>) -> Result<Vec<Request>, ConsoleError> {
    let query = ApprovalQuery { state, person: None, before: None, limit: MOST };
    let found = client.gateway.list_approvals(client.organization(), query).await?.items;
    let askers = found.iter().map(|approval| approval.subject.clone()).collect();
    let names = client.gateway.user_names(client.organization(), askers).await?;
    let named = |approval: ApprovalView| Request {
        asker: names.get(&approval.subject).cloned().unwrap_or_else(|| approval.subject.clone()),
        approval,
    };
    Ok(found.into_iter().map(named).collect())
}

/// `GET /console/approvals`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    let waiting = requests(&client, Some(ApprovalState::Open)).await?;
    let mut settled = requests(&client, None).await?;
    settled.retain(|request| request.approval.state != ApprovalState::Open.as_str());
    Ok(page(StatusCode::OK, &ApprovalsPage { frame: client.frame, waiting, settled }))
}

async fn decide(form: ConsoleForm, approval: &str, verdict: Verdict) -> Result<HttpResponse, ConsoleError> {
    let approval = id("approval", approval)?;
    let note = Some(form.text("note")).filter(|note| !note.is_empty());
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.decide_approval(by, who.organization, approval, who.user, verdict, note).await?;
    Ok(see_other("/console/approvals"))
}

/// `POST /console/approvals/{id}/approve`
pub async fn approve(form: ConsoleForm, approval: Path<String>) -> Result<HttpResponse, ConsoleError> {
    decide(form, &approval, Verdict::Approve).await
}

/// `POST /console/approvals/{id}/deny`
pub async fn deny(form: ConsoleForm, approval: Path<String>) -> Result<HttpResponse, ConsoleError> {
    decide(form, &approval, Verdict::Deny).await
}

#[cfg(test)]
impl ApprovalsPage {
    pub fn sample() -> Self {
        use super::tests::{HOSTILE, now};
        let request = |state: &str| Request {
            asker: HOSTILE.to_owned(),
            approval: ApprovalView {
                id: "019a2b5e-6800-7000-8000-0000deadbeef".to_owned(),
                state: state.to_owned(),
                subject: "019a2b5e-6800-7000-8000-0000deadbeef".to_owned(),
                action: HOSTILE.to_owned(),
                resource: serde_json::json!({ "type": HOSTILE, "id": HOSTILE }),
                scope: HOSTILE.to_owned(),
                parameters: serde_json::Value::Null,
                reason: HOSTILE.to_owned(),
                asked: now().rfc3339(),
                expires: now().rfc3339(),
                decided_by: Some(HOSTILE.to_owned()),
                note: Some(HOSTILE.to_owned()),
            },
        };
        Self { frame: Frame::sample(), waiting: vec![request("open")], settled: vec![request("denied")] }
    }
}
