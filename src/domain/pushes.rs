//! What directories sent: each request's line in the provisioning log, and the kept requests that a directory is replayed
//! from.
//!
//! A request that changed something is kept by the transaction of its change, its body sealed under the installation's key
//! and without any password: no crash loses one. The line of each answered request (also of one that was refused, or only
//! read) is written some seconds later, together with others, so that no answer waits for it: a crash loses those of the
//! last seconds.

mod redact;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use redact::{outline, shown_query};

use self::redact::without_password;
use super::sealing::pushed_place;
use super::{Gateway, GatewayError};
use crate::model::{Actor, Attribution, DirectoryId, OrganizationId, RequestId, Secret, Timestamp};
use crate::store::pushes::{self, ChangeRow, Kept, RequestRow, RequestSelection};
use crate::store::{Audited, StoreError, WriteTx, directories, organizations};

/// So many lines are written by one change.
const BATCH: usize = 1_000;
/// At most so many lines wait; beyond, new ones are dropped, and the log of the process says so.
const MAX_WAITING: usize = 50_000;

/// How long what directories sent is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub requests: Duration,
    pub changes: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        Self { requests: day * 30, changes: day * 365 }
    }
}

/// An answered request of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub organization: OrganizationId,
    pub directory: DirectoryId,
    pub id: RequestId,
    pub method: String,
    /// Without what may be personal.
    pub path: String,
    pub status: u16,
    pub scim_type: Option<String>,
    /// What the answer says of its error.
    pub detail: Option<String>,
    pub duration: Duration,
    /// Whom or what it named or made.
    pub resource: Option<String>,
    /// The shape of the body, of a request that was refused.
    pub outline: Option<String>,
}

/// A line of the log, as admins see it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct RequestLine {
    pub id: String,
    /// RFC 3339.
    pub at: String,
    pub method: String,
    pub path: String,
    pub status: i64,
    #[serde(rename = "scimType")]
    pub scim_type: Option<String>,
    pub error: Option<String>,
    pub duration_us: i64,
    pub resource: Option<String>,
}

/// One request in full.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct RequestDetail {
    #[serde(flatten)]
    pub line: RequestLine,
    /// The shape of its body, if one was kept.
    pub body: Option<Value>,
    /// The positions of the audit entries of what it changed.
    pub audit: Vec<i64>,
}

/// Which lines are asked for.
#[derive(Debug, Clone, Default)]
pub struct RequestQuery {
    /// Id or userName.
    pub person: Option<String>,
    /// From and to, both included.
    pub status: Option<(i64, i64)>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// The last line of the page before.
    pub before: Option<String>,
}

impl Gateway {
    /// The request behind a change, sealed.
    pub(super) fn kept(&self, organization: OrganizationId, by: &Attribution) -> Result<Option<Kept>, GatewayError> {
        let (Some(pushed), Some(origin)) = (&by.pushed, &by.origin) else { return Ok(None) };
        let request_id = origin.request_id.to_string();
        let sealed = |body: &[u8]| {
            let place = pushed_place(organization, &request_id);
            self.sealing.seal(&place, &Secret::new(without_password(body)), self.chance())
        };
        let body = pushed.body().filter(|body| !body.is_empty()).map(sealed).transpose();
        let body = body.map_err(|error| StoreError::Unavailable(format!("the request cannot be sealed: {error}")))?;
        let (method, path) = (pushed.method.clone(), pushed.path.clone());
        Ok(Some(Kept { directory: pushed.directory, request_id, method, path, body }))
    }

    /// Adds a line to the log, by and by.
    pub fn note_answered(&self, answered: Answered) {
        let row = RequestRow {
            organization_id: answered.organization.to_string(),
            id: answered.id.to_string(),
            directory_id: answered.directory.to_string(),
            answered_at: self.now().micros(),
            method: answered.method,
            path: answered.path,
            status: i64::from(answered.status),
            scim_type: answered.scim_type,
            detail: answered.detail,
            duration_us: i64::try_from(answered.duration.as_micros()).unwrap_or(i64::MAX),
            resource_id: answered.resource,
            outline: answered.outline,
        };
        let mut waiting = self.answered.lock();
        if waiting.len() < MAX_WAITING {
            waiting.push(row);
        } else {
            tracing::warn!("the provisioning log cannot be written as fast as requests come: lines are lost");
        }
    }

