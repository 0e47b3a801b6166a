//! May this person do this here? For applications (AuthZEN) and for reverse proxies (forward-auth).

pub mod authzen;
pub mod explain;
pub mod forward_auth;
pub(super) mod question;
pub mod requests;
pub mod search;
