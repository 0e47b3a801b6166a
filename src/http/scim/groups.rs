//! `/scim/v2/Groups` (RFC 7644 §3.2).

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::client::{IfMatch, IfNoneMatch, ScimBody};
use super::{ScimClient, ScimReply, ScimResult, list, query};
use crate::http::error::ScimProblem;
use crate::model::GroupId;
use crate::scim::{PatchRequest, ResourceKind, SearchRequest};

const KIND: ResourceKind = ResourceKind::Group;

fn location(client: &ScimClient, id: &str) -> String {
    KIND.location(&client.gateway.scim_base_url(), id)
}

/// What is no id names nobody.
pub(super) fn parsed(id: &str) -> Result<GroupId, ScimProblem> {
    let unknown = || {
        let quoted: String = id.chars().take(64).collect();
        ScimProblem::new(StatusCode::NOT_FOUND, format!("there is no Group `{quoted}`"))
    };
    id.parse().map_err(|_| unknown())
}

/// `POST /scim/v2/Groups`
pub async fn create(client: ScimClient, request: HttpRequest, ScimBody(body): ScimBody) -> ScimResult {
    let projection = query::projection(&request, KIND)?;
    let group = client.gateway.create_group(&client.directory, client.by.clone(), body, &projection).await?;
    let location = location(&client, &group.id);
    Ok(ScimReply::Created(group, location))
}

/// `GET /scim/v2/Groups`
pub async fn list(client: ScimClient, request: HttpRequest) -> ScimResult {
    list::answer(&client, &[KIND], query::parameters(&request)).await
}

/// `POST /scim/v2/Groups/.search`
pub async fn search(client: ScimClient, ScimBody(body): ScimBody) -> ScimResult {
    list::answer(&client, &[KIND], SearchRequest::parse(body)?).await
}

/// `GET /scim/v2/Groups/{id}`
pub async fn read(
    client: ScimClient,
    request: HttpRequest,
    id: Path<String>,
    IfNoneMatch(known): IfNoneMatch,
) -> ScimResult {
    let projection = query::projection(&request, KIND)?;
    let group = client.gateway.read_group(&client.directory, parsed(&id)?, &projection).await?;
    if !known.holds(group.version) {
        return Ok(ScimReply::NotModified(group.version));
    }
    let location = location(&client, &group.id);
    Ok(ScimReply::Resource(group, location))
}

/// `PUT /scim/v2/Groups/{id}`
pub async fn replace(
    client: ScimClient,
    request: HttpRequest,
    id: Path<String>,
    IfMatch(expected): IfMatch,
    ScimBody(body): ScimBody,
) -> ScimResult {
    let (id, projection) = (parsed(&id)?, query::projection(&request, KIND)?);
    let group =
        client.gateway.replace_group(&client.directory, client.by.clone(), id, expected, body, &projection).await?;
    let location = location(&client, &group.id);
    Ok(ScimReply::Resource(group, location))
}

/// `PATCH /scim/v2/Groups/{id}`: 200 with the resource, or 204 where the directory's dialect wants that or the group is
/// too large to be shown, and no `attributes` were asked for.
pub async fn patch(
    client: ScimClient,
    request: HttpRequest,
    id: Path<String>,
    IfMatch(expected): IfMatch,
    ScimBody(body): ScimBody,
) -> ScimResult {
    let (id, projection) = (parsed(&id)?, query::projection(&request, KIND)?);
    let patch = PatchRequest::parse(KIND, client.directory.dialect, body)?;
    let (version, group) =
        client.gateway.patch_group(&client.directory, client.by.clone(), id, expected, patch, &projection).await?;
    let Some(group) = group else { return Ok(ScimReply::NotShown(version)) };
    let location = location(&client, &group.id);
    Ok(ScimReply::Resource(group, location))
}

/// `DELETE /scim/v2/Groups/{id}`
pub async fn delete(client: ScimClient, id: Path<String>, IfMatch(expected): IfMatch) -> ScimResult {
    client.gateway.delete_group(&client.directory, client.by.clone(), parsed(&id)?, expected).await?;
    Ok(ScimReply::NoContent)
}
