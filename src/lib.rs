//! Portcullis: an identity provisioning gateway.
//!
//! Identity providers push people and groups in over SCIM 2.0, people sign in over SAML 2.0, admins map groups to
//! roles in scopes, applications ask "may this person do this to that?", and when the identity provider takes
//! someone away, the gate drops before the identity provider has its answer.
//!
//! # The rooms
//!
//! Data flows one way, left to right; `tests/architecture.rs` fails on an import against the arrows.
//!
//! ```text
//! cli ──► app ──► http ──► domain ──► store, outbound ──► scim  access  session  audit  (saml) ──► model
//! ```
//!
//! | room | what it is for |
//! |---|---|
//! | [`model`] | the words every room shares: ids (one type each), names with their folded key, time, chance, secrets |
//! | [`scim`] | the SCIM protocol, pure: schemas, filters, paths, patches, projections |
//! | [`access`] | the RBAC engine, pure: catalogue, mapping rules, compiled access, `decide` and its reasons |
//! | [`session`] | browser sessions and tokens, pure: limits, CSRF |
//! | [`audit`] | the audit log, pure: entries, Merkle hashing, checkpoints, verification, export |
//! | `saml` | the SAML service provider, no I/O: gate, signature, conditions, requests, metadata |
//! | `store` | the only room that knows SQL: SQLite and PostgreSQL, the write lane, one file per table |
//! | `outbound` | the only room that calls out over HTTP |
//! | `domain` | what the gateway does: one function per change, whatever way it came in |
//! | `http` | every route, in one list, and the mapping of each room's errors to each protocol |
//! | `cli` | `portcullis init`, `serve`, `audit verify`, `simulate` … |
//! | `config` | one file or environment; unknown keys are refused |
//! | `app` | the only place that constructs things: config → store → gateway → server |
//!
//! The rooms in brackets do no I/O and know no clock. `cargo check --no-default-features --lib` builds them alone,
//! without `saml`, which needs OpenSSL.

pub mod access;
pub mod audit;
pub mod model;
pub mod scim;
pub mod session;

#[cfg(feature = "server")]
pub mod app;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod domain;
#[cfg(feature = "server")]
pub mod http;
#[cfg(feature = "server")]
pub mod outbound;
#[cfg(feature = "server")]
pub mod saml;
#[cfg(feature = "server")]
pub mod store;
