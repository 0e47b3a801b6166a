//! One simulated client: sends requests with its provider's headers, paces them and tries them again as that provider
//! does, counts them, and tells each step with its time.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::manners::{Manners, Pace};
use crate::model::Secret;
use crate::outbound::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use crate::outbound::{Client, Method, OutboundError, Reach, Reply};

/// Why a simulation ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum SimulationError {
    #[error("the runtime cannot be started")]
    Runtime(#[source] std::io::Error),
    #[error("the token is not text that an HTTP header can carry")]
    Token,
    #[error("no answer")]
    NoAnswer(#[from] OutboundError),
    #[error("`{request}` was answered {status} instead of {expected}: {body}")]
    Status { request: String, expected: String, status: u16, body: String },
    #[error("`{request}` was not answered with JSON: {body}")]
    NotJson { request: String, body: String },
    #[error("the answer has no `{member}`: {body}")]
    Missing { member: String, body: String },
    #[error("{0}")]
    Effect(String),
    #[error("this needs more people or groups than were pushed")]
    TooSmall,
    #[error("Google Workspace pushes no groups, so it has no story to tell; ask okta or entra")]
    NoGroups,
    #[error("{count} could not be done:\n    {first}")]
    Failures { count: usize, first: String },
}

/// The error with everything that caused it, on one line.
pub(super) fn with_causes(error: &SimulationError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text.push_str(": ");
        text.push_str(&deeper.to_string());
        cause = deeper.source();
    }
    text
}

/// A base URL, the headers that always go along, and what has been counted.
#[derive(Debug)]
pub(super) struct Wire {
    client: Client,
    base: String,
    headers: HeaderMap,
    content_type: HeaderValue,
    manners: Manners,
    pace: Pace,
    begun: Instant,
    /// Since the last step was told.
    requests: Cell<u64>,
    since: Cell<Instant>,
    retries: Cell<u64>,
    /// Of every request, in microseconds.
    times: RefCell<Vec<u32>>,
}

impl Wire {
    /// A SCIM client with the headers of its identity provider, `Content-Type` (for bodies) among them.
    pub(super) fn scim(
        base: &str,
        token: &Secret,
        headers: &[(&'static str, &'static str)],
        manners: Manners,
    ) -> Result<Self, SimulationError> {
        let now = Instant::now();
        let mut wire = Self { manners, pace: Pace::new(manners.rate, now), ..Self::api(base, token)? };
        for &(name, value) in headers {
            if name == "content-type" {
                wire.content_type = HeaderValue::from_static(value);
            } else {
                wire.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
        }
        Ok(wire)
    }

    /// A client of the gateway's own APIs.
    pub(super) fn api(base: &str, key: &Secret) -> Result<Self, SimulationError> {
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_| SimulationError::Token)?;
        bearer.set_sensitive(true);
        let now = Instant::now();
        Ok(Self {
            client: Client::new(Reach::Anywhere)?,
            base: base.trim_end_matches('/').to_owned(),
            headers: HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
            content_type: HeaderValue::from_static("application/json"),
            manners: Manners::UNKNOWN,
            pace: Pace::new(0, now),
            begun: now,
            requests: Cell::new(0),
            since: Cell::new(now),
            retries: Cell::new(0),
            times: RefCell::default(),
        })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, SimulationError> {
        self.send(Method::GET, path, None, &[200]).await
    }

    /// Expects 201, or one of `also`.
    pub(super) async fn post(&self, path: &str, body: &Value, also: &[u16]) -> Result<Value, SimulationError> {
        let expected: Vec<_> = std::iter::once(201).chain(also.iter().copied()).collect();
        self.send(Method::POST, path, Some(body), &expected).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, SimulationError> {
        self.send(Method::PUT, path, Some(body), &[200]).await
    }

    /// Expects 200 with the resource or 204 without.
    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value, SimulationError> {
        self.send(Method::PATCH, path, Some(body), &[200, 204]).await
    }

    /// Expects 204, or 404 for what is gone already.
    pub(super) async fn delete(&self, path: &str) -> Result<(), SimulationError> {
        self.send(Method::DELETE, path, None, &[204, 404]).await.map(drop)
    }

    /// Fails unless nothing is there.
    pub(super) async fn is_gone(&self, path: &str) -> Result<(), SimulationError> {
        self.send(Method::GET, path, None, &[404]).await.map(drop)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        expected: &[u16],
    ) -> Result<Value, SimulationError> {
        let request = format!("{method} {path}");
        let body = body.map(|body| body.to_string().into_bytes());
        let reply = self.insist(&method, path, body).await?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        if !expected.contains(&reply.status) {
            let expected = expected.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
            return Err(SimulationError::Status { request, expected, status: reply.status, body: text });
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|_| SimulationError::NotJson { request, body: text })
    }

    /// Sends until there is an answer to keep, as often as the provider does.
    async fn insist(&self, method: &Method, path: &str, body: Option<Vec<u8>>) -> Result<Reply, SimulationError> {
        let mut headers = self.headers.clone();
        if body.is_some() {
            headers.insert(CONTENT_TYPE, self.content_type.clone());
        }
        let url = format!("{}{path}", self.base);
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.pace.turn().await;
            let sent = Instant::now();
            let outcome = self.client.send(method.clone(), &url, headers.clone(), body.clone()).await;
            self.count(sent.elapsed());
            let (status, retry_after) = match &outcome {
                Ok(reply) => (Some(reply.status), reply.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok())),
                Err(_) => (None, None),
            };
            let Some(wait) = self.manners.wait_after(attempt, status, retry_after) else { return Ok(outcome?) };
            self.retries.set(self.retries.get() + 1);
            tokio::time::sleep(wait).await;
        }
    }

