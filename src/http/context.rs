//! What handlers work with: the gateway, the rates, and how browsers reach us.

use std::sync::Arc;
use std::time::Instant;

use actix_web::{HttpRequest, web};

use super::rate::{Rates, TooMany};
use super::request::RequestFacts;
use crate::config::Config;
use crate::domain::Gateway;
use crate::model::{Actor, Attribution, Digest};
use crate::session::Transport;

/// Shared by all workers.
#[derive(Debug, Clone)]
pub struct Context {
    pub gateway: Arc<Gateway>,
    pub config: Arc<Config>,
    pub transport: Transport,
    rates: Arc<Rates>,
}

impl Context {
    /// `now` is the start.
    pub fn new(gateway: Arc<Gateway>, config: &Arc<Config>, now: Instant) -> Self {
        let transport = if config.server().public_url().is_https() { Transport::Https } else { Transport::Loopback };
        Self { gateway, config: Arc::clone(config), transport, rates: Arc::new(Rates::new(config.rates(), now)) }
    }

    /// The context of a request: every route has it.
    pub fn of(request: &HttpRequest) -> Option<&web::Data<Self>> {
        request.app_data::<web::Data<Self>>()
    }

    /// What a change over this request is attributed to; notes the actor for the log line.
    pub fn attribution(&self, request: &HttpRequest, actor: Actor) -> Attribution {
        RequestFacts::acts(request, actor.kind());
        self.gateway.attribution(actor, RequestFacts::origin(request))
    }

    /// Refuses a client that asks too often with one token. Other clients' failures at the same address do not count
    /// against it: identity providers send many tenants' requests from one address.
    pub fn check_rate(&self, token: &str) -> Result<(), TooMany> {
        self.rates.request(&Digest::of(token.as_bytes()), Instant::now())
    }

    /// Refuses an address that has failed too often.
    pub fn check_failures(&self, request: &HttpRequest) -> Result<(), TooMany> {
        self.rates.may_authenticate(RequestFacts::address(request), Instant::now())
    }

    /// Counts a failed authentication; refuses an address that has failed too often to be told even that.
    pub fn failed(&self, request: &HttpRequest) -> Result<(), TooMany> {
        let (address, now) = (RequestFacts::address(request), Instant::now());
        let may = self.rates.may_authenticate(address, now);
        self.rates.failed(address, now);
        may
    }
}

impl Context {
    /// Refuses an address that has sent too many SAML messages that were refused.
    pub fn check_saml(&self, request: &HttpRequest) -> Result<(), TooMany> {
        self.rates.may_send_saml(RequestFacts::address(request), Instant::now())
    }

    /// Counts a refused SAML message.
    pub fn saml_refused(&self, request: &HttpRequest) {
        self.rates.saml_refused(RequestFacts::address(request), Instant::now());
    }
}

/// The bearer token of a request (RFC 6750 §2.1). Okta may send the bare token, as its admin typed it.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(actix_web::http::header::AUTHORIZATION)?.to_str().ok()?.trim();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        Some(_other_scheme) => None,
        None => Some(header),
    }
}
