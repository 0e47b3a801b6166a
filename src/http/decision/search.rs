//! AuthZEN 1.0 searches: `/access/v1/search/{subject,resource,action}`, and "what may I do here" in one call.
//!
//! A page is asked for by `"page":{"token":…,"limit":…}`; an empty `next_token` in the answer ends it. A person's own
//! key asks about that person alone, unless they manage the organization.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::question::{Action, Resource, holder_kind, subject_named};
use crate::domain::search::{Found, PermissionsHere, SearchPage, Sought};
use crate::http::api::client::{invalid, scope_of};
use crate::http::api::{ApiBody, ApiClient, ApiManager};
use crate::http::problem::Problem;

/// Results of one page, unless fewer are asked for.
const PAGE: usize = 100;
/// Results of one page at most.
const MAX_PAGE: usize = 1_000;

/// A search: what is sought has a type and no id.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Search {
    subject: Option<Named>,
    action: Option<Action>,
    resource: Option<Resource>,
    #[serde(default)]
    page: Page,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = SearchSubject)]
struct Named {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: String,
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = SearchPage)]
struct Page {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

/// `{"subject"?:{"type":"user","id"},"resource"?:{…},"scope"?}`; without a subject, the person whose key it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Here {
    #[serde(default)]
    subject: Option<Named>,
    #[serde(default)]
    resource: Option<Resource>,
    #[serde(default)]
    scope: Option<String>,
}

fn missing(part: &str) -> Problem {
    invalid(format!("`{part}` is missing"))
}

impl Search {
    fn page(&self) -> SearchPage {
        SearchPage {
            after: self.page.token.clone().filter(|token| !token.is_empty()),
            limit: self.page.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE),
        }
    }

    /// The subject's name, of somebody about whom the caller may ask.
    async fn subject(&self, client: &ApiClient) -> Result<String, Problem> {
        let subject = self.subject.as_ref().ok_or_else(|| missing("subject"))?;
        subject_named(client, &subject.kind, &subject.id).await
    }

    fn sought(&self) -> Result<Sought, Problem> {
        let resource = self.resource.as_ref().ok_or_else(|| missing("resource"))?;
        let action = self.action.as_ref().map(|action| action.name.clone()).unwrap_or_default();
        resource.sought(action)
    }

    fn check_action(&self) -> Result<(), Problem> {
        if self.action.is_some() { Ok(()) } else { Err(missing("action")) }
    }
}

/// What was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Results {
    page: ResultsPage,
    results: Vec<Value>,
}

/// Where the next page begins.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ResultsPage {
    /// Empty on the last page.
    next_token: String,
    count: usize,
}

fn told(results: Vec<Value>, next: Option<String>) -> HttpResponse {
    let page = ResultsPage { next_token: next.unwrap_or_default(), count: results.len() };
    HttpResponse::Ok().json(Results { page, results })
}

/// `POST /access/v1/search/subject`
#[utoipa::path(
    post, path = "/access/v1/search/subject", tag = "Decisions",
    summary = "Who may do this? (AuthZEN)",
    security(("api_key" = ["manage"])),
    request_body = Search,
    responses((status = 200, body = Results)),
)]
pub async fn subjects(
    ApiManager(client): ApiManager,
    ApiBody(search): ApiBody<Search>,
) -> Result<HttpResponse, Problem> {
    let kind = search.subject.as_ref().ok_or_else(|| missing("subject"))?;
    let (kind, holder) = (&kind.kind, holder_kind(&kind.kind)?);
    search.check_action()?;
    let Found { results, next } =
        client.gateway.search_subjects(client.organization(), holder, &search.sought()?, search.page()).await?;
    Ok(told(results.into_iter().map(|id| json!({ "type": kind, "id": id })).collect(), next))
}

/// `POST /access/v1/search/resource`
#[utoipa::path(
    post, path = "/access/v1/search/resource", tag = "Decisions",
    summary = "What may this be done to? (AuthZEN)",
    security(("api_key" = [])),
    request_body = Search,
    responses((status = 200, body = Results)),
)]
pub async fn resources(client: ApiClient, ApiBody(search): ApiBody<Search>) -> Result<HttpResponse, Problem> {
    search.check_action()?;
    let (subject, sought) = (search.subject(&client).await?, search.sought()?);
    let kind = sought.resource_kind.clone();
    let Found { results, next } =
        client.gateway.search_resources(client.organization(), &subject, sought, search.page()).await?;
    Ok(told(results.into_iter().map(|id| json!({ "type": kind, "id": id })).collect(), next))
}

/// `POST /access/v1/search/action`: always in one page, the palette is not that large.
#[utoipa::path(
    post, path = "/access/v1/search/action", tag = "Decisions",
    summary = "What may be done here? (AuthZEN)",
    security(("api_key" = [])),
    request_body = Search,
    responses((status = 200, body = Results)),
)]
pub async fn actions(client: ApiClient, ApiBody(search): ApiBody<Search>) -> Result<HttpResponse, Problem> {
    let subject = search.subject(&client).await?;
    let here = client.gateway.permissions_here(client.organization(), &subject, search.sought()?).await?;
    Ok(told(here.permissions.into_iter().map(|name| json!({ "name": name })).collect(), None))
}

/// `POST /api/v1/permissions-here`
#[utoipa::path(
    post, path = "/api/v1/permissions-here", tag = "Decisions",
    summary = "What may be done here, in one call",
    security(("api_key" = [])),
    request_body = Here,
    responses((status = 200, body = PermissionsHere)),
)]
pub async fn here(client: ApiClient, ApiBody(body): ApiBody<Here>) -> Result<HttpResponse, Problem> {
    let own = client.caller.user.map(|user| user.to_string());
    let subject = match (body.subject, own) {
        (Some(subject), _) => subject_named(&client, &subject.kind, &subject.id).await?,
        (None, Some(own)) => own,
        (None, None) => return Err(missing("subject")),
    };
    let mut sought = body.resource.unwrap_or_default().sought(String::new())?;
    if body.scope.is_some() {
        sought.scope = Some(scope_of(body.scope.as_deref())?);
    }
    Ok(HttpResponse::Ok().json(client.gateway.permissions_here(client.organization(), &subject, sought).await?))
}
