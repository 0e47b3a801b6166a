//! `/api/v1/groups`: groups, the roles that they give, and who is in them. Identity providers change them, over SCIM.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::client::id;
use super::list::{Stretch, cursor_at, foreign, key_of, page_size};
use super::{ApiManager, ApiQuery, Listed};
use crate::domain::views::{GroupLine, GroupPlace, MemberLine};
use crate::http::problem::Problem;

/// `GET /api/v1/groups?q=&cursor=&limit=`
#[utoipa::path(
    get, path = "/api/v1/groups", tag = "Groups",
    summary = "Groups, by name",
    security(("api_key" = ["manage"])),
    params(Stretch),
    responses((status = 200, body = Listed<GroupLine>)),
)]
pub async fn list(ApiManager(client): ApiManager, ApiQuery(asked): ApiQuery<Stretch>) -> Result<HttpResponse, Problem> {
    let after = key_of(asked.cursor.as_deref())?.map(|key| place(&key).ok_or_else(foreign)).transpose()?;
    let limit = page_size(asked.limit);
    let (items, next) = client.gateway.list_groups(client.organization(), &asked.q, after, limit).await?;
    let next_cursor = next.map(|next| cursor_at(format!("{}:{}", next.id, next.name)));
    Ok(HttpResponse::Ok().json(Listed { items, next_cursor }))
}

/// An id has no colon, a name may.
fn place(key: &str) -> Option<GroupPlace> {
    let (id, name) = key.split_once(':')?;
    Some(GroupPlace { name: name.to_owned(), id: id.to_owned() })
}

/// `GET /api/v1/groups/{id}`
#[utoipa::path(
    get, path = "/api/v1/groups/{id}", tag = "Groups",
    summary = "A group, and the roles that it gives",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = GroupLine)),
)]
pub async fn read(ApiManager(client): ApiManager, group: Path<String>) -> Result<HttpResponse, Problem> {
    let group = id("group", &group)?;
    Ok(HttpResponse::Ok().json(client.gateway.group(client.organization(), group).await?))
}

/// `GET /api/v1/groups/{id}/members?cursor=&limit=`
#[utoipa::path(
    get, path = "/api/v1/groups/{id}/members", tag = "Groups",
    summary = "Who is in a group, directly",
    security(("api_key" = ["manage"])),
    params(super::list::Part),
    responses((status = 200, body = Listed<MemberLine>)),
)]
pub async fn members(
    ApiManager(client): ApiManager,
    group: Path<String>,
    ApiQuery(asked): ApiQuery<super::list::Part>,
) -> Result<HttpResponse, Problem> {
    let group = id("group", &group)?;
    let after = key_of(asked.cursor.as_deref())?.unwrap_or_default();
    let limit = page_size(asked.limit);
    let (items, next) = client.gateway.group_members(client.organization(), group, &after, limit).await?;
    Ok(HttpResponse::Ok().json(Listed { items, next_cursor: next.map(cursor_at) }))
}
