//! Promise 1: when a request that takes access away has its 2xx, no request that begins afterwards is allowed on what
//! was taken, by any door.
//!
//! [`matrix`] tries every path ([`paths`]) against every door ([`doors`]), one after the other, with everything warm;
//! [`people`] says by what somebody can hold a right at all. [`race`] tries it while many ask at once. [`secrets`] is
//! about keys and tokens, [`names`] about names that move from one to another. Which route is covered by which row stands in
//! `tests/coverage/mutating-routes.txt`.

mod departures;
mod doors;
mod matrix;
mod names;
mod paths;
mod people;
mod race;
mod secrets;
mod world;

/// The names of the matrix's rows, for the list of what covers which route.
pub fn rows() -> std::collections::BTreeSet<&'static str> {
    paths::paths().iter().map(|path| path.name).collect()
}
