//! A request of a directory that may change something, as it came in: kept with its change, so that it can be replayed.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::DirectoryId;

/// A body, once it has been read.
pub type PushedBody = Arc<OnceLock<Vec<u8>>>;

/// What a directory asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Pushed {
    pub directory: DirectoryId,
    pub method: String,
    /// Below the base URL: `/Users/{id}`.
    pub path: String,
    body: PushedBody,
}

impl Pushed {
    /// A request whose body is read beside it.
    pub fn new(directory: DirectoryId, method: &str, path: &str, body: PushedBody) -> Self {
        Self { directory, method: method.to_owned(), path: path.to_owned(), body }
    }

    /// The body, if there is one and it has been read.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.get().map(Vec::as_slice)
    }
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushed").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}
