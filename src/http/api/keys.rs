//! `/api/v1/api-keys`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;

use super::client::id;
use super::{ApiBody, ApiManager};
use crate::http::problem::Problem;
use crate::model::Timestamp;

/// A new key; a person's own if `user` is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    name: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    expires: Option<String>,
}

/// `POST /api/v1/api-keys`: the key is shown this once.
pub async fn create(ApiManager(client): ApiManager, ApiBody(new): ApiBody<NewKey>) -> Result<HttpResponse, Problem> {
    let invalid = || {
        Problem::new(StatusCode::BAD_REQUEST, "invalid", "The request makes no sense")
            .detail("`expires` is an RFC 3339 date and time")
    };
    let expires = new.expires.map(|text| Timestamp::parse_rfc3339(&text).ok_or_else(invalid)).transpose()?;
    let user = match &new.user {
        Some(user) => Some(client.user(user).await?),
        None => None,
    };
    let organization = client.organization();
    let (key_id, key) = client.gateway.create_api_key(client.by, organization, &new.name, user, expires).await?;
    Ok(HttpResponse::Created().json(json!({ "id": key_id, "api_key": key.expose() })))
}

/// `GET /api/v1/api-keys`
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_api_keys(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/api-keys/{id}`
pub async fn revoke(ApiManager(client): ApiManager, key: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.revoke_api_key(client.by, organization, id("api key", &key)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
