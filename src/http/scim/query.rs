//! The query parameters of RFC 7644 §3.4.2 and §3.9. Unknown ones are ignored: identity providers add flags of their own.

use actix_web::HttpRequest;

use crate::domain::{Gateway, ListQuery};
use crate::http::error::ScimProblem;
use crate::scim::{Dialect, Filter, Page, Projection, ResourceKind, ScimError, SearchRequest, Sort};

/// The parameters, decoded (`+` is a space); the last of a name counts.
#[derive(Debug, Default)]
struct Parameters {
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    start_index: Option<String>,
    count: Option<String>,
    attributes: Option<String>,
    excluded: Option<String>,
}

impl Parameters {
    fn of(request: &HttpRequest) -> Self {
        let mut found = Self::default();
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
            let slot = match name.to_ascii_lowercase().as_str() {
                "filter" => &mut found.filter,
                "sortby" => &mut found.sort_by,
                "sortorder" => &mut found.sort_order,
                "startindex" => &mut found.start_index,
                "count" => &mut found.count,
                "attributes" => &mut found.attributes,
                "excludedattributes" => &mut found.excluded,
                _unknown_parameter => continue,
            };
            *slot = Some(value.into_owned());
        }
        found
    }
}

/// What the client wants to see of a resource.
pub fn projection(request: &HttpRequest, kind: ResourceKind) -> Result<Projection, ScimProblem> {
    let parameters = Parameters::of(request);
    Ok(Projection::parse(kind, parameters.attributes.as_deref(), parameters.excluded.as_deref())?)
}

/// What the client asks a list for.
pub fn list(
    request: &HttpRequest,
    gateway: &Gateway,
    kind: ResourceKind,
    dialect: Dialect,
) -> Result<ListQuery, ScimProblem> {
    let Parameters { filter, sort_by, sort_order, start_index, count, attributes, excluded } = Parameters::of(request);
    let settings = gateway.settings();
    Ok(ListQuery {
        filter: parsed_filter(kind, dialect, filter.as_deref())?,
        sort: Sort::parse(Some(kind), sort_by.as_deref(), sort_order.as_deref())?,
        page: Page::parse(start_index.as_deref(), count.as_deref(), settings.page_default, settings.page_max)?,
        projection: Projection::parse(kind, attributes.as_deref(), excluded.as_deref())?,
    })
}

/// What the client asks for in the body of a `/.search` (RFC 7644 §3.4.3). URL parameters do not mix in.
pub fn search(
    search: &SearchRequest,
    gateway: &Gateway,
    kind: ResourceKind,
    dialect: Dialect,
) -> Result<ListQuery, ScimProblem> {
    let settings = gateway.settings();
    Ok(ListQuery {
        filter: parsed_filter(kind, dialect, search.filter.as_deref())?,
        sort: Sort::parse(Some(kind), search.sort_by.as_deref(), search.sort_order.as_deref())?,
        page: Page::parse(
            search.start_index.as_deref(),
            search.count.as_deref(),
            settings.page_default,
            settings.page_max,
        )?,
        projection: Projection::parse(kind, search.attributes.as_deref(), search.excluded_attributes.as_deref())?,
    })
}

fn parsed_filter(kind: ResourceKind, dialect: Dialect, text: Option<&str>) -> Result<Option<Filter>, ScimError> {
    text.filter(|text| !text.trim().is_empty()).map(|text| Filter::parse(Some(kind), dialect, text)).transpose()
}
