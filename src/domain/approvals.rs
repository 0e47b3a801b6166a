//! Approvals: a sensitive action that is held back becomes a request, bound to who, what, on what, where and a digest of
//! the parameters. Somebody else who holds the approving right in that scope says yes or no; a yes allows the very same
//! action once, for an hour.
//!
//! The facts are read again in the transaction that uses a yes up, so a right that was taken away meanwhile counts: the
//! subject's to what is held back, and the right to decide of who said yes.
//!
//! [`listing`] shows requests; [`expiry`] settles those that have run out.

mod expiry;
pub mod listing;

use std::sync::Arc;

use serde_json::{Value, json};

use super::entitlements::facts_of;
use super::search::Sought;
use super::{Gateway, GatewayError};
use crate::access::{self, Policy, Reason, ResolvedQuestion};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{ApprovalId, Attribution, Digest, OrganizationId, Timestamp, UserId};
pub use crate::store::approvals::ApprovalState;
use crate::store::approvals::{self, ApprovalRow};
use crate::store::{Audited, WriteTx, users};

const HOUR: i64 = 3_600 * 1_000_000;
/// For how long a request waits.
const OPEN_FOR: i64 = 24 * HOUR;
/// For how long a yes can be used.
const YES_FOR: i64 = HOUR;
/// Open requests of one person at most.
const MAX_OPEN: i64 = 100;
/// Characters of the parameters, as JSON, at most: somebody is to read them.
const MAX_PARAMETERS: usize = 8_192;

/// A request as somebody makes it.
#[derive(Debug, Clone)]
pub struct ApprovalDraft {
    pub subject: UserId,
    pub sought: Sought,
    pub parameters: Value,
    pub reason: String,
}

/// A yes that somebody wants to use.
#[derive(Debug, Clone)]
pub struct ApprovalClaim {
    pub id: ApprovalId,
    pub parameters: Value,
}

/// What somebody says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    Deny,
}

/// A request as it is shown.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct ApprovalView {
    pub id: String,
    /// `open`, `approved`, `denied`, `withdrawn`, `used` or `expired`.
    pub state: String,
    pub subject: String,
    pub action: String,
    pub resource: Value,
    pub scope: String,
    pub parameters: Value,
    pub reason: String,
    pub asked: String,
    pub expires: String,
    pub decided_by: Option<String>,
    pub note: Option<String>,
}

fn view(row: &ApprovalRow, now: Timestamp) -> ApprovalView {
    let lapsed = matches!(row.state.as_str(), "open" | "approved") && row.expires_at <= now.micros();
    ApprovalView {
        id: row.id.clone(),
        state: if lapsed { "expired".to_owned() } else { row.state.clone() },
        subject: row.subject.clone(),
        action: row.action.clone(),
        resource: json!({ "type": row.resource_kind, "id": row.resource_id }),
        scope: row.scope.clone(),
        parameters: serde_json::from_str(&row.parameters).unwrap_or_default(),
        reason: row.reason.clone(),
        asked: Timestamp::from_micros(row.asked_at).rfc3339(),
        expires: Timestamp::from_micros(row.expires_at).rfc3339(),
        decided_by: row.decided_by.clone(),
        note: row.note.clone(),
    }
}

/// Objects are read with their keys in order, so equal parameters have equal digests.
fn digest(parameters: &Value) -> String {
    let mut sorted = parameters.clone();
    sorted.sort_all_objects();
    Digest::of(sorted.to_string().as_bytes()).hex()
}

fn event(action: Action, row: &ApprovalRow) -> Event {
    Event::new(action, Target::new(TargetKind::Approval, &row.id).named(&row.action))
        .with_scope(row.scope.clone())
        .with_detail(json!({
            "subject": row.subject,
            "action": row.action,
            "resource": { "type": row.resource_kind, "id": row.resource_id },
            "parameters_digest": row.parameters_digest,
        }))
}

/// A request as stored, put again as the question that it is about.
fn sought(row: &ApprovalRow) -> Result<Sought, GatewayError> {
    Ok(Sought {
        action: row.action.clone(),
        resource_kind: row.resource_kind.clone(),
        resource_id: row.resource_id.clone(),
        scope: Some(row.scope.parse()?),
    })
}

