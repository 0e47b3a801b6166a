//! `/api/v1/directories/{id}/requests`: what a directory sent and how it was answered, newest first.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::client::{id, invalid, number};
use super::{ApiManager, Listed};
use crate::domain::pushes::{RequestDetail, RequestLine, RequestQuery};
use crate::http::problem::Problem;
use crate::http::saml::parameter;
use crate::model::Timestamp;

/// Lines of one page, unless fewer or more are asked for.
const PAGE: usize = 100;
/// Lines of one page at most.
const MAX_PAGE: usize = 1_000;

/// `GET /api/v1/directories/{id}/requests?person=&status=&since=&until=&cursor=&limit=`
#[utoipa::path(
    get, path = "/api/v1/directories/{id}/requests", tag = "Directories",
    summary = "The provisioning log",
    security(("api_key" = ["manage"])),
    params(
        ("person" = Option<String>, Query, description = "Id or userName"),
        ("status" = Option<String>, Query, description = "`409`, or `4xx` for all of a class"),
        ("since" = Option<String>, Query, description = "RFC 3339 date and time"),
        ("until" = Option<String>, Query, description = "RFC 3339 date and time"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<usize>, Query, description = "Lines of one page: 100 unless given, at most 1,000"),
    ),
    responses((status = 200, body = Listed<RequestLine>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    request: HttpRequest,
    directory: Path<String>,
) -> Result<HttpResponse, Problem> {
    let query = request.query_string().as_bytes();
    let text = |name| parameter(query, name).filter(|value| !value.is_empty());
    let moment = |name| {
        let misread = || invalid("`since` and `until` are RFC 3339 dates and times");
        text(name).map(|value| Timestamp::parse_rfc3339(&value).ok_or_else(misread)).transpose()
    };
    let asked = RequestQuery {
        person: text("person"),
        status: text("status").map(|status| statuses(&status)).transpose()?,
        since: moment("since")?,
        until: moment("until")?,
        before: text("cursor"),
    };
    let limit = number(&request, "limit")?.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let (directory, organization) = (id("directory", &directory)?, client.organization());
    let (items, next_cursor) = client.gateway.directory_requests(organization, directory, asked, limit).await?;
    Ok(HttpResponse::Ok().json(Listed { items, next_cursor }))
}

/// `GET /api/v1/directories/{id}/requests/{request_id}`
#[utoipa::path(
    get, path = "/api/v1/directories/{id}/requests/{request_id}", tag = "Directories",
    summary = "One request of the provisioning log",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = RequestDetail)),
)]
pub async fn read(ApiManager(client): ApiManager, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (directory, request) = path.into_inner();
    let (directory, request) = (id("directory", &directory)?, id("request", &request)?);
    let organization = client.organization();
    Ok(HttpResponse::Ok().json(client.gateway.directory_request(organization, directory, request).await?))
}

/// `409`, or `4xx` for all of a class.
fn statuses(text: &str) -> Result<(i64, i64), Problem> {
    let class = text.strip_suffix("xx").and_then(|class| class.parse::<i64>().ok()).filter(|class| *class < 10);
    match (class, text.parse::<i64>()) {
        (Some(class), _) => Ok((class * 100, class * 100 + 99)),
        (None, Ok(status)) => Ok((status, status)),
        (None, Err(_)) => Err(invalid("`status` is a number such as `409`, or a class such as `4xx`")),
    }
}
