//! `/api/v1/access`: who could do what at a past moment.

use actix_web::{HttpRequest, HttpResponse};

use super::ApiAuditor;
use super::client::{invalid, number};
use crate::access::Scope;
use crate::domain::history::{PastCursor, PastPage, PastQuery};
use crate::domain::search::Sought;
use crate::http::problem::Problem;
use crate::http::saml::parameter;
use crate::model::Timestamp;

/// People of one page, unless fewer or more are asked for.
const PAGE: usize = 100;
/// People of one page at most.
const MAX_PAGE: usize = 500;

/// `GET /api/v1/access?at=&user=&permission=&resource=&scope=&cursor=&limit=`
#[utoipa::path(
    get, path = "/api/v1/access", tag = "Access",
    summary = "Who could do what at a past moment",
    security(("api_key" = ["audit"])),
    params(
        ("at" = String, Query, description = "RFC 3339 date and time"),
        ("user" = Option<String>, Query, description = "Id or userName; everybody unless named"),
        ("permission" = Option<String>, Query, description = "Asks for this one; else all that they could do is told"),
        ("resource" = Option<String>, Query, description = "`type:id`; with a permission"),
        ("scope" = Option<String>, Query, description = "With a permission; the organization unless named"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<usize>, Query, description = "People of one page: 100 unless given, at most 500"),
    ),
    responses((status = 200, body = PastPage)),
)]
pub async fn access(ApiAuditor(client): ApiAuditor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = query_of(&request)?;
    Ok(HttpResponse::Ok().json(client.gateway.access_at(&client.by, client.organization(), query).await?))
}

fn query_of(request: &HttpRequest) -> Result<PastQuery, Problem> {
    let text = |name| parameter(request.query_string().as_bytes(), name).filter(|value| !value.is_empty());
    let at = text("at").as_deref().and_then(Timestamp::parse_rfc3339);
    let cursor = |text: String| PastCursor::parse(&text).ok_or_else(|| invalid("`cursor` is not one of ours"));
    Ok(PastQuery {
        at: at.ok_or_else(|| invalid("`at` is an RFC 3339 date and time"))?,
        user: text("user"),
        sought: sought(text("permission"), text("resource"), text("scope"))?,
        cursor: text("cursor").map(cursor).transpose()?,
        limit: number(request, "limit")?.unwrap_or(PAGE).clamp(1, MAX_PAGE),
    })
}

/// What is asked for; a resource or scope says nothing without a permission.
fn sought(
    permission: Option<String>,
    resource: Option<String>,
    scope: Option<String>,
) -> Result<Option<Sought>, Problem> {
    let Some(action) = permission else {
        let is_alone = resource.is_none() && scope.is_none();
        return if is_alone { Ok(None) } else { Err(invalid("`resource` and `scope` need a `permission`")) };
    };
    let resource = resource.unwrap_or_else(|| ":".to_owned());
    let (kind, id) = resource.split_once(':').ok_or_else(|| invalid("`resource` is `<type>:<id>`"))?;
    let scope = scope.as_deref().map(Scope::parse).transpose().map_err(|error| invalid(error.to_string()))?;
    Ok(Some(Sought { action, resource_kind: kind.to_owned(), resource_id: id.to_owned(), scope }))
}
