//! The SCIM protocol core (RFC 7643, RFC 7644), pure: what bodies, filters, paths and patches mean.
//!
//! A request body becomes an [`Intake`] or a [`PatchRequest`]; both give a [`Document`], the part of a resource that
//! a client controls, in one canonical form. A stored document becomes an answer through [`Rendering`] and
//! [`Projection`]. A [`Filter`] is evaluated on what would be rendered. The schema documents in `schema/` drive all
//! of it: nothing here knows an attribute by name unless its meaning is special (`members`, `password`, `active`).
//!
//! Where identity providers deviate from the RFC, [`Dialect`] says what is tolerated; each tolerance that was used is
//! reported as a [`Leniency`], so that an admin sees it.
//!
//! Not here: HTTP status codes, ids, the clock, uniqueness, the membership table. Those belong to `http`, `domain` and
//! `store`.

mod attribute;
mod bulk;
mod cursor;
mod dialect;
mod discovery;
mod document;
mod error;
mod etag;
mod filter;
mod intake;
mod leniency;
mod members;
mod page;
mod patch;
mod path;
mod project;
mod read;
mod render;
mod resource;
mod schema;
mod search;
mod sort;
mod urn;

#[cfg(test)]
mod tests;

pub use attribute::{Attribute, AttributeType, Mutability, Returned, Uniqueness};
pub use bulk::{Bulk, BulkCall, BulkMethod, bulk_response};
pub use cursor::{CURSOR_SECONDS, CursorSeal, Place};
pub use dialect::{Dialect, DialectError};
pub use discovery::{Limits, resource_type, resource_types, schema, schemas, service_provider_config};
pub use document::Document;
pub use error::{ScimError, error_body};
pub use etag::{Precondition, version_tag};
pub use filter::{Comparison, Equality, Filter, Literal};
pub use intake::{Intake, Mode, intake};
pub use leniency::Leniency;
pub use members::MemberRef;
pub use page::{Page, cursor_response, list_response};
pub use patch::{MemberChange, PatchRequest, Patched};
pub use path::AttributePath;
pub use project::Projection;
pub use render::{GroupRef, MemberView, Rendering};
pub use resource::ResourceKind;
pub use schema::{Schema, SchemaError, Schemas};
pub use search::SearchRequest;
pub use sort::{Sort, SortKey};
