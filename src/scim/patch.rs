//! PATCH (RFC 7644 §3.5.2): a request is read into edits, and edits are applied to a document, all or none.
//!
//! Reading (`dialect`, `plan`) turns every form a client may send into few: set one value, change a list, change the
//! elements that a filter selects. Values are checked there, against the schema alone. Applying (`apply`) looks at the
//! document. Group membership is not in the document: those operations come out as [`MemberChange`]s, in order, for
//! whoever owns the membership table.

mod apply;
mod dialect;
mod membership;
mod plan;
mod target;

use serde_json::Value;

use super::attribute::Attribute;
use super::document::Document;
use super::filter::Filter;
use super::leniency::{Leniencies, Leniency};
use super::members::MemberRef;
use super::schema::Schema;
use super::{Dialect, ResourceKind, ScimError};
use crate::model::Secret;

/// A PATCH body, read and checked as far as is possible without the resource.
#[derive(Debug, Clone)]
pub struct PatchRequest {
    kind: ResourceKind,
    dialect: Dialect,
    /// With the number of the operation (from 1) each comes from.
    steps: Vec<(usize, Step)>,
    leniencies: Leniencies,
}

/// What a PATCH makes of a resource.
#[derive(Debug, Clone)]
pub struct Patched {
    /// Equal to the one before if nothing in it changed.
    pub document: Document,
    /// In the order in which they were asked for; each sees the result of those before it.
    pub membership: Vec<MemberChange>,
    pub password: Option<Secret>,
    pub leniencies: Vec<Leniency>,
}

/// A change of a group's members.
#[derive(Debug, Clone, PartialEq)]
pub enum MemberChange {
    Add(Vec<MemberRef>),
    /// These ids; one that is no member is no error.
    Remove(Vec<String>),
    /// Every member `m` for which `filter.matches(ResourceKind::Group, {"members": [m]})` holds, `m` as rendered.
    RemoveMatching(Filter),
    Clear,
    Replace(Vec<MemberRef>),
}

impl PatchRequest {
    /// The most operations of one request.
    pub const MAX_OPERATIONS: usize = 1_000;

    /// Reads a body.
    ///
    /// Errors: `invalidSyntax` (no PatchOp, no operations), `invalidPath`, `invalidFilter`, `noTarget` (remove without
    /// a path), `mutability` (a read-only target), `invalidValue`.
    pub fn parse(kind: ResourceKind, dialect: Dialect, body: Value) -> Result<Self, ScimError> {
        plan::read(kind, dialect, body)
    }

    /// Applies it to `before`. All operations take effect, or (on an error) none.
    ///
    /// Errors: `noTarget` (a filter selects nothing), `mutability`, `invalidValue`.
    pub fn apply(&self, before: &Document) -> Result<Patched, ScimError> {
        apply::apply(self, before)
    }
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Place, Edit),
    Members(MemberChange),
    Password(Secret),
}

/// A top-level attribute that a document keeps.
#[derive(Debug, Clone, Copy)]
struct Place {
    extension: Option<&'static Schema>,
    attribute: &'static Attribute,
}

/// One change at a place. Values are canonical; `None` is unassigned.
#[derive(Debug, Clone)]
enum Edit {
    /// The whole of a single-valued attribute.
    Set(Option<Value>),
    /// A sub-attribute of a single-valued complex attribute.
    SetSub(&'static Attribute, Option<Value>),
    Append(Vec<Value>),
    ReplaceAll(Vec<Value>),
    RemoveValues(Vec<Value>),
    /// The elements that the filter selects, or all.
    Elements {
        filter: Option<Filter>,
        change: Change,
        unmatched: Unmatched,
    },
}

/// What happens to a selected element of a list.
#[derive(Debug, Clone)]
enum Change {
    Replace(Value),
    Merge(Value),
    SetSub(&'static Attribute, Option<Value>),
    Remove,
}

/// What happens if the filter selects nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unmatched {
    /// An element that fulfils the filter is made.
    Create,
    NoTarget,
    /// What should go is not there.
    Nothing,
}
