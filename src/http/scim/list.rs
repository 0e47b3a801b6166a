//! Lists: by index (RFC 7644 §3.4.2.4), or by cursor where the client asks for one (RFC 9865).

use super::{ScimClient, ScimReply, ScimResult, query};
use crate::scim::{self, CursorSeal, ResourceKind, ScimError, SearchRequest};

/// Answers a query over these kinds of resources, from the URL or a body.
pub async fn answer(client: &ScimClient, kinds: &[ResourceKind], search: SearchRequest) -> ScimResult {
    let (gateway, directory) = (&client.gateway, &client.directory);
    let query = query::search(&search, gateway, kinds, directory)?;
    let Some(cursor) = &search.cursor else {
        return Ok(ScimReply::List(gateway.list(directory, query).await?));
    };
    if search.start_index.is_some() {
        let detail = "`cursor` cannot be given together with `startIndex`";
        return Err(ScimError::InvalidValue(detail.to_owned()).into());
    }
    let now = client.by.at;
    let seal = CursorSeal::new(&gateway.cursor_key(directory), &query.asked);
    let from = if cursor.is_empty() { None } else { Some(seal.open(cursor, now)?) };
    let found = gateway.walk(directory, query, from).await?;
    let sealed = |place: Option<scim::Place>| place.map(|place| seal.seal(&place, now));
    let (next, previous) = (sealed(found.next), sealed(found.previous));
    Ok(ScimReply::Document(scim::cursor_response(found.resources, found.total, next, previous)))
}
