//! The HTTP room: every way in from the network.
//!
//! This file and its direct neighbours are the base that all protocols stand on: the server and its graceful stop,
//! limits, request ids, client addresses, security headers, rates, the one log line and the metrics of each request,
//! health. A protocol's handlers are in a folder of its own and are written against [`endpoint`], [`Body`],
//! [`json::parse`], [`RequestFacts`] and its own error form.
//!
//! Not here: TLS and HTTP/2, which a reverse proxy does; what a request means, which is `domain`.

pub mod account;
mod api;
mod assets;
pub mod console;
pub mod context;
pub mod decision;
pub mod endpoint;
pub mod error;
mod export;
pub mod headers;
pub mod health;
pub mod json;
pub mod limits;
pub mod metrics;
pub mod observe;
pub mod openapi;
mod page;
pub mod problem;
pub mod rate;
pub mod request;
mod routes;
pub mod saml;
pub mod scim;
pub mod server;
pub mod session;

#[cfg(test)]
mod tests;

pub use context::Context;
pub use endpoint::endpoint;
pub use health::{Readiness, Ready};
pub use limits::{Body, BodyLimit};
pub use problem::Problem;
pub use request::RequestFacts;
pub use routes::routes;
pub use server::Base;
