//! What compiled accesses share: a hundred thousand people hold a few roles in some thousand scopes, so each scope and each
//! set of permissions is kept once and pointed at.
//!
//! It belongs to one policy and goes with it. Only compiling looks into it; a decision takes no lock.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::{PermissionSet, Scope};
use crate::model::Timestamp;

/// Values of each kind that are kept at most; what comes later is not shared.
const MAX_KEPT: usize = 100_000;

/// Permissions until a moment.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Given {
    pub(super) until: Timestamp,
    pub(super) permissions: PermissionSet,
}

/// Each value once.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    scopes: Mutex<HashSet<Arc<Scope>>>,
    given: Mutex<HashSet<Arc<Given>>>,
}

impl Pool {
    pub(super) fn scope(&self, scope: Scope) -> Arc<Scope> {
        shared(&self.scopes, scope)
    }

    pub(super) fn given(&self, given: Given) -> Arc<Given> {
        shared(&self.given, given)
    }
}

fn shared<T: Eq + Hash>(pool: &Mutex<HashSet<Arc<T>>>, value: T) -> Arc<T> {
    // Every value in it is whole at any moment, so whoever panicked has left nothing half done.
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = pool.get(&value) {
        return Arc::clone(known);
    }
    let value = Arc::new(value);
    if pool.len() < MAX_KEPT {
        pool.insert(Arc::clone(&value));
    }
    value
}
