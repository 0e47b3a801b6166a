//! The only room that calls out over HTTP: one client, with a limit on everything.
//!
//! Ten seconds, five MiB, no redirects, no proxy from the environment, and no private address unless its host is
//! allowed by name: what is fetched is often a URL that somebody typed in, and must not become a way into the network
//! the gateway runs in. The address is checked after the name was resolved, on the very address that is connected to,
//! so a name that changes its mind between check and use gains nothing.
//!
//! What is fetched and what it means is the caller's business.

mod address;
mod client;
mod metadata;

pub use address::is_public;
pub use client::{Client, OutboundError, Reach, Reply};
pub use metadata::{FetchError, Fetched, metadata};
pub use reqwest::{Method, header};
