//! Requests that are carried out once, however often they are sent: those that bear an `Idempotency-Key`.
//!
//! A request is noted before it is carried out, and its answer with it afterwards, sealed. Whoever sends it again is given
//! that answer. One that was refused changed nothing and is forgotten, so that it can be tried again. Where no answer was
//! noted (a crash, a database that went away), the audit log tells whether the request had changed anything: every change
//! is in it, in the transaction of the change.

use std::sync::Arc;
use std::time::Duration;

use super::api_keys::ApiCaller;
use super::sealing::Place;
use super::{Gateway, GatewayError};
use crate::model::{Attribution, Digest, OrganizationId, RequestId, Secret};
use crate::store::once::{self, OnceRow};
use crate::store::{Audited, StoreError, WriteTx};

/// How long a key stands for its request.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A request without an answer is taken to be on its way for this long: longer than any waits for the database.
const ON_ITS_WAY: Duration = Duration::from_secs(60);
/// Keys of one API key that are kept at a time.
pub const MOST: i64 = 10_000;
/// The longest answer that is kept.
pub const MOST_BYTES: usize = 1_048_576;

/// A request that bears a key.
#[derive(Debug, Clone)]
pub struct OnceRequest {
    pub caller: ApiCaller,
    /// Of the client's key.
    pub key: Digest,
    /// Of method, path, query and body.
    pub fingerprint: Digest,
    pub request: RequestId,
}

/// What is to be done with a request that bears a key.
#[derive(Debug)]
pub enum Claim {
    /// It is the first: carry it out, and [`Gateway::settle_once`].
    Fresh(Begun),
    /// It was carried out: this was the answer.
    Answered { status: u16, answer: Secret },
    /// It is on its way.
    OnItsWay,
    /// The key stands for another request.
    Other,
    /// It was carried out, and the answer is lost.
    Lost,
    /// So many keys are kept that there is no room for this one.
    TooMany,
}

/// A request that is being carried out.
#[derive(Debug, Clone)]
pub struct Begun {
    organization: OrganizationId,
    row: OnceRow,
}

impl Gateway {
    /// Notes a request that bears a key, or tells what has become of it.
    pub async fn claim_once(self: &Arc<Self>, by: Attribution, asked: OnceRequest) -> Result<Claim, GatewayError> {
        let (gateway, organization) = (Arc::clone(self), asked.caller.organization);
        let claimed = self
            .store
            .write(organization, by, move |tx| {
                let found = once::find(tx.conn(), organization, asked.caller.key, asked.key)?;
                let claim = match found {
                    Some(row) if row.begun_at >= tx.now().minus(KEPT).micros() => gateway.stands(tx, &asked, &row)?,
                    Some(row) => {
                        once::delete(tx, &row)?;
                        None
                    }
                    None => None,
                };
                match claim {
                    Some(claim) => Ok(Audited::upkeep(claim)),
                    None => Ok::<_, GatewayError>(Audited::upkeep(begin(tx, &asked)?)),
                }
            })
            .await;
        match claimed {
            // Another replica has noted the same request in the same moment.
            Err(GatewayError::Store(StoreError::Conflict { .. })) => Ok(Claim::OnItsWay),
            claimed => claimed,
        }
    }

    /// What a key that stands for a request says about the one that came with it now; none if nothing came of the first.
    fn stands(&self, tx: &mut WriteTx<'_>, asked: &OnceRequest, row: &OnceRow) -> Result<Option<Claim>, GatewayError> {
        if row.fingerprint != asked.fingerprint.hex() {
            return Ok(Some(Claim::Other));
        }
        if let (Some(status), Some(answer)) = (row.status, &row.answer) {
            let lost = |_| StoreError::Corrupt("a kept answer does not open".to_owned());
            let answer = self.sealing.open(&place(asked.caller.organization, row), answer).map_err(lost)?;
            let status = u16::try_from(status).map_err(|_| StoreError::Corrupt(format!("status {status}")))?;
            return Ok(Some(Claim::Answered { status, answer }));
        }
        if row.begun_at >= tx.now().minus(ON_ITS_WAY).micros() {
            return Ok(Some(Claim::OnItsWay));
        }
        let organization = tx.organization();
        if once::has_changed_something(tx.conn(), organization, &row.request_id)? {
            return Ok(Some(Claim::Lost));
        }
        once::delete(tx, row)?;
        Ok(None)
    }

    /// Keeps the answer to a request that was carried out.
    pub async fn settle_once(
        self: &Arc<Self>,
        by: Attribution,
        begun: Begun,
        status: u16,
        answer: &Secret,
    ) -> Result<(), GatewayError> {
        let Begun { organization, row } = begun;
        let sealed = self.sealing.seal(&place(organization, &row), answer, self.chance());
        let sealed = sealed.map_err(|error| StoreError::Unavailable(format!("an answer cannot be sealed: {error}")))?;
        self.store
            .write(organization, by, move |tx| {
                Ok::<_, GatewayError>(Audited::upkeep(once::answer(tx, &row, i64::from(status), &sealed)?))
            })
            .await
    }

    /// Forgets a request that was refused.
    pub async fn forget_once(self: &Arc<Self>, by: Attribution, begun: Begun) -> Result<(), GatewayError> {
        let Begun { organization, row } = begun;
        self.store
            .write(organization, by, move |tx| Ok::<_, GatewayError>(Audited::upkeep(once::delete(tx, &row)?)))
            .await
    }
}

fn begin(tx: &mut WriteTx<'_>, asked: &OnceRequest) -> Result<Claim, GatewayError> {
    let (organization, api_key) = (tx.organization(), asked.caller.key);
    if once::count(tx.conn(), organization, api_key)? >= MOST {
        return Ok(Claim::TooMany);
    }
    let row = OnceRow {
        organization_id: organization.to_string(),
        api_key_id: api_key.to_string(),
        digest: asked.key.hex(),
        fingerprint: asked.fingerprint.hex(),
        request_id: asked.request.to_string(),
        begun_at: tx.now().micros(),
        status: None,
        answer: None,
    };
    once::insert(tx, row.clone())?;
    Ok(Claim::Fresh(Begun { organization, row }))
}

fn place(organization: OrganizationId, row: &OnceRow) -> Place {
    Place { organization, row: format!("{}/{}", row.api_key_id, row.digest), column: "idempotency_key.answer" }
}
