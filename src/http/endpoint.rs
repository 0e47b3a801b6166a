//! One path and its methods. A method that is not there is answered with 405 and the list of those that are
//! (RFC 9110 §15.5.6), and GET brings HEAD with it (§9.3.2).

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, HttpRequest, Resource, Responder, web};

use super::api::once::once;
use super::problem;

/// A path with its handlers, to be given to `ServiceConfig::service`.
#[derive(Debug)]
pub struct Endpoint {
    resource: ResourceOf,
    methods: Vec<Method>,
    /// Whether a POST may bear an `Idempotency-Key`.
    is_managed: bool,
}

struct ResourceOf(Resource);

impl std::fmt::Debug for ResourceOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resource")
    }
}

/// The endpoint at `path`, e.g. `/scim/v2/Users/{id}`. A segment named `{token}` is kept out of the log.
///
/// SCIM clients are given a base URL by hand and put it together with the rest in their own ways: below `/scim/` a
/// slash at the end and names in lower case are the same path.
pub fn endpoint(path: &str) -> Endpoint {
    let mut spellings = vec![path.to_owned()];
    if path.starts_with("/scim/") {
        let lower = path.to_ascii_lowercase();
        spellings.extend([format!("{path}/"), format!("{lower}/"), lower]);
        spellings.dedup();
    }
    let is_managed = path.starts_with("/api/v1/");
    Endpoint { resource: ResourceOf(web::resource(spellings)), methods: Vec::new(), is_managed }
}

macro_rules! methods {
    ($($name:ident $method:ident),+) => {$(
        #[doc = concat!("Answers ", stringify!($method), " with `handler`.")]
        pub fn $name<H, Args>(self, handler: H) -> Self
        where
            H: Handler<Args>,
            Args: FromRequest + 'static,
            H::Output: Responder + 'static,
        {
            self.on(Method::$method, handler)
        }
    )+};
}

impl Endpoint {
    /// Answers GET and HEAD with `handler`.
    pub fn get<H, Args>(self, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        self.on(Method::GET, handler.clone()).on(Method::HEAD, handler)
    }

    methods!(post POST, put PUT, patch PATCH, delete DELETE);

    /// Answers every method that has no handler of its own.
    pub fn any<H, Args>(mut self, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        self.resource = ResourceOf(self.resource.0.route(web::to(handler)));
        self
    }

    /// Sets data for this path alone, such as its [`super::BodyLimit`].
    pub fn app_data<T: 'static>(mut self, data: T) -> Self {
        self.resource = ResourceOf(self.resource.0.app_data(data));
        self
    }

    fn on<H, Args>(mut self, method: Method, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        self.resource = ResourceOf(self.resource.0.route(web::method(method.clone()).to(handler)));
        self.methods.push(method);
        self
    }
}

impl HttpServiceFactory for Endpoint {
    fn register(self, config: &mut AppService) {
        let allow = self.methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let refuse = move |request: HttpRequest| {
            let allow = allow.clone();
            async move {
                let mut answer = problem::method_not_allowed(&request);
                if let Ok(allow) = HeaderValue::from_str(&allow) {
                    answer.headers_mut().insert(ALLOW, allow);
                }
                answer
            }
        };
        let resource = self.resource.0.default_service(web::to(refuse));
        if self.is_managed && self.methods.contains(&Method::POST) {
            resource.wrap(from_fn(once)).register(config);
        } else {
            resource.register(config);
        }
    }
}
