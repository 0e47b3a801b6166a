//! `/api/v1/access-reviews`: what people hold, decided on by somebody else.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::client::{id, page_of};
use super::{ApiBody, ApiManager};
use crate::domain::reviews::{Covers, Verdict};
use crate::http::problem::Problem;
use crate::model::GroupId;

/// `{"name","role"?,"scope"?,"group"?}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    name: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    group: Option<GroupId>,
}

/// `{"decision":"keep"|"revoke","note"?}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    decision: Verdict,
    #[serde(default)]
    note: Option<String>,
}

/// `GET /api/v1/access-reviews`
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_reviews(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `POST /api/v1/access-reviews`
pub async fn open(ApiManager(client): ApiManager, ApiBody(body): ApiBody<NewReview>) -> Result<HttpResponse, Problem> {
    let (organization, covers) =
        (client.organization(), Covers { role: body.role, scope: body.scope, group: body.group });
    Ok(HttpResponse::Created().json(client.gateway.open_review(client.by, organization, &body.name, covers).await?))
}

/// `GET /api/v1/access-reviews/{id}`
pub async fn read(ApiManager(client): ApiManager, review: Path<String>) -> Result<HttpResponse, Problem> {
    let review = id("access review", &review)?;
    Ok(HttpResponse::Ok().json(client.gateway.review(client.organization(), review).await?))
}

/// `GET /api/v1/access-reviews/{id}/items?offset=&limit=`
pub async fn items(
    ApiManager(client): ApiManager,
    request: HttpRequest,
    review: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (review, page) = (id("access review", &review)?, page_of(&request)?);
    let items = client.gateway.review_items(client.organization(), review, page).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `POST /api/v1/access-reviews/{id}/items/{number}/decision`
pub async fn decide(
    ApiManager(client): ApiManager,
    path: Path<(String, String)>,
    ApiBody(body): ApiBody<DecisionBody>,
) -> Result<HttpResponse, Problem> {
    let (review, number) = path.into_inner();
    let item = (id("access review", &review)?, id("item", &number)?);
    let organization = client.organization();
    let decided = client.gateway.decide_review_item(client.by, organization, item, body.decision, body.note).await?;
    Ok(HttpResponse::Ok().json(decided))
}

/// `POST /api/v1/access-reviews/{id}/complete`
pub async fn complete(ApiManager(client): ApiManager, review: Path<String>) -> Result<HttpResponse, Problem> {
    let (review, organization) = (id("access review", &review)?, client.organization());
    Ok(HttpResponse::Ok().json(client.gateway.complete_review(client.by, organization, review).await?))
}
