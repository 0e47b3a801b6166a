//! `POST /scim/v2/Bulk` (RFC 7644 §3.7). Each operation goes the way that its own request would: the same functions,
//! the same audit, and a revocation among them is complete before the answer. Those that do not refer to each other are
//! under way together, so that they share commits and wait once.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde_json::{Map, Value};

use super::client::ScimBody;
use super::{ScimClient, ScimReply, ScimResult, groups, users};
use crate::domain::Rendered;
use crate::http::context::Context;
use crate::http::error::ScimProblem;
use crate::scim::{self, Bulk, BulkCall, BulkMethod, PatchRequest, Projection, ResourceKind, ScimError};

/// What became of one operation.
struct Done {
    status: StatusCode,
    id: String,
    /// Nothing once the resource is gone.
    version: Option<i64>,
}

/// `POST /scim/v2/Bulk`
pub async fn bulk(client: ScimClient, context: Data<Context>, ScimBody(body): ScimBody) -> ScimResult {
    let most = *context.config.limits().bulk_operations();
    let Some(mut bulk) = Bulk::parse(body, usize::try_from(most).unwrap_or(usize::MAX))? else {
        let detail = format!("the request has more than {most} operations");
        return Err(ScimProblem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    };
    let mut results: BTreeMap<usize, Value> = BTreeMap::new();
    loop {
        let next = bulk.next_calls();
        if next.is_empty() {
            break;
        }
        for tried in together(next.into_iter().map(|call| attempt(&client, call))).await {
            let index = tried.index;
            bulk.settle(index, tried.outcome.as_ref().ok().map(|done| done.id.clone()));
            // What finishes a creation does not change that it was one.
            let is_finish = tried.outcome.is_ok() && results.contains_key(&index);
            let mut result = told(bulk.described(index), &client, tried);
            if let (true, Some(result)) = (is_finish, result.as_object_mut()) {
                result.insert("status".to_owned(), StatusCode::CREATED.as_u16().to_string().into());
            }
            results.insert(index, result);
        }
    }
    Ok(ScimReply::Document(scim::bulk_response(results.into_values().collect())))
}

/// An operation that was tried.
struct Tried {
    index: usize,
    kind: Option<ResourceKind>,
    /// Its resource, if the request names one.
    known: Option<String>,
    outcome: Result<Done, ScimProblem>,
}

async fn attempt(client: &ScimClient, call: Result<BulkCall, (usize, ScimError)>) -> Tried {
    match call {
        Ok(call) => {
            let (index, kind, known) = (call.index, Some(call.kind), call.id.clone());
            Tried { index, kind, known, outcome: perform(client, call).await }
        }
        Err((index, error)) => Tried { index, kind: None, known: None, outcome: Err(error.into()) },
    }
}

/// Waits for all of them. Each is begun in its turn, so the write lane has their changes in that order and makes them in
/// it, many to a commit.
async fn together<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut under_way: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|task| {
        for (future, output) in under_way.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(task) {
                *output = Some(value);
            }
        }
        match under_way.iter().all(|(_, output)| output.is_some()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    under_way.into_iter().filter_map(|(_, output)| output).collect()
}

fn told(mut result: Map<String, Value>, client: &ScimClient, tried: Tried) -> Value {
    let Tried { kind, known, outcome, .. } = tried;
    let id = outcome.as_ref().ok().map(|done| done.id.clone()).or(known);
    if let Some((kind, id)) = kind.zip(id) {
        result.insert("location".to_owned(), kind.location(&client.gateway.scim_base_url(), &id).into());
    }
    let status = match outcome {
        Ok(done) => {
            if let Some(version) = done.version {
                result.insert("version".to_owned(), scim::version_tag(version).into());
            }
            done.status
        }
        Err(problem) => {
            let body = scim::error_body(problem.status.as_u16(), problem.scim_type, &problem.detail);
            result.insert("response".to_owned(), body);
            problem.status
        }
    };
    result.insert("status".to_owned(), status.as_u16().to_string().into());
    Value::Object(result)
}

async fn perform(client: &ScimClient, call: BulkCall) -> Result<Done, ScimProblem> {
    match call.kind {
        ResourceKind::User => user(client, call).await,
        ResourceKind::Group => group(client, call).await,
    }
}

/// Nobody is shown what was made, so nothing of it need be read.
fn id_alone(kind: ResourceKind) -> Result<Projection, ScimProblem> {
    Ok(Projection::parse(kind, Some("id"), None)?)
}

fn done(status: StatusCode, rendered: Rendered) -> Done {
    Done { status, id: rendered.id, version: Some(rendered.version) }
}

async fn user(client: &ScimClient, call: BulkCall) -> Result<Done, ScimProblem> {
    let (gateway, directory, by) = (&client.gateway, &client.directory, client.by.clone());
    let shown = id_alone(ResourceKind::User)?;
    let id = call.id.unwrap_or_default();
    match call.method {
        BulkMethod::Post => Ok(done(StatusCode::CREATED, gateway.create_user(directory, by, call.data, &shown).await?)),
        BulkMethod::Put => {
            let id = users::parsed(&id)?;
            let user = gateway.replace_user(directory, by, id, call.expected, call.data, &shown).await?;
            Ok(done(StatusCode::OK, user))
        }
        BulkMethod::Patch => {
            let id = users::parsed(&id)?;
            let patch = PatchRequest::parse(ResourceKind::User, directory.dialect, call.data)?;
            Ok(done(StatusCode::OK, gateway.patch_user(directory, by, id, call.expected, patch, &shown).await?))
        }
        BulkMethod::Delete => {
            gateway.delete_user(directory, by, users::parsed(&id)?, call.expected).await?;
            Ok(Done { status: StatusCode::NO_CONTENT, id, version: None })
        }
    }
}

async fn group(client: &ScimClient, call: BulkCall) -> Result<Done, ScimProblem> {
    let (gateway, directory, by) = (&client.gateway, &client.directory, client.by.clone());
    let shown = id_alone(ResourceKind::Group)?;
    let id = call.id.unwrap_or_default();
    match call.method {
        BulkMethod::Post => {
            Ok(done(StatusCode::CREATED, gateway.create_group(directory, by, call.data, &shown).await?))
        }
        BulkMethod::Put => {
            let id = groups::parsed(&id)?;
            let group = gateway.replace_group(directory, by, id, call.expected, call.data, &shown).await?;
            Ok(done(StatusCode::OK, group))
        }
        BulkMethod::Patch => {
            let parsed = groups::parsed(&id)?;
            let patch = PatchRequest::parse(ResourceKind::Group, directory.dialect, call.data)?;
            let (version, _) = gateway.patch_group(directory, by, parsed, call.expected, patch, &shown).await?;
            Ok(Done { status: StatusCode::OK, id, version: Some(version) })
        }
        BulkMethod::Delete => {
            gateway.delete_group(directory, by, groups::parsed(&id)?, call.expected).await?;
            Ok(Done { status: StatusCode::NO_CONTENT, id, version: None })
        }
    }
}
