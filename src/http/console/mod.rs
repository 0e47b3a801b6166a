//! The console: what an admin sees in a browser, under `/console`.
//!
//! Pages are rendered on the server and need no script. A handler asks for a [`ConsoleClient`] (somebody signed in who
//! may manage the organization) or, where something changes, for a [`ConsoleForm`] (the same, and a form that provably
//! came from one of our own pages), calls one or two functions of the gateway and shows a page or sends the browser on
//! with 303. Whoever may not manage sees one page that says so, and the audit says it too.
//!
//! | file | what it shows |
//! |---|---|
//! | [`overview`] | what there is, what is still to be set up, what happened last |
//! | [`people`], [`person`] | who there is; one person's whole story and "may they do this?" |
//! | [`groups`], [`rules`] | groups and the roles they give; adding and deleting rules, never without a preview |
//! | [`accounts`] | inviting people, resetting how they sign in, suspending and deleting them |
//! | [`roles`] | every role and what is in it; making, changing, comparing them |
//! | [`rule_history`] | what a rule has been, and going back to it |
//! | [`reviews`] | access reviews: listed, opened, decided, completed |
//! | [`reports`] | what could be taken away |
//! | [`approvals`] | what waits for somebody's yes |
//! | [`programs`] | service accounts and API keys |
//! | [`settings`] | what the organization chooses |
//! | [`audit`], `difference` | the log, and one entry of it |
//! | [`connections`] | the SAML identity providers, sign-ins that failed, and trying one out |
//! | [`directories`] | the SCIM clients, what to paste where, and their tokens |
//!
//! Not here: what any of it means (`domain`), and `/signin` and `/setup`, which nobody needs a session for.

pub mod accounts;
pub mod approvals;
pub mod audit;
pub mod client;
pub mod connections;
mod difference;
pub mod directories;
mod error;
pub mod groups;
pub mod overview;
pub mod people;
pub mod person;
pub mod programs;
pub mod reports;
pub mod reviews;
pub mod roles;
pub mod rule_history;
pub mod rules;
pub mod settings;
mod text;

#[cfg(test)]
mod tests;

pub use client::{ConsoleAuditor, ConsoleClient, ConsoleForm, Frame};
pub use error::ConsoleError;
