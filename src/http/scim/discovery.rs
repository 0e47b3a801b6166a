//! What the server can do (RFC 7644 §4). `ServiceProviderConfig`, `Schemas` and `ResourceTypes` need no token
//! (RFC 7643 §5): they say nothing of anybody.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use super::{ScimClient, ScimReply, ScimResult};
use crate::http::context::Context;
use crate::http::error::ScimProblem;
use crate::scim;

fn limits(context: &Context) -> scim::Limits {
    scim::Limits {
        filter_max_results: context.gateway.settings().page_max,
        default_page_size: context.gateway.settings().page_default,
        bulk_max_operations: u64::from(*context.config.limits().bulk_operations()),
        bulk_max_payload_size: context.config.limits().bulk_body().get(),
    }
}

/// A filter here would have to be ignored, so it is refused (RFC 7644 §4).
fn without_filter(request: &HttpRequest) -> Result<(), ScimProblem> {
    let is_filtered = url::form_urlencoded::parse(request.query_string().as_bytes())
        .any(|(name, _)| name.eq_ignore_ascii_case("filter"));
    if is_filtered {
        return Err(ScimProblem::new(StatusCode::FORBIDDEN, "discovery endpoints cannot be filtered"));
    }
    Ok(())
}

fn unknown(id: &str) -> ScimProblem {
    let quoted: String = id.chars().take(128).collect();
    ScimProblem::new(StatusCode::NOT_FOUND, format!("there is no `{quoted}`"))
}

/// `GET /scim/v2/ServiceProviderConfig`
pub async fn service_provider_config(context: Data<Context>, request: HttpRequest) -> ScimResult {
    without_filter(&request)?;
    Ok(ScimReply::Document(scim::service_provider_config(&context.gateway.scim_base_url(), &limits(&context))))
}

/// `GET /scim/v2/ResourceTypes`
pub async fn resource_types(context: Data<Context>, request: HttpRequest) -> ScimResult {
    without_filter(&request)?;
    Ok(ScimReply::Document(scim::resource_types(&context.gateway.scim_base_url())))
}

/// `GET /scim/v2/ResourceTypes/{id}`
pub async fn resource_type(context: Data<Context>, id: Path<String>) -> ScimResult {
    let found = scim::resource_type(&context.gateway.scim_base_url(), &id);
    found.map(ScimReply::Document).ok_or_else(|| unknown(&id))
}

/// `GET /scim/v2/Schemas`
pub async fn schemas(context: Data<Context>, request: HttpRequest) -> ScimResult {
    without_filter(&request)?;
    Ok(ScimReply::Document(scim::schemas(&context.gateway.scim_base_url())))
}

/// `GET /scim/v2/Schemas/{urn}`
pub async fn schema(context: Data<Context>, urn: Path<String>) -> ScimResult {
    let found = scim::schema(&context.gateway.scim_base_url(), &urn);
    found.map(ScimReply::Document).ok_or_else(|| unknown(&urn))
}

/// `/scim/v2/Me` (RFC 7644 §3.11): a directory's token is nobody's.
pub async fn not_implemented(_: ScimClient) -> ScimResult {
    Err(ScimProblem::new(
        StatusCode::NOT_IMPLEMENTED,
        "the token is a directory's and nobody's own, so there is no `/Me`",
    ))
}
