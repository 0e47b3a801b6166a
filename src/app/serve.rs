//! `portcullis serve`: opens the store, puts the gateway together, and serves until it is told to stop.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{AppError, files, gateway};
use crate::audit::checkpoint::SigningKey;
use crate::config::Config;
use crate::domain::Gateway;
use crate::http::{self, Base, Readiness, Ready};
use crate::model::SystemClock;

/// How often it is asked whether the database answers.
const PROBE: Duration = Duration::from_secs(1);
/// How long the answer may take.
const PROBE_TIME: Duration = Duration::from_secs(3);
/// How often refusals and last uses are written down.
const TIDY: Duration = Duration::from_secs(5);
/// How long the last writes may take once nobody is served any more.
const STOPPING: Duration = Duration::from_secs(20);
/// How often what has run out is forgotten.
const SWEEP: Duration = Duration::from_secs(300);
/// How often a checkpoint is signed, if the log has grown.
const CHECKPOINT: Duration = Duration::from_secs(60);

/// How to serve.
#[derive(Debug)]
pub struct ServeOptions {
    pub config: Config,
}

/// What `/readyz` answers, kept up to date by a probe.
#[derive(Debug, Default)]
struct Probe {
    answers: AtomicBool,
}

impl Readiness for Probe {
    fn readiness(&self) -> Ready {
        if self.answers.load(Ordering::Acquire) {
            Ready::Ready
        } else {
            Ready::NotReady("the database does not answer".to_owned())
        }
    }
}

/// Serves until SIGTERM or SIGINT.
pub fn serve(options: ServeOptions) -> Result<(), AppError> {
    let config = Arc::new(options.config);
    let log = http::observe::log::install(*config.log().format(), config.log().level())
        .map_err(|error| AppError::Refused(error.to_string()))?;
    let served = serve_with(&config);
    drop(log);
    served
}

fn serve_with(config: &Arc<Config>) -> Result<(), AppError> {
    let recorder = http::metrics::Recorder::install();
    let listen = *config.server().listen();
    let listener =
        TcpListener::bind(listen).map_err(|cause| AppError::Refused(format!("cannot listen on {listen}: {cause}")))?;
    let gateway = gateway(config, true)?;
    let key = files::signing_key(config)?;
    let workers = match usize::try_from(*config.server().workers()).unwrap_or_default() {
        0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        chosen => chosen,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(AppError::Server)?;
    let system = actix_web::rt::System::with_tokio_rt(|| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap_or_else(|_| std::process::abort())
    });
    let probe = Arc::new(Probe::default());
    let base = Base {
        config: Arc::clone(config),
        clock: Arc::new(SystemClock),
        readiness: Arc::clone(&probe) as Arc<dyn Readiness>,
        recorder,
    };
    let settled = Arc::clone(&gateway);
    runtime.block_on(async move { settled.settle_in().await })?;
    let probing = runtime.spawn(probe_at_intervals(Arc::clone(&gateway), probe));
    let upkeep = runtime.spawn(upkeep(Arc::clone(&gateway), Arc::clone(config), key.clone()));
    tracing::info!(server.address = %listen, "serving on http://{listen}, reached as {}", gateway.public_url());
    let context = http::Context::new(Arc::clone(&gateway), config, std::time::Instant::now());
    let served =
        system.block_on(http::server::run(listener, workers, base, move |routes| http::routes(routes, &context)));
    probing.abort();
    upkeep.abort();
    end_within(STOPPING);
    let notes = runtime.block_on(gateway.close(&key))?;
    files::keep_checkpoints(config, &notes)?;
    served.map_err(AppError::Server)
}

/// Ends the process if it has not ended by then: a database that is silent must not keep it. What was answered as done is
/// committed already.
fn end_within(limit: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        // The log is written by another thread, which nobody waits for here.
        eprintln!("portcullis: what was left to write down could not be written within {limit:?}");
        std::process::exit(1)
    });
}

/// Asks whether the database answers, until the server stops. A database that takes too long does not.
async fn probe_at_intervals(gateway: Arc<Gateway>, probe: Arc<Probe>) {
    let mut probing = tokio::time::interval(PROBE);
    loop {
        probing.tick().await;
        let answers = match tokio::time::timeout(PROBE_TIME, gateway.readiness()).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_elapsed) => Err("the database takes too long to answer".to_owned()),
        };
        if let (Err(error), true) = (&answers, probe.answers.load(Ordering::Acquire)) {
            tracing::warn!(error = %error, "not ready: {error}");
        }
        probe.answers.store(answers.is_ok(), Ordering::Release);
    }
}

/// What happens at intervals, until the server stops.
async fn upkeep(gateway: Arc<Gateway>, config: Arc<Config>, key: SigningKey) {
    let mut tidying = tokio::time::interval(TIDY);
    let mut sweeping = tokio::time::interval(SWEEP);
    let mut signing = tokio::time::interval(CHECKPOINT);
    loop {
        tokio::select! {
            _ = tidying.tick() => report("refusals could not be written down", gateway.tidy().await),
            _ = sweeping.tick() => report("what has run out could not be forgotten", gateway.sweep().await),
            _ = signing.tick() => match gateway.sign_checkpoints(&key).await {
                Ok(notes) => report("a checkpoint could not be kept", files::keep_checkpoints(&config, &notes)),
                Err(error) => report("no checkpoint was signed", Err(error)),
            },
        }
    }
}

fn report<E: std::fmt::Display>(what: &str, done: Result<(), E>) {
    if let Err(error) = done {
        tracing::warn!(error = %error, "{what}: {error}");
    }
}
