//! What is known of every request before a handler sees it: its id and the address of the client.
//!
//! A client-sent request id is never taken over: an id in the audit must not be of the client's choosing. A forwarded
//! address is believed only as far as an unbroken chain of our own proxies vouches for it.

use std::cell::{Cell, OnceCell, RefCell};
use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{COOKIE, HeaderMap, HeaderName, USER_AGENT};
use actix_web::{HttpMessage, HttpRequest};

use crate::config::Cidr;
use crate::model::{Chance, DirectoryId, OrganizationId, Origin, PushedBody, RequestId, SystemChance};
use crate::session::{Cookie, Transport};

/// Hops of `X-Forwarded-For` that are looked at.
const MOST_HOPS: usize = 16;

/// Characters of the user agent that are kept.
const USER_AGENT_LENGTH: usize = 256;

/// The facts of one request; the observing middleware makes them, handlers and extractors read them.
#[derive(Debug)]
pub struct RequestFacts {
    id: RequestId,
    address: Option<IpAddr>,
    actor: Cell<Option<&'static str>>,
    directory: Cell<Option<(OrganizationId, DirectoryId)>>,
    body: OnceCell<PushedBody>,
}

impl RequestFacts {
    pub(super) fn new(id: RequestId, address: Option<IpAddr>) -> Self {
        Self { id, address, actor: Cell::new(None), directory: Cell::new(None), body: OnceCell::new() }
    }

    /// The id of `request`.
    pub fn id(request: &HttpRequest) -> Option<RequestId> {
        request.extensions().get::<Self>().map(|facts| facts.id)
    }

    /// The address of the client. `None` where the socket does not say.
    pub fn address(request: &HttpRequest) -> Option<IpAddr> {
        request.extensions().get::<Self>().and_then(|facts| facts.address)
    }

    /// Notes the kind of actor ([`crate::model::Actor::kind`]) for the log line.
    pub fn acts(request: &HttpRequest, kind: &'static str) {
        if let Some(facts) = request.extensions().get::<Self>() {
            facts.actor.set(Some(kind));
        }
    }

    pub(super) fn actor(request: &HttpRequest) -> Option<&'static str> {
        request.extensions().get::<Self>().and_then(|facts| facts.actor.get())
    }

    /// Notes which directory asks, for the provisioning log.
    pub fn asks(request: &HttpRequest, organization: OrganizationId, directory: DirectoryId) {
        if let Some(facts) = request.extensions().get::<Self>() {
            facts.directory.set(Some((organization, directory)));
        }
    }

    /// Which directory asks.
    pub fn directory(request: &HttpRequest) -> Option<(OrganizationId, DirectoryId)> {
        request.extensions().get::<Self>().and_then(|facts| facts.directory.get())
    }

    /// Where the body of a directory's request is, or will be.
    pub fn body(request: &HttpRequest) -> PushedBody {
        request
            .extensions()
            .get::<Self>()
            .map(|facts| PushedBody::clone(facts.body.get_or_init(PushedBody::default)))
            .unwrap_or_default()
    }

    /// Where the request came from, for the audit.
    pub fn origin(request: &HttpRequest) -> Option<Origin> {
        let facts = request.extensions();
        let facts = facts.get::<Self>()?;
        let user_agent = request
            .headers()
            .get(USER_AGENT)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).chars().take(USER_AGENT_LENGTH).collect());
        Some(Origin { ip: facts.address, user_agent, request_id: facts.id })
    }
}

/// The value of one of our cookies. `HttpRequest::cookie` would read and copy all that the browser sent.
pub fn cookie(request: &HttpRequest, cookie: Cookie, transport: Transport) -> Option<&str> {
    request.headers().get_all(COOKIE).find_map(|header| cookie.find(transport, header.as_bytes()))
}

/// The client's address: the peer, or where the peer is a trusted proxy, the nearest hop that is not one.
pub(super) fn client_address(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[Cidr]) -> Option<IpAddr> {
    static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let peer = peer?.ip().to_canonical();
    let is_ours = |address: IpAddr| trusted.iter().any(|range| range.contains(address));
    if !is_ours(peer) {
        return Some(peer);
    }
    let lines: Vec<&str> = headers.get_all(&FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
    let mut client = peer;
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MOST_HOPS) {
        let Some(address) = hop_address(hop.trim()) else { break };
        client = address;
        if !is_ours(address) {
            break;
        }
    }
    Some(client)
}

/// A hop as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Random bytes for request ids, asked of the system a page at a time: a request id must be unique, not secret.
pub(super) struct IdChance;

thread_local! {
    static PAGE: RefCell<(usize, [u8; 1024])> = const { RefCell::new((1024, [0; 1024])) };
}

impl Chance for IdChance {
    fn fill(&self, bytes: &mut [u8]) {
        PAGE.with_borrow_mut(|(at, page)| {
            if page.get(*at..*at + bytes.len()).is_none() {
                SystemChance.fill(page);
                *at = 0;
            }
            bytes.iter_mut().zip(page.iter().skip(*at)).for_each(|(to, from)| *to = *from);
            *at += bytes.len();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn address(peer: &str, forwarded: &[&str], trusted: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(line).unwrap());
        }
        let text = format!("[server]\ntrusted_proxies = {trusted:?}\n");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let config = crate::config::Config::load(Some(file.path().to_owned()), Vec::new()).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        client_address(Some(peer), &headers, config.server().trusted_proxies()).map(|it| it.to_string())
    }

    #[test]
    fn a_stranger_cannot_forward_an_address() {
        assert_eq!(address("203.0.113.9", &["10.0.0.1"], &["10.0.0.0/8"]).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn the_nearest_hop_that_is_not_ours_is_the_client() {
        let forwarded = ["1.1.1.1, 203.0.113.9, 10.0.0.7"];
        assert_eq!(address("10.0.0.1", &forwarded, &["10.0.0.0/8"]).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn several_header_lines_are_one_list() {
        let forwarded = ["1.1.1.1", "203.0.113.9"];
        assert_eq!(address("10.0.0.1", &forwarded, &["10.0.0.0/8"]).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn a_hop_that_is_no_address_ends_the_chain() {
        assert_eq!(address("10.0.0.1", &["1.1.1.1, unknown"], &["10.0.0.0/8"]).as_deref(), Some("10.0.0.1"));
    }

    #[test]
    fn ports_and_brackets_are_understood() {
        assert_eq!(hop_address("192.0.2.1:4711"), "192.0.2.1".parse().ok());
        assert_eq!(hop_address("[2001:db8::1]:4711"), "2001:db8::1".parse().ok());
        assert_eq!(hop_address("[2001:db8::1]"), "2001:db8::1".parse().ok());
    }

    #[test]
    fn ten_thousand_ids_are_all_different() {
        let now = crate::model::Timestamp::from_micros(0);
        let ids: std::collections::HashSet<RequestId> = (0..10_000).map(|_| RequestId::new(now, &IdChance)).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
