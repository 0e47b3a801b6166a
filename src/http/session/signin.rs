//! `/signin`: one field for an e-mail address, which finds the identity provider to sign in at.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::http::context::Context;
use crate::http::limits::Body;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::saml::{parameter, see_other};

/// Asks for an e-mail address.
#[derive(Template)]
#[template(path = "signin.html")]
struct SigninPage<'a> {
    email: &'a str,
    return_to: &'a str,
    is_unknown: bool,
}

/// `GET /signin?return_to=/path`
pub async fn show(request: HttpRequest) -> HttpResponse {
    let return_to = parameter(request.query_string().as_bytes(), "return_to").unwrap_or_default();
    let return_to = crate::session::return_to(&return_to).unwrap_or("/");
    page(StatusCode::OK, &SigninPage { email: "", return_to, is_unknown: false })
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
        None => Ok(page(StatusCode::NOT_FOUND, &SigninPage { email: &email, return_to, is_unknown: true })),
    }
}
