//! `/signin`: an e-mail address finds the identity provider to sign in at. For whoever has none, it asks for a password.
//!
//! The address whose identity provider was found is remembered in this browser, in a cookie that opens nothing.
//!
//! An address that nobody has is asked for its password like any other: the page does not tell who has an account.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::client::check_same_origin;
use super::step::{check_failures, count_failure, onward};
use crate::http::context::Context;
use crate::http::headers::PAGE_POLICY;
use crate::http::limits::Body;
use crate::http::page;
use crate::http::problem::Problem;
use crate::http::request::{RequestFacts, cookie};
use crate::http::saml::{parameter, see_other, set_cookie};
use crate::model::Secret;
use crate::session::{Cookie, Transport};

/// For how long an address is remembered after it was used last.
const REMEMBERED: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// The longest address (RFC 5321 §4.5.3.1.3, without the brackets).
const MAX_ADDRESS: usize = 254;

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
    /// Whether the address is the one that this browser remembers.
    pub is_remembered: bool,
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

/// The cookie's value for an address that is worth remembering.
fn remembering(email: &str) -> Option<Secret> {
    let email = email.trim();
    let is_address = email.len() <= MAX_ADDRESS && email.contains('@') && !email.chars().any(char::is_control);
    is_address.then(|| Secret::new(URL_SAFE_NO_PAD.encode(email)))
}

/// The address that this browser remembers.
fn remembered(request: &HttpRequest, transport: Transport) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie(request, Cookie::Address, transport)?).ok()?;
    let email = String::from_utf8(bytes).ok()?;
    remembering(&email).map(|_| email)
}

/// `GET /signin?return_to=/path`; with `&password` it asks for a password at once, with `&forget` the address is forgotten.
pub async fn show(context: Data<Context>, request: HttpRequest) -> HttpResponse {
    let query = request.query_string().as_bytes();
    let return_to = parameter(query, "return_to").unwrap_or_default();
    let forgets = parameter(query, "forget").is_some();
    let given = parameter(query, "email");
    let known = if forgets || given.is_some() { None } else { remembered(&request, context.transport) };
    let shown = SigninPage {
        is_remembered: known.is_some(),
        email: given.or(known).unwrap_or_default(),
        return_to: crate::session::return_to(&return_to).unwrap_or("/").to_owned(),
        asks_password: parameter(query, "password").is_some(),
        has_provider: false,
        is_wrong: false,
    };
    let mut answer = page(StatusCode::OK, context.transport, &shown);
    if forgets {
        set_cookie(&mut answer, &Cookie::Address.clear(context.transport));
    }
    answer
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
            let mut answer = see_other(&format!("/saml/{id}/login?{query}"));
            if let Some(address) = remembering(&email) {
                set_cookie(&mut answer, &Cookie::Address.set(context.transport, &address, Some(REMEMBERED)));
            }
            Ok(answer)
        }
        None => {
            let shown = SigninPage {
                email,
                return_to,
                asks_password: true,
                has_provider: false,
                is_wrong: false,
                is_remembered: false,
            };
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
    let shown =
        SigninPage { email, return_to, asks_password: true, has_provider, is_wrong: true, is_remembered: false };
    Ok(page(StatusCode::FORBIDDEN, context.transport, &shown))
}
