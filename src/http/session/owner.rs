//! `/setup/{token}`: the one-time link that makes the first owner.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::GatewayError;
use crate::domain::organizations::OwnerSetup;
use crate::http::context::Context;
use crate::http::limits::Body;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::request::RequestFacts;
use crate::http::saml::{parameter, see_other, set_cookie};
use crate::session::Cookie;

/// Asks the first owner for a name.
#[derive(Template)]
#[template(path = "owner_setup.html")]
struct SetupPage<'a> {
    organization: &'a str,
    role: &'a str,
    user_name: &'a str,
    error: Option<String>,
}

/// Says that the link opens nothing any more.
#[derive(Template)]
#[template(path = "owner_setup_used.html")]
struct UsedPage;

async fn setup_of(context: &Context, token: &str) -> Result<Option<OwnerSetup>, Problem> {
    Ok(context.gateway.owner_setup(token).await?)
}

/// `GET /setup/{token}`
pub async fn show(context: Data<Context>, token: Path<String>) -> Result<HttpResponse, Problem> {
    let Some(setup) = setup_of(&context, &token).await? else { return Ok(page(StatusCode::GONE, &UsedPage)) };
    let shown = SetupPage { organization: &setup.name, role: &setup.role, user_name: "", error: None };
    Ok(page(StatusCode::OK, &shown))
}

/// `POST /setup/{token}`: the link is used up, the account is made and signed in.
pub async fn claim(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    Body(form): Body,
) -> Result<HttpResponse, Problem> {
    let Some(setup) = setup_of(&context, &token).await? else { return Ok(page(StatusCode::GONE, &UsedPage)) };
    let user_name = parameter(&form, "user_name").unwrap_or_default();
    match context.gateway.claim_ownership(setup.clone(), &user_name, RequestFacts::origin(&request)).await {
        Ok(cookie) => {
            let mut answer = see_other("/console");
            set_cookie(&mut answer, &Cookie::Session.set(context.transport, &cookie, None));
            Ok(answer)
        }
        Err(error @ (GatewayError::Scim(_) | GatewayError::Taken(_) | GatewayError::Invalid(_))) => {
            let is_empty = user_name.trim().is_empty();
            let error =
                Some(if is_empty { "Give a user name or an e-mail address.".to_owned() } else { error.to_string() });
            let shown = SetupPage { organization: &setup.name, role: &setup.role, user_name: &user_name, error };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
        Err(error) => Err(error.into()),
    }
}
