//! `/api/v1/users/{id}/…`: one person's life, exceptions, direct roles and sessions.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

use super::client::{id, invalid, moment, reach_of, scope_of};
use super::{ApiBody, ApiDelegate, ApiManager, ApiQuery, ApiRemover, ApiSuspender, Listed, Listing};
use crate::access::Effect;
use crate::domain::assignments::{AssignmentDraft, AssignmentView};
use crate::domain::overrides::{OverrideDraft, OverrideView};
use crate::domain::sessions::SessionView;
use crate::http::problem::Problem;
use crate::model::{AssignmentId, UserId};

/// All exceptions of a person: `permissions`, or `allow` and `deny`, or all of them. The `scope`, `reason` and `until`
/// beside them are those of each exception that has none of its own.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionsBody {
    #[serde(default)]
    permissions: Option<Given>,
    #[serde(default)]
    allow: Option<Vec<String>>,
    #[serde(default)]
    deny: Option<Vec<String>>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    until: Option<String>,
}

/// Exceptions as a list, or as keys that are allowed (`true`) or denied (`false`).
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(untagged, expecting = "`permissions` is a list of permissions, or an object of permission keys and booleans")]
enum Given {
    List(Vec<PermissionBody>),
    Map(BTreeMap<String, bool>),
}

impl Given {
    fn list(self) -> Vec<WholePermission> {
        let effect = |is_allowed| if is_allowed { Effect::Allow } else { Effect::Deny };
        match self {
            Self::List(list) => list.into_iter().map(PermissionBody::whole).collect(),
            Self::Map(map) => {
                map.into_iter().map(|(key, is_allowed)| PermissionBody::plain(key, effect(is_allowed))).collect()
            }
        }
    }
}

/// One exception: a permission key, which is then allowed, or the whole of it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(
    untagged,
    expecting = "a permission is its key, or an object of `permission`, `effect`, `scope`, `reason` and `until`"
)]
enum PermissionBody {
    Key(String),
    Whole(WholePermission),
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WholePermission {
    permission: String,
    effect: Effect,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    until: Option<String>,
}

impl PermissionBody {
    fn whole(self) -> WholePermission {
        match self {
            Self::Key(key) => Self::plain(key, Effect::Allow),
            Self::Whole(whole) => whole,
        }
    }

    fn plain(permission: String, effect: Effect) -> WholePermission {
        WholePermission { permission, effect, scope: None, reason: None, until: None }
    }
}

impl PermissionsBody {
    /// The exceptions, each whole.
    fn drafts(self) -> Result<Vec<OverrideDraft>, Problem> {
        if self.permissions.is_none() && self.allow.is_none() && self.deny.is_none() {
            return Err(invalid("write `permissions`, or `allow` and `deny`; an empty list takes all exceptions away"));
        }
        let given = self.permissions.map(Given::list).unwrap_or_default().into_iter();
        let plain = |keys: Option<Vec<String>>, effect| {
            keys.unwrap_or_default().into_iter().map(move |key| PermissionBody::plain(key, effect))
        };
        given
            .chain(plain(self.allow, Effect::Allow))
            .chain(plain(self.deny, Effect::Deny))
            .map(|one| {
                Ok(OverrideDraft {
                    permission: one.permission,
                    effect: one.effect,
                    scope: reach_of(one.scope.as_deref().or(self.scope.as_deref()))?,
                    reason: one.reason.or_else(|| self.reason.clone()),
                    until: moment(one.until.as_deref().or(self.until.as_deref()))?,
                })
            })
            .collect()
    }
}

/// A role to give to a person.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentBody {
    role: String,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    until: Option<String>,
}

impl AssignmentBody {
    /// What is to be given.
    pub(super) fn draft(self) -> Result<AssignmentDraft, Problem> {
        let (scope, until) = (scope_of(self.scope.as_deref())?, moment(self.until.as_deref())?);
        Ok(AssignmentDraft { role: self.role, scope, until })
    }
}

/// All exceptions of a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Exceptions {
    permissions: Vec<OverrideView>,
}

/// An assignment that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Made {
    pub(super) id: AssignmentId,
}

/// How many sessions were ended.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Ended {
    ended: usize,
}

/// Whether a person is suspended.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Suspension {
    id: UserId,
    suspended: bool,
}

/// `PUT /api/v1/users/{id}/permissions`: these exceptions, and no others.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/permissions", tag = "Users",
    summary = "Put these exceptions in the place of all that there are",
    security(("api_key" = ["manage-part"])),
    request_body = PermissionsBody,
    responses((status = 200, body = Exceptions)),
)]
pub async fn set_permissions(
    ApiDelegate(client): ApiDelegate,
    user: Path<String>,
    ApiBody(body): ApiBody<PermissionsBody>,
) -> Result<HttpResponse, Problem> {
    let drafts = body.drafts()?;
    let organization = client.organization();
    let user = client.user(&user).await?;
    let permissions = client.gateway.set_overrides(client.by, organization, user, drafts).await?;
    Ok(HttpResponse::Ok().json(Exceptions { permissions }))
}

