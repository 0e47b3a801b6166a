//! `/api/v1/ownership-transfer`: the role with exactly one holder, from one person to the next.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::person::Person;
use super::{ApiBody, ApiQuery, Listed, Listing};
use crate::domain::ownership::OfferView;
use crate::http::problem::Problem;

/// `{"to":<SCIM id or userName>}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    to: String,
}

/// `POST /api/v1/ownership-transfer`
#[utoipa::path(
    post, path = "/api/v1/ownership-transfer", tag = "Ownership",
    summary = "Offer the role with exactly one holder to somebody",
    security(("api_key" = ["person"]), ("session" = ["person"])),
    request_body = Offer,
    responses((status = 201, body = OfferView)),
)]
pub async fn offer(person: Person, ApiBody(offer): ApiBody<Offer>) -> Result<HttpResponse, Problem> {
    let to = person.gateway.user_named(person.organization, &offer.to).await?;
    let made = person.gateway.offer_ownership(person.by, person.organization, person.user, to).await?;
    Ok(HttpResponse::Created().json(made))
}

/// `POST /api/v1/ownership-transfer/accept`
#[utoipa::path(
    post, path = "/api/v1/ownership-transfer/accept", tag = "Ownership",
    summary = "Accept the role that is offered",
    security(("api_key" = ["person"]), ("session" = ["person"])),
    responses((status = 200, body = OfferView)),
)]
pub async fn accept(person: Person) -> Result<HttpResponse, Problem> {
    let accepted = person.gateway.accept_ownership(person.by, person.organization, person.user).await?;
    Ok(HttpResponse::Ok().json(accepted))
}

/// `GET /api/v1/ownership-transfer`: what this person offered or may accept.
#[utoipa::path(
    get, path = "/api/v1/ownership-transfer", tag = "Ownership",
    summary = "What this person offered or may accept",
    security(("api_key" = ["person"]), ("session" = ["person"])),
    params(Listing),
    responses((status = 200, body = Listed<OfferView>)),
)]
pub async fn list(person: Person, ApiQuery(listing): ApiQuery<Listing>) -> Result<HttpResponse, Problem> {
    let items = person.gateway.ownership_offers(person.organization, person.user).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| format!("{}:{}", item.from, item.to))?))
}

/// `DELETE /api/v1/ownership-transfer`
#[utoipa::path(
    delete, path = "/api/v1/ownership-transfer", tag = "Ownership",
    summary = "Take the offer back",
    security(("api_key" = ["person"]), ("session" = ["person"])),
    responses((status = 204)),
)]
pub async fn withdraw(person: Person) -> Result<HttpResponse, Problem> {
    person.gateway.withdraw_ownership(person.by, person.organization, person.user).await?;
    Ok(HttpResponse::NoContent().finish())
}
