//! Metrics of the process, and of each route: requests by status class, and how long they took.
//!
//! The labels of a route are made when it is first asked for and kept by each worker, so that recording allocates
//! nothing. No label comes from a client: a path that matches no route is `unmatched`, a strange method is `OTHER`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Seconds; from a decision in memory to a client that gave up.
const BUCKETS: [f64; 14] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

/// How often the samples taken since are put into their buckets; until then they wait in memory.
const UPKEEP: Duration = Duration::from_secs(1);

/// The metrics of this process; all rooms record through the `metrics` macros.
#[derive(Clone)]
pub struct Recorder(PrometheusHandle);

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

impl Recorder {
    /// The recorder of the process, installed by the first call.
    pub fn install() -> Self {
        static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = INSTALLED.get_or_init(|| {
            // Only an empty list of buckets is refused.
            let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).unwrap_or_default();
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder was installed first, /metrics will be empty");
            }
            describe_counter!("http_requests_total", "Requests answered, by route, method and status class.");
            describe_histogram!("http_request_duration_seconds", "Time from a request's head to its answer's head.");
            handle
        });
        Self(handle.clone())
    }

    /// The Prometheus text of everything recorded.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Sorts samples into buckets for ever, so that they do not pile up between two scrapes.
    pub(super) async fn keep_up(&self) {
        let mut tick = tokio::time::interval(UPKEEP);
        loop {
            tick.tick().await;
            self.0.run_upkeep();
        }
    }
}

/// The route metrics of one worker.
#[derive(Default)]
pub(super) struct RouteMetrics(RefCell<HashMap<String, [Option<Series>; 7]>>);

/// The metrics of one route and method.
struct Series {
    /// 1xx to 5xx.
    classes: [Counter; 5],
    duration: Histogram,
}

impl RouteMetrics {
    /// Records one answer; `route` is the matched pattern.
    pub fn record(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let mut routes = self.0.borrow_mut();
        if !routes.contains_key(route) {
            routes.insert(route.to_owned(), Default::default());
        }
        let (index, name) = method_label(method);
        let Some(slot) = routes.get_mut(route).and_then(|methods| methods.get_mut(index)) else { return };
        let series = slot.get_or_insert_with(|| Series::new(route, name));
        if let Some(class) = series.classes.get(usize::from(status.as_u16() / 100).saturating_sub(1)) {
            class.increment(1);
        }
        series.duration.record(took.as_secs_f64());
    }
}

impl Series {
    fn new(route: &str, method: &'static str) -> Self {
        let class = |class: &'static str| counter!("http_requests_total", "route" => route.to_owned(), "method" => method, "class" => class);
        Self {
            classes: [class("1xx"), class("2xx"), class("3xx"), class("4xx"), class("5xx")],
            duration: histogram!("http_request_duration_seconds", "route" => route.to_owned(), "method" => method),
        }
    }
}

fn method_label(method: &Method) -> (usize, &'static str) {
    match *method {
        Method::GET => (0, "GET"),
        Method::POST => (1, "POST"),
        Method::PUT => (2, "PUT"),
        Method::PATCH => (3, "PATCH"),
        Method::DELETE => (4, "DELETE"),
        Method::HEAD => (5, "HEAD"),
        _ => (6, "OTHER"),
    }
}
