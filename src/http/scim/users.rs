//! `/scim/v2/Users` (RFC 7644 §3.2).

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::client::{IfMatch, IfNoneMatch, ScimBody};
use super::{ScimClient, ScimReply, ScimResult, list, query};
use crate::http::error::ScimProblem;
use crate::model::UserId;
use crate::scim::{PatchRequest, ResourceKind, SearchRequest};

const KIND: ResourceKind = ResourceKind::User;

fn location(client: &ScimClient, id: &str) -> String {
    KIND.location(&client.gateway.scim_base_url(), id)
}

/// What is no id names nobody.
pub(super) fn parsed(id: &str) -> Result<UserId, ScimProblem> {
    let unknown = || {
        let quoted: String = id.chars().take(64).collect();
        ScimProblem::new(StatusCode::NOT_FOUND, format!("there is no User `{quoted}`"))
    };
    id.parse().map_err(|_| unknown())
}

/// `POST /scim/v2/Users`
pub async fn create(client: ScimClient, request: HttpRequest, ScimBody(body): ScimBody) -> ScimResult {
    let projection = query::projection(&request, KIND)?;
    let user = client.gateway.create_user(&client.directory, client.by.clone(), body, &projection).await?;
    let location = location(&client, &user.id);
    Ok(ScimReply::Created(user, location))
}

/// `GET /scim/v2/Users`
pub async fn list(client: ScimClient, request: HttpRequest) -> ScimResult {
    list::answer(&client, &[KIND], query::parameters(&request)).await
}

/// `POST /scim/v2/Users/.search`
pub async fn search(client: ScimClient, ScimBody(body): ScimBody) -> ScimResult {
    list::answer(&client, &[KIND], SearchRequest::parse(body)?).await
}

/// `GET /scim/v2/Users/{id}`
pub async fn read(
    client: ScimClient,
    request: HttpRequest,
    id: Path<String>,
    IfNoneMatch(known): IfNoneMatch,
) -> ScimResult {
    let projection = query::projection(&request, KIND)?;
    let user = client.gateway.read_user(&client.directory, parsed(&id)?, &projection).await?;
    if !known.holds(user.version) {
        return Ok(ScimReply::NotModified(user.version));
    }
    let location = location(&client, &user.id);
    Ok(ScimReply::Resource(user, location))
}

/// `PUT /scim/v2/Users/{id}`
pub async fn replace(
    client: ScimClient,
    request: HttpRequest,
    id: Path<String>,
    IfMatch(expected): IfMatch,
    ScimBody(body): ScimBody,
) -> ScimResult {
    let (id, projection) = (parsed(&id)?, query::projection(&request, KIND)?);
    let user =
        client.gateway.replace_user(&client.directory, client.by.clone(), id, expected, body, &projection).await?;
    let location = location(&client, &user.id);
    Ok(ScimReply::Resource(user, location))
}

/// `PATCH /scim/v2/Users/{id}`: 200 with the resource, or 204 where the directory's dialect wants that and no
/// `attributes` were asked for.
pub async fn patch(
    client: ScimClient,
    request: HttpRequest,
    id: Path<String>,
    IfMatch(expected): IfMatch,
    ScimBody(body): ScimBody,
) -> ScimResult {
    let (id, projection) = (parsed(&id)?, query::projection(&request, KIND)?);
    let patch = PatchRequest::parse(KIND, client.directory.dialect, body)?;
    let user =
        client.gateway.patch_user(&client.directory, client.by.clone(), id, expected, patch, &projection).await?;
    if !client.directory.dialect.patch_answers_body(KIND) && !projection.is_chosen() {
        return Ok(ScimReply::NotShown(user.version));
    }
    let location = location(&client, &user.id);
    Ok(ScimReply::Resource(user, location))
}

/// `DELETE /scim/v2/Users/{id}`
pub async fn delete(client: ScimClient, id: Path<String>, IfMatch(expected): IfMatch) -> ScimResult {
    client.gateway.delete_user(&client.directory, client.by.clone(), parsed(&id)?, expected).await?;
    Ok(ScimReply::NoContent)
}
