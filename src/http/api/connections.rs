//! `/api/v1/connections`: the SAML identity providers.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Deserializer};

use super::client::id;
use super::tag::{Expected, tagged};
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::GatewayError;
use crate::domain::connections::{ConnectionDraft, ConnectionView, MetadataDraft};
use crate::domain::login::AttemptView;
use crate::http::problem::Problem;

/// A connection as an admin writes it: its metadata as XML, or where to fetch it. In a change, what is left out stays, and
/// `null` takes a choice back.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionBody {
    name: Option<String>,
    metadata_xml: Option<String>,
    metadata_url: Option<String>,
    domains: Option<Vec<String>>,
    just_in_time: Option<bool>,
    idp_initiated: Option<String>,
    allow_cbc: Option<bool>,
    clock_skew_seconds: Option<i64>,
    require_signed: Option<String>,
    force_authn: Option<bool>,
    authn_contexts: Option<Vec<String>>,
    #[serde(deserialize_with = "present")]
    preset: Option<Option<String>>,
    groups: Option<bool>,
    #[serde(deserialize_with = "present")]
    group_attribute: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    email_attribute: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    id_attribute: Option<Option<String>>,
    enabled: Option<bool>,
}

/// Tells `null` from what is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl ConnectionBody {
    fn draft(self) -> Result<ConnectionDraft, GatewayError> {
        let metadata = match (self.metadata_xml, self.metadata_url) {
            (None, None) => None,
            (Some(xml), None) => Some(MetadataDraft::Xml(xml)),
            (None, Some(url)) => Some(MetadataDraft::Url(url)),
            (Some(_), Some(_)) => {
                let why = "give `metadata_xml` or `metadata_url`, one of them";
                return Err(GatewayError::Invalid(why.to_owned()));
            }
        };
        Ok(ConnectionDraft {
            name: self.name,
            metadata,
            domains: self.domains,
            just_in_time: self.just_in_time,
            idp_initiated: self.idp_initiated,
            allow_cbc: self.allow_cbc,
            clock_skew_seconds: self.clock_skew_seconds,
            require_signed: self.require_signed,
            force_authn: self.force_authn,
            authn_contexts: self.authn_contexts,
            preset: self.preset,
            groups: self.groups,
            group_attribute: self.group_attribute,
            email_attribute: self.email_attribute,
            id_attribute: self.id_attribute,
            enabled: self.enabled,
        })
    }
}

/// `POST /api/v1/connections`
#[utoipa::path(
    post, path = "/api/v1/connections", tag = "Connections",
    summary = "Connect a SAML identity provider",
    security(("api_key" = ["manage"])),
    request_body = ConnectionBody,
    responses((status = 201, body = ConnectionView)),
)]
pub async fn create(
    ApiManager(client): ApiManager,
    ApiBody(body): ApiBody<ConnectionBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let made = client.gateway.create_connection(client.by, organization, body.draft()?).await?;
    Ok(HttpResponse::Created().json(made))
}

/// `GET /api/v1/connections`
#[utoipa::path(
    get, path = "/api/v1/connections", tag = "Connections",
    summary = "The SAML identity providers",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<ConnectionView>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let items = client.gateway.list_connections(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(items, |item| item.id)?))
}

/// `GET /api/v1/connections/{id}`
#[utoipa::path(
    get, path = "/api/v1/connections/{id}", tag = "Connections",
    summary = "One identity provider",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = ConnectionView)),
)]
pub async fn show(ApiManager(client): ApiManager, connection: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("connection", &connection)?);
    let shown = client.gateway.show_connection(organization, id).await?;
    Ok(tagged(shown.version, shown))
}

/// `PUT /api/v1/connections/{id}`
#[utoipa::path(
    put, path = "/api/v1/connections/{id}", tag = "Connections",
    summary = "Change what was chosen for an identity provider",
    security(("api_key" = ["manage"])),
    request_body = ConnectionBody,
    responses((status = 200, body = ConnectionView)),
)]
pub async fn change(
    ApiManager(client): ApiManager,
    connection: Path<String>,
    Expected(expected): Expected,
    ApiBody(body): ApiBody<ConnectionBody>,
) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("connection", &connection)?);
    let changed = client.gateway.change_connection(client.by, organization, id, expected, body.draft()?).await?;
    Ok(tagged(changed.version, changed))
}

/// `DELETE /api/v1/connections/{id}`
#[utoipa::path(
    delete, path = "/api/v1/connections/{id}", tag = "Connections",
    summary = "Disconnect an identity provider",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn delete(
    ApiManager(client): ApiManager,
    Expected(expected): Expected,
    connection: Path<String>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.delete_connection(client.by, organization, id("connection", &connection)?, expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/connections/{id}/refresh`: fetches the metadata again, now.
#[utoipa::path(
    post, path = "/api/v1/connections/{id}/refresh", tag = "Connections",
    summary = "Fetch the metadata again, now",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = ConnectionView)),
)]
pub async fn refresh(ApiManager(client): ApiManager, connection: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("connection", &connection)?);
    Ok(HttpResponse::Ok().json(client.gateway.refresh_metadata(client.by, organization, id).await?))
}

/// The latest sign-ins that failed or were tried out.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Attempts {
    items: Vec<AttemptView>,
}

/// `GET /api/v1/connections/{id}/sign-ins`: those that failed or were tried out, newest first, at most 50.
#[utoipa::path(
    get, path = "/api/v1/connections/{id}/sign-ins", tag = "Connections",
    summary = "Sign-ins that failed or were tried out, newest first",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = Attempts)),
)]
pub async fn sign_ins(ApiManager(client): ApiManager, connection: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("connection", &connection)?);
    let items = client.gateway.sign_ins(organization, id).await?;
    Ok(HttpResponse::Ok().json(Attempts { items }))
}

/// `POST /api/v1/connections/{id}/spare-key`
#[utoipa::path(
    post, path = "/api/v1/connections/{id}/spare-key", tag = "Connections",
    summary = "Make the key that will sign next",
    security(("api_key" = ["manage"])),
    responses((status = 201, body = ConnectionView)),
)]
pub async fn make_spare_key(ApiManager(client): ApiManager, connection: Path<String>) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("connection", &connection)?);
    Ok(HttpResponse::Created().json(client.gateway.make_spare_key(client.by, organization, id).await?))
}

/// `POST /api/v1/connections/{id}/spare-key/activate`
#[utoipa::path(
    post, path = "/api/v1/connections/{id}/spare-key/activate", tag = "Connections",
    summary = "Sign with the spare key from now on",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = ConnectionView)),
)]
pub async fn activate_spare_key(
    ApiManager(client): ApiManager,
    connection: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (organization, id) = (client.organization(), id("connection", &connection)?);
    Ok(HttpResponse::Ok().json(client.gateway.activate_spare_key(client.by, organization, id).await?))
}

/// `DELETE /api/v1/connections/{id}/spare-key`
#[utoipa::path(
    delete, path = "/api/v1/connections/{id}/spare-key", tag = "Connections",
    summary = "Delete the spare key",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn remove_spare_key(
    ApiManager(client): ApiManager,
    connection: Path<String>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.remove_spare_key(client.by, organization, id("connection", &connection)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
