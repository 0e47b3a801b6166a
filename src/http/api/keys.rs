//! `/api/v1/api-keys`.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

use super::client::{id, invalid};
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::api_keys::ApiKeyView;
use crate::http::problem::Problem;
use crate::model::{ApiKeyId, Timestamp};

/// A new key; a person's own if `user` is given, a program's if `service_account` is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
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

/// A key that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeKey {
    id: ApiKeyId,
    api_key: String,
}

/// `POST /api/v1/api-keys`: the key is shown this once.
#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = "API keys",
    summary = "Make a key, shown this once",
    security(("api_key" = ["manage"])),
    request_body = NewKey,
    responses((status = 201, body = MadeKey)),
)]
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
    Ok(HttpResponse::Created().json(MadeKey { id: key_id, api_key: key.expose().to_owned() }))
}

/// `GET /api/v1/api-keys`
#[utoipa::path(
    get, path = "/api/v1/api-keys", tag = "API keys",
    summary = "The keys",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<ApiKeyView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_api_keys(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `DELETE /api/v1/api-keys/{id}`
#[utoipa::path(
    delete, path = "/api/v1/api-keys/{id}", tag = "API keys",
    summary = "Revoke a key",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn revoke(ApiManager(client): ApiManager, key: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.revoke_api_key(client.by, organization, id("api key", &key)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
