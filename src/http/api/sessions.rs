//! `/api/v1/sessions`: who is signed in.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use super::client::id;
use super::list::{cursor_at, foreign, key_of, page_size};
use super::{ApiManager, ApiQuery, Listed};
use crate::domain::views::SessionLine;
use crate::http::problem::Problem;

/// Which sessions.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionsQuery {
    /// Those of one person: their id or userName.
    user: Option<String>,
    /// Items of one page, at most; 100 unless fewer or more are asked for, never more than 1,000.
    #[param(minimum = 0)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// `GET /api/v1/sessions?user=&cursor=&limit=`
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "Sessions",
    summary = "The live sessions, newest first",
    security(("api_key" = ["manage"])),
    params(SessionsQuery),
    responses((status = 200, body = Listed<SessionLine>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(asked): ApiQuery<SessionsQuery>,
) -> Result<HttpResponse, Problem> {
    let before = key_of(asked.cursor.as_deref())?.map(|key| key.parse().map_err(|_| foreign())).transpose()?;
    let user = match &asked.user {
        Some(name) => Some(client.user(name).await?),
        None => None,
    };
    let limit = page_size(asked.limit);
    let (items, next) = client.gateway.live_sessions(client.organization(), user, before, limit).await?;
    Ok(HttpResponse::Ok().json(Listed { items, next_cursor: next.map(|id| cursor_at(id.to_string())) }))
}

/// `DELETE /api/v1/sessions/{id}`
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}", tag = "Sessions",
    summary = "End a session",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn end(ApiManager(client): ApiManager, session: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.revoke_session(client.by, organization, id("session", &session)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
