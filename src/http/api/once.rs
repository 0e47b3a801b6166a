//! `Idempotency-Key`: a POST of `/api/v1` that is sent again with the same key is carried out once
//! (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! The answer that was kept is given only to a caller who passes the checks of the route once more: the extractors of
//! callers look for it ([`again`]) when everything else is in order. What has begun is carried out and its answer kept even
//! if the client goes away meanwhile. Keys belong to API keys; the session of a browser has none.

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};

use super::client::invalid;
use crate::domain::once::{Begun, Claim, MOST, MOST_BYTES, OnceRequest};
use crate::http::context::{Context, bearer};
use crate::http::limits::Body;
use crate::http::problem::Problem;
use crate::http::request::RequestFacts;
use crate::model::{Attribution, Digest, Secret};

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Characters of a key, at most.
const LONGEST: usize = 255;
/// After how many seconds to ask for an answer that is on its way.
const RETRY_SECONDS: u64 = 1;

/// What is kept of an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    content_type: Option<String>,
    etag: Option<String>,
    body: String,
}

/// An answer that was given before, for the extractor of the caller.
struct Before(u16, Kept);

/// Why a handler is not run: a refusal, or an answer that was given before.
#[derive(Debug)]
pub struct NotRun(HttpResponseParts);

#[derive(Debug)]
enum HttpResponseParts {
    Refused(Problem),
    Again(u16, Kept),
}

impl From<Problem> for NotRun {
    fn from(problem: Problem) -> Self {
        Self(HttpResponseParts::Refused(problem))
    }
}

impl std::fmt::Display for NotRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            HttpResponseParts::Refused(problem) => problem.fmt(f),
            HttpResponseParts::Again(status, _) => write!(f, "answered before with {status}"),
        }
    }
}

impl ResponseError for NotRun {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            HttpResponseParts::Refused(problem) => problem.status_code(),
            HttpResponseParts::Again(status, _) => StatusCode::from_u16(*status).unwrap_or(StatusCode::OK),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (HttpResponseParts::Again(_, kept), status) = (&self.0, self.status_code()) else {
            return HttpResponse::from_error(self.problem());
        };
        let mut answer = HttpResponse::build(status);
        answer.insert_header(("idempotent-replayed", "true"));
        if let Some(etag) = &kept.etag {
            answer.insert_header((ETAG, etag.as_str()));
        }
        match &kept.content_type {
            Some(kind) => answer.content_type(kind.as_str()).body(kept.body.clone()),
            None => answer.finish(),
        }
    }
}

impl NotRun {
    fn problem(&self) -> Problem {
        match &self.0 {
            HttpResponseParts::Refused(problem) => problem.clone(),
            HttpResponseParts::Again(..) => Problem::internal(),
        }
    }
}

/// Ends the request here if it was answered before.
pub fn again(request: &HttpRequest) -> Result<(), NotRun> {
    match request.extensions_mut().remove::<Before>() {
        Some(Before(status, kept)) => Err(NotRun(HttpResponseParts::Again(status, kept))),
        None => Ok(()),
    }
}

/// Carries a request out once.
pub async fn once(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() != actix_web::http::Method::POST || !request.headers().contains_key(&IDEMPOTENCY_KEY) {
        return next.call(request).await;
    }
    let (request, mut payload) = request.into_parts();
    match claim(&request, &mut payload).await {
        Err(problem) => Ok(ServiceResponse::new(request, HttpResponse::from_error(problem))),
        Ok((body, None)) => next.call(whole(request, body)).await,
        Ok((body, Some((begun, by)))) => {
            let called = next.call(whole(request.clone(), body));
            // On its own: whoever goes away does not leave a change without its answer.
            let running = actix_web::rt::spawn(async move { settle(called.await?, begun, by).await });
            running
                .await
                .unwrap_or_else(|_| Ok(ServiceResponse::new(request, HttpResponse::from_error(Problem::internal()))))
        }
    }
}

fn whole(request: HttpRequest, body: Bytes) -> ServiceRequest {
    ServiceRequest::from_parts(request, Payload::from(body))
}

