//! What the server says about itself (RFC 7643 §5, §6, §7; RFC 7644 §4): nothing that is not so.

use serde_json::{Map, Value, json};

use super::cursor::CURSOR_SECONDS;
use super::page::list_response;
use super::schema::{Schema, Schemas};
use super::{ResourceKind, urn};

/// The limits that are announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most resources of one answer.
    pub filter_max_results: u64,
    /// How many resources a page has if the client does not say.
    pub default_page_size: u64,
    /// The most operations of one bulk request; 0 means that bulk is not supported.
    pub bulk_max_operations: u64,
    /// The most bytes of one bulk request.
    pub bulk_max_payload_size: u64,
}

/// `GET /ServiceProviderConfig`.
pub fn service_provider_config(base_url: &str, limits: &Limits) -> Value {
    json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": {
            "supported": limits.bulk_max_operations > 0,
            "maxOperations": limits.bulk_max_operations,
            "maxPayloadSize": limits.bulk_max_payload_size,
        },
        "filter": { "supported": true, "maxResults": limits.filter_max_results },
        "changePassword": { "supported": false },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.default_page_size,
            "maxPageSize": limits.filter_max_results,
            "cursorTimeout": CURSOR_SECONDS,
        },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of a directory, sent as `Authorization: Bearer …`.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }, {
            "type": "oauth2",
            "name": "OAuth 2.0 client credentials",
            "description": "A client of the directory fetches bearer tokens with a secret or a signed JWT.",
            "specUri": "https://www.rfc-editor.org/info/rfc6749",
            "primary": false,
        }],
        "meta": meta("ServiceProviderConfig", &format!("{}/ServiceProviderConfig", base_url.trim_end_matches('/'))),
    })
}

/// `GET /ResourceTypes`.
pub fn resource_types(base_url: &str) -> Value {
    list(ResourceKind::ALL.into_iter().map(|kind| describe_kind(base_url, kind)).collect())
}

/// `GET /ResourceTypes/{id}`.
pub fn resource_type(base_url: &str, id: &str) -> Option<Value> {
    ResourceKind::named(id).map(|kind| describe_kind(base_url, kind))
}

/// `GET /Schemas`.
pub fn schemas(base_url: &str) -> Value {
    list(Schemas::standard().served().map(|schema| describe_schema(base_url, schema)).collect())
}

/// `GET /Schemas/{urn}`.
pub fn schema(base_url: &str, urn: &str) -> Option<Value> {
    let mut served = Schemas::standard().served();
    served.find(|schema| schema.id.eq_ignore_ascii_case(urn)).map(|schema| describe_schema(base_url, schema))
}

fn describe_kind(base_url: &str, kind: ResourceKind) -> Value {
    let schemas = Schemas::standard();
    let extensions: Vec<Value> =
        schemas.extensions(kind).iter().map(|schema| json!({ "schema": schema.id, "required": false })).collect();
    let mut body = json!({
        "schemas": [urn::RESOURCE_TYPE],
        "id": kind.as_str(),
        "name": kind.as_str(),
        "description": schemas.core(kind).description,
        "endpoint": kind.endpoint(),
        "schema": kind.schema(),
    });
    if let Some(body) = body.as_object_mut() {
        if !extensions.is_empty() {
            body.insert("schemaExtensions".to_owned(), Value::Array(extensions));
        }
        let location = format!("{}/ResourceTypes/{kind}", base_url.trim_end_matches('/'));
        body.insert("meta".to_owned(), meta("ResourceType", &location));
    }
    body
}

fn describe_schema(base_url: &str, schema: &Schema) -> Value {
    let mut body = schema.document.as_object().cloned().unwrap_or_else(Map::new);
    let location = format!("{}/Schemas/{}", base_url.trim_end_matches('/'), schema.id);
    body.insert("meta".to_owned(), meta("Schema", &location));
    Value::Object(body)
}

fn meta(kind: &str, location: &str) -> Value {
    json!({ "resourceType": kind, "location": location })
}

fn list(resources: Vec<Value>) -> Value {
    let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    list_response(resources, total, 1)
}
