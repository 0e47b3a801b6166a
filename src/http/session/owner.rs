//! `/setup/{token}`: the one-time links that make the first owner, and that sign an owner in again.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::step::{new_password, onward};
use crate::domain::GatewayError;
use crate::domain::organizations::OwnerSetup;
use crate::http::context::Context;
use crate::http::limits::Body;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::request::RequestFacts;
use crate::http::saml::{parameter, see_other, set_cookie};
use crate::model::Secret;
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

/// Asks an owner whether they want to be signed in: a link must not be used up by whoever merely looks at it.
#[derive(Template)]
#[template(path = "owner_return.html")]
struct ReturnPage<'a> {
    organization: &'a str,
    user_name: &'a str,
}

/// What is shown for a link that makes no owner: that it signs one in, or that it opens nothing.
async fn show_return(context: &Context, token: &str) -> Result<HttpResponse, Problem> {
    let Some(owner) = context.gateway.owner_return(token).await? else { return Ok(page(StatusCode::GONE, &UsedPage)) };
    Ok(page(StatusCode::OK, &ReturnPage { organization: &owner.name, user_name: &owner.user_name }))
}

/// Uses a link up that signs an owner in.
async fn come_back(context: &Context, request: &HttpRequest, token: &str) -> Result<HttpResponse, Problem> {
    let Some(owner) = context.gateway.owner_return(token).await? else { return Ok(page(StatusCode::GONE, &UsedPage)) };
    match context.gateway.return_as_owner(owner, RequestFacts::origin(request)).await {
        Ok(cookie) => Ok(signed_in(context, &cookie)),
        Err(GatewayError::Taken(_)) => Ok(page(StatusCode::GONE, &UsedPage)),
        Err(error) => Err(error.into()),
    }
}

fn signed_in(context: &Context, cookie: &Secret) -> HttpResponse {
    let mut answer = see_other("/console");
    set_cookie(&mut answer, &Cookie::Session.set(context.transport, cookie, None));
    answer
}

async fn setup_of(context: &Context, token: &str) -> Result<Option<OwnerSetup>, Problem> {
    Ok(context.gateway.owner_setup(token).await?)
}

/// `GET /setup/{token}`
pub async fn show(context: Data<Context>, token: Path<String>) -> Result<HttpResponse, Problem> {
    let Some(setup) = setup_of(&context, &token).await? else { return show_return(&context, &token).await };
    let shown = SetupPage { organization: &setup.name, role: &setup.role, user_name: "", error: None };
    Ok(page(StatusCode::OK, &shown))
}

/// `POST /setup/{token}`: the link is used up, and the owner, whose account is made if there is none yet, is signed in.
pub async fn claim(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    Body(form): Body,
) -> Result<HttpResponse, Problem> {
    let Some(setup) = setup_of(&context, &token).await? else { return come_back(&context, &request, &token).await };
    let user_name = parameter(&form, "user_name").unwrap_or_default();
    let claimed = match new_password(&form) {
        Ok(password) => {
            let password = Some(password).filter(|password| !password.expose().is_empty());
            context.gateway.claim_ownership(setup.clone(), &user_name, password, RequestFacts::origin(&request)).await
        }
        Err(error) => Err(error),
    };
    match claimed {
        Ok(progress) => Ok(onward(&context, progress).unwrap_or_else(|| page(StatusCode::GONE, &UsedPage))),
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
