//! `/api/v1/owner-link`: the owner's way in when there is no other.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

use super::{ApiBody, ApiManager};
use crate::http::problem::Problem;

/// `{"user":<SCIM id or userName>}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    user: String,
}

/// A link that opens once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeLink {
    url: String,
    user: String,
    #[schema(format = DateTime)]
    expires: String,
}

/// `POST /api/v1/owner-link`: for a key of the organization itself alone.
#[utoipa::path(
    post, path = "/api/v1/owner-link", tag = "Ownership",
    summary = "A one-time link that signs an owner in",
    security(("api_key" = ["manage"])),
    request_body = Wanted,
    responses((status = 201, body = MadeLink)),
)]
pub async fn create(ApiManager(client): ApiManager, ApiBody(wanted): ApiBody<Wanted>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let made = client.gateway.make_owner_link(client.by, organization, &wanted.user).await?;
    Ok(HttpResponse::Created().json(MadeLink {
        url: made.url.expose().to_owned(),
        user: made.user_name,
        expires: made.expires.rfc3339(),
    }))
}
