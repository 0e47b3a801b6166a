//! Every bound of this room in one place. All are checked before the work they bound is done.

/// A decoded message, in bytes (the documents the big identity providers send are 4 to 40 KiB).
pub const MESSAGE_BYTES: usize = 256 * 1024;
/// A metadata document, in bytes.
pub const METADATA_BYTES: usize = 256 * 1024;
/// The base64 text of a message: four thirds of the message, and as much again for line breaks.
pub const ENCODED_BYTES: usize = 2 * MESSAGE_BYTES;
/// Elements inside elements.
pub const DEPTH: usize = 32;
/// Elements in a document.
pub const ELEMENTS: usize = 5_000;
/// Attributes (namespace declarations included) on one element.
pub const ATTRIBUTES_PER_ELEMENT: usize = 64;
/// Namespace declarations in force at one element.
pub const NAMESPACES_IN_SCOPE: usize = 32;
/// A namespace name, in bytes: canonicalisation may repeat it on every element.
pub const NAMESPACE_BYTES: usize = 512;
/// Canonical output of one element, in bytes.
pub const CANONICAL_BYTES: usize = 2 * MESSAGE_BYTES;
/// Prefixes in an `InclusiveNamespaces` list.
pub const PREFIXES: usize = 16;
/// Signing certificates of one identity provider: every one may be tried on every signature.
pub const CERTIFICATES: usize = 10;
/// An attribute value or a name identifier, in bytes.
pub const VALUE_BYTES: usize = 8 * 1024;
/// The text of an id, an audience, an issuer, in bytes (SAML core §8.3.6 allows 1024 for an entity id).
pub const NAME_BYTES: usize = 1024;
/// `RelayState`, in bytes (SAML bindings §3.4.3).
pub const RELAY_STATE_BYTES: usize = 80;
/// A raw query string of the redirect binding, in bytes.
pub const QUERY_BYTES: usize = 64 * 1024;
