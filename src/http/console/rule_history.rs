//! `/console/groups/rules/{id}`: what a mapping rule has been, and going back to it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::{link, moment};
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::mappings::{RuleVersion, RuleView};
use crate::http::api::client::id;
use crate::http::page::page;
use crate::http::saml::see_other;
use crate::model::RuleId;

/// A rule and its versions, the newest first.
#[derive(Debug, Template)]
#[template(path = "console/rule_history.html")]
pub struct HistoryPage {
    pub frame: Frame,
    pub rule: RuleView,
    pub versions: Vec<RuleVersion>,
    pub older: Option<String>,
}

/// `GET /console/groups/rules/{id}?before=`
pub async fn show(client: ConsoleClient, rule: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let rule: RuleId = id("mapping rule", &rule)?;
    let (gateway, organization) = (&client.gateway, client.organization());
    let versions = gateway.rule_versions(organization, rule, client.text("before").parse().ok()).await?;
    let oldest = versions.last().map(|version| version.version).filter(|oldest| *oldest > 1);
    let older =
        oldest.map(|oldest| link(&format!("/console/groups/rules/{rule}"), &[("before", oldest.to_string().as_str())]));
    let rule = gateway.rule(organization, rule).await?;
    Ok(page(StatusCode::OK, &HistoryPage { frame: client.frame, rule, versions, older }))
}

/// `POST /console/groups/rules/{id}/rollback`
pub async fn roll_back(form: ConsoleForm, rule: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let rule: RuleId = id("mapping rule", &rule)?;
    let version: i64 = id("version of the mapping rule", &form.text("version"))?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.roll_rule_back(by, who.organization, rule, version).await?;
    Ok(see_other(&format!("/console/groups/rules/{rule}")))
}

#[cfg(test)]
impl HistoryPage {
    pub fn sample() -> Self {
        use super::tests::{HOSTILE, now};
        let hostile = || HOSTILE.to_owned();
        let version = |version| RuleVersion {
            version,
            group_match: "pattern".to_owned(),
            group_text: hostile(),
            role: hostile(),
            scope: hostile(),
            priority: 10,
            changed_by: hostile(),
            changed_at: now(),
        };
        let rule = RuleView { version: 3, ..super::rules::sample_rule() };
        Self { frame: Frame::sample(), rule, versions: vec![version(3), version(2)], older: Some(hostile()) }
    }
}
