//! The query parameters of RFC 7644 §3.4.2 and §3.9. Unknown ones are ignored: identity providers add flags of their own.

use actix_web::HttpRequest;

use crate::domain::directories::DirectoryClient;
use crate::domain::{Gateway, ListQuery};
use crate::http::error::ScimProblem;
use crate::scim::{Filter, Page, Projection, ResourceKind, ScimError, SearchRequest, Sort};

/// The parameters of the URL, decoded (`+` is a space); the last of a name counts.
pub fn parameters(request: &HttpRequest) -> SearchRequest {
    let mut found = SearchRequest::default();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        let slot = match name.to_ascii_lowercase().as_str() {
            "filter" => &mut found.filter,
            "sortby" => &mut found.sort_by,
            "sortorder" => &mut found.sort_order,
            "startindex" => &mut found.start_index,
            "count" => &mut found.count,
            "cursor" => &mut found.cursor,
            "attributes" => &mut found.attributes,
            "excludedattributes" => &mut found.excluded_attributes,
            _unknown_parameter => continue,
        };
        *slot = Some(value.into_owned());
    }
    found
}

/// What the client wants to see of a resource.
pub fn projection(request: &HttpRequest, kind: ResourceKind) -> Result<Projection, ScimProblem> {
    let parameters = parameters(request);
    Ok(Projection::parse(kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?)
}

/// What the client asks a list of resources of these kinds for.
pub fn search(
    search: &SearchRequest,
    gateway: &Gateway,
    kinds: &[ResourceKind],
    directory: &DirectoryClient,
) -> Result<ListQuery, ScimProblem> {
    let (default, max) = (gateway.settings().page_default, gateway.settings().page_max);
    let kind = if let [kind] = kinds { Some(*kind) } else { None };
    let shown = |kind: &ResourceKind| {
        let projection = Projection::parse(*kind, search.attributes.as_deref(), search.excluded_attributes.as_deref());
        projection.map(|projection| (*kind, projection))
    };
    Ok(ListQuery {
        asked: serde_json::json!([kind.map(ResourceKind::as_str), search.filter, search.sort_by, search.sort_order])
            .to_string(),
        filter: parsed_filter(gateway, kind, directory, search.filter.as_deref())?,
        sort: Sort::parse(kind, search.sort_by.as_deref(), search.sort_order.as_deref())?,
        page: match &search.cursor {
            Some(_) => Page::of_walk(search.count.as_deref(), default, max)?,
            None => Page::parse(search.start_index.as_deref(), search.count.as_deref(), default, max)?,
        },
        kinds: kinds.iter().map(shown).collect::<Result<_, _>>()?,
    })
}

/// The filter; what was tolerated in it counts for the directory.
fn parsed_filter(
    gateway: &Gateway,
    kind: Option<ResourceKind>,
    directory: &DirectoryClient,
    text: Option<&str>,
) -> Result<Option<Filter>, ScimError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let (filter, leniencies) = Filter::parse_telling(kind, directory.dialect, text)?;
    gateway.forgave(directory, &leniencies);
    Ok(Some(filter))
}
