//! Lists that say what covers what. A route that is in no list fails here, so that nobody adds one and forgets what it
//! may break; a line for a route that is gone fails too. The lists are plain text, edited by hand.

mod conformance;
mod lists;
mod routes;

pub use lists::isolation;
