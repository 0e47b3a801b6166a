//! The URNs of RFC 7643 and RFC 7644, and the older names that clients still send for them.

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Names of SCIM 1.1 and of drafts, which connectors with hand-written templates still send (OneLogin).
const LEGACY: [(&str, &str); 4] = [
    ("urn:scim:schemas:extension:enterprise:1.0", ENTERPRISE_USER),
    ("urn:scim:schemas:extension:enterprise:1.0:user", ENTERPRISE_USER),
    ("urn:scim:schemas:extension:enterprise:2.0", ENTERPRISE_USER),
    ("urn:scim:schemas:extension:enterprise:2.0:user", ENTERPRISE_USER),
];

/// The name of today for a `urn` of old, and `urn` itself otherwise.
pub fn modern(urn: &str) -> &str {
    LEGACY.iter().find(|(old, _)| old.eq_ignore_ascii_case(urn)).map_or(urn, |(_, new)| new)
}

/// What follows `urn` and a colon in `text`; nothing if `text` does not begin so. URNs compare without case.
pub fn strip<'t>(text: &'t str, urn: &str) -> Option<&'t str> {
    let (head, tail) = text.split_at_checked(urn.len())?;
    if head.eq_ignore_ascii_case(urn) { tail.strip_prefix(':') } else { None }
}
