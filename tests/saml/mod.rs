//! Signing in, being refused and signing out over SAML, with a real SimpleSAMLphp as the identity provider.

mod sign_in;
mod world;
