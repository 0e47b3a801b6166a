//! The outermost layer of every request: refuses what no protocol should see, gives the request its id, catches a
//! panic, completes the answer's headers, and accounts for it: one log line, one count, one duration.
//!
//! It is on the path of every decision, so it does little: one allocation for the boxed call, no label is built, the
//! request's id is put into text once, and the log line ([`line`](mod@line)) goes into a buffer that another thread
//! writes out ([`log`]). Query strings are never logged, nor is the path of a route with a `{token}` in it.

mod line;
pub mod log;

use std::future::{Future, Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};

use self::line::Answered;
use super::metrics::RouteMetrics;
use super::request::{IdChance, RequestFacts, client_address};
use super::scim::journal;
use super::{Base, Problem, headers, limits};
use crate::config::Config;
use crate::model::{Clock, RequestId};

/// The layer, to be wrapped around a whole application.
pub(super) struct Observe(Rc<Shared>);

/// What one worker's requests share.
struct Shared {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    metrics: RouteMetrics,
}

impl Observe {
    pub fn new(base: &Base) -> Self {
        let (config, clock) = (Arc::clone(&base.config), Arc::clone(&base.clock));
        Self(Rc::new(Shared { config, clock, metrics: RouteMetrics::default() }))
    }
}

impl<S> Transform<S, ServiceRequest> for Observe
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Observing<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Observing { inner, shared: Rc::clone(&self.0) }))
    }
}

pub(super) struct Observing<S> {
    inner: S,
    shared: Rc<Shared>,
}

impl<S> Service<ServiceRequest> for Observing<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Observed<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let begun = Instant::now();
        let id = RequestId::new(self.shared.clock.now(), &IdChance);
        let trusted = self.shared.config.server().trusted_proxies();
        let address = client_address(request.peer_addr(), request.headers(), trusted);
        request.extensions_mut().insert(RequestFacts::new(id, address));
        let method = request.method().clone();
        let call = match limits::admit(request.head(), *self.shared.config.limits().header()) {
            Err(problem) => {
                let answer = problem.answer(request.path());
                Call::Refused(Some(request.into_response(answer)))
            }
            // The call itself may panic before it returns its future.
            Ok(()) => match catch_unwind(AssertUnwindSafe(|| self.inner.call(request))) {
                Ok(future) => Call::Running(Box::pin(future)),
                Err(_) => Call::Panicked,
            },
        };
        Observed { call, begun, id, method, shared: Rc::clone(&self.shared) }
    }
}

/// A request on its way.
pub(super) struct Observed<F> {
    call: Call<F>,
    begun: Instant,
    id: RequestId,
    method: Method,
    shared: Rc<Shared>,
}

enum Call<F> {
    Running(Pin<Box<F>>),
    Refused(Option<ServiceResponse<BoxBody>>),
    Panicked,
}

impl<F> Future for Observed<F>
where
    F: Future<Output = Result<ServiceResponse<BoxBody>, Error>>,
{
    type Output = Result<ServiceResponse<BoxBody>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = match &mut self.call {
            Call::Running(future) => match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(result)) => result,
                Err(_) => {
                    // A future that has panicked must not be touched again.
                    self.call = Call::Panicked;
                    Err(self.panicked())
                }
            },
            Call::Refused(answer) => match answer.take() {
                Some(answer) => Ok(answer),
                None => return Poll::Pending,
            },
            Call::Panicked => Err(self.panicked()),
        };
        Poll::Ready(self.account(result))
    }
}

impl<F> Observed<F> {
    fn panicked(&self) -> Error {
        Panicked { id: self.id, https: self.shared.config.server().public_url().is_https() }.into()
    }

    /// Completes the answer and writes it down.
    fn account(&self, result: Result<ServiceResponse<BoxBody>, Error>) -> Result<ServiceResponse<BoxBody>, Error> {
        let took = self.begun.elapsed();
        let mut buffer = [0; 36];
        let request_id = self.id.encode(&mut buffer);
        let said = Answered {
            method: self.method.as_str(),
            route: None,
            path: None,
            status: 0,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            bytes: None,
            actor: None,
            request_id,
        };
        let mut answer = match result {
            Ok(answer) => answer,
            Err(error) => {
                let status = error.as_response_error().status_code();
                self.shared.metrics.record("unmatched", &self.method, status, took);
                log::answered(&Answered { status: status.as_u16(), ..said });
                return Err(error);
            }
        };
        headers::complete(answer.headers_mut(), request_id, self.shared.config.server().public_url().is_https());
        let request = answer.request();
        let pattern = request.match_pattern();
        let route = pattern.as_deref().unwrap_or("unmatched");
        self.shared.metrics.record(route, &self.method, answer.status(), took);
        if route.starts_with("/scim/") {
            journal::note(&answer, took);
        }
        let bytes = match answer.response().body().size() {
            BodySize::Sized(bytes) => bytes,
            BodySize::None | BodySize::Stream => 0,
        };
        log::answered(&Answered {
            route: Some(route),
            path: Some(if route.contains("{token}") { route } else { request.path() }),
            status: answer.status().as_u16(),
            bytes: Some(bytes),
            actor: RequestFacts::actor(request),
            ..said
        });
        Ok(answer)
    }
}

/// A handler panicked. The panic hook has written the one error line; the client learns nothing but the id.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked {
    id: RequestId,
    https: bool,
}

impl ResponseError for Panicked {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = Problem::internal().answer("");
        headers::complete(answer.headers_mut(), self.id.encode(&mut [0; 36]), self.https);
        answer
    }
}