fn resolve<'a>(policy: &Policy, sought: &'a Sought) -> Result<ResolvedQuestion<'a>, GatewayError> {
    policy.resolve(&sought.question()).map_err(|unknown| GatewayError::Invalid(unknown.to_string()))
}

impl Gateway {
    /// Asks for an approval. Only what is held back can be asked for.
    pub async fn ask_approval(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        draft: ApprovalDraft,
    ) -> Result<ApprovalView, GatewayError> {
        let parameters = draft.parameters.to_string();
        if parameters.len() > MAX_PARAMETERS || draft.reason.chars().count() > 512 {
            return Err(GatewayError::Invalid(format!(
                "`parameters` are at most {MAX_PARAMETERS} bytes of JSON, and a `reason` at most 512 characters"
            )));
        }
        let gateway = Arc::clone(self);
        let id = ApprovalId::new(by.at, self.chance());
        self.change(organization, by, move |tx| {
            let now = tx.now();
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let question = resolve(&policy, &draft.sought)?;
            let reason = decided(tx, &policy, draft.subject, &question)?;
            if reason != Reason::ApprovalRequired {
                return Err(GatewayError::Invalid(format!(
                    "there is nothing to approve: the answer is `{}`",
                    reason.as_str()
                )));
            }
            if approvals::count_open(tx.conn(), organization, draft.subject, now.micros())? >= MAX_OPEN {
                return Err(GatewayError::Invalid(format!("at most {MAX_OPEN} requests of one person are open")));
            }
            let row = ApprovalRow {
                organization_id: organization.to_string(),
                id: id.to_string(),
                subject: draft.subject.to_string(),
                action: draft.sought.action.clone(),
                resource_kind: draft.sought.resource_kind.clone(),
                resource_id: draft.sought.resource_id.clone(),
                scope: question.scope().to_string(),
                parameters_digest: digest(&draft.parameters),
                parameters,
                reason: draft.reason.clone(),
                state: "open".to_owned(),
                asked_at: now.micros(),
                expires_at: now.micros().saturating_add(OPEN_FOR),
                decided_by: None,
                decided_at: None,
                note: None,
            };
            approvals::insert(tx, &row)?;
            Ok(Audited::new(view(&row, now), event(Action::ApprovalAsked, &row)))
        })
        .await
    }

    /// Says yes or no, as somebody who did not ask and who holds the approving right in that scope.
    pub async fn decide_approval(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ApprovalId,
        approver: UserId,
        verdict: Verdict,
        note: Option<String>,
    ) -> Result<ApprovalView, GatewayError> {
        let gateway = Arc::clone(self);
        let note = note.map(|note| note.chars().take(512).collect::<String>());
        self.change(organization, by, move |tx| {
            let now = tx.now();
            let mut row = in_state(tx, id, &[ApprovalState::Open])?;
            if row.subject == approver.to_string() {
                return Err(GatewayError::Forbidden("nobody approves what they asked for".to_owned()));
            }
            let policy = gateway.read_policy(tx.conn(), organization)?;
            if !may_decide(tx, &policy, &row, approver)? {
                return Err(GatewayError::Forbidden("this needs the right to approve in that scope".to_owned()));
            }
            let (state, action) = match verdict {
                Verdict::Approve => ("approved", Action::ApprovalApproved),
                Verdict::Deny => ("denied", Action::ApprovalDenied),
            };
            row.state = state.to_owned();
            row.expires_at = now.micros().saturating_add(YES_FOR);
            row.decided_by = Some(approver.to_string());
            row.decided_at = Some(now.micros());
            row.note = note;
            approvals::settle(tx, &row, "open")?;
            Ok(Audited::new(view(&row, now), event(action, &row).with_on_behalf_of(approver)))
        })
        .await
    }

