//! `GET /forward-auth`: asked by a reverse proxy before each request it lets through.
//!
//! 200 with who it is; 401 with where to sign in; 403 for somebody who may not. Without parameters it asks only whether
//! somebody is signed in; `action`, and if it matters `scope`, `resource_type` and `resource_id`, ask for a permission.
//! Identity headers are written from what is known here; those that a client sent are never looked at.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Question, Scope};
use crate::domain::sessions::SignedIn;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::http::request::{RequestFacts, cookie};
use crate::http::saml::parameter;
use crate::session::Cookie;

/// What is asked beyond whether somebody is signed in.
#[derive(Debug)]
struct Asked {
    action: String,
    resource_kind: String,
    resource_id: String,
    scope: Option<Scope>,
}

impl Asked {
    /// None where nothing more is asked. What cannot be read is an error of the proxy's configuration, and refused.
    fn of(query: &str) -> Result<Option<Self>, Problem> {
        if query.is_empty() {
            return Ok(None);
        }
        let invalid = |detail: String| {
            Problem::new(StatusCode::FORBIDDEN, "invalid", "The proxy asks what makes no sense").detail(detail)
        };
        let text = |name| parameter(query.as_bytes(), name);
        let Some(action) = text("action") else {
            return Err(invalid("`action` is missing".to_owned()));
        };
        let scope =
            text("scope").map(|scope| Scope::parse(&scope)).transpose().map_err(|error| invalid(error.to_string()))?;
        Ok(Some(Self {
            action,
            resource_kind: text("resource_type").unwrap_or_default(),
            resource_id: text("resource_id").unwrap_or_default(),
            scope,
        }))
    }
}

/// `GET /forward-auth`
pub async fn check(context: Data<Context>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(request.query_string())?;
    let Some(token) = cookie(&request, Cookie::Session, context.transport) else {
        return Ok(sign_in(&request));
    };
    let Some(who) = context.gateway.signed_in(token).await? else {
        return Ok(sign_in(&request));
    };
    RequestFacts::acts(&request, "user");
    if let Some(asked) = &asked {
        let question = Question {
            action: &asked.action,
            resource_kind: &asked.resource_kind,
            resource_id: &asked.resource_id,
            scope: asked.scope.clone(),
        };
        let by = context.attribution(&request, who.actor());
        if !context.gateway.evaluate_signed_in(&by, &who, &question)?.decision {
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "This is not allowed"));
        }
    }
    let_through(&who)
}

/// 200 with who it is.
fn let_through(who: &SignedIn) -> Result<HttpResponse, Problem> {
    let identity = who.identity();
    let mut answer = HttpResponse::Ok().finish();
    let headers = answer.headers_mut();
    // Without a name the application would take them for somebody else, or for nobody.
    let name = HeaderValue::from_bytes(identity.user_name.as_bytes()).map_err(|_| {
        Problem::new(StatusCode::FORBIDDEN, "forbidden", "This is not allowed")
            .detail("no header can carry the userName")
    })?;
    headers.insert(HeaderName::from_static("remote-user"), name);
    // All of them, each time: a proxy that copies what is there must never find a client's own copy in its place.
    let mut tell = |name: &'static str, value: &str| {
        // What no header may carry is left empty rather than changed.
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| HeaderValue::from_static(""));
        headers.insert(HeaderName::from_static(name), value);
    };
    tell("x-portcullis-user-id", &identity.id);
    tell("remote-groups", &identity.groups);
    tell("remote-email", identity.email.as_deref().unwrap_or_default());
    Ok(answer)
}

/// 401 with where to sign in and how to come back.
fn sign_in(request: &HttpRequest) -> HttpResponse {
    let header = |name: &'static str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let wanted = header("x-original-uri").or_else(|| header("x-forwarded-uri")).unwrap_or("/");
    let return_to = crate::session::return_to(wanted).unwrap_or("/");
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    HttpResponse::Unauthorized().insert_header((LOCATION, format!("/signin?{query}"))).finish()
}
