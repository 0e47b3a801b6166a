//! The headers of every answer: its request id, and what keeps a browser from misusing it.
//!
//! A handler that has set a header itself (a page that posts to an identity provider needs its own policy, a static
//! asset its own caching) keeps its value.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};

/// The header that bears the request id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For pages: our own scripts, styles and forms alone, in nobody's frame.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For data: nothing at all, should a browser ever take it for a page.
pub const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Adds what `headers` do not say yet. `https` says whether browsers reach us over TLS.
pub(super) fn complete(headers: &mut HeaderMap, id: &str, https: bool) {
    headers.reserve(6);
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let is_page = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { PAGE_POLICY } else { DATA_POLICY };
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
