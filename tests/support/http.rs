//! A small synchronous HTTP client for the tests: no redirects, no retries, no cookies, nothing clever.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

fn client() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(30)).no_proxy().build().unwrap()
    })
}

/// One interface of one server: a base URL and the headers that go with every request.
#[derive(Debug, Clone)]
pub struct Http {
    base: String,
    headers: Vec<(String, String)>,
}

impl Http {
    /// A client of everything below `base`.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into().trim_end_matches('/').to_owned(), headers: Vec::new() }
    }

    /// The same with `Authorization: Bearer …` (instead of any other).
    pub fn bearer(&self, token: &str) -> Self {
        self.with("Authorization", &format!("Bearer {token}"))
    }

    /// The same with one header set.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.without(name);
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// The same without a header.
    pub fn without(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        other
    }

    /// A header that goes with every request.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The URL of `path` (a path below the base, or a whole URL).
    pub fn url(&self, path: &str) -> String {
        if path.contains("://") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body.to_string().into_bytes()))
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some(body.to_string().into_bytes()))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, Some(body.to_string().into_bytes()))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// The status of a GET, or nothing if there is no answer.
    pub fn status(&self, path: &str) -> Option<u16> {
        let request = self.request("GET", path);
        runtime().block_on(async { Some(request.send().await.ok()?.status().as_u16()) })
    }

    /// Sends `fields` as an HTML form would.
    pub fn form(&self, path: &str, fields: &[(String, String)]) -> Answer {
        self.answer(self.request("POST", path).form(fields))
    }

    /// Sends any body; `application/json` unless the client has a content type of its own.
    pub fn send(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                request = request.header("Content-Type", "application/json");
            }
            request = request.body(body);
        }
        self.answer(request)
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = self.url(path);
        let request = client().request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        runtime().block_on(async {
            let response = request.send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
            Answer {
                request: response.url().to_string(),
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body: response.text().await.unwrap(),
            }
        })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) request: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Fails, showing the body, unless the status is `status`.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {}: {}", self.request, self.status, self.body);
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.request, self.body))
    }

    /// A text member of the JSON body, e.g. `id`.
    #[track_caller]
    pub fn text(&self, member: &str) -> String {
        let json = self.json();
        json[member].as_str().unwrap_or_else(|| panic!("no text `{member}` in {json}")).to_owned()
    }

    /// A response header, or the empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Sends these very bytes to `127.0.0.1:port` and gives what comes back, for requests that no HTTP client would send.
pub fn raw_request(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server may refuse and close before it has read everything; its answer is what matters.
    let _closed_early = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
