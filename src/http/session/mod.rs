//! Browser sessions over HTTP: who is signed in, signing in and out, choosing a password, and the first owner.

pub mod client;
pub mod home;
pub mod owner;
pub mod signin;
pub mod step;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use serde_json::json;

pub use client::SignedInClient;

use super::context::Context;
use super::page::page;
use super::problem::Problem;
use super::saml::{see_other, sent, set_cookie};
use crate::saml::Outgoing;
use crate::session::Cookie;

/// Signed out here; goes on to the identity provider's single logout.
#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage<'a> {
    url: &'a str,
}

/// `GET /session`: who the cookie signs in.
pub async fn show(client: SignedInClient) -> HttpResponse {
    let who = &client.who;
    HttpResponse::Ok().json(
        json!({ "user": { "id": who.user, "userName": who.identity().user_name }, "session": { "id": who.session } }),
    )
}

/// `POST /session/sign-out`
pub async fn sign_out(
    context: Data<Context>,
    request: HttpRequest,
    client: SignedInClient,
) -> Result<HttpResponse, Problem> {
    client.check_same_origin(&request)?;
    let mut answer = match context.gateway.sign_out(client.by, &client.who).await? {
        None => see_other("/signin"),
        // A page, not a redirect: the form that was posted here may lead to our own pages alone.
        Some(Outgoing::Redirect(url)) => page(StatusCode::OK, &LeavingPage { url: &url }),
        Some(form @ Outgoing::Post(_)) => sent(&form),
    };
    set_cookie(&mut answer, &Cookie::Session.clear(context.transport));
    Ok(answer)
}