/// The body, and what has begun with it. Nothing begins for whoever has no API key, and with what was answered before.
async fn claim(request: &HttpRequest, payload: &mut Payload) -> Result<(Bytes, Option<(Begun, Attribution)>), Problem> {
    let key = key_of(request)?;
    let context = Context::of(request).ok_or_else(Problem::internal)?;
    let body = Body::read(request, payload).await.map_err(|error| Problem::from(&error))?;
    let caller = match bearer(request) {
        Some(bearer) => context.gateway.authenticate_key(bearer).await?,
        None => None,
    };
    let Some(caller) = caller else { return Ok((body, None)) };
    let by = context.attribution(request, caller.actor());
    let request_id = RequestFacts::id(request).ok_or_else(Problem::internal)?;
    let fingerprint = fingerprint(request, &body);
    let asked = OnceRequest { caller, key: Digest::of(key.as_bytes()), fingerprint, request: request_id };
    match context.gateway.claim_once(by.clone(), asked).await? {
        Claim::Fresh(begun) => Ok((body, Some((begun, by)))),
        Claim::Answered { status, answer } => {
            let kept = serde_json::from_str(answer.expose()).map_err(|_| Problem::internal())?;
            request.extensions_mut().insert(Before(status, kept));
            Ok((body, None))
        }
        Claim::OnItsWay => {
            Err(Problem::new(StatusCode::CONFLICT, "idempotency-in-flight", "The same request is being carried out")
                .detail("send it again later, with the same key, for its answer")
                .retry_after(RETRY_SECONDS))
        }
        Claim::Lost => Err(Problem::new(
            StatusCode::CONFLICT,
            "idempotency-answer-lost",
            "The request was carried out, and its answer is lost",
        )
        .detail("look at what there is now; another request needs another key")),
        Claim::Other => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "The key stands for another request",
        )
        .detail("a key belongs to one method, path, query and body; another request needs another key")),
        Claim::TooMany => {
            Err(Problem::too_many_requests(60).detail(format!("{MOST} idempotency keys are kept for this API key")))
        }
    }
}

/// The client's key: a string of RFC 8941 §3.3.3, or the same without its quotes.
fn key_of(request: &HttpRequest) -> Result<String, Problem> {
    let wrong = || invalid(format!("`Idempotency-Key` is 1 to {LONGEST} visible ASCII characters, once"));
    let mut values = request.headers().get_all(&IDEMPOTENCY_KEY);
    let (value, None) = (values.next().ok_or_else(wrong)?, values.next()) else { return Err(wrong()) };
    let text = value.to_str().map_err(|_| wrong())?.trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let is_key =
        !bare.is_empty() && bare.len() <= LONGEST && bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    if is_key { Ok(bare.to_owned()) } else { Err(wrong()) }
}

fn fingerprint(request: &HttpRequest, body: &[u8]) -> Digest {
    let head = format!("{}\n{}\n{}\n", request.method(), request.path(), request.query_string());
    Digest::of(&[head.as_bytes(), body].concat())
}

/// Keeps the answer of what was done, and forgets what was refused. Where neither is certain, it stays on its way until the
/// audit log is asked.
async fn settle(
    answered: ServiceResponse<BoxBody>,
    begun: Begun,
    by: Attribution,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (request, answer) = answered.into_parts();
    let Some(context) = Context::of(&request) else { return Ok(ServiceResponse::new(request, answer)) };
    let (head, body) = answer.into_parts();
    let bytes = to_bytes(body).await?;
    let status = head.status();
    let text = |name| head.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let settled = match std::str::from_utf8(&bytes) {
        _ if status.is_client_error() => context.gateway.forget_once(by, begun).await,
        Ok(body) if status.is_success() && body.len() <= MOST_BYTES => {
            let content_type = text(CONTENT_TYPE).filter(|_| !body.is_empty());
            let kept = Kept { content_type, etag: text(ETAG), body: body.to_owned() };
            let kept = Secret::new(serde_json::to_string(&kept)?);
            context.gateway.settle_once(by, begun, status.as_u16(), &kept).await
        }
        Ok(_) | Err(_) => Ok(()),
    };
    if let Err(error) = settled {
        tracing::warn!(error = %error, "an answer was not kept for its idempotency key: {error}");
    }
    let answer = head.set_body(BoxBody::new(bytes));
    Ok(ServiceResponse::new(request, answer))
}
