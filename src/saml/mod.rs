//! The SAML 2.0 service provider, without I/O: what comes in is text and an expectation, what goes out is text.
//!
//! # The map
//!
//! A message from outside goes through these files in this order, and each can only refuse:
//!
//! | file | question |
//! |---|---|
//! | `encoding` | is it base64 (and deflated), within bounds? |
//! | `gate` | as bytes: UTF-8, no DTD, no entity, no comment, bounded depth and counts? |
//! | `tree` | is it well-formed? are ids unique? is a value one run of text? |
//! | `structure` | exactly one assertion, in its place, and none anywhere else? |
//! | `signature`, `canonical`, `algorithm` | is each signature of the one allowed form? did a known key make it? over which bytes? |
//! | `decrypt` | can it be opened, with allowed algorithms? (then again from `gate` on) |
//! | `conditions`, `subject`, `attributes` | is it for us, now, in answer to this request, and who is it? |
//!
//! [`response::verify`] is that list as code; [`logout`] uses the same steps. [`refusal::Refusal`] names every way to fail.
//!
//! Toward the outside: [`provider`] (our metadata), [`metadata`] (theirs), [`request`], [`logout`], through `writer`,
//! `sign` and `redirect`. Keys and certificates are in [`key`]; every bound is in [`limits`].
//!
//! # What holds
//!
//! **What is verified is what is read.** A verified signature yields the canonical bytes of the signed element; these are
//! parsed again, and identity is read from nothing else. Untrusted XML never reaches a C library
//! (`docs/decisions/0002-xml-signatures.md`). Nothing here remembers anything: requests, replay and sessions are the caller's.

pub mod attributes;
pub mod canonical;
pub mod key;
pub mod limits;
pub mod logout;
pub mod metadata;
pub mod provider;
pub mod redirect;
pub mod refusal;
pub mod request;
pub mod response;
pub mod sign;
pub mod subject;
pub mod trace;

mod algorithm;
mod conditions;
mod decrypt;
mod encoding;
mod gate;
mod names;
mod signature;
mod structure;
mod tree;
mod writer;

pub use attributes::{Attribute, Attributes, Groups, Preset};
pub use key::{Certificate, KeyError, SpKey};
pub use metadata::{Binding, Endpoint, IdpMetadata, MetadataError};
pub use provider::{ProviderError, ServiceProvider};
pub use redirect::Parameter;
pub use refusal::{Check, Refusal};
pub use request::{Ask, AuthnRequest, Outgoing, PendingRequest, PostForm, SendError};
pub use response::{Claim, Expectation, Require};
pub use subject::{NameId, VerifiedAssertion};

#[cfg(test)]
mod tests;
