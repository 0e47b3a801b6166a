//! `/api/v1/ownership-transfer`: the role with exactly one holder, from one person to the next.

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::json;

use super::ApiBody;
use super::person::Person;
use crate::http::problem::Problem;

/// `{"to":<SCIM id or userName>}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    to: String,
}

/// `POST /api/v1/ownership-transfer`
pub async fn offer(person: Person, ApiBody(offer): ApiBody<Offer>) -> Result<HttpResponse, Problem> {
    let to = person.gateway.user_named(person.organization, &offer.to).await?;
    let made = person.gateway.offer_ownership(person.by, person.organization, person.user, to).await?;
    Ok(HttpResponse::Created().json(made))
}

/// `POST /api/v1/ownership-transfer/accept`
pub async fn accept(person: Person) -> Result<HttpResponse, Problem> {
    let accepted = person.gateway.accept_ownership(person.by, person.organization, person.user).await?;
    Ok(HttpResponse::Ok().json(accepted))
}

/// `GET /api/v1/ownership-transfer`: what this person offered or may accept.
pub async fn list(person: Person) -> Result<HttpResponse, Problem> {
    let items = person.gateway.ownership_offers(person.organization, person.user).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/ownership-transfer`
pub async fn withdraw(person: Person) -> Result<HttpResponse, Problem> {
    person.gateway.withdraw_ownership(person.by, person.organization, person.user).await?;
    Ok(HttpResponse::NoContent().finish())
}
