//! `/console/groups/rules`: adding and deleting mapping rules, each after a look at who gains and who loses.

use crate::scim::Precondition;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::groups::groups_page;
use super::text::counted;
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::GatewayError;
use crate::domain::impact::{Impact, Page};
use crate::domain::mappings::{RuleDraft, RuleMatch, RuleProposal, RuleView};
use crate::http::api::client::id;
use crate::http::page::page;
use crate::http::saml::see_other;
use crate::model::RuleId;

/// Changes shown; the numbers above them count all.
const SHOWN: Page = Page { offset: 0, limit: 200 };

/// What a change of the rules would do, and the form that makes it.
#[derive(Debug, Template)]
#[template(path = "console/rule_preview.html")]
pub struct PreviewPage {
    pub frame: Frame,
    /// The rule to add, or else the one to delete.
    pub draft: RuleDraft,
    pub deletes: Option<RuleId>,
    pub impact: Impact,
    /// How many changes are not shown.
    pub more: usize,
    /// The groups that the rule matches, and how many they are.
    pub matches: Vec<RuleMatch>,
    pub matching: usize,
}

impl PreviewPage {
    fn new(frame: Frame, draft: RuleDraft, deletes: Option<RuleId>, impact: Impact) -> Self {
        let more = impact.total.saturating_sub(impact.changes.len());
        Self { frame, draft, deletes, impact, more, matches: Vec::new(), matching: 0 }
    }

    async fn of(
        client: ConsoleClient,
        draft: RuleDraft,
        deletes: Option<RuleId>,
        impact: Impact,
    ) -> Result<Self, GatewayError> {
        let (matches, matching) =
            client.gateway.rule_matches(client.organization(), draft.clone(), SHOWN.limit).await?;
        Ok(Self { matches, matching, ..Self::new(client.frame, draft, deletes, impact) })
    }
}

/// The rule that a form describes.
fn draft(form: &ConsoleForm) -> RuleDraft {
    RuleDraft {
        group_match: form.text("match"),
        group_text: form.text("group"),
        role: form.text("role"),
        scope: form.text("scope"),
        priority: form.text("priority").parse().unwrap_or_default(),
    }
}

/// The page with the form again, if the draft is what is wrong; else the error itself.
async fn again(client: ConsoleClient, draft: RuleDraft, error: GatewayError) -> Result<HttpResponse, ConsoleError> {
    let is_input = matches!(
        error,
        GatewayError::Rule(_) | GatewayError::Scope(_) | GatewayError::Invalid(_) | GatewayError::Grant(_)
    );
    if !is_input {
        return Err(error.into());
    }
    let shown = groups_page(client, String::new(), draft, Some(error.to_string())).await?;
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
}

/// `POST /console/groups/rules/preview`: nothing is changed.
pub async fn preview(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let draft = draft(&form);
    let client = form.client;
    match client.gateway.preview_rules(client.organization(), RuleProposal::Add(draft.clone()), SHOWN).await {
        Ok(preview) => Ok(page(StatusCode::OK, &PreviewPage::of(client, draft, None, preview).await?)),
        Err(error) => again(client, draft, error).await,
    }
}

/// `POST /console/groups/rules`
pub async fn create(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let draft = draft(&form);
    let client = form.client;
    match client.gateway.create_rule(client.by.clone(), client.organization(), draft.clone()).await {
        Ok(_rule) => Ok(see_other("/console/groups")),
        Err(error) => again(client, draft, error).await,
    }
}

/// `GET /console/groups/rules/{id}/delete`: what deleting it would do.
pub async fn confirm(client: ConsoleClient, rule: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let rule: RuleId = id("mapping rule", &rule)?;
    let (gateway, organization) = (&client.gateway, client.organization());
    let rules = gateway.list_rules(organization).await?;
    let known = rules.into_iter().find(|known| known.id == rule);
    let draft = known.map(draft_of).ok_or_else(|| GatewayError::not_found("mapping rule", rule))?;
    let preview = gateway.preview_rules(organization, RuleProposal::Remove(rule), SHOWN).await?;
    Ok(page(StatusCode::OK, &PreviewPage::of(client, draft, Some(rule), preview).await?))
}

/// `POST /console/groups/rules/{id}/delete`
pub async fn delete(form: ConsoleForm, rule: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let rule: RuleId = id("mapping rule", &rule)?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.delete_rule(by, who.organization, rule, Precondition::default()).await?;
    Ok(see_other("/console/groups"))
}

fn draft_of(rule: RuleView) -> RuleDraft {
    let RuleView { group_match, group_text, role, scope, priority, .. } = rule;
    RuleDraft { group_match, group_text, role, scope, priority }
}

#[cfg(test)]
pub fn sample_rule() -> RuleView {
    let hostile = || super::tests::HOSTILE.to_owned();
    RuleView {
        id: super::tests::id(),
        group_match: "pattern".to_owned(),
        group_text: hostile(),
        role: "manager".to_owned(),
        scope: "tenant:{tenant}".to_owned(),
        priority: 10,
        version: 1,
    }
}

#[cfg(test)]
impl PreviewPage {
    /// Adding or deleting a rule.
    pub fn sample(deletes: Option<RuleId>) -> Self {
        let change = crate::access::Change {
            user: super::tests::id(),
            user_name: super::tests::HOSTILE.to_owned(),
            scope: crate::access::Scope::Organization,
            gained: vec!["reports.run".to_owned()],
            lost: vec!["reports.view".to_owned()],
        };
        let impact = Impact { people: 1, gainers: 1, losers: 1, total: 1, changes: vec![change], ..Impact::default() };
        let hostile = || super::tests::HOSTILE.to_owned();
        let matches = vec![
            RuleMatch { group: hostile(), scope: Ok(hostile()) },
            RuleMatch { group: hostile(), scope: Err(hostile()) },
        ];
        Self { matches, matching: 900, ..Self::new(Frame::sample(), draft_of(sample_rule()), deletes, impact) }
    }
}
