//! The one integration-test binary. Each module is named after the room or promise it tests.
//!
//! Nothing here is simulated: the gateway is the built binary, the databases are SQLite and a PostgreSQL of this test
//! process's own, the reverse proxy is nginx and the identity provider is SimpleSAMLphp. A component that is not
//! installed fails the test that needs it with a sentence that says so (`script/bootstrap` installs them all).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and its helpers are part of it"
)]

#[macro_use]
mod support;

mod access;
mod architecture;
mod audit;
mod cli;
mod console;
mod coverage;
mod crash;
mod decision;
mod history;
mod isolation;
mod products;
mod revocation;
mod saml;
mod scim;
mod store;
