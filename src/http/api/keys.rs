//! `/api/v1/api-keys`.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;

use super::client::{id, invalid};
use super::{ApiBody, ApiManager};
use crate::http::problem::Problem;
use crate::model::Timestamp;

/// A new key; a person's own if `user` is given, a program's if `service_account` is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    name: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    service_account: Option<String>,
    #[serde(default)]
    expires: Option<String>,
}

/// `POST /api/v1/api-keys`: the key is shown this once.
pub async fn create(ApiManager(client): ApiManager, ApiBody(new): ApiBody<NewKey>) -> Result<HttpResponse, Problem> {
    let misread = || invalid("`expires` is an RFC 3339 date and time");
    let expires = new.expires.map(|text| Timestamp::parse_rfc3339(&text).ok_or_else(misread)).transpose()?;
    let user = match (&new.user, &new.service_account) {
        (Some(user), None) => Some(client.user(user).await?),
        (None, Some(account)) => Some(client.service_account(account).await?),
        (None, None) => None,
        (Some(_), Some(_)) => return Err(invalid("a key is of a `user` or of a `service_account`, one of the two")),
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