/// `GET /api/v1/users/{id}/permissions`
#[utoipa::path(
    get, path = "/api/v1/users/{id}/permissions", tag = "Users",
    summary = "The exceptions of a person",
    security(("api_key" = ["manage-part"])),
    responses((status = 200, body = Exceptions)),
)]
pub async fn permissions(ApiDelegate(client): ApiDelegate, user: Path<String>) -> Result<HttpResponse, Problem> {
    let user = client.user(&user).await?;
    let permissions = client.gateway.list_overrides(&client.by, client.organization(), user).await?;
    Ok(HttpResponse::Ok().json(Exceptions { permissions }))
}

/// `POST /api/v1/users/{id}/assignments`
#[utoipa::path(
    post, path = "/api/v1/users/{id}/assignments", tag = "Users",
    summary = "Give a role in a scope",
    security(("api_key" = ["manage-part"])),
    request_body = AssignmentBody,
    responses((status = 201, body = Made)),
)]
pub async fn assign(
    ApiDelegate(client): ApiDelegate,
    user: Path<String>,
    ApiBody(body): ApiBody<AssignmentBody>,
) -> Result<HttpResponse, Problem> {
    let draft = body.draft()?;
    let (organization, user) = (client.organization(), client.user(&user).await?);
    let id = client.gateway.assign_role(client.by, organization, user, draft).await?;
    Ok(HttpResponse::Created().json(Made { id }))
}

/// `GET /api/v1/users/{id}/assignments`
#[utoipa::path(
    get, path = "/api/v1/users/{id}/assignments", tag = "Users",
    summary = "The roles that a person holds directly",
    security(("api_key" = ["manage-part"])),
    params(Listing),
    responses((status = 200, body = Listed<AssignmentView>)),
)]
pub async fn assignments(
    ApiDelegate(client): ApiDelegate,
    user: Path<String>,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let user = client.user(&user).await?;
    let items = client.gateway.list_assignments(&client.by, client.organization(), user).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id.clone())?))
}

/// `DELETE /api/v1/users/{id}/assignments/{assignment_id}`
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/assignments/{assignment_id}", tag = "Users",
    summary = "Take a role away",
    security(("api_key" = ["manage-part"])),
    responses((status = 204)),
)]
pub async fn unassign(ApiDelegate(client): ApiDelegate, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (user, assignment) = path.into_inner();
    let (user, assignment) = (client.user(&user).await?, id("assignment", &assignment)?);
    let organization = client.organization();
    client.gateway.end_assignment(client.by, organization, user, assignment).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/v1/users/{id}/sessions`
#[utoipa::path(
    get, path = "/api/v1/users/{id}/sessions", tag = "Users",
    summary = "The live sessions of a person",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<SessionView>)),
)]
pub async fn sessions(
    ApiManager(client): ApiManager,
    user: Path<String>,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_sessions(client.organization(), client.user(&user).await?).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `DELETE /api/v1/users/{id}/sessions`: signed out everywhere.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/sessions", tag = "Users",
    summary = "Sign a person out everywhere",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = Ended)),
)]
pub async fn sign_out(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, user) = (client.organization(), client.user(&user).await?);
    let ended = client.gateway.revoke_sessions(client.by, organization, user).await?;
    Ok(HttpResponse::Ok().json(Ended { ended }))
}

/// `POST /api/v1/users/{id}/suspend`
#[utoipa::path(
    post, path = "/api/v1/users/{id}/suspend", tag = "Users",
    summary = "Suspend a person",
    security(("api_key" = ["suspend"])),
    responses((status = 200, body = Suspension)),
)]
pub async fn suspend(ApiSuspender(client): ApiSuspender, user: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, user) = (client.organization(), client.user(&user).await?);
    client.gateway.suspend_user(client.by, organization, user).await?;
    Ok(HttpResponse::Ok().json(Suspension { id: user, suspended: true }))
}

/// `POST /api/v1/users/{id}/restore`
#[utoipa::path(
    post, path = "/api/v1/users/{id}/restore", tag = "Users",
    summary = "Lift a suspension",
    security(("api_key" = ["suspend"])),
    responses((status = 200, body = Suspension)),
)]
pub async fn restore(ApiSuspender(client): ApiSuspender, user: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, user) = (client.organization(), client.user(&user).await?);
    client.gateway.restore_user(client.by, organization, user).await?;
    Ok(HttpResponse::Ok().json(Suspension { id: user, suspended: false }))
}

/// `DELETE /api/v1/users/{id}`
#[utoipa::path(
    delete, path = "/api/v1/users/{id}", tag = "Users",
    summary = "Delete a person",
    security(("api_key" = ["remove"])),
    responses((status = 204)),
)]
pub async fn delete(ApiRemover(client): ApiRemover, user: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, user) = (client.organization(), client.user(&user).await?);
    client.gateway.remove_user(client.by, organization, user).await?;
    Ok(HttpResponse::NoContent().finish())
}
