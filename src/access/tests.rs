//! The laws of the room, by name, and the slow evaluator that the decision is held against.

pub(super) mod given;
mod laws;
mod million;
mod products;
mod reference;
mod schema;
mod stories;
