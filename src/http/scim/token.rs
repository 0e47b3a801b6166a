//! `POST /scim/oauth/token`: where programs fetch their directory's tokens (RFC 6749 §4.4, RFC 7523).

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::form_urlencoded;

use crate::domain::GatewayError;
use crate::domain::oauth::{NoToken, Proof, TOKEN_SECONDS};
use crate::http::context::Context;
use crate::http::limits::Body;
use crate::http::problem::Problem;
use crate::http::rate::TooMany;
use crate::http::request::RequestFacts;
use crate::model::Secret;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const JWT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An error as RFC 6749 §5.2 tells it.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    retry_after: Option<u64>,
}

impl Refusal {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        Self { status, error, description: description.into(), retry_after: None }
    }

    fn request(description: &str) -> Self {
        Self::new("invalid_request", description)
    }

    fn answer(self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, "Basic realm=\"scim\""));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
        answer.json(json!({ "error": self.error, "error_description": self.description }))
    }
}

impl From<TooMany> for Refusal {
    fn from(TooMany(seconds): TooMany) -> Self {
        let description = format!("too many requests; try again after {seconds} s");
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self { status, error: "temporarily_unavailable", description, retry_after: Some(seconds) }
    }
}

/// What is asked for, as the form has it.
struct Asked {
    proof: Proof,
    /// Whether the assertion is the grant itself, and not its client's.
    is_grant: bool,
}

/// `POST /scim/oauth/token`
pub async fn token(context: Data<Context>, request: HttpRequest, body: Body) -> Result<HttpResponse, Problem> {
    let asked = match asked(&request, &body) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refusal.answer()),
    };
    let origin = RequestFacts::origin(&request);
    match context.gateway.issue_directory_token(asked.proof, origin).await {
        Ok(Ok(token)) => Ok(issued(&token)),
        // Others' failures at the same address do not count against one that proves itself: identity providers send many
        // tenants' requests from one address.
        Ok(Err(refusal)) => {
            if let Err(too_many) = context.failed(&request) {
                return Ok(Refusal::from(too_many).answer());
            }
            Ok(refused(refusal, asked.is_grant).answer())
        }
        // Deleted at this very moment.
        Err(GatewayError::NotFound { .. }) => Ok(refused(NoToken::Unknown, asked.is_grant).answer()),
        Err(error) => Err(error.into()),
    }
}

fn issued(token: &Secret) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache")).json(json!({
        "access_token": token.expose(), "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": "scim",
    }))
}

fn refused(refusal: NoToken, is_grant: bool) -> Refusal {
    let error = match refusal {
        NoToken::Unknown if !is_grant => "invalid_client",
        NoToken::Assertion(_) | NoToken::Replayed if !is_grant => "invalid_client",
        NoToken::Unknown | NoToken::Assertion(_) | NoToken::Replayed => "invalid_grant",
    };
    Refusal::new(error, refusal.to_string())
}

/// Reads the form and the `Authorization` header: one grant, and one way of proving who asks.
fn asked(request: &HttpRequest, body: &Body) -> Result<Asked, Refusal> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::request("the body is a form: application/x-www-form-urlencoded"));
    }
    let form = Form::parse(&body.0)?;
    let grant = form.one("grant_type")?.ok_or_else(|| Refusal::request("`grant_type` is missing"))?;
    let basic = basic(request)?;
    match grant.as_str() {
        "client_credentials" => Ok(Asked { proof: client(&form, basic)?, is_grant: false }),
        JWT_BEARER => {
            if basic.is_some() || form.one("client_secret")?.is_some() || form.one("client_assertion")?.is_some() {
                return Err(Refusal::request("with this grant the `assertion` says who asks, and nothing else"));
            }
            let assertion = form.one("assertion")?.ok_or_else(|| Refusal::request("`assertion` is missing"))?;
            Ok(Asked { proof: Proof::Assertion(assertion), is_grant: true })
        }
        _other => Err(Refusal::new("unsupported_grant_type", format!("only client_credentials and {JWT_BEARER}"))),
    }
}

/// The one way in which the client proves itself (RFC 6749 §2.3: no more than one).
fn client(form: &Form, basic: Option<(String, String)>) -> Result<Proof, Refusal> {
    let (secret, assertion) = (form.one("client_secret")?, form.one("client_assertion")?);
    let named = form.one("client_id")?;
    match (basic, secret, assertion) {
        (Some((client, _)), None, None) if named.as_ref().is_some_and(|named| *named != client) => {
            Err(Refusal::request("`client_id` is another than in `Authorization`"))
        }
        (Some((client, secret)), None, None) => Ok(Proof::Secret { client, secret: Secret::new(secret) }),
        (None, Some(secret), None) => {
            let client = named.ok_or_else(|| Refusal::request("`client_id` is missing"))?;
            Ok(Proof::Secret { client, secret: Secret::new(secret) })
        }
        (None, None, Some(assertion)) => match form.one("client_assertion_type")?.as_deref() {
            Some(JWT_ASSERTION) => Ok(Proof::Assertion(assertion)),
            _other => Err(Refusal::request("`client_assertion_type` is missing or not understood")),
        },
        (None, None, None) => Err(Refusal::new("invalid_client", "the client does not prove who it is")),
        _several => Err(Refusal::request("the client proves itself in more than one way")),
    }
}

/// `Authorization: Basic`, each half form-encoded (RFC 6749 §2.3.1).
fn basic(request: &HttpRequest) -> Result<Option<(String, String)>, Refusal> {
    let wrong = || Refusal::new("invalid_client", "`Authorization` is not `Basic` with an id and a secret");
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let (scheme, encoded) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(wrong)?;
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    match text.split_once(':') {
        Some((id, secret)) if scheme.eq_ignore_ascii_case("basic") => Ok(Some((decoded(id), decoded(secret)))),
        Some(_) | None => Err(wrong()),
    }
}

fn decoded(text: &str) -> String {
    form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The parameters of a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let form: Vec<_> = form_urlencoded::parse(body).into_owned().take(33).collect();
        if form.len() > 32 { Err(Refusal::request("too many parameters")) } else { Ok(Self(form)) }
    }

    /// A parameter, which may be given once (RFC 6749 §3.2). Without a value it is left out.
    fn one(&self, name: &str) -> Result<Option<String>, Refusal> {
        let mut all = self.0.iter().filter(|(key, _)| key == name);
        let (first, second) = (all.next(), all.next());
        if second.is_some() {
            return Err(Refusal::request(&format!("`{name}` is given more than once")));
        }
        Ok(first.map(|(_, value)| value.clone()).filter(|value| !value.is_empty()))
    }
}
