//! The few files that pages need, compiled in.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

fn asset(kind: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(kind).insert_header((CACHE_CONTROL, "public, max-age=3600")).body(body)
}

/// `GET /assets/portcullis.css`
pub async fn stylesheet() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("../../assets/portcullis.css"))
}

/// `GET /assets/console.css`
pub async fn console_stylesheet() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("../../assets/console.css"))
}

/// `GET /assets/icon.svg`
pub async fn icon() -> HttpResponse {
    asset("image/svg+xml", include_str!("../../assets/icon.svg"))
}

/// `GET /assets/post.js`
pub async fn post_script() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../assets/post.js"))
}

/// `GET /assets/api-docs.js`
pub async fn api_docs_script() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../assets/api-docs.js"))
}
