//! `/api/v1/owner-link`: the owner's way in when there is no other.

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::json;

use super::{ApiBody, ApiManager};
use crate::http::problem::Problem;

/// `{"user":<SCIM id or userName>}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    user: String,
}

/// `POST /api/v1/owner-link`: for a key of the organization itself alone.
pub async fn create(ApiManager(client): ApiManager, ApiBody(wanted): ApiBody<Wanted>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let made = client.gateway.make_owner_link(client.by, organization, &wanted.user).await?;
    Ok(HttpResponse::Created().json(json!({
        "url": made.url.expose(),
        "user": made.user_name,
        "expires": made.expires.rfc3339(),
    })))
}
