//! `/api/v1/users/{id}/…`: exceptions, direct roles and sessions of one person.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;

use super::client::id;
use super::{ApiBody, ApiManager};
use crate::access::{Effect, Scope};
use crate::domain::overrides::OverrideDraft;
use crate::http::problem::Problem;
use crate::model::Timestamp;

/// All exceptions of a person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionsBody {
    permissions: Vec<PermissionBody>,
}

/// One exception: a permission key and what is done with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionBody {
    permission: String,
    effect: Effect,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    until: Option<String>,
}

/// A role to give to a person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignmentBody {
    role: String,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    until: Option<String>,
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid", "The request makes no sense").detail(detail)
}

fn scope_of(text: Option<&str>) -> Result<Scope, Problem> {
    text.map_or(Ok(Scope::Organization), Scope::parse).map_err(|error| invalid(error.to_string()))
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let parsed =
        |text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| invalid("`until` is an RFC 3339 date and time"));
    text.map(parsed).transpose()
}

/// `PUT /api/v1/users/{id}/permissions`: these exceptions, and no others.
pub async fn set_permissions(
    ApiManager(client): ApiManager,
    user: Path<String>,
    ApiBody(body): ApiBody<PermissionsBody>,
) -> Result<HttpResponse, Problem> {
    let drafts = body.permissions.into_iter().map(|one| {
        Ok(OverrideDraft {
            permission: one.permission,
            effect: one.effect,
            scope: scope_of(one.scope.as_deref())?,
            reason: one.reason.unwrap_or_else(|| "set by API".to_owned()),
            until: moment(one.until.as_deref())?,
        })
    });
    let drafts = drafts.collect::<Result<Vec<_>, Problem>>()?;
    let organization = client.organization();
    let set = client.gateway.set_overrides(client.by, organization, id("user", &user)?, drafts).await?;
    Ok(HttpResponse::Ok().json(json!({ "permissions": set })))
}

/// `GET /api/v1/users/{id}/permissions`
pub async fn permissions(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let set = client.gateway.list_overrides(client.organization(), id("user", &user)?).await?;
    Ok(HttpResponse::Ok().json(json!({ "permissions": set })))
}

/// `POST /api/v1/users/{id}/assignments`
pub async fn assign(
    ApiManager(client): ApiManager,
    user: Path<String>,
    ApiBody(body): ApiBody<AssignmentBody>,
) -> Result<HttpResponse, Problem> {
    let (scope, until) = (scope_of(body.scope.as_deref())?, moment(body.until.as_deref())?);
    let (organization, giver, user) = (client.organization(), client.caller.user, id("user", &user)?);
    let made = client.gateway.assign_role(client.by, organization, giver, user, body.role, scope, until).await?;
    Ok(HttpResponse::Created().json(json!({ "id": made })))
}

/// `GET /api/v1/users/{id}/assignments`
pub async fn assignments(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_assignments(client.organization(), id("user", &user)?).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/users/{id}/assignments/{assignment_id}`
pub async fn unassign(ApiManager(client): ApiManager, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (user, assignment) = path.into_inner();
    let (user, assignment) = (id("user", &user)?, id("assignment", &assignment)?);
    let organization = client.organization();
    client.gateway.end_assignment(client.by, organization, user, assignment).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/users/{id}/sessions`
pub async fn sessions(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_sessions(client.organization(), id("user", &user)?).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/users/{id}/sessions`: signed out everywhere.
pub async fn sign_out(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let ended = client.gateway.revoke_sessions(client.by, organization, id("user", &user)?).await?;
    Ok(HttpResponse::Ok().json(json!({ "ended": ended })))
}

/// `DELETE /api/v1/sessions/{id}`
pub async fn end_session(ApiManager(client): ApiManager, session: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.revoke_session(client.by, organization, id("session", &session)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
