//! `/account`: one's own password, second factor and recovery codes. For everybody who is signed in, whatever they may do.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;

use super::context::Context;
use super::limits::Body;
use super::page::page;
use super::problem::Problem;
use super::rate::TooMany;
use super::request::cookie;
use super::saml::{parameter, see_other};
use super::session::SignedInClient;
use super::session::client::check_same_origin;
use super::session::step::{RecoveryCodesPage, new_password};
use crate::domain::GatewayError;
use crate::domain::accounts::{AccountView, Offer};
use crate::model::Secret;
use crate::session::{Cookie, csrf_matches, csrf_token};

/// What somebody proves themselves with.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub account: AccountView,
    pub organization: String,
    pub csrf: Secret,
    pub offer: Offer,
    /// What went wrong.
    pub error: Option<String>,
}

/// Somebody signed in, and a form that they sent from their own page.
#[derive(Debug)]
pub struct OwnForm {
    client: SignedInClient,
    form: Bytes,
}

impl OwnForm {
    fn secret(&self, name: &str) -> Secret {
        Secret::new(parameter(&self.form, name).unwrap_or_default())
    }
}

fn own_cookie(request: &HttpRequest) -> Option<Secret> {
    let transport = Context::of(request)?.transport;
    cookie(request, Cookie::Session, transport).map(Secret::new)
}

impl FromRequest for OwnForm {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let client = SignedInClient::extract(&request).await?;
            check_same_origin(&request)?;
            let form = Body::read(&request, &mut payload).await.map_err(|error| Problem::from(&error))?;
            let sent = parameter(&form, "csrf").unwrap_or_default();
            if own_cookie(&request).is_some_and(|cookie| csrf_matches(&cookie, &sent)) {
                return Ok(Self { client, form });
            }
            Err(Problem::new(StatusCode::FORBIDDEN, "cross-site", "This did not come from our own page"))
        })
    }
}

async fn shown(
    context: &Context,
    request: &HttpRequest,
    client: &SignedInClient,
    error: Option<String>,
) -> Result<HttpResponse, Problem> {
    let who = &client.who;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = AccountPage {
        account: context.gateway.account(who.organization, who.user).await?,
        organization: context.gateway.organization_name(who.organization).await?,
        csrf: csrf_token(&own_cookie(request).unwrap_or_else(|| Secret::new(""))),
        offer: context.gateway.offer_second_factor(who).await?,
        error,
    };
    Ok(page(status, &shown))
}

/// The answer to a form: back to the page, the page with what is wrong, or an error.
async fn answered(
    context: &Context,
    request: &HttpRequest,
    client: &SignedInClient,
    done: Result<(), GatewayError>,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(()) => Ok(see_other("/account")),
        Err(GatewayError::Invalid(why)) => {
            context.failed(request).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))?;
            shown(context, request, client, Some(why)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /account`
pub async fn show(context: Data<Context>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    match SignedInClient::extract(&request).await {
        Ok(client) => shown(&context, &request, &client, None).await,
        Err(_nobody) => Ok(see_other("/signin?return_to=%2Faccount")),
    }
}

/// `POST /account/password`
pub async fn password(context: Data<Context>, request: HttpRequest, form: OwnForm) -> Result<HttpResponse, Problem> {
    let (by, current) = (form.client.by.clone(), form.secret("current"));
    let done = match new_password(&form.form) {
        Ok(new) => context.gateway.change_own_password(by, &form.client.who, current, new).await,
        Err(error) => Err(error),
    };
    answered(&context, &request, &form.client, done).await
}

/// `POST /account/second-factor`
pub async fn second_factor(
    context: Data<Context>,
    request: HttpRequest,
    form: OwnForm,
) -> Result<HttpResponse, Problem> {
    let (by, who, current) = (form.client.by.clone(), &form.client.who, form.secret("current"));
    let text = |name: &str| parameter(&form.form, name).unwrap_or_default();
    match context.gateway.set_own_second_factor(by, who, current, text("offer"), text("code")).await {
        Ok(Some(codes)) => Ok(page(StatusCode::OK, &RecoveryCodesPage { codes, return_to: "/account".to_owned() })),
        Ok(None) => {
            let why = "The code does not fit. Scan the picture anew, and give the next code.".to_owned();
            answered(&context, &request, &form.client, Err(GatewayError::Invalid(why))).await
        }
        Err(error) => answered(&context, &request, &form.client, Err(error)).await,
    }
}

/// `POST /account/second-factor/remove`
pub async fn remove_second_factor(
    context: Data<Context>,
    request: HttpRequest,
    form: OwnForm,
) -> Result<HttpResponse, Problem> {
    let (by, who, current) = (form.client.by.clone(), &form.client.who, form.secret("current"));
    let done = context.gateway.remove_own_second_factor(by, who, current).await;
    answered(&context, &request, &form.client, done).await
}

/// `POST /account/recovery-codes`
pub async fn recovery_codes(
    context: Data<Context>,
    request: HttpRequest,
    form: OwnForm,
) -> Result<HttpResponse, Problem> {
    let (by, who, current) = (form.client.by.clone(), &form.client.who, form.secret("current"));
    match context.gateway.replace_own_recovery_codes(by, who, current).await {
        Ok(codes) => Ok(page(StatusCode::OK, &RecoveryCodesPage { codes, return_to: "/account".to_owned() })),
        Err(error) => answered(&context, &request, &form.client, Err(error)).await,
    }
}
