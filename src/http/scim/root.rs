//! Queries over all resources at once (RFC 7644 §3.4.2.1, §3.4.3), and paths that are none.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::client::ScimBody;
use super::{ScimClient, ScimResult, list, query};
use crate::http::error::ScimProblem;
use crate::scim::{ResourceKind, ScimError, SearchRequest};

/// `GET /scim/v2`
pub async fn list(client: ScimClient, request: HttpRequest) -> ScimResult {
    list::answer(&client, &ResourceKind::ALL, query::parameters(&request)).await
}

/// `POST /scim/v2/.search`
pub async fn search(client: ScimClient, ScimBody(body): ScimBody) -> ScimResult {
    list::answer(&client, &ResourceKind::ALL, SearchRequest::parse(body)?).await
}

/// Everything else below `/scim/`: another version of the protocol (RFC 7644 §3.13), or nothing.
pub async fn unknown(path: Path<(String, String)>) -> ScimResult {
    let (version, _) = path.into_inner();
    let is_version = version.strip_prefix(['v', 'V']).is_some_and(|number| {
        !number.is_empty() && number.len() < 8 && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    });
    if is_version && !version.eq_ignore_ascii_case("v2") {
        return Err(ScimError::InvalidVers(format!("`{version}` of the protocol is not offered, only `v2`")).into());
    }
    Err(ScimProblem::new(StatusCode::NOT_FOUND, "There is nothing here"))
}
