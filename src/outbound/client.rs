//! The client and its limits.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use super::is_public;

const TIME_LIMIT: Duration = Duration::from_secs(10);
const BODY_LIMIT: usize = 5 * 1024 * 1024;

/// Where a client may connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The public Internet, and these hosts whatever their address (names or addresses as they stand in the URL,
    /// lower case).
    Public(BTreeSet<String>),
    /// Anywhere: for commands whose user names the target.
    Anywhere,
}

impl Reach {
    fn covers(&self, host: &str) -> bool {
        match self {
            Self::Public(allowed) => allowed.contains(host),
            Self::Anywhere => true,
        }
    }
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The TLS library does not work here.
    #[error("the HTTP client cannot be built")]
    Unusable(#[source] reqwest::Error),
    /// Not an absolute `http` or `https` URL with a host.
    #[error("`{0}` is not an http or https URL")]
    InvalidUrl(String),
    /// The host's address is private, and the host is not allowed by name.
    #[error("`{0}` is a private address; allow the host by name if it is meant")]
    PrivateAddress(String),
    /// Longer than ten seconds.
    #[error("`{0}` did not answer within 10 s")]
    TimedOut(String),
    /// More than five MiB.
    #[error("the answer of `{0}` is larger than 5 MiB")]
    TooLarge(String),
    /// Anything else: no such name, refused, reset, TLS.
    #[error("`{url}` cannot be reached")]
    Unreachable {
        /// The URL without its query, which may hold what must not be logged.
        url: String,
        /// What the HTTP client said.
        #[source]
        cause: reqwest::Error,
    },
}

/// What came back, of whatever status; redirects are not followed.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The response headers.
    pub headers: HeaderMap,
    /// At most five MiB.
    pub body: Vec<u8>,
}

/// The HTTP client. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    reach: Arc<Reach>,
    http: reqwest::Client,
}

impl Client {
    /// A client that may go where `reach` says.
    pub fn new(reach: Reach) -> Result<Self, OutboundError> {
        let reach = Arc::new(reach);
        let http = reqwest::Client::builder()
            .timeout(TIME_LIMIT)
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(GuardedResolver(Arc::clone(&reach))))
            .build()
            .map_err(OutboundError::Unusable)?;
        Ok(Self { reach, http })
    }

    /// Sends one request and waits for the whole reply.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Reply, OutboundError> {
        let url = self.checked(url)?;
        let shown = format!("{}{}", url.origin().ascii_serialization(), url.path());
        let mut request = self.http.request(method, url).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|cause| failure(&shown, cause))?;
        let mut whole = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|cause| failure(&shown, cause))? {
            if whole.len() + chunk.len() > BODY_LIMIT {
                return Err(OutboundError::TooLarge(shown));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), body: whole })
    }

    /// An address in the URL itself is never resolved, so it is judged here; names are judged by the resolver.
    fn checked(&self, text: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(text).map_err(|_| OutboundError::InvalidUrl(text.to_owned()))?;
        let host = match url.host() {
            Some(host) if matches!(url.scheme(), "http" | "https") => host.to_owned(),
            Some(_) | None => return Err(OutboundError::InvalidUrl(text.to_owned())),
        };
        let address = match host {
            url::Host::Domain(_) => return Ok(url),
            url::Host::Ipv4(address) => address.into(),
            url::Host::Ipv6(address) => address.into(),
        };
        if is_public(address) || self.reach.covers(&address.to_string()) {
            Ok(url)
        } else {
            Err(OutboundError::PrivateAddress(address.to_string()))
        }
    }
}

fn failure(shown: &str, cause: reqwest::Error) -> OutboundError {
    let cause = cause.without_url();
    if cause.is_timeout() {
        return OutboundError::TimedOut(shown.to_owned());
    }
    let mut next: Option<&(dyn Error + 'static)> = Some(&cause);
    while let Some(error) = next {
        if let Some(PrivateName(host)) = error.downcast_ref() {
            return OutboundError::PrivateAddress(host.clone());
        }
        next = error.source();
    }
    OutboundError::Unreachable { url: shown.to_owned(), cause }
}

/// Resolves a name and drops the addresses that it may not lead to.
struct GuardedResolver(Arc<Reach>);

#[derive(Debug, thiserror::Error)]
#[error("`{0}` resolves to private addresses only")]
struct PrivateName(String);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_ascii_lowercase();
            let anywhere = reach.covers(&host);
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| anywhere || is_public(address.ip())).collect();
            if allowed.is_empty() {
                return Err(PrivateName(host).into());
            }
            Ok::<Addrs, _>(Box::new(allowed.into_iter()))
        })
    }
}

#[cfg(test)]
mod tests;
