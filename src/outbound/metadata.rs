//! Fetching an identity provider's metadata from where its admin says it is.

use std::collections::BTreeSet;

use super::{Client, Method, OutboundError, Reach, header};

/// The longest ETag that is kept (RFC 9110 sets no limit).
const ETAG_BYTES: usize = 256;

/// Why there is no metadata.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("the server answered {0}")]
    Status(u16),
    #[error("the server sends elsewhere ({0}): give the address that it leads to")]
    Redirect(u16),
    #[error("the answer is not UTF-8 text")]
    NotText,
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
}

/// What a fetch brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The document is the one that `etag` names.
    Unchanged,
    Document {
        text: String,
        etag: Option<String>,
    },
}

/// The document at `url`, which must be public unless its host is among `private_hosts`; `etag` names the one that is
/// there already.
pub async fn metadata(url: &str, etag: Option<&str>, private_hosts: BTreeSet<String>) -> Result<Fetched, FetchError> {
    let client = Client::new(Reach::Public(private_hosts))?;
    let mut headers = header::HeaderMap::new();
    if let Some(etag) = etag.and_then(|etag| header::HeaderValue::from_str(etag).ok()) {
        headers.insert(header::IF_NONE_MATCH, etag);
    }
    let reply = client.send(Method::GET, url, headers, None).await?;
    match reply.status {
        200 => {}
        304 if etag.is_some() => return Ok(Fetched::Unchanged),
        300..=399 => return Err(FetchError::Redirect(reply.status)),
        other => return Err(FetchError::Status(other)),
    }
    let etag = reply.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
    let etag = etag.filter(|etag| etag.len() <= ETAG_BYTES).map(str::to_owned);
    let text = String::from_utf8(reply.body).map_err(|_| FetchError::NotText)?;
    Ok(Fetched::Document { text, etag })
}
