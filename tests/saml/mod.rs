//! Signing in, being refused and signing out over SAML, with a real SimpleSAMLphp as the identity provider, and with npm's
//! `saml-idp` as a second one.

mod choices;
mod connections;
mod corpus;
mod hostile;
mod keys;
mod metadata;
mod people;
mod refused;
mod second_stack;
mod sign_in;
mod sign_out;
mod traces;
pub mod world;

pub use world::service_provider;
