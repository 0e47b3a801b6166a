//! `/signin`: an e-mail address finds the identity provider to sign in at. For whoever has none, it asks for a password.
//!
//! An address that nobody has is asked for its password like any other: the page does not tell who has an account.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::client::check_same_origin;
use super::step::{check_failures, count_failure, onward};
use crate::http::context::Context;
use crate::http::headers::PAGE_POLICY;
use crate::http::limits::Body;
use crate::http::page;
use crate::http::problem::Problem;
use crate::http::request::RequestFacts;
use crate::http::saml::{parameter, see_other};
use crate::model::Secret;
use crate::session::Transport;

/// Asks for an e-mail address, and then for a password.
#[derive(Debug, Template)]
#[template(path = "signin.html")]
pub struct SigninPage {
    pub email: String,
    pub return_to: String,
    pub asks_password: bool,
    /// The identity provider that this address signs in at, for whoever asked for a password all the same.
    pub has_provider: bool,
    pub is_wrong: bool,
}

/// The page. Its form leads, by redirects, to an identity provider elsewhere; browsers hold `form-action` against each
/// of them (CSP 3 §6.4.1).
fn page(status: StatusCode, transport: Transport, shown: &SigninPage) -> HttpResponse {
    let elsewhere = match transport {
        Transport::Https => "form-action 'self' https:",
        Transport::Loopback => "form-action 'self' https: http:",
    };
    let mut answer = page::page(status, shown);
    if let Ok(policy) = HeaderValue::from_str(&PAGE_POLICY.replace("form-action 'self'", elsewhere)) {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// `GET /signin?return_to=/path`; with `&password` it asks for a password at once.
pub async fn show(context: Data<Context>, request: HttpRequest) -> HttpResponse {
    let query = request.query_string().as_bytes();
    let return_to = parameter(query, "return_to").unwrap_or_default();
    let shown = SigninPage {
        email: parameter(query, "email").unwrap_or_default(),
        return_to: crate::session::return_to(&return_to).unwrap_or("/").to_owned(),
        asks_password: parameter(query, "password").is_some(),
        has_provider: false,
        is_wrong: false,
    };
    page(StatusCode::OK, context.transport, &shown)
}

/// `POST /signin`: with a password it signs in; without one it finds the identity provider, or asks for the password.
pub async fn find(context: Data<Context>, request: HttpRequest, Body(form): Body) -> Result<HttpResponse, Problem> {
    let email = parameter(&form, "email").unwrap_or_default();
    let return_to = parameter(&form, "return_to").unwrap_or_default();
    let return_to = crate::session::return_to(&return_to).unwrap_or("/").to_owned();
    let password = parameter(&form, "password").filter(|password| !password.is_empty());
    if let Some(password) = password {
        return sign_in(&context, &request, email, Secret::new(password), return_to).await;
    }
    match context.gateway.connection_for(&email).await? {
        Some(id) => {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", &return_to).finish();
            Ok(see_other(&format!("/saml/{id}/login?{query}")))
        }
        None => {
            let shown = SigninPage { email, return_to, asks_password: true, has_provider: false, is_wrong: false };
            Ok(page(StatusCode::OK, context.transport, &shown))
        }
    }
}

async fn sign_in(
    context: &Context,
    request: &HttpRequest,
    email: String,
    password: Secret,
    return_to: String,
) -> Result<HttpResponse, Problem> {
    check_same_origin(request)?;
    check_failures(context, request)?;
    let origin = RequestFacts::origin(request);
    let progress = context.gateway.sign_in_with_password(&email, password, &return_to, origin).await?;
    if let Some(answer) = onward(context, progress) {
        return Ok(answer);
    }
    count_failure(context, request)?;
    let has_provider = context.gateway.connection_for(&email).await?.is_some();
    let shown = SigninPage { email, return_to, asks_password: true, has_provider, is_wrong: true };
    Ok(page(StatusCode::FORBIDDEN, context.transport, &shown))
}