    /// Takes a request back, or a yes that was not used. `asker` is who does; none for a key of the organization.
    pub async fn withdraw_approval(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ApprovalId,
        asker: Option<UserId>,
    ) -> Result<ApprovalView, GatewayError> {
        self.change(organization, by, move |tx| {
            let mut row = in_state(tx, id, &[ApprovalState::Open, ApprovalState::Approved])?;
            if asker.is_some_and(|asker| row.subject != asker.to_string()) {
                return Err(GatewayError::Forbidden("only who asked withdraws a request".to_owned()));
            }
            let before = std::mem::replace(&mut row.state, ApprovalState::Withdrawn.as_str().to_owned());
            approvals::settle(tx, &row, &before)?;
            Ok::<_, GatewayError>(Audited::new(view(&row, tx.now()), event(Action::ApprovalWithdrawn, &row)))
        })
        .await
    }

    /// Uses a yes up, if it is one for exactly this: the subject, the action, the resource, the scope, the parameters.
    pub(super) async fn use_approval(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        subject: UserId,
        sought: Sought,
        claim: ApprovalClaim,
    ) -> Result<bool, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let question = resolve(&policy, &sought)?;
            let Some(mut row) = approvals::by_id(tx.conn(), organization, claim.id)? else {
                return Ok(Audited::unchanged(false));
            };
            let fits = row.state == "approved"
                && tx.now().micros() < row.expires_at
                && row.subject == subject.to_string()
                && row.action == sought.action
                && (row.resource_kind.as_str(), row.resource_id.as_str())
                    == (sought.resource_kind.as_str(), sought.resource_id.as_str())
                && row.scope == question.scope().to_string()
                && row.parameters_digest == digest(&claim.parameters);
            if !fits
                || decided(tx, &policy, subject, &question)? != Reason::ApprovalRequired
                || !still_stands(tx, &policy, &row)?
            {
                return Ok(Audited::unchanged(false));
            }
            row.state = "used".to_owned();
            approvals::settle(tx, &row, "approved")?;
            Ok::<_, GatewayError>(Audited::new(true, event(Action::ApprovalUsed, &row).with_on_behalf_of(subject)))
        })
        .await
    }
}

/// What this transaction's facts say to a question.
fn decided(
    tx: &mut WriteTx<'_>,
    policy: &Policy,
    user: UserId,
    question: &ResolvedQuestion<'_>,
) -> Result<Reason, GatewayError> {
    let (organization, now) = (tx.organization(), tx.now());
    let row = users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
    let access = access::compile(policy, &facts_of(tx.conn(), &row)?);
    Ok(access::decide(&access, question, now).reason)
}

/// Whether this person may say yes or no to the request. A program says neither.
fn may_decide(tx: &mut WriteTx<'_>, policy: &Policy, row: &ApprovalRow, user: UserId) -> Result<bool, GatewayError> {
    let (organization, now) = (tx.organization(), tx.now());
    let found = users::by_id(tx.conn(), organization, user)?;
    let Some(person) = found.filter(|found| !found.service_account) else { return Ok(false) };
    let access = access::compile(policy, &facts_of(tx.conn(), &person)?);
    let sought = sought(row)?;
    let question = resolve(policy, &sought)?;
    Ok(question.approval().is_some_and(|rule| rule.is_approver(&access, &question, now)))
}

/// Whether who said yes could still say it.
fn still_stands(tx: &mut WriteTx<'_>, policy: &Policy, row: &ApprovalRow) -> Result<bool, GatewayError> {
    match row.decided_by.as_deref().map(str::parse) {
        Some(Ok(approver)) => may_decide(tx, policy, row, approver),
        Some(Err(_)) | None => Ok(false),
    }
}

/// The request, if it is in one of these states now.
fn in_state(tx: &mut WriteTx<'_>, id: ApprovalId, states: &[ApprovalState]) -> Result<ApprovalRow, GatewayError> {
    let (organization, now) = (tx.organization(), tx.now());
    let row = approvals::by_id(tx.conn(), organization, id)?.ok_or_else(|| GatewayError::not_found("approval", id))?;
    let state = view(&row, now).state;
    if states.iter().any(|wanted| wanted.as_str() == state) {
        Ok(row)
    } else {
        Err(GatewayError::Taken(format!("the request is {state}")))
    }
}
