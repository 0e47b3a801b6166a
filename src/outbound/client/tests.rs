//! What the client refuses, tried on a listener on loopback.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// Answers one connection with `bytes`; gives its port.
fn answering(bytes: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _read = stream.read(&mut request);
        let _closed_early = stream.write_all(&bytes);
    });
    port
}

fn fetch(reach: Reach, url: &str) -> Result<Reply, OutboundError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = Client::new(reach).unwrap();
    runtime.block_on(client.send(Method::GET, url, HeaderMap::new(), None))
}

fn public() -> Reach {
    Reach::Public(BTreeSet::new())
}

#[test]
fn a_private_address_in_the_url_is_refused() {
    for url in
        ["http://127.0.0.1/", "http://[::1]/", "http://0x7f000001/", "http://2130706433/", "http://[::ffff:10.0.0.1]/"]
    {
        assert!(matches!(fetch(public(), url), Err(OutboundError::PrivateAddress(_))), "{url}");
    }
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused() {
    let refused = fetch(public(), "http://localhost:9/");
    assert!(matches!(&refused, Err(OutboundError::PrivateAddress(host)) if host == "localhost"), "{refused:?}");
}

#[test]
fn a_private_host_that_is_allowed_by_name_is_reached() {
    let port = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec());
    let reach = Reach::Public(BTreeSet::from(["127.0.0.1".to_owned()]));
    assert_eq!(fetch(reach, &format!("http://127.0.0.1:{port}/")).unwrap().body, b"ok");
}

#[test]
fn what_is_no_web_address_is_refused() {
    for url in ["", "file:///etc/passwd", "ftp://example.com/", "data:text/plain,x", "//example.com", "example.com"] {
        assert!(matches!(fetch(Reach::Anywhere, url), Err(OutboundError::InvalidUrl(_))), "{url}");
    }
}

#[test]
fn a_redirect_is_handed_back_and_not_followed() {
    let port = answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_vec());
    assert_eq!(fetch(Reach::Anywhere, &format!("http://127.0.0.1:{port}/")).unwrap().status, 302);
}

#[test]
fn a_body_beyond_five_mebibytes_is_refused() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    bytes.resize(bytes.len() + BODY_LIMIT + 1, b'x');
    let port = answering(bytes);
    let refused = fetch(Reach::Anywhere, &format!("http://127.0.0.1:{port}/"));
    assert!(matches!(refused, Err(OutboundError::TooLarge(_))), "{refused:?}");
}

#[test]
fn an_error_never_shows_the_query() {
    let refused = fetch(Reach::Anywhere, "http://127.0.0.1:1/path?token=hidden").unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("hidden"), "{refused:?}");
}
