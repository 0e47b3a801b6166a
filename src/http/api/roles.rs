//! `/api/v1/roles`: custom roles, made from the palette.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::client::{invalid, number, page_of};
use super::rules::RollbackBody;
use super::{ApiBody, ApiManager};
use crate::domain::roles::{RoleDraft, RoleProposal};
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
pub fn key_of(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_ascii_lowercase()
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
    Ok(HttpResponse::Ok().json(json!({ "role": role, "affected": affected })))
}

/// `DELETE /api/v1/roles/{key}`: answers who is affected.
pub async fn delete(ApiManager(client): ApiManager, key: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let affected = client.gateway.delete_role(client.by, organization, key.into_inner()).await?;
    Ok(HttpResponse::Ok().json(json!({ "affected": affected })))
}

/// `{"title","permissions":[…]}` to try a change, `{"delete":true}` to try the end.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RolePreviewBody {
    Delete(RoleEnd),
    Change(ChangedRole),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleEnd {
    delete: bool,
}

/// `POST /api/v1/roles/{key}/preview?offset=&limit=`: who would be affected; nothing is changed.
pub async fn preview(
    ApiManager(client): ApiManager,
    key: Path<String>,
    request: HttpRequest,
    ApiBody(body): ApiBody<RolePreviewBody>,
) -> Result<HttpResponse, Problem> {
    let proposal = match body {
        RolePreviewBody::Delete(RoleEnd { delete: true }) => RoleProposal::Delete,
        RolePreviewBody::Delete(RoleEnd { delete: false }) => return Err(invalid("`delete` is true, or left out")),
        RolePreviewBody::Change(ChangedRole { title, permissions, everywhere }) => {
            RoleProposal::Change(RoleDraft { title, permissions, everywhere, clone_of: None })
        }
    };
    let (organization, page) = (client.organization(), page_of(&request)?);
    Ok(HttpResponse::Ok().json(client.gateway.preview_role(organization, key.into_inner(), proposal, page).await?))
}

/// `GET /api/v1/roles/{key}/versions?before=`
pub async fn versions(
    ApiManager(client): ApiManager,
    key: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let before = number(&request, "before")?;
    let items = client.gateway.role_versions(client.organization(), key.into_inner(), before).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `POST /api/v1/roles/{key}/rollback`: answers the role and who is affected.
pub async fn rollback(
    ApiManager(client): ApiManager,
    key: Path<String>,
    ApiBody(body): ApiBody<RollbackBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let (role, affected) =
        client.gateway.roll_role_back(client.by, organization, key.into_inner(), body.version).await?;
    Ok(HttpResponse::Ok().json(json!({ "role": role, "affected": affected })))
}
