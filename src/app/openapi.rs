//! The API described.

/// The OpenAPI document of this version, as it is served at `/api/v1/openapi.json`.
pub fn openapi() -> &'static str {
    crate::http::openapi::document()
}
