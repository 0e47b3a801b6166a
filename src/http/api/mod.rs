//! The management API, `/api/v1`: everything an admin does, as JSON. Errors are RFC 9457 problems.
//!
//! An API key of the organization may do everything here; a person's key may if the person holds the permission that
//! the catalogue names for it. [`ApiManager`] among a handler's arguments is what asks for that; [`ApiDelegate`] is for
//! what can also be managed in a part of the organization.

pub mod access;
pub mod accounts;
pub mod approvals;
pub mod audit;
pub mod brakes;
pub mod catalogue;
pub mod client;
pub mod connections;
pub mod contracts;
pub mod directories;
pub mod history;
pub mod keys;
pub mod list;
pub mod oauth_clients;
pub mod owner_link;
pub mod ownership;
pub mod people;
pub mod person;
pub mod pushes;
pub mod reports;
pub mod reviews;
pub mod roles;
pub mod rules;
pub mod scopes;
pub mod service_accounts;
pub mod settings;
pub mod shares;

pub use client::{
    ApiAuditor, ApiBody, ApiClient, ApiDelegate, ApiManager, ApiOptionalBody, ApiQuery, ApiRemover, ApiSuspender,
};
pub use list::{Listed, Listing};
