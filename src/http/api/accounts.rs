//! `/api/v1/invitations` and `/api/v1/users/{id}/reset-signin`: local accounts.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

use super::{ApiBody, ApiManager};
use crate::domain::accounts::SignInLink;
use crate::http::problem::Problem;
use crate::model::UserId;

/// `{"userName":<name or e-mail address>}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    #[serde(rename = "userName")]
    user_name: String,
}

/// Whose link it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkedUser {
    id: UserId,
    user_name: String,
}

/// A link that was made; none for whom a directory manages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeLink {
    user: LinkedUser,
    url: Option<String>,
    expires: Option<String>,
}

impl From<&SignInLink> for MadeLink {
    fn from(link: &SignInLink) -> Self {
        Self {
            user: LinkedUser { id: link.user, user_name: link.user_name.clone() },
            url: link.url.as_ref().map(|url| url.expose().to_owned()),
            expires: link.url.as_ref().map(|_| link.expires.rfc3339()),
        }
    }
}

/// `POST /api/v1/invitations`: makes a local account; the link is shown this once.
#[utoipa::path(
    post, path = "/api/v1/invitations", tag = "Users",
    summary = "Make a local account; its link is shown this once",
    security(("api_key" = ["manage"])),
    request_body = Invitation,
    responses((status = 201, body = MadeLink)),
)]
pub async fn invite(
    ApiManager(client): ApiManager,
    ApiBody(wanted): ApiBody<Invitation>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let link = client.gateway.invite(client.by, organization, &wanted.user_name).await?;
    Ok(HttpResponse::Created().json(MadeLink::from(&link)))
}

/// `POST /api/v1/users/{id}/reset-signin`
#[utoipa::path(
    post, path = "/api/v1/users/{id}/reset-signin", tag = "Users",
    summary = "Take away what somebody signs in with",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = MadeLink)),
)]
pub async fn reset(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let user = client.user(&user).await?;
    let organization = client.organization();
    let link = client.gateway.reset_signin(client.by, organization, user).await?;
    Ok(HttpResponse::Ok().json(MadeLink::from(&link)))
}
