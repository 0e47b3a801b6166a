//! SAML over HTTP: `/saml/{connection}/metadata|login|acs|slo`.
//!
//! What a person sees when a sign-in fails is one neutral page, whatever the reason (the reason is in the audit log,
//! for the admin). The assertion consumer takes a form from the identity provider's own site, so it needs no CSRF
//! token and looks at no Origin: the sign-in cookie and the signature say all there is to say.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, SET_COOKIE};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::context::Context;
use super::limits::Body;
use super::problem::Problem;
use super::rate::TooMany;
use super::request::{RequestFacts, cookie};
use crate::domain::GatewayError;
use crate::domain::login::{Departure, LOGIN_LIFETIME, Outcome};
use crate::domain::logout::{LogoutArrival, LogoutOutcome};
use crate::model::ConnectionId;
use crate::saml::{Outgoing, Parameter, PostForm, Refusal};
use crate::session::Cookie;

/// The page that posts a form to the identity provider (SAML bindings §3.5.4), with a button for browsers without
/// scripts.
#[derive(Template)]
#[template(path = "saml_post.html")]
struct PostPage<'a> {
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

/// The one page for every failed sign-in.
#[derive(Template)]
#[template(path = "signin_failed.html")]
struct FailedPage<'a> {
    message: &'a str,
    request_id: String,
}

fn parsed(id: &str) -> Result<ConnectionId, Problem> {
    id.parse().map_err(|_| GatewayError::not_found("connection", id).into())
}

/// `GET /saml/{connection}/metadata`
pub async fn metadata(context: Data<Context>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let metadata = context.gateway.sp_metadata(parsed(&id)?).await?;
    Ok(HttpResponse::Ok().content_type("application/samlmetadata+xml").body(metadata))
}

/// `GET /saml/{connection}/login?return_to=/path`; with `force_authn=true` the person signs in anew at the identity provider.
pub async fn login(context: Data<Context>, request: HttpRequest, id: Path<String>) -> Result<HttpResponse, Problem> {
    context.check_saml(&request).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))?;
    let return_to = parameter(request.query_string().as_bytes(), "return_to").unwrap_or_default();
    let force_authn = parameter(request.query_string().as_bytes(), "force_authn").is_some_and(|value| value == "true");
    begin(&context, &request, parsed(&id)?, &return_to, force_authn).await
}

async fn begin(
    context: &Context,
    request: &HttpRequest,
    id: ConnectionId,
    return_to: &str,
    force_authn: bool,
) -> Result<HttpResponse, Problem> {
    let nonce = request.cookie(Cookie::SignIn.name(context.transport));
    let nonce = nonce.as_ref().map(|cookie| cookie.value());
    let Departure { outgoing, nonce } =
        context.gateway.begin_login(id, return_to, force_authn, nonce, RequestFacts::origin(request)).await?;
    let mut answer = sent(&outgoing);
    set_cookie(&mut answer, &Cookie::SignIn.set(context.transport, &nonce, Some(LOGIN_LIFETIME)));
    Ok(answer)
}

/// `POST /saml/{connection}/acs`
pub async fn acs(
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    Body(form): Body,
) -> Result<HttpResponse, Problem> {
    context.check_saml(&request).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))?;
    let id = parsed(&id)?;
    let Some(saml_response) = single_parameter(&form, "SAMLResponse") else {
        return Ok(failed(&request, StatusCode::BAD_REQUEST));
    };
    let relay_state = parameter(&form, "RelayState");
    let nonce = cookie(&request, Cookie::SignIn, context.transport);
    let outcome = context
        .gateway
        .complete_login(id, saml_response, relay_state.as_deref(), nonce, RequestFacts::origin(&request))
        .await?;
    match outcome {
        Outcome::Arrived(arrival) => {
            let mut answer = see_other(&arrival.return_to);
            set_cookie(&mut answer, &Cookie::Session.set(context.transport, &arrival.cookie, None));
            // The sign-in cookie stays: another tab may still be on its way, and each sign-in is used once anyhow.
            Ok(answer)
        }
        Outcome::Restart => begin(&context, &request, id, "/", false).await,
        Outcome::Refused { .. } => {
            context.saml_refused(&request);
            Ok(failed(&request, StatusCode::FORBIDDEN))
        }
    }
}

/// `GET /saml/{connection}/slo`: single logout by redirect, both ways.
pub async fn slo(context: Data<Context>, request: HttpRequest, id: Path<String>) -> Result<HttpResponse, Problem> {
    let arrival = LogoutArrival::Redirect(request.query_string().to_owned());
    log_out(&context, &request, parsed(&id)?, arrival).await
}

/// `POST /saml/{connection}/slo`: the same by form.
pub async fn slo_form(
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    Body(form): Body,
) -> Result<HttpResponse, Problem> {
    let message = |parameter: Parameter| single_parameter(&form, parameter.name()).map(|message| (parameter, message));
    let (parameter, message) = match (message(Parameter::SamlRequest), message(Parameter::SamlResponse)) {
        (Some(found), None) | (None, Some(found)) => found,
        (None, None) | (Some(_), Some(_)) => return Ok(failed(&request, StatusCode::BAD_REQUEST)),
    };
    let arrival = LogoutArrival::Post { parameter, message, relay_state: self::parameter(&form, "RelayState") };
    log_out(&context, &request, parsed(&id)?, arrival).await
}

async fn log_out(
    context: &Context,
    request: &HttpRequest,
    id: ConnectionId,
    arrival: LogoutArrival,
) -> Result<HttpResponse, Problem> {
    context.check_saml(request).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))?;
    match context.gateway.saml_logout(id, arrival, RequestFacts::origin(request)).await? {
        LogoutOutcome::Answer(outgoing) => Ok(sent(&outgoing)),
        LogoutOutcome::Done => Ok(see_other("/signin")),
        LogoutOutcome::Refused => {
            context.saml_refused(request);
            Ok(failed(request, StatusCode::FORBIDDEN))
        }
    }
}

/// A SAML message on its way.
pub(super) fn sent(outgoing: &Outgoing) -> HttpResponse {
    match outgoing {
        Outgoing::Redirect(url) => see_other(url),
        Outgoing::Post(PostForm { action, fields }) => {
            let mut answer = super::page::page(StatusCode::OK, &PostPage { action, fields });
            let origin = url::Url::parse(action).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
            let policy = format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; form-action {origin}; base-uri 'none'; frame-ancestors 'none'"
            );
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            }
            answer
        }
    }
}

fn failed(request: &HttpRequest, status: StatusCode) -> HttpResponse {
    let request_id = RequestFacts::id(request).map(|id| id.to_string()).unwrap_or_default();
    super::page::page(status, &FailedPage { message: Refusal::NEUTRAL, request_id })
}

/// 303 to `location`.
pub(super) fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

/// Adds a `Set-Cookie`.
pub(super) fn set_cookie(answer: &mut HttpResponse, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(SET_COOKIE, value);
    }
}

/// The first value of a form or query parameter.
pub(super) fn parameter(form: &[u8], name: &str) -> Option<String> {
    let mut found = url::form_urlencoded::parse(form).filter(|(found, _)| found == name);
    // U+0000 is part of nothing that is ever looked up.
    found.next().map(|(_, value)| value.replace('\0', ""))
}

/// The value of a parameter that may be there once alone.
fn single_parameter(form: &[u8], name: &str) -> Option<String> {
    let mut values = url::form_urlencoded::parse(form).filter(|(found, _)| found == name);
    let value = values.next()?.1.into_owned();
    values.next().is_none().then_some(value)
}
