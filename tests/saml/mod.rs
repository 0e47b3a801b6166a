//! Signing in, being refused and signing out over SAML, with a real SimpleSAMLphp as the identity provider.

mod choices;
mod connections;
mod corpus;
mod hostile;
mod keys;
mod metadata;
mod people;
mod refused;
mod sign_in;
mod sign_out;
mod traces;
pub mod world;

pub use world::service_provider;
