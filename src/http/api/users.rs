//! `/api/v1/users`: who there is; `/api/v1/users/{id}`: what one person holds, and where each piece of it comes from.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::list::{Stretch, cursor_at, key_of, page_size};
use super::{ApiManager, ApiQuery, Listed};
use crate::domain::views::{PersonLine, PersonView};
use crate::http::problem::Problem;

/// `GET /api/v1/users?q=&cursor=&limit=`
#[utoipa::path(
    get, path = "/api/v1/users", tag = "Users",
    summary = "People, by userName; `q` is the beginning of a userName or an e-mail address",
    security(("api_key" = ["manage"])),
    params(Stretch),
    responses((status = 200, body = Listed<PersonLine>)),
)]
pub async fn list(ApiManager(client): ApiManager, ApiQuery(asked): ApiQuery<Stretch>) -> Result<HttpResponse, Problem> {
    let after = key_of(asked.cursor.as_deref())?.unwrap_or_default();
    let limit = page_size(asked.limit);
    let found = client.gateway.find_people(client.organization(), &asked.q, &after, limit).await?;
    Ok(HttpResponse::Ok().json(Listed { items: found.people, next_cursor: found.next.map(cursor_at) }))
}

/// `GET /api/v1/users/{id}`
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "Users",
    summary = "A person: their groups, roles and exceptions, and where each comes from",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = PersonView)),
)]
pub async fn read(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let user = client.user(&user).await?;
    Ok(HttpResponse::Ok().json(client.gateway.person(client.organization(), user).await?))
}
