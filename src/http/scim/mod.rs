//! SCIM 2.0 over HTTP (RFC 7644 §3): handlers of four moves each: who, what, do, reply.

pub mod bulk;
pub mod client;
pub mod discovery;
pub mod groups;
pub mod journal;
pub mod list;
pub mod query;
pub mod reply;
pub mod root;
pub mod token;
pub mod users;

pub use client::ScimClient;
pub use reply::{ScimReply, ScimResult};
