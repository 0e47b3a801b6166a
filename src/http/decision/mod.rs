//! May this person do this here? For applications (AuthZEN) and for reverse proxies (forward-auth).

pub mod authzen;
pub mod forward_auth;
