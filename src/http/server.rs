//! The server: binds the routes to a listener, and stops gracefully.
//!
//! Slow and idle clients are cut off by time (head, body, keep-alive) and by number (connections), so that none of
//! them can hold the gate open for itself. On SIGTERM and SIGINT it takes no new connection, finishes what is in
//! flight within the stop time, and returns. No TLS and no HTTP/2 here: a reverse proxy does both.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::KeepAlive;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpServer};
use tokio::signal::unix::{SignalKind, signal};

use super::health::{self, Readiness};
use super::limits::BodyLimit;
use super::metrics::Recorder;
use super::observe::Observe;
use super::problem;
use crate::config::Config;
use crate::model::Clock;

/// What the base of the room needs from the rest of the gateway.
#[derive(Clone)]
pub struct Base {
    pub config: Arc<Config>,
    pub clock: Arc<dyn Clock>,
    pub readiness: Arc<dyn Readiness>,
    pub recorder: Recorder,
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base").finish_non_exhaustive()
    }
}

/// Serves `routes` on `listener` until SIGTERM or SIGINT. To be run inside a tokio runtime.
pub async fn run<F>(listener: TcpListener, workers: usize, base: Base, routes: F) -> io::Result<()>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let recorder = base.recorder.clone();
    let server = build(listener, workers, base, routes)?;
    let stopper = server.handle();
    let upkeep = tokio::spawn(async move { recorder.keep_up().await });
    let waiting = tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new connections, finishing the requests in flight");
        stopper.stop(true).await;
    });
    let served = server.await;
    upkeep.abort();
    waiting.abort();
    served
}

/// The server, ready to be awaited; its handle stops it.
pub(super) fn build<F>(listener: TcpListener, workers: usize, base: Base, routes: F) -> io::Result<Server>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let settings = Arc::clone(&base.config);
    let settings = settings.server();
    let each = usize::try_from(*settings.connections()).unwrap_or(usize::MAX).div_ceil(workers.max(1));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::new(base.clone()))
            .app_data(BodyLimit::of(*base.config.limits().body(), *base.config.server().body_time()))
            .configure(routes.clone())
            .configure(health::routes)
            .default_service(web::to(problem::not_found))
            .wrap(Observe::new(&base))
    });
    Ok(server
        .workers(workers.max(1))
        .max_connections(each)
        .keep_alive(KeepAlive::Timeout(settings.keep_alive().get()))
        .client_request_timeout(settings.request_time().get())
        .client_disconnect_timeout(std::time::Duration::from_secs(5))
        .shutdown_timeout(settings.stop_time().get().as_secs().max(1))
        .disable_signals()
        .listen(listener)?
        .run())
}
