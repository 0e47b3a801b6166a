//! The service provider against an identity provider of our own, honest and hostile.

mod fuzz;
mod hostile;
pub mod lab;
mod logout;
mod outgoing;
mod shapes;
mod sign_in;
mod simplesamlphp;
mod xmlsec1;
