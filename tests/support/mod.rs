//! Starts real components on loopback for the tests and stops them again.
//!
//! * [`Gateway`]: the built `portcullis` binary on a database of its own, with clients for each interface.
//! * [`postgres`]: one PostgreSQL cluster per test process, started by the first test that needs it.
//! * [`Nginx`], [`IdentityProvider`], [`SamlIdp`]: nginx, SimpleSAMLphp and npm's `saml-idp`.
//! * [`Chromium`]: a real browser.
//! * [`Http`] and [`Browser`]: a program's and a person's way to talk to them.
//! * [`process`]: how all of them are kept on a lifeline, so that nothing outlives the test process.
//!
//! There are no assertions about the product here.
#![allow(dead_code, reason = "a tool box: not every room's tests need every tool")]

mod browser;
mod chromium;
mod gateway;
mod http;
mod identity_provider;
mod nginx;
mod port;
pub mod postgres;
pub mod process;
mod saml_idp;

#[allow(unused_imports, reason = "what the tests of every room may use; not each of them does")]
pub use self::{
    browser::{Browser, Page},
    chromium::Chromium,
    gateway::{Database, Gateway, until},
    http::{Answer, Http, raw_request},
    identity_provider::IdentityProvider,
    nginx::Nginx,
    saml_idp::SamlIdp,
};

/// Makes of each function two tests, `name::sqlite` and `name::postgres`, each with a gateway of its own.
///
/// ```ignore
/// on_both! {
///     fn a_second_person_of_the_same_name_is_refused(gateway: &Gateway) { … }
/// }
/// ```
macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($gateway:ident: &$kind:ident) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                #[allow(unused_imports, reason = "whatever the surrounding module uses")]
                use super::*;

                fn holds($gateway: &$kind) $body

                #[test]
                fn sqlite() {
                    holds(&$crate::support::Gateway::start($crate::support::Database::Sqlite));
                }

                #[test]
                fn postgres() {
                    holds(&$crate::support::Gateway::start($crate::support::Database::Postgres));
                }
            }
        )+
    };
}
