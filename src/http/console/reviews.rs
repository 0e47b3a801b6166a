//! `/console/reviews`: what people hold, listed for somebody else to decide on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::{link, moment};
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::GatewayError;
use crate::domain::impact::Page;
use crate::domain::reviews::{Covers, ItemView, ReviewView, Verdict};
use crate::domain::views::Palette;
use crate::http::api::client::{id, invalid};
use crate::http::page::page;
use crate::http::saml::see_other;
use crate::model::ReviewId;

/// Items on one page.
const PAGE: usize = 50;

/// The reviews, and the form that opens one.
#[derive(Debug, Template)]
#[template(path = "console/reviews.html")]
pub struct ReviewsPage {
    pub frame: Frame,
    pub reviews: Vec<ReviewView>,
    pub palette: Palette,
    /// What was typed, and why it is no review.
    pub name: String,
    pub role: String,
    pub scope: String,
    pub error: Option<String>,
}

/// One review, and a page of its items.
#[derive(Debug, Template)]
#[template(path = "console/review.html")]
pub struct ReviewPage {
    pub frame: Frame,
    pub review: ReviewView,
    pub items: Vec<ItemView>,
    pub offset: usize,
    pub next: Option<String>,
    /// Why something could not be decided.
    pub error: Option<String>,
}

impl ReviewPage {
    /// Why an item is suggested to be kept or revoked, in words.
    fn because(item: &ItemView) -> String {
        let codes = item.because.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
        codes.map(|code| code.replace('_', " ")).collect::<Vec<_>>().join(", ")
    }
}

/// What a review covers, in words.
fn covered(covers: &Covers) -> String {
    let role = covers.role.as_ref().map_or_else(|| "every role".to_owned(), |role| format!("the role {role}"));
    let scope = covers.scope.as_ref().map_or_else(String::new, |scope| format!(" in {scope}"));
    let group = covers.group.map_or_else(String::new, |group| format!(", of the members of group {group}"));
    format!("{role}{scope}{group}")
}

/// `GET /console/reviews`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    shown(client, [String::new(), String::new(), String::new()], None).await
}

async fn shown(
    client: ConsoleClient,
    [name, role, scope]: [String; 3],
    error: Option<String>,
) -> Result<HttpResponse, ConsoleError> {
    let (gateway, organization) = (&client.gateway, client.organization());
    let reviews = gateway.list_reviews(organization).await?;
    let palette = gateway.palette(organization).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page(status, &ReviewsPage { frame: client.frame, reviews, palette, name, role, scope, error }))
}

