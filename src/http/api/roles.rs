//! `/api/v1/roles`: custom roles, made from the palette.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiBody, ApiManager};
use crate::domain::roles::{Affected, RoleDraft};
use crate::http::problem::Problem;

/// `{"key"?,"title","permissions":[…],"everywhere"?:[…],"clone_of"?}`; without a key, one is made of the title.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    #[serde(default)]
    key: Option<String>,
    title: String,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    everywhere: Option<Vec<String>>,
    #[serde(default)]
    clone_of: Option<String>,
}

/// `{"title","permissions":[…],"everywhere"?:[…]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedRole {
    title: String,
    permissions: Vec<String>,
    #[serde(default)]
    everywhere: Option<Vec<String>>,
}

/// `Junior Account Manager` → `junior_account_manager`
fn key_of(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

fn told(affected: &Affected) -> Value {
    json!({
        "holders": affected.holders,
        "gainers": affected.preview.gainers().len(),
        "losers": affected.preview.losers().len(),
        "changes": affected.preview.changes,
    })
}

/// `POST /api/v1/roles`
pub async fn create(ApiManager(client): ApiManager, ApiBody(body): ApiBody<RoleBody>) -> Result<HttpResponse, Problem> {
    let key = body.key.clone().unwrap_or_else(|| key_of(&body.title));
    let RoleBody { title, permissions, everywhere, clone_of, .. } = body;
    let draft = RoleDraft { title, permissions, everywhere, clone_of };
    let organization = client.organization();
    Ok(HttpResponse::Created().json(client.gateway.create_role(client.by, organization, key, draft).await?))
}

/// `GET /api/v1/roles`: custom roles; the built-in ones are in `/api/v1/policy`.
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_roles(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `PUT /api/v1/roles/{key}`: answers the role and who is affected.
pub async fn change(
    ApiManager(client): ApiManager,
    key: Path<String>,
    ApiBody(body): ApiBody<ChangedRole>,
) -> Result<HttpResponse, Problem> {
    let ChangedRole { title, permissions, everywhere } = body;
    let draft = RoleDraft { title, permissions, everywhere, clone_of: None };
    let organization = client.organization();
    let (role, affected) = client.gateway.change_role(client.by, organization, key.into_inner(), draft).await?;
    Ok(HttpResponse::Ok().json(json!({ "role": role, "affected": told(&affected) })))
}

/// `DELETE /api/v1/roles/{key}`: answers who is affected.
pub async fn delete(ApiManager(client): ApiManager, key: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let affected = client.gateway.delete_role(client.by, organization, key.into_inner()).await?;
    Ok(HttpResponse::Ok().json(json!({ "affected": told(&affected) })))
}
