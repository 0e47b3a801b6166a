//! The service provider against an identity provider of our own, honest and hostile.

mod hostile;
mod lab;
mod sign_in;
mod xmlsec1;