    /// Writes down the lines that wait.
    pub(super) async fn flush_answered(self: &Arc<Self>) -> Result<(), GatewayError> {
        let Some(home) = self.home.get().copied() else { return Ok(()) };
        let waiting = std::mem::take(&mut *self.answered.lock());
        for rows in waiting.chunks(BATCH) {
            let (rows, by) = (rows.to_vec(), self.attribution(Actor::System, None));
            self.store
                .write(home, by, move |tx| Ok::<_, StoreError>(Audited::upkeep(pushes::note(tx, &rows)?)))
                .await?;
        }
        Ok(())
    }

    /// Forgets what is older than it is to be kept.
    pub(super) async fn sweep_pushes(self: &Arc<Self>) -> Result<(), GatewayError> {
        let by = self.attribution(Actor::System, None);
        let retention = self.settings.retention;
        let (requests, changes) = (by.at.minus(retention.requests), by.at.minus(retention.changes));
        for organization in self.store.read(organizations::all).await? {
            let sweep =
                move |tx: &mut WriteTx<'_>| Ok::<_, StoreError>(Audited::upkeep(pushes::sweep(tx, requests, changes)?));
            self.store.write(organization.id, by.clone(), sweep).await?;
        }
        Ok(())
    }

    /// A page of the log, newest first, and the id that the next one begins after.
    pub async fn directory_requests(
        self: &Arc<Self>,
        organization: OrganizationId,
        directory: DirectoryId,
        query: RequestQuery,
        limit: usize,
    ) -> Result<(Vec<RequestLine>, Option<String>), GatewayError> {
        self.flush_answered().await?;
        let resource = match &query.person {
            // Somebody who is gone is found by the id that they had.
            Some(person) if person.parse::<RequestId>().is_ok() => Some(person.to_lowercase()),
            Some(person) => Some(self.user_named(organization, person).await?.to_string()),
            None => None,
        };
        let selection = RequestSelection { resource, status: query.status, since: query.since, until: query.until };
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut rows = self
            .store
            .read(move |conn| {
                directories::by_id(conn, organization, directory)?
                    .ok_or_else(|| GatewayError::not_found("directory", directory))?;
                let before = query.before.as_deref();
                Ok::<_, GatewayError>(pushes::requests(conn, organization, directory, &selection, before, wanted)?)
            })
            .await?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(|row| row.id.clone());
        Ok((rows.into_iter().map(line).collect(), next))
    }

    /// One request, with the shape of its body and what it changed.
    pub async fn directory_request(
        self: &Arc<Self>,
        organization: OrganizationId,
        directory: DirectoryId,
        id: RequestId,
    ) -> Result<RequestDetail, GatewayError> {
        self.flush_answered().await?;
        let (row, changes) = self
            .store
            .read(move |conn| {
                let row = pushes::request(conn, organization, directory, &id.to_string())?
                    .ok_or_else(|| GatewayError::not_found("request", id))?;
                Ok::<_, GatewayError>((row, pushes::changes_of(conn, organization, &id.to_string())?))
            })
            .await?;
        let refused = row.outline.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let kept = changes.first().filter(|_| changes.len() == 1).and_then(|change| self.shape(organization, change));
        let audit = changes.iter().map(|change| change.position).collect();
        Ok(RequestDetail { line: line(row), body: refused.or(kept), audit })
    }

    fn shape(&self, organization: OrganizationId, change: &ChangeRow) -> Option<Value> {
        let place = pushed_place(organization, &change.request_id);
        let body = self.sealing.open(&place, change.body.as_deref()?).ok()?;
        outline(body.expose().as_bytes())
    }
}

fn line(row: RequestRow) -> RequestLine {
    RequestLine {
        id: row.id,
        at: Timestamp::from_micros(row.answered_at).rfc3339(),
        method: row.method,
        path: row.path,
        status: row.status,
        scim_type: row.scim_type,
        error: row.detail,
        duration_us: row.duration_us,
        resource: row.resource_id,
    }
}
