//! `/signin`: one field for an e-mail address, which finds the identity provider to sign in at.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::http::context::Context;
use crate::http::headers::PAGE_POLICY;
use crate::http::limits::Body;
use crate::http::page;
use crate::http::problem::Problem;
use crate::http::saml::{parameter, see_other};
use crate::session::Transport;

/// Asks for an e-mail address.
#[derive(Template)]
#[template(path = "signin.html")]
struct SigninPage<'a> {
    email: &'a str,
    return_to: &'a str,
    is_unknown: bool,
}

/// The page. Its form leads, by redirects, to an identity provider elsewhere; browsers hold `form-action` against each
/// of them (CSP 3 §6.4.1).
fn page(status: StatusCode, transport: Transport, shown: &SigninPage<'_>) -> HttpResponse {
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

/// `GET /signin?return_to=/path`
pub async fn show(context: Data<Context>, request: HttpRequest) -> HttpResponse {
    let return_to = parameter(request.query_string().as_bytes(), "return_to").unwrap_or_default();
    let return_to = crate::session::return_to(&return_to).unwrap_or("/");
    page(StatusCode::OK, context.transport, &SigninPage { email: "", return_to, is_unknown: false })
}

/// `POST /signin`
pub async fn find(context: Data<Context>, Body(form): Body) -> Result<HttpResponse, Problem> {
    let email = parameter(&form, "email").unwrap_or_default();
    let return_to = parameter(&form, "return_to").unwrap_or_default();
    let return_to = crate::session::return_to(&return_to).unwrap_or("/");
    match context.gateway.connection_for(&email).await? {
        Some(id) => {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
            Ok(see_other(&format!("/saml/{id}/login?{query}")))
        }
        None => Ok(page(
            StatusCode::NOT_FOUND,
            context.transport,
            &SigninPage { email: &email, return_to, is_unknown: true },
        )),
    }
}
