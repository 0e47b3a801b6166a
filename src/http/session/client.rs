//! Who is signed in: the extractor of every route that a browser session opens.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, ORIGIN};
use actix_web::{FromRequest, HttpRequest};

use crate::domain::sessions::SignedIn;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::http::request::cookie;
use crate::model::Attribution;
use crate::session::Cookie;

/// Somebody whose cookie opens something now.
#[derive(Debug)]
pub struct SignedInClient {
    pub who: SignedIn,
    pub by: Attribution,
}

/// 401: nobody is signed in.
fn nobody() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Nobody is signed in")
}

impl SignedInClient {
    /// See [`check_same_origin`].
    pub fn check_same_origin(&self, request: &HttpRequest) -> Result<(), Problem> {
        check_same_origin(request)
    }
}

/// Refuses a change that another site's page asks for. `SameSite=Lax` keeps the cookie from such requests already; this
/// holds where a browser does not, and where there is no cookie yet.
pub fn check_same_origin(request: &HttpRequest) -> Result<(), Problem> {
    static FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let refused = || Problem::new(StatusCode::FORBIDDEN, "cross-site", "This must come from our own pages");
    let text = |name: &HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let own = Context::of(request).map(|context| context.gateway.public_url().to_owned()).unwrap_or_default();
    let site = text(&FETCH_SITE);
    let is_same_site = site.is_none_or(|site| site == "same-origin" || site == "none");
    // Our pages send no referrer, and so their forms name no origin (Fetch §3.2); the browser says whence they came all the same.
    let is_unnamed = |origin: &str| origin == "null" && site == Some("same-origin");
    let is_own = |origin: &str| own == origin || own.starts_with(&format!("{origin}/"));
    let is_same_origin = text(&ORIGIN).is_none_or(|origin| is_own(origin) || is_unnamed(origin));
    if is_same_site && is_same_origin { Ok(()) } else { Err(refused()) }
}

impl FromRequest for SignedInClient {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let context = Context::of(&request).ok_or_else(Problem::internal)?.clone();
            let token = cookie(&request, Cookie::Session, context.transport).ok_or_else(nobody)?;
            let who = context.gateway.signed_in(token).await?.ok_or_else(nobody)?;
            let by = context.attribution(&request, who.actor());
            Ok(Self { who, by })
        })
    }
}
