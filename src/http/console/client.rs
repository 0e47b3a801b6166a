//! Who looks at the console: the extractors of its routes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};

use super::ConsoleError;
use crate::access::Duty;
use crate::domain::sessions::SignedIn;
use crate::domain::{Gateway, GatewayError};
use crate::http::context::Context;
use crate::http::limits::Body;
use crate::http::problem::Problem;
use crate::http::request::cookie;
use crate::http::saml::parameter;
use crate::http::session::SignedInClient;
use crate::model::{Attribution, OrganizationId, Secret};
use crate::session::{Cookie, csrf_matches, csrf_token};

/// What every page of the console shows around its content.
#[derive(Debug, Clone)]
pub struct Frame {
    pub organization: String,
    pub user_name: String,
    /// Whether they may open what is for managers, and the log: nobody is shown links that they cannot follow.
    pub manages: bool,
    pub audits: bool,
    /// For the forms of this session.
    pub csrf: Secret,
}

/// Somebody signed in who may manage the organization.
#[derive(Debug)]
pub struct ConsoleClient {
    pub gateway: Arc<Gateway>,
    pub who: SignedIn,
    pub by: Attribution,
    pub frame: Frame,
    query: String,
}

/// The same of somebody who may read the audit log, whether or not they manage anything.
#[derive(Debug)]
pub struct ConsoleAuditor(pub ConsoleClient);

/// What a page is for.
#[derive(Debug, Clone, Copy)]
enum Right {
    Manage,
    Audit,
}

/// A manager, and the form they sent from one of our pages.
#[derive(Debug)]
pub struct ConsoleForm {
    pub client: ConsoleClient,
    form: Bytes,
}

impl ConsoleClient {
    /// Whose data it is about.
    pub fn organization(&self) -> OrganizationId {
        self.who.organization
    }

    /// A parameter of the query, trimmed; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        parameter(self.query.as_bytes(), name).unwrap_or_default().trim().to_owned()
    }

    /// Refuses unless whoever is signed in may do this part of the management. `what` is the route, for the audit.
    pub async fn check_duty(&self, duty: Duty, what: &str) -> Result<(), ConsoleError> {
        let checked = self.gateway.check_session_duty(&self.who, duty).await;
        if let Err(GatewayError::Forbidden(reason)) = &checked {
            self.gateway.request_refused(self.who.organization, self.by.clone(), what, reason);
        }
        Ok(checked?)
    }

    /// Whether they may; for what a page shows.
    pub async fn may(&self, duty: Duty) -> Result<bool, ConsoleError> {
        match self.gateway.check_session_duty(&self.who, duty).await {
            Ok(()) => Ok(true),
            Err(GatewayError::Forbidden(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn of(request: &HttpRequest, right: Right) -> Result<(Self, SignedInClient), ConsoleError> {
        let context = Context::of(request).ok_or_else(Problem::internal)?.clone();
        let Ok(signed_in) = SignedInClient::extract(request).await else { return Err(sign_in_first(request)) };
        let token = cookie(request, Cookie::Session, context.transport).ok_or_else(|| sign_in_first(request))?;
        let gateway = Arc::clone(&context.gateway);
        let (who, by) = (signed_in.who.clone(), signed_in.by.clone());
        let checked = match right {
            Right::Manage => gateway.check_session_management(&who).await,
            Right::Audit => gateway.check_session_audit(&who).await,
        };
        if let Err(error) = checked {
            note(&gateway, &who, &by, request, &error);
            return Err(error.into());
        }
        let (manages, audits) = gateway.session_administers(&who)?;
        let frame = Frame {
            manages,
            audits,
            organization: gateway.organization_name(who.organization).await?,
            user_name: who.identity().user_name.clone(),
            csrf: csrf_token(&Secret::new(token)),
        };
        Ok((Self { gateway, who, by, frame, query: request.query_string().to_owned() }, signed_in))
    }
}

/// To the sign-in, and from there back to the page; after a form, to the first page.
fn sign_in_first(request: &HttpRequest) -> ConsoleError {
    let asked = request.uri().path_and_query().map_or("", |path| path.as_str());
    let is_page = request.method() == Method::GET || request.method() == Method::HEAD;
    let return_to = crate::session::return_to(asked).filter(|_| is_page).unwrap_or("/console");
    ConsoleError::SignIn { return_to: return_to.to_owned() }
}

/// What was refused is in the audit.
fn note(gateway: &Gateway, who: &SignedIn, by: &Attribution, request: &HttpRequest, error: &GatewayError) {
    if let GatewayError::Forbidden(reason) = error {
        let what = request.match_pattern().unwrap_or_default();
        gateway.request_refused(who.organization, by.clone(), &what, reason);
    }
}

impl FromRequest for ConsoleClient {
    type Error = ConsoleError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ConsoleError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request, Right::Manage).await.map(|(client, _)| client) })
    }
}

impl FromRequest for ConsoleAuditor {
    type Error = ConsoleError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ConsoleError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { ConsoleClient::of(&request, Right::Audit).await.map(|(client, _)| Self(client)) })
    }
}

impl ConsoleForm {
    /// A field of the form, trimmed; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        parameter(&self.form, name).unwrap_or_default().trim().to_owned()
    }

    /// All values of a field that may be there several times.
    pub fn all(&self, name: &str) -> Vec<String> {
        let values = url::form_urlencoded::parse(&self.form).filter(|(found, _)| found == name);
        values.map(|(_, value)| value.replace('\0', "")).filter(|value| !value.is_empty()).collect()
    }

    async fn of(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ConsoleError> {
        let (client, signed_in) = ConsoleClient::of(request, Right::Manage).await?;
        let form = Body::read(request, payload).await.map_err(|error| Problem::from(&error))?;
        let sent = parameter(&form, "csrf").unwrap_or_default();
        let token = Context::of(request).and_then(|context| cookie(request, Cookie::Session, context.transport));
        let is_ours = token.is_some_and(|token| csrf_matches(&Secret::new(token), &sent));
        if signed_in.check_same_origin(request).is_err() || !is_ours {
            let error = GatewayError::Forbidden("the form did not come from a page of this session".to_owned());
            note(&client.gateway, &client.who, &client.by, request, &error);
            return Err(ConsoleError::Problem(
                Problem::new(StatusCode::FORBIDDEN, "cross-site", "This did not come from our own page")
                    .detail("Nothing was changed. Open the page again, and send the form from there."),
            ));
        }
        Ok(Self { client, form })
    }
}

impl FromRequest for ConsoleForm {
    type Error = ConsoleError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ConsoleError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move { Self::of(&request, &mut payload).await })
    }
}

#[cfg(test)]
impl Frame {
    /// A frame whose names are as hostile as names can be.
    pub fn sample() -> Self {
        Self {
            organization: super::tests::HOSTILE.to_owned(),
            user_name: super::tests::HOSTILE.to_owned(),
            manages: true,
            audits: true,
            csrf: Secret::new("pcl_csrf_sample"),
        }
    }
}
