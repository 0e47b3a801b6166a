//! Lists of one kind: by index (RFC 7644 §3.4.2.4), or by cursor where the client asks for one (RFC 9865).

use actix_web::HttpRequest;

use super::{ScimClient, ScimReply, ScimResult, query};
use crate::http::context::bearer;
use crate::scim::{self, CursorSeal, ResourceKind, ScimError, SearchRequest};

/// Answers a query, from the URL or a body.
pub async fn answer(
    client: &ScimClient,
    request: &HttpRequest,
    kind: ResourceKind,
    search: SearchRequest,
) -> ScimResult {
    let (gateway, directory) = (&client.gateway, &client.directory);
    let query = query::search(&search, gateway, kind, directory)?;
    let Some(cursor) = &search.cursor else {
        return Ok(ScimReply::List(gateway.list(directory, kind, query).await?));
    };
    if search.start_index.is_some() || search.sort_by.is_some() {
        let detail = "`cursor` cannot be given together with `startIndex` or `sortBy`";
        return Err(ScimError::InvalidValue(detail.to_owned()).into());
    }
    let now = client.by.at;
    let seal = CursorSeal::new(
        bearer(request).unwrap_or_default(),
        &format!("{kind} {}", search.filter.as_deref().unwrap_or_default()),
    );
    let after = if cursor.is_empty() { String::new() } else { seal.open(cursor, now)? };
    let found = gateway.list_after(directory, kind, query, after).await?;
    let next = found.more_after.map(|id| seal.seal(&id, now));
    Ok(ScimReply::Document(scim::cursor_response(found.resources, found.total, next)))
}