    fn count(&self, took: Duration) {
        self.requests.set(self.requests.get() + 1);
        self.times.borrow_mut().push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Prints what has been done since the last step, and how long it took.
    pub(super) fn tell(&self, step: &str) {
        let (requests, took) = (self.requests.take(), self.since.get().elapsed());
        let counted = if requests == 1 { "1 request".to_owned() } else { format!("{requests} requests") };
        let rate = if requests < 1_000 { String::new() } else { format!(" ({:.0}/s)", per_second(requests, took)) };
        say(&format!("  ✓ {step:<58} {counted:>14} {:>11}{rate}", milliseconds(took)));
        self.since.set(Instant::now());
    }

    /// Prints what all of it came to.
    pub(super) fn tell_totals(&self) {
        let mut times = self.times.borrow_mut();
        times.sort_unstable();
        let (requests, took) = (u64::try_from(times.len()).unwrap_or(u64::MAX), self.begun.elapsed());
        let at = |percent: usize| {
            let time = times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default();
            milliseconds(Duration::from_micros(time.into()))
        };
        say(&format!(
            "{requests} requests in {:.1} s, {:.0} per second, {} of them tried again; half within {}, 99 of 100 within {}.",
            took.as_secs_f64(),
            per_second(requests, took),
            self.retries.get(),
            at(50),
            at(99)
        ));
    }

    /// Starts the clock of the next step now.
    pub(super) fn begin(&self) {
        self.since.set(Instant::now());
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people to look at")]
fn per_second(requests: u64, took: Duration) -> f64 {
    requests as f64 / took.as_secs_f64().max(f64::EPSILON)
}

/// Prints a line; a reader that has gone away is no reason to stop half-way.
pub(super) fn say(line: &str) {
    let _nobody_listens = writeln!(std::io::stdout(), "{line}");
}

/// For people: `3.1 ms`.
pub(super) fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1_000.0)
}

/// The text at `member` of an answer.
pub(super) fn text(answer: &Value, member: &str) -> Result<String, SimulationError> {
    let found = answer.get(member).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| SimulationError::Missing { member: member.to_owned(), body: answer.to_string() })
}

/// The id of the only resource in a list answer, if there is one.
pub(super) fn only_id(list: &Value) -> Result<Option<String>, SimulationError> {
    match total(list)? {
        0 => Ok(None),
        1 => {
            let found = list.get("Resources").and_then(|resources| resources.get(0));
            found.map(|resource| text(resource, "id")).transpose()
        }
        _ => Err(SimulationError::Effect(format!("one was asked for, and more were found: {list}"))),
    }
}

/// `totalResults` of a list answer.
pub(super) fn total(list: &Value) -> Result<u64, SimulationError> {
    let total = list.get("totalResults").and_then(Value::as_u64);
    total.ok_or_else(|| SimulationError::Missing { member: "totalResults".to_owned(), body: list.to_string() })
}

/// Fails with `otherwise` unless the effect was had.
pub(super) fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), SimulationError> {
    if holds { Ok(()) } else { Err(SimulationError::Effect(otherwise())) }
}

/// Whether `group` lists `id` as a member.
pub(super) fn is_member(group: &Value, id: &str) -> bool {
    let members = group.get("members").and_then(Value::as_array);
    members.is_some_and(|members| members.iter().any(|member| member.get("value").and_then(Value::as_str) == Some(id)))
}

/// `text` in a query, percent-encoded byte by byte but for letters and digits, with `space` for a space.
pub(super) fn query(text: &str, space: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut encoded, byte| {
        match byte {
            b' ' => encoded.push_str(space),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}
