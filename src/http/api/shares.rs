//! `/api/v1/shares`: what is shared with whom, and the members of members-only resources.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::client::{id, invalid, moment};
use super::{ApiBody, ApiClient, ApiDelegate};
use crate::access::ResourceRef;
use crate::domain::shares::{ShareDraft, ShareHolder, ShareSelection};
use crate::http::problem::Problem;
use crate::http::saml::parameter;

/// `{"resource":{"type","id"},"level","user"|"group","until"?}`
#[derive(Debug, Deserialize)]
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceBody {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

async fn holder(client: &ApiClient, user: Option<&str>, group: Option<&str>) -> Result<ShareHolder, Problem> {
    match (user, group) {
        (Some(user), None) => Ok(ShareHolder::User(client.user(user).await?)),
        (None, Some(group)) => Ok(ShareHolder::Group(id("group", group)?)),
        (Some(_), Some(_)) | (None, None) => Err(invalid("name a `user` or a `group`, one of the two")),
    }
}

/// `POST /api/v1/shares`
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
pub async fn list(ApiDelegate(client): ApiDelegate, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = request.query_string().as_bytes();
    let text = |name| parameter(query, name).filter(|value| !value.is_empty());
    let selection = match (text("resource_type"), text("resource_id")) {
        (Some(kind), Some(id)) => ShareSelection::Resource(ResourceRef { kind, id }),
        (Some(_), None) | (None, Some(_)) => return Err(invalid("`resource_type` and `resource_id` go together")),
        (None, None) => match holder(&client, text("user").as_deref(), text("group").as_deref()).await? {
            ShareHolder::User(user) => ShareSelection::User(user),
            ShareHolder::Group(group) => ShareSelection::Group(group),
        },
    };
    let items = client.gateway.list_shares(&client.by, client.organization(), selection).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

/// `DELETE /api/v1/shares/{id}`
pub async fn delete(ApiDelegate(client): ApiDelegate, share: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.end_share(client.by, organization, id("share", &share)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
