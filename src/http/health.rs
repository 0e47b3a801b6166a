//! `/healthz` (the process is up), `/readyz` (it may be sent requests), `/metrics`.
//!
//! The metrics tell a stranger how busy the gate is and what it runs, so to an address outside `metrics.allowed` the
//! page does not exist; nor to a proxy that nobody has declared, since it may speak for anyone.

use actix_web::http::header::{ContentType, FORWARDED, HeaderName};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::request::RequestFacts;
use super::{Base, endpoint, problem};

/// Whether requests may be sent here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    Ready,
    /// Not now, with the reason for the operator; it is shown to anyone who asks, so it names no secret.
    NotReady(String),
}

/// Who knows whether the gateway is ready. Asked on each `/readyz`, so it answers from memory.
pub trait Readiness: Send + Sync {
    fn readiness(&self) -> Ready;
}

pub(super) fn routes(routes: &mut ServiceConfig) {
    routes
        .service(endpoint("/healthz").get(healthz))
        .service(endpoint("/readyz").get(readyz))
        .service(endpoint("/metrics").get(metrics));
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "up"}))
}

async fn readyz(base: Data<Base>) -> HttpResponse {
    match base.readiness.readiness() {
        Ready::Ready => HttpResponse::Ok().json(json!({"status": "ready"})),
        Ready::NotReady(reason) => {
            HttpResponse::ServiceUnavailable().json(json!({"status": "not ready", "reason": reason}))
        }
    }
}

async fn metrics(base: Data<Base>, request: HttpRequest) -> HttpResponse {
    let allowed = base.config.metrics().allowed();
    let may_read = RequestFacts::address(&request).is_some_and(|it| allowed.iter().any(|range| range.contains(it)));
    if !may_read || speaks_for_another(&request, &base) {
        return problem::not_found(request).await;
    }
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(base.recorder.render())
}

/// Whether a proxy outside `trusted_proxies` sent this for somebody we cannot know.
fn speaks_for_another(request: &HttpRequest, base: &Base) -> bool {
    static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let headers = request.headers();
    let peer = request.peer_addr().map(|peer| peer.ip());
    let is_ours = peer.is_some_and(|it| base.config.server().trusted_proxies().iter().any(|range| range.contains(it)));
    !is_ours && (headers.contains_key(&FORWARDED_FOR) || headers.contains_key(FORWARDED))
}
