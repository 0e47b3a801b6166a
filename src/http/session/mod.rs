//! Browser sessions over HTTP: who is signed in, signing out, finding one's identity provider, and the first owner.

pub mod client;
pub mod owner;
pub mod signin;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::json;

pub use client::SignedInClient;

use super::context::Context;
use super::problem::Problem;
use super::saml::{see_other, set_cookie};
use crate::session::Cookie;

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
    context.gateway.sign_out(client.by, &client.who).await?;
    let mut answer = see_other("/signin");
    set_cookie(&mut answer, &Cookie::Session.clear(context.transport));
    Ok(answer)
}
