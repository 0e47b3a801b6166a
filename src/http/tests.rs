//! The base on the wire: a real listener, plain sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};

use super::*;
use crate::config::Config;
use crate::model::SystemClock;

struct Fixed(Ready);

impl Readiness for Fixed {
    fn readiness(&self) -> Ready {
        self.0.clone()
    }
}

fn routes(routes: &mut ServiceConfig) {
    routes
        .service(endpoint("/hello/{name}").get(hello))
        .service(endpoint("/echo").post(async |body: Body| HttpResponse::Ok().body(body.0)))
        .service(endpoint("/scim/v2/Users").get(hello).post(async |body: Body| HttpResponse::Ok().body(body.0)))
        .service(endpoint("/page").get(async || HttpResponse::Ok().content_type("text/html").body("<p>hello")))
        .service(endpoint("/panic").get(panics))
        .service(endpoint("/slow").get(slow));
}

async fn hello(request: HttpRequest) -> HttpResponse {
    RequestFacts::acts(&request, "user");
    HttpResponse::Ok().body(RequestFacts::id(&request).map(|id| id.to_string()).unwrap_or_default())
}

async fn panics() -> HttpResponse {
    panic!("a secret reason")
}

async fn slow() -> HttpResponse {
    tokio::time::sleep(Duration::from_millis(600)).await;
    HttpResponse::Ok().body("finished")
}

/// A server of its own for one test, stopped at the end.
struct Running {
    address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
    thread: std::thread::JoinHandle<std::io::Result<()>>,
}

fn start_with(ready: Ready, settings: &str) -> Running {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), settings).unwrap();
    let config = Arc::new(Config::load(Some(file.path().to_owned()), Vec::new()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let recorder = metrics::Recorder::install();
        let base = Base { config, clock: Arc::new(SystemClock), readiness: Arc::new(Fixed(ready)), recorder };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = server::build(listener, 1, base, routes).unwrap();
            sender.send(server.handle()).unwrap();
            server.await
        })
    });
    Running { address, handle: receiver.recv().unwrap(), thread }
}

fn start() -> Running {
    start_with(Ready::Ready, "")
}

