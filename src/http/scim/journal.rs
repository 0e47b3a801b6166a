//! Each answered request of a directory becomes a line of the provisioning log: noted when it is answered, without the
//! answer waiting for it.

use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::header::LOCATION;

use crate::domain::pushes::{Answered, outline, shown_query};
use crate::http::context::Context;
use crate::http::error::ScimProblem;
use crate::http::request::RequestFacts;
use crate::model::RequestId;

/// Notes the answer, if the request was a known directory's.
pub fn note(answer: &ServiceResponse, took: Duration) {
    let request = answer.request();
    let (Some((organization, directory)), Some(id)) = (RequestFacts::directory(request), RequestFacts::id(request))
    else {
        return;
    };
    let Some(context) = Context::of(request) else { return };
    let problem = answer.response().error().and_then(|error| error.as_error::<ScimProblem>());
    let made = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or(request.path());
    let refused = answer.status().is_client_error();
    let body = RequestFacts::body(request);
    context.gateway.note_answered(Answered {
        organization,
        directory,
        id,
        method: request.method().to_string(),
        path: shown_path(request.path(), request.query_string()),
        status: answer.status().as_u16(),
        scim_type: problem.and_then(|problem| problem.scim_type).map(str::to_owned),
        detail: problem.map(|problem| problem.detail.chars().take(512).collect()),
        duration: took,
        resource: made.rsplit('/').find(|piece| is_id(piece)).map(str::to_lowercase),
        outline: body.get().filter(|_| refused).and_then(|body| outline(body)).map(|shape| shape.to_string()),
    });
}

fn is_id(piece: &str) -> bool {
    piece.parse::<RequestId>().is_ok()
}

/// The path below the base URL, with `…` for whatever is neither an id nor a name of SCIM's.
fn shown_path(path: &str, query: &str) -> String {
    let below = below_base(path);
    let is_plain = |piece: &&str| is_id(piece) || piece.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.');
    let pieces: Vec<&str> = below.split('/').take(8).map(|piece| if is_plain(&piece) { piece } else { "…" }).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", shown_query(query)) };
    format!("{}{query}", pieces.join("/")).chars().take(1_024).collect()
}

/// `/Users/{id}` of `/scim/v2/Users/{id}`.
pub fn below_base(path: &str) -> &str {
    path.strip_prefix("/scim/v2").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_what_may_be_personal() {
        let id = "018bcfe5-6800-7000-8000-00000000a001";
        assert_eq!(shown_path(&format!("/scim/v2/Users/{id}"), ""), format!("/Users/{id}"));
        assert_eq!(shown_path("/scim/v2/Users/ann@corp.example", "count=2"), "/Users/…?count=2");
    }
}
