//! Who calls, and with what: the extractors of the SCIM routes. A handler without [`ScimClient`] among its arguments
//! serves no directory's data.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};
use serde_json::Value;

use super::journal::below_base;
use crate::domain::Gateway;
use crate::domain::directories::DirectoryClient;
use crate::http::context::{Context, bearer};
use crate::http::error::ScimProblem;
use crate::http::limits::{Body, BodyError};
use crate::http::problem::Problem;
use crate::http::request::RequestFacts;
use crate::http::{json, rate::TooMany};
use crate::model::{Attribution, Pushed};
use crate::scim::{Precondition, ScimError};

/// A directory that has shown a token which opens something now.
#[derive(Debug)]
pub struct ScimClient {
    pub gateway: Arc<Gateway>,
    pub directory: Arc<DirectoryClient>,
    pub by: Attribution,
}

impl FromRequest for ScimClient {
    type Error = ScimProblem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ScimProblem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let unset = || ScimProblem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error");
            let context = Context::of(&request).ok_or_else(unset)?.clone();
            let token = bearer(&request).unwrap_or_default();
            context.check_rate(token).map_err(|TooMany(seconds)| ScimProblem::too_many(seconds))?;
            let gateway = Arc::clone(&context.gateway);
            let Some(directory) = gateway.authenticate_directory(token).await? else {
                context.failed(&request).map_err(|TooMany(seconds)| ScimProblem::too_many(seconds))?;
                gateway.directory_refused(token, RequestFacts::origin(&request)).await?;
                return Err(ScimProblem::new(
                    StatusCode::UNAUTHORIZED,
                    "the bearer token is missing, wrong or revoked",
                ));
            };
            RequestFacts::asks(&request, directory.organization, directory.directory);
            if directory.paused {
                return Err(crate::domain::GatewayError::Paused.into());
            }
            let mut by = context.attribution(&request, directory.actor());
            let (path, body) = (below_base(request.path()), RequestFacts::body(&request));
            by.pushed = Some(Pushed::new(directory.directory, request.method().as_str(), path, body));
            Ok(Self { gateway, directory, by })
        })
    }
}

/// A JSON body, whatever `Content-Type` says: identity providers say many things (RFC 7644 §3.8).
#[derive(Debug)]
pub struct ScimBody(pub Value);

impl FromRequest for ScimBody {
    type Error = ScimProblem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ScimProblem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let depth = Context::of(&request).map_or(32, |context| *context.config.limits().json_depth());
            let bytes = Body::read(&request, &mut payload).await.map_err(|error: BodyError| {
                let problem = Problem::from(&error);
                ScimProblem::new(actix_web::ResponseError::status_code(&problem), error.to_string())
            })?;
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&bytes);
            RequestFacts::body(&request).get_or_init(|| bytes.to_vec());
            json::parse(bytes, depth).map(Self).map_err(|error| ScimError::InvalidSyntax(error.to_string()).into())
        })
    }
}

/// The `If-Match` header of a write, and `If-None-Match` if somebody sends it there (RFC 9110 §13.1.2).
#[derive(Debug)]
pub struct IfMatch(pub Precondition);

/// The `If-None-Match` header of a read.
#[derive(Debug)]
pub struct IfNoneMatch(pub Precondition);

/// A header; one that is no text names no version that there is.
fn header<'r>(request: &'r HttpRequest, name: &HeaderName) -> Option<&'r str> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or_default())
}

impl FromRequest for IfMatch {
    type Error = ScimProblem;
    type Future = std::future::Ready<Result<Self, ScimProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (wanted, refused) = (header(request, &IF_MATCH), header(request, &IF_NONE_MATCH));
        std::future::ready(Ok(Self(Precondition::of_write(wanted, refused))))
    }
}

impl FromRequest for IfNoneMatch {
    type Error = ScimProblem;
    type Future = std::future::Ready<Result<Self, ScimProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(Precondition::parse_none_match(header(request, &IF_NONE_MATCH)))))
    }
}
