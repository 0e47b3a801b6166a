//! `/api/v1/shares`: what is shared with whom, and the members of members-only resources.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::client::{id, invalid, moment};
use super::{ApiBody, ApiClient, ApiDelegate, ApiQuery, Listed, Listing};
use crate::access::ResourceRef;
use crate::domain::shares::{ShareDraft, ShareHolder, ShareSelection, ShareView};
use crate::http::problem::Problem;

/// `{"resource":{"type","id"},"level","user"|"group","until"?}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareBody {
    resource: ResourceBody,
    level: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    until: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ResourceBody {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// Which shares: of a resource, of a user or of a group, one of the three.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SharesQuery {
    resource_type: Option<String>,
    resource_id: Option<String>,
    /// SCIM id or userName.
    user: Option<String>,
    group: Option<String>,
    /// Shares of one page, at most; 1,000 unless fewer are asked for.
    #[param(minimum = 0)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn holder(client: &ApiClient, user: Option<&str>, group: Option<&str>) -> Result<ShareHolder, Problem> {
    match (user, group) {
        (Some(user), None) => Ok(ShareHolder::User(client.user(user).await?)),
        (None, Some(group)) => Ok(ShareHolder::Group(id("group", group)?)),
        (Some(_), Some(_)) | (None, None) => Err(invalid("name a `user` or a `group`, one of the two")),
    }
}

/// `POST /api/v1/shares`
#[utoipa::path(
    post, path = "/api/v1/shares", tag = "Shares",
    summary = "Share a resource",
    security(("api_key" = ["manage-part"])),
    request_body = ShareBody,
    responses((status = 201, body = ShareView)),
)]
pub async fn create(
    ApiDelegate(client): ApiDelegate,
    ApiBody(body): ApiBody<ShareBody>,
) -> Result<HttpResponse, Problem> {
    let holder = holder(&client, body.user.as_deref(), body.group.as_deref()).await?;
    let resource = ResourceRef { kind: body.resource.kind, id: body.resource.id };
    let draft = ShareDraft { resource, level: body.level, holder, until: moment(body.until.as_deref())? };
    let organization = client.organization();
    Ok(HttpResponse::Created().json(client.gateway.create_share(client.by, organization, draft).await?))
}

/// `GET /api/v1/shares?resource_type=&resource_id=`, or `?user=`, or `?group=`
#[utoipa::path(
    get, path = "/api/v1/shares", tag = "Shares",
    summary = "Shares of a resource, or with somebody",
    security(("api_key" = ["manage-part"])),
    params(SharesQuery),
    responses((status = 200, body = Listed<ShareView>)),
)]
pub async fn list(
    ApiDelegate(client): ApiDelegate,
    ApiQuery(asked): ApiQuery<SharesQuery>,
) -> Result<HttpResponse, Problem> {
    let listing = Listing { limit: asked.limit, cursor: asked.cursor };
    let selection = match (asked.resource_type, asked.resource_id) {
        (Some(kind), Some(id)) => ShareSelection::Resource(ResourceRef { kind, id }),
        (Some(_), None) | (None, Some(_)) => return Err(invalid("`resource_type` and `resource_id` go together")),
        (None, None) => match holder(&client, asked.user.as_deref(), asked.group.as_deref()).await? {
            ShareHolder::User(user) => ShareSelection::User(user),
            ShareHolder::Group(group) => ShareSelection::Group(group),
        },
    };
    let items = client.gateway.list_shares(&client.by, client.organization(), selection).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id.clone())?))
}

/// `DELETE /api/v1/shares/{id}`
#[utoipa::path(
    delete, path = "/api/v1/shares/{id}", tag = "Shares",
    summary = "End a share",
    security(("api_key" = ["manage-part"])),
    responses((status = 204)),
)]
pub async fn delete(ApiDelegate(client): ApiDelegate, share: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.end_share(client.by, organization, id("share", &share)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
