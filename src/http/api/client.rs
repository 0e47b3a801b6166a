//! Who calls, and with what: the extractors of the API routes.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Query};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::list::{MAX_PAGE, PAGE};
use super::once::{NotRun, again};
use crate::access::{Duty, Reach, Scope};
use crate::domain::api_keys::ApiCaller;
use crate::domain::impact::Page;
use crate::domain::{Gateway, GatewayError};
use crate::http::context::{Context, bearer};
use crate::http::json;
use crate::http::limits::Body;
use crate::http::problem::Problem;
use crate::http::rate::TooMany;
use crate::http::request::RequestFacts;
use crate::http::saml::parameter;
use crate::model::{Attribution, OrganizationId, Timestamp, UserId};

/// A key that opens something now.
#[derive(Debug)]
pub struct ApiClient {
    pub gateway: Arc<Gateway>,
    pub caller: ApiCaller,
    pub by: Attribution,
}

/// A key whose holder may manage the organization.
#[derive(Debug)]
pub struct ApiManager(pub ApiClient);

/// A key whose holder may read the audit log.
#[derive(Debug)]
pub struct ApiAuditor(pub ApiClient);
/// A key whose holder manages the organization or a scope of it; in which, is checked where it is known what is meant.
#[derive(Debug)]
pub struct ApiDelegate(pub ApiClient);

/// A key whose holder may suspend and restore people.
#[derive(Debug)]
pub struct ApiSuspender(pub ApiClient);

/// A key whose holder may delete people.
#[derive(Debug)]
pub struct ApiRemover(pub ApiClient);

impl ApiClient {
    /// Whose data it is about.
    pub fn organization(&self) -> OrganizationId {
        self.caller.organization
    }

    /// The person that a path or body names, by SCIM id or userName.
    pub async fn user(&self, name: &str) -> Result<UserId, Problem> {
        Ok(self.gateway.user_named(self.organization(), name).await?)
    }

    /// The service account that a path or body names, by id or name.
    pub async fn service_account(&self, name: &str) -> Result<UserId, Problem> {
        Ok(self.gateway.service_account_named(self.organization(), name).await?)
    }

    /// The caller, if the check let them pass.
    fn noted(self, request: &HttpRequest, checked: Result<(), GatewayError>) -> Result<Self, Problem> {
        match checked {
            Ok(()) => Ok(self),
            Err(error) => {
                if let GatewayError::Forbidden(reason) = &error {
                    let what = request.match_pattern().unwrap_or_default();
                    self.gateway.request_refused(self.organization(), self.by.clone(), &what, reason);
                }
                Err(error.into())
            }
        }
    }

    pub(super) async fn of(request: HttpRequest) -> Result<Self, Problem> {
        let context = Context::of(&request).ok_or_else(Problem::internal)?.clone();
        let key = bearer(&request).unwrap_or_default();
        context.check_rate(key).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))?;
        let gateway = Arc::clone(&context.gateway);
        let Some(caller) = gateway.authenticate_key(key).await? else {
            context.failed(&request).map_err(|TooMany(seconds)| Problem::too_many_requests(seconds))?;
            gateway.key_refused(key, RequestFacts::origin(&request)).await?;
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "The API key is missing, wrong or revoked",
            ));
        };
        let by = context.attribution(&request, caller.actor());
        Ok(Self { gateway, caller, by })
    }

    /// Whether this caller may be told what a decision rests on: whoever manages the organization.
    pub async fn may_be_told(&self) -> Result<bool, Problem> {
        match self.gateway.check_management(&self.caller).await {
            Ok(()) => Ok(true),
            Err(GatewayError::Forbidden(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl FromRequest for ApiClient {
    type Error = NotRun;
    type Future = Pin<Box<dyn Future<Output = Result<Self, NotRun>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let client = Self::of(request.clone()).await?;
            again(&request)?;
            Ok(client)
        })
    }
}

/// An extractor of callers who pass a check of the gateway's; who does not is refused, and the audit has it.
macro_rules! callers {
    ($($name:ident: |$gateway:ident, $caller:ident| $check:expr;)+) => {$(
        impl FromRequest for $name {
            type Error = NotRun;
            type Future = Pin<Box<dyn Future<Output = Result<Self, NotRun>>>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                Box::pin(async move {
                    let client = ApiClient::of(request.clone()).await?;
                    let ($gateway, $caller) = (&client.gateway, &client.caller);
                    let checked = $check.await;
                    let client = client.noted(&request, checked)?;
                    again(&request)?;
                    Ok(Self(client))
                })
            }
        }
    )+};
}

