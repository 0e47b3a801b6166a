//! `/`: where a sign-in ends that was to lead nowhere else.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::GatewayError;
use crate::http::context::Context;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::request::cookie;
use crate::http::saml::see_other;
use crate::session::Cookie;

/// Says who is signed in, and lets them sign out.
#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInPage<'a> {
    user_name: &'a str,
    organization: &'a str,
}

/// `GET /`
pub async fn show(context: Data<Context>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let gateway = &context.gateway;
    let who = match cookie(&request, Cookie::Session, context.transport) {
        Some(cookie) => gateway.signed_in(cookie).await?,
        None => None,
    };
    let Some(who) = who else { return Ok(see_other("/signin")) };
    match gateway.check_session_management(&who).await {
        Ok(()) => Ok(see_other("/console")),
        Err(GatewayError::Forbidden(_)) if gateway.session_administers(&who)?.1 => Ok(see_other("/console/audit")),
        Err(GatewayError::Forbidden(_)) => {
            let organization = &gateway.organization_name(who.organization).await?;
            let shown = SignedInPage { user_name: who.identity().user_name, organization };
            Ok(page(StatusCode::OK, &shown))
        }
        Err(error) => Err(error.into()),
    }
}
