//! Fetching an identity provider's metadata from where its admin says it is.

use std::collections::BTreeSet;

use super::{Client, Method, OutboundError, Reach, header};

/// Why there is no metadata.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("the server answered {0}")]
    Status(u16),
    #[error("the answer is not UTF-8 text")]
    NotText,
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
}

/// The document at `url`, which must be public unless its host is among `private_hosts`.
pub async fn metadata(url: &str, private_hosts: BTreeSet<String>) -> Result<String, FetchError> {
    let client = Client::new(Reach::Public(private_hosts))?;
    let reply = client.send(Method::GET, url, header::HeaderMap::new(), None).await?;
    if reply.status != 200 {
        return Err(FetchError::Status(reply.status));
    }
    String::from_utf8(reply.body).map_err(|_| FetchError::NotText)
}
