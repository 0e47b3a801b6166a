//! Browser sessions, pure: for how long they live, their cookies, CSRF tokens, and where a sign-in may lead back to.
//!
//! Not here: making, storing and ending sessions (`domain`, `store`), reading and setting headers (`http`).

mod cookie;
mod csrf;
mod limits;
mod return_to;

pub use cookie::{Cookie, Transport};
pub use csrf::{csrf_matches, csrf_token};
pub use limits::{Limits, Session, State};
pub use return_to::{MAX_RETURN_TO, return_to};
