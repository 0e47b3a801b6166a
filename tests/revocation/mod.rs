//! Promise 1: when a request that takes access away has its 2xx, no request that begins afterwards is allowed on what
//! was taken, by any door.
//!
//! [`matrix`] tries every path against every door, one after the other, with everything warm. [`race`] tries it while
//! many ask at once. [`secrets`] is about keys and tokens, [`names`] about names that move from one to another.
//! Which route is covered by which row stands in `tests/coverage/mutating-routes.txt`.

mod matrix;
mod names;
mod paths;
mod race;
mod secrets;
mod world;
