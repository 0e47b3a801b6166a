//! How large, how slow and how odd a request may be before any protocol looks at it.
//!
//! A path with two readings (`//`, `%2F`, `..`, backslashes) is refused, not normalised: whatever stands in front of
//! the gateway may have read it the other way.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::{Payload, RequestHead};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, ResponseError, web};

use super::Problem;
use crate::config::{Bytes as Size, Span};

/// Refuses heads that are too large or ambiguous.
pub(super) fn admit(head: &RequestHead, largest: Size) -> Result<(), Problem> {
    let size: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let uri = head.uri.path_and_query().map_or(0, |it| it.as_str().len());
    if size + uri > largest.as_usize() {
        return Err(Problem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "header-too-large",
            "The request line and headers are too large",
        )
        .detail(format!("at most {largest} are read")));
    }
    if is_ambiguous(head.uri.path()) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "ambiguous-path", "The path can be read in two ways"));
    }
    Ok(())
}

/// Whether a proxy and the gateway could disagree on what `path` names.
fn is_ambiguous(path: &str) -> bool {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if (segment.is_empty() && !is_last) || segment == "." || segment == ".." {
            return true;
        }
    }
    let bytes = path.as_bytes();
    bytes.iter().any(|byte| matches!(byte, b'\\' | b';' | 0..=0x1f | 0x7f))
        || bytes.windows(3).any(|three| {
            let &[b'%', high, low] = three else { return false };
            matches!(
                (high, low.to_ascii_lowercase()),
                (b'2', b'e' | b'f' | b'5') | (b'5', b'c') | (b'3', b'b') | (b'0' | b'1', _) | (b'7', b'f')
            )
        })
}

/// How much body a route reads, and for how long. Set with `app_data` on a scope or an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit {
    largest: Size,
    time: Span,
}

impl BodyLimit {
    /// At most `largest`, sent within `time`.
    pub const fn of(largest: Size, time: Span) -> Self {
        Self { largest, time }
    }
}

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the body is larger than {limit}")]
    TooLarge { limit: Size },
    #[error("the body did not arrive in time")]
    TooSlow,
    #[error("the body broke off or is not encoded as its headers say")]
    Broken,
}

impl From<&BodyError> for Problem {
    fn from(error: &BodyError) -> Self {
        let (status, kind, title) = match error {
            BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large"),
            BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body-too-slow", "The body came too slowly"),
            BodyError::Broken => (StatusCode::BAD_REQUEST, "body-broken", "The body is broken"),
        };
        Self::new(status, kind, title).detail(error.to_string())
    }
}

/// A whole body within the limit of its route.
#[derive(Debug)]
pub struct Body(pub Bytes);

impl Body {
    /// Reads the body; for extractors whose protocol has its own error form.
    pub async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, BodyError> {
        let Some(limit) = request.app_data::<BodyLimit>().copied() else { return Err(BodyError::Broken) };
        let too_large = BodyError::TooLarge { limit: limit.largest };
        let announced =
            request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit.largest.get()) {
            return Err(too_large);
        }
        let payload = web::Payload::from_request(request, payload).await.map_err(|_| BodyError::Broken)?;
        match tokio::time::timeout(limit.time.get(), payload.to_bytes_limited(limit.largest.as_usize())).await {
            Err(_elapsed) => Err(BodyError::TooSlow),
            Ok(Err(_exceeded)) => Err(too_large),
            Ok(Ok(Err(_))) => Err(BodyError::Broken),
            Ok(Ok(Ok(body))) => Ok(body),
        }
    }
}

impl FromRequest for Body {
    type Error = RefusedBody;
    type Future = Pin<Box<dyn Future<Output = Result<Self, RefusedBody>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let read = Self::read(&request, &mut payload).await;
            read.map(Self).map_err(|error| RefusedBody { error, path: request.path().to_owned() })
        })
    }
}

/// A [`BodyError`] that knows the path, and so the form of its answer.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct RefusedBody {
    error: BodyError,
    path: String,
}

impl ResponseError for RefusedBody {
    fn status_code(&self) -> StatusCode {
        Problem::from(&self.error).status_code()
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        Problem::from(&self.error).answer(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_are_plain() {
        for path in
            ["/", "/scim/v2/Users/", "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/a%20b/c.d"]
        {
            assert!(!is_ambiguous(path), "{path}");
        }
    }

    #[test]
    fn paths_with_two_readings_are_ambiguous() {
        for path in [
            "//a",
            "/a//b",
            "/a/../b",
            "/./a",
            "/a%2fb",
            "/a%2F",
            "/%2e%2E/a",
            "/a\\b",
            "/a%5Cb",
            "/a;b/c",
            "/a%00",
            "/a%252f",
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
    }
}
