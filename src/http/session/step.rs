//! `/signin/step`: what a sign-in still needs: a code of the second factor, or setting one up. And `/invitation/{token}`,
//! where a link lets somebody choose a password.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::client::check_same_origin;
use crate::domain::GatewayError;
use crate::domain::accounts::{Offer, Progress, StepKind, StepView};
use crate::http::context::Context;
use crate::http::limits::Body;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::rate::TooMany;
use crate::http::request::{RequestFacts, cookie};
use crate::http::saml::{STEP_PATH, parameter, see_other, set_cookie};
use crate::model::Secret;
use crate::session::Cookie;

/// Asks for the code of a second factor that is there.
#[derive(Debug, Template)]
#[template(path = "signin_code.html")]
pub struct CodePage {
    pub user_name: String,
    pub error: Option<&'static str>,
}

/// Offers a second factor to somebody who has none.
#[derive(Debug, Template)]
#[template(path = "signin_enrol.html")]
pub struct EnrolPage {
    pub user_name: String,
    pub organization: String,
    pub offer: Offer,
    pub error: Option<&'static str>,
}

/// Shows recovery codes, this once.
#[derive(Debug, Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodesPage {
    pub codes: Vec<Secret>,
    pub return_to: String,
}

/// Asks for a new password.
#[derive(Debug, Template)]
#[template(path = "choose_password.html")]
pub struct ChoosePage {
    pub user_name: String,
    pub organization: String,
    pub error: Option<String>,
}

/// Says that the sign-in or the link is over.
#[derive(Debug, Template)]
#[template(path = "signin_over.html")]
pub struct OverPage;

const WRONG: &str = "That code does not fit, or was used before. Wait for the next one. After several tries, the account rests for a while.";
const WRONG_FIRST: &str = "That code does not fit. Check that your device's clock is right, and try the next one.";

/// What is shown or sent once a step has been tried.
pub(super) fn onward(context: &Context, progress: Progress) -> Option<HttpResponse> {
    let transport = context.transport;
    Some(match progress {
        Progress::SignedIn { cookie, return_to, recovery_codes } => {
            let mut answer = if recovery_codes.is_empty() {
                see_other(&return_to)
            } else {
                page(StatusCode::OK, &RecoveryCodesPage { codes: recovery_codes, return_to })
            };
            set_cookie(&mut answer, &Cookie::Session.set(transport, &cookie, None));
            set_cookie(&mut answer, &Cookie::Step.clear(transport));
            answer
        }
        Progress::Step { cookie } => {
            let mut answer = see_other(STEP_PATH);
            set_cookie(&mut answer, &Cookie::Step.set(transport, &cookie, None));
            answer
        }
        Progress::Wrong => return None,
        Progress::Over => page(StatusCode::GONE, &OverPage),
    })
}

/// Counts a failure against the address it came from.
pub(super) fn count_failure(context: &Context, request: &HttpRequest) -> Result<(), Problem> {
    context.failed(request).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))
}

pub(super) fn check_failures(context: &Context, request: &HttpRequest) -> Result<(), Problem> {
    context.check_failures(request).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))
}

fn shown(view: StepView, is_wrong: bool) -> HttpResponse {
    let StepView { user_name, organization, kind } = view;
    let status = if is_wrong { StatusCode::FORBIDDEN } else { StatusCode::OK };
    match kind {
        StepKind::Proof => page(status, &CodePage { user_name, error: is_wrong.then_some(WRONG) }),
        StepKind::Enrolment(offer) => {
            page(status, &EnrolPage { user_name, organization, offer, error: is_wrong.then_some(WRONG_FIRST) })
        }
        StepKind::Password => page(status, &ChoosePage { user_name, organization, error: None }),
    }
}

async fn show_step(context: &Context, request: &HttpRequest, is_wrong: bool) -> Result<HttpResponse, Problem> {
    let Some(token) = cookie(request, Cookie::Step, context.transport) else { return Ok(see_other("/signin")) };
    match context.gateway.sign_in_step(token).await? {
        Some(view) => Ok(shown(view, is_wrong)),
        None => Ok(page(StatusCode::GONE, &OverPage)),
    }
}

/// `GET /signin/step`
pub async fn show(context: Data<Context>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    show_step(&context, &request, false).await
}

/// `POST /signin/step`
pub async fn take(context: Data<Context>, request: HttpRequest, Body(form): Body) -> Result<HttpResponse, Problem> {
    check_same_origin(&request)?;
    check_failures(&context, &request)?;
    let Some(token) = cookie(&request, Cookie::Step, context.transport) else { return Ok(see_other("/signin")) };
    let text = |name: &str| parameter(&form, name).unwrap_or_default();
    let progress =
        context.gateway.take_step(token, text("code"), text("offer"), RequestFacts::origin(&request)).await?;
    match onward(&context, progress) {
        Some(answer) => Ok(answer),
        None => {
            count_failure(&context, &request)?;
            show_step(&context, &request, true).await
        }
    }
}

/// `GET /invitation/{token}`: to look at it does not use it up.
pub async fn show_invitation(context: Data<Context>, token: Path<String>) -> Result<HttpResponse, Problem> {
    match context.gateway.sign_in_step(&token).await? {
        Some(view) => Ok(shown(view, false)),
        None => Ok(page(StatusCode::GONE, &OverPage)),
    }
}

/// `POST /invitation/{token}`
pub async fn choose(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    Body(form): Body,
) -> Result<HttpResponse, Problem> {
    check_same_origin(&request)?;
    let chosen = match new_password(&form) {
        Ok(password) => context.gateway.choose_password(&token, password, RequestFacts::origin(&request)).await,
        Err(error) => Err(error),
    };
    match chosen {
        Ok(progress) => Ok(onward(&context, progress).unwrap_or_else(|| page(StatusCode::GONE, &OverPage))),
        Err(GatewayError::Invalid(why)) => match context.gateway.sign_in_step(&token).await? {
            Some(StepView { user_name, organization, .. }) => {
                let shown = ChoosePage { user_name, organization, error: Some(why) };
                Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
            }
            None => Ok(page(StatusCode::GONE, &OverPage)),
        },
        Err(error) => Err(error.into()),
    }
}

/// A password that was typed twice alike.
pub fn new_password(form: &[u8]) -> Result<Secret, GatewayError> {
    let (first, again) =
        (parameter(form, "password").unwrap_or_default(), parameter(form, "again").unwrap_or_default());
    if first != again {
        return Err(GatewayError::Invalid("the two passwords are not the same".to_owned()));
    }
    Ok(Secret::new(first))
}