callers! {
    ApiManager: |gateway, caller| gateway.check_management(caller);
    ApiDelegate: |gateway, caller| gateway.check_delegated_management(caller);
    ApiSuspender: |gateway, caller| gateway.check_duty(caller, Duty::Suspend);
    ApiRemover: |gateway, caller| gateway.check_duty(caller, Duty::Remove);
    ApiAuditor: |gateway, caller| gateway.check_audit(caller);
}

/// A JSON body; unknown keys are refused where the type says so.
#[derive(Debug)]
pub struct ApiBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest for ApiBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, &mut payload).await?;
            parsed(&request, &bytes).map(Self)
        })
    }
}

/// The query string. A parameter without a value is as if it were not there.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequest for ApiQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(query_of(request.query_string()).map(Self))
    }
}

fn query_of<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let given: Vec<_> = form_urlencoded::parse(text.as_bytes()).filter(|(_, value)| !value.is_empty()).collect();
    if let Some((name, _)) = given.iter().find(|(_, value)| value.contains('\0')) {
        return Err(invalid(format!("`{name}` in the query holds the character U+0000")));
    }
    let read = |without: Option<&str>| {
        let kept = given.iter().filter(|(name, _)| Some(name.as_ref()) != without);
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        Query::<T>::from_query(&query).map(Query::into_inner)
    };
    read(None).map_err(|error| {
        // The reader does not say which parameter it is: it is the one without which the rest can be read.
        let name = given.iter().map(|(name, _)| name.as_ref()).find(|name| read(Some(name)).is_ok());
        invalid(format!("`{}` in the query: {error}", name.unwrap_or("a parameter")))
    })
}

/// The same where the body may be left out.
#[derive(Debug)]
pub struct ApiOptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest for ApiOptionalBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, &mut payload).await?;
            if bytes.is_empty() { Ok(Self(T::default())) } else { parsed(&request, &bytes).map(Self) }
        })
    }
}

async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, Problem> {
    Body::read(request, payload).await.map_err(|error| Problem::from(&error))
}

fn parsed<T: DeserializeOwned>(request: &HttpRequest, bytes: &[u8]) -> Result<T, Problem> {
    // serde would read a list as the fields of a struct in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(invalid("the body is not the JSON that is expected here: it is an object"));
    }
    let depth = Context::of(request).map_or(32, |context| *context.config.limits().json_depth());
    json::parse(bytes, depth).map_err(|error| invalid(error.to_string()))
}

/// An id from the path. What is no id names nothing.
pub fn id<T: std::str::FromStr>(kind: &'static str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| GatewayError::not_found(kind, text).into())
}

/// 400: the request is understood and makes no sense.
pub fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid", "The request makes no sense").detail(detail)
}

/// A scope; the organization where none is named.
pub fn scope_of(text: Option<&str>) -> Result<Scope, Problem> {
    text.map_or(Ok(Scope::Organization), Scope::parse).map_err(|error| invalid(error.to_string()))
}

/// Where an exception holds: a scope or `assigned`; where the catalogue says, if nothing is named.
pub fn reach_of(text: Option<&str>) -> Result<Option<Reach>, Problem> {
    text.map(Reach::parse).transpose().map_err(|error| invalid(error.to_string()))
}

/// The moment at which something ends.
pub fn moment(text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let parsed =
        |text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| invalid("`until` is an RFC 3339 date and time"));
    text.map(parsed).transpose()
}

/// A whole number from the query string.
pub fn number<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> Result<Option<T>, Problem> {
    let text = parameter(request.query_string().as_bytes(), name).filter(|value| !value.is_empty());
    text.map(|text| text.parse().map_err(|_| invalid(format!("`{name}` is a whole number")))).transpose()
}

/// `?offset=&limit=`: which part of a long list is told.
pub fn page_of(request: &HttpRequest) -> Result<Page, Problem> {
    let limit = number(request, "limit")?.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    Ok(Page { offset: number(request, "offset")?.unwrap_or_default(), limit })
}
