//! `/api/v1/access-reviews`: what people hold, decided on by somebody else.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::client::{id, page_of};
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::reviews::{Covers, ItemView, ReviewView, Verdict};
use crate::http::problem::Problem;
use crate::model::GroupId;

/// `{"name","role"?,"scope"?,"group"?}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
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

/// Items of a review.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewItems {
    items: Vec<ItemView>,
}

/// `{"decision":"keep"|"revoke","note"?}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    decision: Verdict,
    #[serde(default)]
    note: Option<String>,
}

/// `GET /api/v1/access-reviews`
#[utoipa::path(
    get, path = "/api/v1/access-reviews", tag = "Access reviews",
    summary = "The access reviews",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<ReviewView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_reviews(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id.clone())?))
}

/// `POST /api/v1/access-reviews`
#[utoipa::path(
    post, path = "/api/v1/access-reviews", tag = "Access reviews",
    summary = "Open an access review",
    security(("api_key" = ["manage"])),
    request_body = NewReview,
    responses((status = 201, body = ReviewView)),
)]
pub async fn open(ApiManager(client): ApiManager, ApiBody(body): ApiBody<NewReview>) -> Result<HttpResponse, Problem> {
    let (organization, covers) =
        (client.organization(), Covers { role: body.role, scope: body.scope, group: body.group });
    Ok(HttpResponse::Created().json(client.gateway.open_review(client.by, organization, &body.name, covers).await?))
}

/// `GET /api/v1/access-reviews/{id}`
#[utoipa::path(
    get, path = "/api/v1/access-reviews/{id}", tag = "Access reviews",
    summary = "One access review",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = ReviewView)),
)]
pub async fn read(ApiManager(client): ApiManager, review: Path<String>) -> Result<HttpResponse, Problem> {
    let review = id("access review", &review)?;
    Ok(HttpResponse::Ok().json(client.gateway.review(client.organization(), review).await?))
}

/// `GET /api/v1/access-reviews/{id}/items?offset=&limit=`
#[utoipa::path(
    get, path = "/api/v1/access-reviews/{id}/items", tag = "Access reviews",
    summary = "What is to be decided on",
    security(("api_key" = ["manage"])),
    params(
        ("offset" = Option<usize>, Query, description = "Lines to leave out at the beginning"),
        ("limit" = Option<usize>, Query, description = "Lines of one page: 100 unless given, at most 1,000"),
    ),
    responses((status = 200, body = ReviewItems)),
)]
pub async fn items(
    ApiManager(client): ApiManager,
    request: HttpRequest,
    review: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (review, page) = (id("access review", &review)?, page_of(&request)?);
    let items = client.gateway.review_items(client.organization(), review, page).await?;
    Ok(HttpResponse::Ok().json(ReviewItems { items }))
}

/// `POST /api/v1/access-reviews/{id}/items/{number}/decision`
#[utoipa::path(
    post, path = "/api/v1/access-reviews/{id}/items/{number}/decision", tag = "Access reviews",
    summary = "Decide on one item",
    security(("api_key" = ["manage"])),
    request_body = DecisionBody,
    responses((status = 200, body = ItemView)),
)]
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
#[utoipa::path(
    post, path = "/api/v1/access-reviews/{id}/complete", tag = "Access reviews",
    summary = "Complete an access review",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = ReviewView)),
)]
pub async fn complete(ApiManager(client): ApiManager, review: Path<String>) -> Result<HttpResponse, Problem> {
    let (review, organization) = (id("access review", &review)?, client.organization());
    Ok(HttpResponse::Ok().json(client.gateway.complete_review(client.by, organization, review).await?))
}
