//! What is the same in every operation, written once: its name, its path's parameters, the right that it needs in words,
//! and the refusals that it may answer.

use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::session::{Cookie, Transport};

/// A refusal (RFC 9457). Its types are listed in docs/problems.md.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(as = Problem)]
struct ProblemDocument {
    /// `urn:portcullis:problem:<word>`: stable, a client may branch on it.
    #[serde(rename = "type")]
    kind: String,
    /// The same for every problem of the type.
    title: String,
    status: u16,
    /// What was wrong with this very request.
    detail: Option<String>,
}

/// The rights that an attribute may name, and what they mean.
const NEEDS: [(&str, &str); 7] = [
    (
        "manage",
        "a key of the organization, or of a person or service account that holds the permission which the catalogue names for management",
    ),
    ("manage-part", "as for management, or managing the part of the organization that is meant"),
    ("suspend", "a key of the organization, or of somebody who may suspend people"),
    ("remove", "a key of the organization, or of somebody who may delete people"),
    ("audit", "a key of the organization, or of somebody who may read the audit log"),
    ("person", "a key of the person who acts, or their session"),
    ("", "any key; a person is told of themselves, unless they manage the organization"),
];

/// Refusals: status, name, and when.
const REFUSALS: [(&str, &str, &str); 11] = [
    ("400", "Invalid", "The request makes no sense."),
    ("401", "Unauthenticated", "The key is missing, wrong, expired or revoked."),
    ("403", "Forbidden", "The caller may not do this."),
    ("404", "NotFound", "There is no such thing, or not for this caller."),
    ("409", "Conflict", "It is already there, in use, or has changed meanwhile."),
    ("412", "Changed", "It has another version than `If-Match` names."),
    ("413", "TooLarge", "The body is longer than the limit."),
    ("422", "KeyReused", "The `Idempotency-Key` stands for another request."),
    ("429", "TooManyRequests", "Too many requests; `Retry-After` says in how many seconds to come back."),
    ("500", "Internal", "What happened is in the log, under the request id."),
    ("503", "Unavailable", "Not available now; `Retry-After` says in how many seconds to try again."),
];

/// What bears an `ETag`.
const EDITED: [&str; 5] = [
    "/api/v1/connections/{id}",
    "/api/v1/directories/{id}",
    "/api/v1/mapping-rules/{id}",
    "/api/v1/roles/{key}",
    "/api/v1/settings",
];

#[derive(Debug)]
pub(super) struct Frame;

impl Modify for Frame {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "An API key. The roles named in a requirement are explained in the operation's description.",
        ));
        components.add_security_scheme("api_key", SecurityScheme::Http(key.build()));
        let cookie = ApiKeyValue::with_description(
            Cookie::Session.name(Transport::Https),
            "The session of a browser. A change must come from a page of this site.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        components.schemas.insert("Problem".to_owned(), ProblemDocument::schema());
        for (_, name, when) in REFUSALS {
            components.responses.insert(name.to_owned(), RefOr::T(refusal(when)));
        }
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                complete(path, method, operation);
            }
        }
    }
}

fn refusal(when: &str) -> Response {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(when).content("application/problem+json", problem).build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete(path: &str, method: &str, operation: &mut Operation) {
    operation.operation_id = Some(name(path, method));
    let variables: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    let in_path = variables.iter().map(|variable| RefOr::T(variable_of_path(variable)));
    let is_once = method == "post" && path.starts_with("/api/v1/");
    let is_edit = matches!(method, "put" | "delete") && EDITED.contains(&path);
    let in_path = in_path.chain(is_edit.then(|| RefOr::T(if_match())));
    let in_path = in_path.chain(is_once.then(|| RefOr::T(idempotency_key())));
    let parameters: Vec<_> = in_path.chain(operation.parameters.take().unwrap_or_default()).collect();
    operation.parameters = (!parameters.is_empty()).then_some(parameters);
    let needs = needs(operation);
    if let Some(needs) = &needs {
        let meaning = NEEDS.iter().find(|(word, _)| word == needs).map_or("", |(_, meaning)| *meaning);
        let said = operation.description.take().map(|said| said + "\n\n").unwrap_or_default();
        operation.description = Some(format!("{said}Needs {meaning}."));
    }
    let has_body = operation.request_body.is_some();
    let asks = operation.parameters.is_some() || has_body;
    for (status, name, _) in REFUSALS {
        let may_be = match status {
            "400" => asks,
            "401" => needs.is_some(),
            "403" => needs.is_some(),
            "404" => !variables.is_empty() || has_body || asks,
            "409" => method != "get",
            "413" => has_body,
            "412" => is_edit,
            "422" => is_once,
            "429" | "503" => needs.is_some(),
            _ => true,
        };
        if may_be {
            let response = RefOr::Ref(Ref::from_response_name(name));
            operation.responses.responses.entry(status.to_owned()).or_insert(response);
        }
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = said_of(status).to_owned();
        }
    }
}

/// The right that an operation needs: the role of its first requirement. None where anybody may.
fn needs(operation: &Operation) -> Option<String> {
    let first = serde_json::to_value(operation.security.as_ref()?.first()?).ok()?;
    let roles = first.get("api_key")?.as_array()?;
    Some(roles.first().and_then(|role| role.as_str()).unwrap_or_default().to_owned())
}

/// `get_mapping_rules_id_versions`
fn name(path: &str, method: &str) -> String {
    let words = path.trim_start_matches("/api/v1/").trim_start_matches('/');
    let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn variable_of_path(name: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .build()
}

fn if_match() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some("The `ETag` of what is edited: if it has changed since, nothing is done."))
        .schema(Some(schema))
        .build()
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Sent again with the same key within a day, the request is carried out once and its answer given again.",
        ))
        .schema(Some(schema.pattern(Some("^[!#-~]+$"))))
        .build()
}

fn said_of(status: &str) -> &'static str {
    match status {
        "201" => "It was made.",
        "204" => "Done; there is nothing more to say.",
        _ => "Done.",
    }
}
