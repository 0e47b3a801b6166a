//! Promise 1: when a request that takes access away has its 2xx, no request that begins afterwards is allowed on what
//! was taken, by any door.
//!
//! [`matrix`] tries every path against every door, one after the other, with everything warm. [`race`] tries it while
//! many ask at once. [`secrets`] is about keys and tokens, [`names`] about names that move from one to another.
//! Which route is covered by which row stands in `tests/coverage/mutating-routes.txt`.

mod departures;
mod matrix;
mod names;
mod paths;
mod race;
mod secrets;
mod world;

/// The names of the matrix's rows, for the list of what covers which route.
pub fn rows() -> std::collections::BTreeSet<&'static str> {
    paths::paths().iter().map(|path| path.name).collect()
}