impl Running {
    /// Sends `request` and reads until the server closes the connection.
    fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _reset_after_the_answer = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        self.raw(&format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    fn get(&self, path: &str) -> String {
        self.send("GET", path, "", "")
    }

    fn stop(self) -> Duration {
        let begun = Instant::now();
        let stopping = self.handle.stop(true);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(stopping);
        self.thread.join().unwrap().unwrap();
        begun.elapsed()
    }
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines().find_map(|line| line.split_once(": ").filter(|(its, _)| its.eq_ignore_ascii_case(name)).map(|it| it.1))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

#[test]
fn the_request_id_is_ours_and_the_handler_sees_the_same() {
    let server = start();
    let answer = server.send("GET", "/hello/ann", "x-request-id: mine\r\n", "");
    let id = header(&answer, "x-request-id").unwrap();
    assert!(id.parse::<crate::model::RequestId>().is_ok(), "{id}");
    assert_eq!(body(&answer), id);
    server.stop();
}

#[test]
fn data_may_not_be_framed_stored_or_guessed() {
    let server = start();
    let answer = server.get("/hello/ann");
    assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
    assert_eq!(header(&answer, "cache-control"), Some("no-store"));
    assert_eq!(header(&answer, "referrer-policy"), Some("no-referrer"));
    assert_eq!(header(&answer, "content-security-policy"), Some(headers::DATA_POLICY));
    assert_eq!(header(&server.get("/page"), "content-security-policy"), Some(headers::PAGE_POLICY));
    server.stop();
}

#[test]
fn an_unknown_path_is_a_problem_and_below_scim_a_scim_error() {
    let server = start();
    let answer = server.get("/nowhere");
    assert_eq!(status(&answer), "404");
    assert_eq!(header(&answer, "content-type"), Some("application/problem+json"));
    assert!(body(&answer).contains("urn:portcullis:problem:not-found"));
    let answer = server.get("/scim/v2/Nowhere");
    assert_eq!(header(&answer, "content-type"), Some("application/scim+json"));
    assert!(body(&answer).contains("urn:ietf:params:scim:api:messages:2.0:Error"));
    server.stop();
}

#[test]
fn a_method_that_is_not_offered_is_answered_with_those_that_are() {
    let server = start();
    let answer = server.send("DELETE", "/scim/v2/Users", "", "");
    assert_eq!(status(&answer), "405");
    assert_eq!(header(&answer, "allow"), Some("GET, HEAD, POST"));
    server.stop();
}

#[test]
fn head_is_get_without_a_body() {
    let server = start();
    let answer = server.send("HEAD", "/hello/ann", "", "");
    assert_eq!((status(&answer), body(&answer)), ("200", ""));
    assert_eq!(header(&answer, "content-length"), Some("36"));
    server.stop();
}

#[test]
fn a_panic_is_answered_without_detail_and_the_server_lives() {
    let server = start();
    let answer = server.get("/panic");
    assert_eq!(status(&answer), "500");
    assert!(header(&answer, "x-request-id").is_some());
    assert!(!answer.contains("secret reason"));
    assert_eq!(status(&server.get("/hello/ann")), "200");
    server.stop();
}

#[test]
fn a_body_at_the_limit_is_read_and_one_byte_more_is_refused() {
    let server = start_with(Ready::Ready, "[limits]\nbody = \"1 KiB\"\n");
    assert_eq!(status(&server.send("POST", "/echo", "", &"x".repeat(1024))), "200");
    let answer = server.send("POST", "/echo", "", &"x".repeat(1025));
    assert_eq!(status(&answer), "413");
    assert!(body(&answer).contains("larger than 1 KiB"));
    server.stop();
}

#[test]
fn a_chunked_body_cannot_get_round_the_limit() {
    let server = start_with(Ready::Ready, "[limits]\nbody = \"1 KiB\"\n");
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
    let request = "POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = server.raw(&format!("{request}{chunk}{chunk}0\r\n\r\n"));
    assert_eq!(status(&answer), "413");
    assert_eq!(header(&answer, "content-type"), Some("application/scim+json"));
    server.stop();
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let server = start_with(Ready::Ready, "[server]\nbody_time = \"200 ms\"\n");
    let answer = server.raw("POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\nabc");
    assert_eq!(status(&answer), "408");
    server.stop();
}

#[test]
fn large_headers_are_refused() {
    let server = start();
    assert_eq!(status(&server.send("GET", "/hello/ann", &format!("x-a: {}\r\n", "x".repeat(15_000)), "")), "200");
    assert_eq!(status(&server.send("GET", "/hello/ann", &format!("x-a: {}\r\n", "x".repeat(17_000)), "")), "431");
    server.stop();
}

#[test]
fn a_head_that_does_not_come_is_given_up() {
    let server = start_with(Ready::Ready, "[server]\nrequest_time = \"200 ms\"\n");
    let begun = Instant::now();
    server.raw("GET /hello/ann HTTP/1.1\r\nhost:");
    assert!(begun.elapsed() < Duration::from_secs(8));
    server.stop();
}

#[test]
fn a_path_with_two_readings_is_refused() {
    let server = start();
    for path in ["//hello/ann", "/hello/..%2fann", "/hello/ann/../bob"] {
        assert_eq!(status(&server.get(path)), "400", "{path}");
    }
    server.stop();
}

#[test]
fn readiness_is_told_with_its_reason() {
    let server = start_with(Ready::NotReady("migrations are running".to_owned()), "");
    let answer = server.get("/readyz");
    assert_eq!(status(&answer), "503");
    assert!(body(&answer).contains("migrations are running"));
    assert_eq!(status(&server.get("/healthz")), "200");
    server.stop();
}

#[test]
fn metrics_count_by_route_pattern_and_never_by_path() {
    let server = start();
    server.get("/hello/somebody-special");
    server.get("/nowhere/secret-path");
    let answer = server.get("/metrics");
    assert!(
        body(&answer).contains(r#"http_requests_total{route="/hello/{name}",method="GET",class="2xx"}"#),
        "{answer}"
    );
    assert!(!answer.contains("somebody-special") && !answer.contains("secret-path"));
    server.stop();
}

#[test]
fn metrics_do_not_exist_for_those_who_may_not_read_them() {
    let server = start_with(Ready::Ready, "[metrics]\nallowed = [\"10.0.0.0/8\"]\n");
    assert_eq!(status(&server.get("/metrics")), "404");
    server.stop();
}

#[test]
fn a_proxy_that_nobody_declared_cannot_read_the_metrics_for_another() {
    let server = start();
    assert_eq!(status(&server.send("GET", "/metrics", "x-forwarded-for: 203.0.113.9\r\n", "")), "404");
    server.stop();
}

#[test]
fn stopping_finishes_the_request_in_flight_and_does_not_wait_for_idle_connections() {
    let server = start();
    let address = server.address;
    let mut idle = TcpStream::connect(address).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let _first_bytes = idle.read(&mut [0; 512]).unwrap();
    let in_flight = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    std::thread::sleep(Duration::from_millis(200));
    let took = server.stop();
    assert_eq!(body(&in_flight.join().unwrap()), "finished");
    assert!(took < Duration::from_secs(5), "{took:?}");
}
