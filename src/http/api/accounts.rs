//! `/api/v1/invitations` and `/api/v1/users/{id}/reset-signin`: local accounts.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiBody, ApiManager};
use crate::domain::accounts::SignInLink;
use crate::http::problem::Problem;

/// `{"userName":<name or e-mail address>}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    #[serde(rename = "userName")]
    user_name: String,
}

fn told(link: &SignInLink) -> Value {
    json!({
        "user": { "id": link.user, "userName": link.user_name },
        "url": link.url.as_ref().map(crate::model::Secret::expose),
        "expires": link.url.as_ref().map(|_| link.expires.rfc3339()),
    })
}

/// `POST /api/v1/invitations`: makes a local account; the link is shown this once.
pub async fn invite(
    ApiManager(client): ApiManager,
    ApiBody(wanted): ApiBody<Invitation>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let link = client.gateway.invite(client.by, organization, &wanted.user_name).await?;
    Ok(HttpResponse::Created().json(told(&link)))
}

/// `POST /api/v1/users/{id}/reset-signin`
pub async fn reset(ApiManager(client): ApiManager, user: Path<String>) -> Result<HttpResponse, Problem> {
    let user = client.user(&user).await?;
    let organization = client.organization();
    let link = client.gateway.reset_signin(client.by, organization, user).await?;
    Ok(HttpResponse::Ok().json(told(&link)))
}
