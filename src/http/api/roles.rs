//! `/api/v1/roles`: custom roles, made from the palette.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

use super::client::invalid;
use super::list::{PageQuery, VersionsQuery};
use super::rules::RollbackBody;
use super::tag::{Expected, tagged};
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::roles::{Affected, CustomRoleView, RoleDraft, RoleProposal, RoleVersionView};
use crate::http::problem::Problem;

/// `{"key"?,"title","permissions":[…],"everywhere"?:[…],"clone_of"?}`; without a key, one is made of the title.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
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
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedRole {
    title: String,
    permissions: Vec<String>,
    #[serde(default)]
    everywhere: Option<Vec<String>>,
}

/// A role that was changed, and who is affected.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleChange {
    role: CustomRoleView,
    affected: Affected,
}

/// Who is affected by the end of a role.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoleGone {
    affected: Affected,
}

/// `Junior Account Manager` → `junior_account_manager`
pub fn key_of(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

/// `POST /api/v1/roles`
#[utoipa::path(
    post, path = "/api/v1/roles", tag = "Roles",
    summary = "Make a custom role",
    security(("api_key" = ["manage"])),
    request_body = RoleBody,
    responses((status = 201, body = CustomRoleView)),
)]
pub async fn create(ApiManager(client): ApiManager, ApiBody(body): ApiBody<RoleBody>) -> Result<HttpResponse, Problem> {
    let key = body.key.clone().unwrap_or_else(|| key_of(&body.title));
    let RoleBody { title, permissions, everywhere, clone_of, .. } = body;
    let draft = RoleDraft { title, permissions, everywhere, clone_of };
    let organization = client.organization();
    Ok(HttpResponse::Created().json(client.gateway.create_role(client.by, organization, key, draft).await?))
}

/// `GET /api/v1/roles`: custom roles; the built-in ones are in `/api/v1/policy`.
#[utoipa::path(
    get, path = "/api/v1/roles", tag = "Roles",
    summary = "The custom roles",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<CustomRoleView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_roles(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.key.clone())?))
}

/// `GET /api/v1/roles/{key}`
#[utoipa::path(
    get, path = "/api/v1/roles/{key}", tag = "Roles",
    summary = "A custom role",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = CustomRoleView)),
)]
pub async fn read(ApiManager(client): ApiManager, key: Path<String>) -> Result<HttpResponse, Problem> {
    let role = client.gateway.custom_role(client.organization(), key.into_inner()).await?;
    Ok(tagged(role.version, role))
}

/// `PUT /api/v1/roles/{key}`: answers the role and who is affected.
#[utoipa::path(
    put, path = "/api/v1/roles/{key}", tag = "Roles",
    summary = "Change a custom role",
    security(("api_key" = ["manage"])),
    request_body = ChangedRole,
    responses((status = 200, body = RoleChange)),
)]
pub async fn change(
    ApiManager(client): ApiManager,
    key: Path<String>,
    Expected(expected): Expected,
    ApiBody(body): ApiBody<ChangedRole>,
) -> Result<HttpResponse, Problem> {
    let ChangedRole { title, permissions, everywhere } = body;
    let draft = RoleDraft { title, permissions, everywhere, clone_of: None };
    let organization = client.organization();
    let (role, affected) =
        client.gateway.change_role(client.by, organization, key.into_inner(), expected, draft).await?;
    Ok(tagged(role.version, RoleChange { role, affected }))
}

/// `DELETE /api/v1/roles/{key}`: answers who is affected.
#[utoipa::path(
    delete, path = "/api/v1/roles/{key}", tag = "Roles",
    summary = "Delete a custom role",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = RoleGone)),
)]
pub async fn delete(
    ApiManager(client): ApiManager,
    Expected(expected): Expected,
    key: Path<String>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let affected = client.gateway.delete_role(client.by, organization, key.into_inner(), expected).await?;
    Ok(HttpResponse::Ok().json(RoleGone { affected }))
}

/// `{"title","permissions":[…]}` to try a change, `{"delete":true}` to try the end.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum RolePreviewBody {
    Delete(RoleEnd),
    Change(ChangedRole),
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleEnd {
    delete: bool,
}

/// `POST /api/v1/roles/{key}/preview?offset=&limit=`: who would be affected; nothing is changed.
#[utoipa::path(
    post, path = "/api/v1/roles/{key}/preview", tag = "Roles",
    summary = "Who would be affected by a change of a role",
    security(("api_key" = ["manage"])),
    params(PageQuery),
    request_body = RolePreviewBody,
    responses((status = 200, body = Affected)),
)]
pub async fn preview(
    ApiManager(client): ApiManager,
    key: Path<String>,
    ApiQuery(page): ApiQuery<PageQuery>,
    ApiBody(body): ApiBody<RolePreviewBody>,
) -> Result<HttpResponse, Problem> {
    let proposal = match body {
        RolePreviewBody::Delete(RoleEnd { delete: true }) => RoleProposal::Delete,
        RolePreviewBody::Delete(RoleEnd { delete: false }) => return Err(invalid("`delete` is true, or left out")),
        RolePreviewBody::Change(ChangedRole { title, permissions, everywhere }) => {
            RoleProposal::Change(RoleDraft { title, permissions, everywhere, clone_of: None })
        }
    };
    let organization = client.organization();
    let told = client.gateway.preview_role(organization, key.into_inner(), proposal, page.into()).await?;
    Ok(HttpResponse::Ok().json(told))
}

/// `GET /api/v1/roles/{key}/versions?before=`
#[utoipa::path(
    get, path = "/api/v1/roles/{key}/versions", tag = "Roles",
    summary = "The versions of a role, the newest first",
    security(("api_key" = ["manage"])),
    params(VersionsQuery),
    responses((status = 200, body = Listed<RoleVersionView>)),
)]
pub async fn versions(
    ApiManager(client): ApiManager,
    key: Path<String>,
    ApiQuery(asked): ApiQuery<VersionsQuery>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.role_versions(client.organization(), key.into_inner(), asked.before).await?;
    Ok(HttpResponse::Ok().json(asked.told(items, |item| item.version)))
}

/// `POST /api/v1/roles/{key}/rollback`: answers the role and who is affected.
#[utoipa::path(
    post, path = "/api/v1/roles/{key}/rollback", tag = "Roles",
    summary = "Go back to a version of a role",
    security(("api_key" = ["manage"])),
    request_body = RollbackBody,
    responses((status = 200, body = RoleChange)),
)]
pub async fn rollback(
    ApiManager(client): ApiManager,
    key: Path<String>,
    ApiBody(body): ApiBody<RollbackBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let (role, affected) =
        client.gateway.roll_role_back(client.by, organization, key.into_inner(), body.version).await?;
    Ok(HttpResponse::Ok().json(RoleChange { role, affected }))
}
