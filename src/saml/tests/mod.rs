//! The service provider against an identity provider of our own, honest and hostile.