/// `POST /console/reviews`
pub async fn open(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let typed = [form.text("name"), form.text("role"), form.text("scope")];
    let [name, role, scope] = typed.clone();
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let covers = Covers { role: given(role), scope: given(scope), group: None };
    let client = form.client;
    match client.gateway.open_review(client.by.clone(), client.organization(), &name, covers).await {
        Ok(review) => Ok(see_other(&format!("/console/reviews/{}", review.id))),
        Err(error @ (GatewayError::Invalid(_) | GatewayError::Scope(_))) => {
            shown(client, typed, Some(error.to_string())).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/reviews/{id}?offset=`
pub async fn show(client: ConsoleClient, review: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let review: ReviewId = id("access review", &review)?;
    let offset = client.text("offset").parse().unwrap_or_default();
    shown_one(client, review, offset, None).await
}

async fn shown_one(
    client: ConsoleClient,
    id: ReviewId,
    offset: usize,
    error: Option<String>,
) -> Result<HttpResponse, ConsoleError> {
    let (gateway, organization) = (&client.gateway, client.organization());
    let review = gateway.review(organization, id).await?;
    let mut items = gateway.review_items(organization, id, Page { offset, limit: PAGE + 1 }).await?;
    let has_more = items.len() > PAGE;
    items.truncate(PAGE);
    let beyond = offset.saturating_add(PAGE).to_string();
    let next = has_more.then(|| link(&format!("/console/reviews/{id}"), &[("offset", &beyond)]));
    let status = if error.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(page(status, &ReviewPage { frame: client.frame, review, items, offset, next, error }))
}

/// `POST /console/reviews/{id}/items/{number}/decide`
pub async fn decide(form: ConsoleForm, path: Path<(String, String)>) -> Result<HttpResponse, ConsoleError> {
    let (review, number) = path.into_inner();
    let review: ReviewId = id("access review", &review)?;
    let number: i64 = id("item", &number)?;
    let verdict = match form.text("decision").as_str() {
        "keep" => Verdict::Keep,
        "revoke" => Verdict::Revoke,
        _ => return Err(ConsoleError::Problem(invalid("`decision` is `keep` or `revoke`"))),
    };
    let note = Some(form.text("note")).filter(|note| !note.is_empty());
    let offset: usize = form.text("offset").parse().unwrap_or_default();
    let client = form.client;
    let (by, organization) = (client.by.clone(), client.organization());
    match client.gateway.decide_review_item(by, organization, (review, number), verdict, note).await {
        Ok(_) => Ok(see_other(&format!("/console/reviews/{review}?offset={offset}#item-{number}"))),
        Err(error @ GatewayError::Taken(_)) => shown_one(client, review, offset, Some(error.to_string())).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/reviews/{id}/complete`
pub async fn complete(form: ConsoleForm, review: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let review: ReviewId = id("access review", &review)?;
    let client = form.client;
    match client.gateway.complete_review(client.by.clone(), client.organization(), review).await {
        Ok(_) => Ok(see_other("/console/reviews")),
        Err(error @ GatewayError::Taken(_)) => shown_one(client, review, 0, Some(error.to_string())).await,
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
fn sample_review(completed: Option<String>) -> ReviewView {
    use super::tests::{HOSTILE, now};
    ReviewView {
        id: "019a2b5e-6800-7000-8000-0000deadbeef".to_owned(),
        name: HOSTILE.to_owned(),
        covers: Covers { role: Some(HOSTILE.to_owned()), scope: Some(HOSTILE.to_owned()), group: None },
        created_by: HOSTILE.to_owned(),
        created: now().rfc3339(),
        completed_by: completed.clone(),
        completed,
        undecided: 1,
        kept: 1,
        revoked: 1,
    }
}

#[cfg(test)]
impl ReviewsPage {
    pub fn sample() -> Self {
        use super::tests::HOSTILE;
        use crate::domain::views::Titled;
        let hostile = || HOSTILE.to_owned();
        let titled = Titled { key: "manager".to_owned(), title: hostile() };
        Self {
            frame: Frame::sample(),
            reviews: vec![sample_review(None), sample_review(Some(super::tests::now().rfc3339()))],
            palette: Palette { roles: vec![titled.clone()], scope_types: vec![titled], ..Palette::default() },
            name: hostile(),
            role: "manager".to_owned(),
            scope: hostile(),
            error: Some(hostile()),
        }
    }
}

#[cfg(test)]
impl ReviewPage {
    pub fn sample() -> Self {
        use super::tests::{HOSTILE, now};
        let hostile = || HOSTILE.to_owned();
        let item = |number, decision: Option<&str>| ItemView {
            number,
            user: "019a2b5e-6800-7000-8000-0000deadbeef".to_owned(),
            user_name: hostile(),
            role: hostile(),
            scope: hostile(),
            assignment: None,
            rule: Some(hostile()),
            group: Some(hostile()),
            suggestion: "revoke".to_owned(),
            because: serde_json::json!([HOSTILE, "never_reviewed"]),
            decision: decision.map(str::to_owned),
            decided_by: Some(hostile()),
            decided: Some(now().rfc3339()),
            note: Some(hostile()),
        };
        let items = vec![item(1, None), item(2, Some("keep")), item(3, Some("revoke"))];
        let (frame, review) = (Frame::sample(), sample_review(None));
        Self { frame, review, items, offset: 50, next: Some(hostile()), error: Some(hostile()) }
    }
}
