//! The body of `POST …/.search` (RFC 7644 §3.4.3): a query that is not in the URL.
//!
//! The parts come out as the texts that a URL would carry, so that both ways of asking are read by the same code.

use serde_json::{Map, Value};

use super::{ScimError, urn};

/// A query as sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchRequest {
    /// Names, with commas between.
    pub attributes: Option<String>,
    /// Names, with commas between.
    pub excluded_attributes: Option<String>,
    pub filter: Option<String>,
    pub sort_by: Option<String>,
    pub sort_order: Option<String>,
    pub start_index: Option<String>,
    pub count: Option<String>,
}

impl SearchRequest {
    /// Reads a body. Errors: `invalidSyntax` if it is something else, `invalidValue` for a part of the wrong type.
    pub fn parse(body: Value) -> Result<Self, ScimError> {
        let Value::Object(body) = body else {
            return Err(ScimError::InvalidSyntax("the body is not a JSON object".to_owned()));
        };
        // Left out, the endpoint says as much; but a message of another kind was not meant for here.
        let schemas = part(&body, "schemas").and_then(Value::as_array);
        let is_other = schemas.is_some_and(|urns| {
            !urns.iter().filter_map(Value::as_str).any(|sent| sent.eq_ignore_ascii_case(urn::SEARCH_REQUEST))
        });
        if is_other {
            return Err(ScimError::InvalidSyntax(format!("`schemas` must name `{}`", urn::SEARCH_REQUEST)));
        }
        Ok(Self {
            attributes: names(&body, "attributes")?,
            excluded_attributes: names(&body, "excludedAttributes")?,
            filter: text(&body, "filter")?,
            sort_by: text(&body, "sortBy")?,
            sort_order: text(&body, "sortOrder")?,
            start_index: number(&body, "startIndex")?,
            count: number(&body, "count")?,
        })
    }
}

fn part<'b>(body: &'b Map<String, Value>, name: &str) -> Option<&'b Value> {
    body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).filter(|value| !value.is_null())
}

fn text(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match part(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ScimError::InvalidValue(format!("`{name}` takes a string"))),
    }
}

fn number(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match part(body, name) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(ScimError::InvalidValue(format!("`{name}` takes a whole number"))),
    }
}

fn names(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    let wrong = || ScimError::InvalidValue(format!("`{name}` takes a list of attribute names"));
    match part(body, name) {
        None => Ok(None),
        Some(Value::Array(names)) => {
            let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
            names.map(|names| Some(names.join(","))).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_search_reads_as_the_same_query_in_a_url_would() {
        let body = json!({ "schemas": [urn::SEARCH_REQUEST], "attributes": ["userName", "name.givenName"],
            "filter": "active eq true", "startIndex": 3, "count": 10 });
        let expected = SearchRequest {
            attributes: Some("userName,name.givenName".to_owned()),
            filter: Some("active eq true".to_owned()),
            start_index: Some("3".to_owned()),
            count: Some("10".to_owned()),
            ..SearchRequest::default()
        };
        assert_eq!(SearchRequest::parse(body), Ok(expected));
    }

    #[test]
    fn a_body_that_says_it_is_something_else_is_refused() {
        let filter = "active eq true";
        assert!(matches!(
            SearchRequest::parse(json!({ "schemas": [urn::PATCH_OP], "filter": filter })),
            Err(ScimError::InvalidSyntax(_))
        ));
        assert!(SearchRequest::parse(json!({ "filter": filter })).is_ok());
    }
}
