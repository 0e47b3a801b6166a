//! What admins see of sign-ins that failed, and of those they tried out: the first check that failed, what was found, what
//! to change, and the message without its secrets.
//!
//! Failures are written a few seconds later, in few writes and few of a kind: anybody can make a sign-in fail, and nobody
//! shall fill the disk or hide another's failure by it. An attempt that an admin made is written before it is answered.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Barred, Rehearsal};
use crate::domain::connections::Connection;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Actor, Attribution, ConnectionId, OrganizationId, RequestId};
use crate::saml::{Check, Refusal, VerifiedAssertion, trace};
use crate::store::sign_ins::{self, AttemptRow};
use crate::store::{Audited, StoreError};

/// Attempts that are kept of one connection.
const KEPT: i64 = 50;
/// Attempts that wait to be written, at most.
const WAITING: usize = 500;
/// Of these, how many of one connection may have failed for one reason.
const OF_A_KIND: usize = 3;

/// Every check, in the order in which they are made.
const CHECKS: [(&str, &str); 8] = [
    ("encoding", "The form of the message"),
    ("bytes", "The document as bytes"),
    ("structure", "One assertion, in its place"),
    ("signature_form", "The form of the signatures"),
    ("decryption", "Decryption"),
    ("signature", "The signatures"),
    ("protocol", "Issuer, audience, times, request"),
    ("person", "Who it is, and whether they may come in"),
];

/// What to do about a sign-in that failed although its message was good.
const ADVICE: [(&str, &str); 15] = [
    ("other_connection", "Give each application at the identity provider the ACS URL of its own connection."),
    ("other_browser", "Start again; if it stays, the browser (or a proxy) drops the sign-in cookie."),
    ("login_expired", "Start again."),
    ("login_used", "Start again, instead of reloading or going back."),
    ("connection_gone", "The connection was taken away or switched off meanwhile."),
    ("replay", "Start again; if nobody reloaded a page, treat it as an attack."),
    ("logged_out", "Start again."),
    ("unknown_person", "Assign the person to the provisioning application; compare the NameID with `userName`."),
    ("deactivated", "Reactivate the person at the identity provider."),
    ("suspended", "Restore the person in the console."),
    ("deleted_by_directory", "Assign the person to the provisioning application again."),
    ("foreign_domain", "Add the domain to the connection, or send the person to the other one."),
    ("unusable_name", "Send a shorter value, or one that can be a `userName`."),
    ("address_in_use", "Let NameID and `userName` agree."),
    ("too_many_groups", "Send only the groups that this application needs."),
];

/// A sign-in that failed or was tried out.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AttemptView {
    pub id: String,
    pub at: String,
    /// `ok`, or the reason's stable name.
    pub code: String,
    pub reason: String,
    pub advice: String,
    pub checks: Vec<CheckView>,
    pub request_id: Option<String>,
    pub ip: Option<String>,
    /// Whether an admin tried the connection out.
    pub test: bool,
    /// Of a tried out sign-in whose message was good: who, with which attributes, groups and roles.
    pub outcome: Option<Value>,
    /// The message, without signature values and ciphertext.
    pub document: Option<String>,
}

/// A check and its verdict.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CheckView {
    pub name: &'static str,
    pub title: &'static str,
    /// `passed`, `failed` or `not reached`.
    pub verdict: &'static str,
}

/// How a sign-in ended.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub code: &'static str,
    check: Option<&'static str>,
    pub why: String,
    advice: &'static str,
}

impl From<Barred> for Verdict {
    fn from(barred: Barred) -> Self {
        let advice = ADVICE.iter().find(|(code, _)| *code == barred.code).map_or("", |(_, advice)| advice);
        Self { code: barred.code, check: Some("person"), why: barred.why, advice }
    }
}

impl From<&Refusal> for Verdict {
    fn from(refusal: &Refusal) -> Self {
        let (code, check): (_, Check) = (refusal.code(), refusal.check());
        Self { code, check: Some(check.name()), why: refusal.to_string(), advice: refusal.advice() }
    }
}

impl Verdict {
    fn good() -> Self {
        Self { code: "ok", check: None, why: "Every check holds.".to_owned(), advice: "" }
    }

    /// As the audit tells it.
    pub fn told(&self) -> String {
        if self.advice.is_empty() { self.why.clone() } else { format!("{}. {}", self.why, self.advice) }
    }
}

fn row(gateway: &Gateway, connection: &Connection, by: &Attribution, verdict: Verdict) -> AttemptRow {
    let origin = by.origin.as_ref();
    AttemptRow {
        organization_id: connection.row.organization_id,
        id: RequestId::new(by.at, gateway.chance()).to_string(),
        connection_id: connection.row.id,
        at: by.at,
        code: verdict.code.to_owned(),
        failed_check: verdict.check.map(str::to_owned),
        reason: verdict.why,
        advice: verdict.advice.to_owned(),
        request_id: origin.map(|origin| origin.request_id.to_string()),
        ip: origin.and_then(|origin| origin.ip).map(|ip| ip.to_string()),
        tested_by: None,
        outcome: None,
        document: None,
    }
}

impl Gateway {
    /// Keeps a failed sign-in for the admin, unless there are enough of its kind already.
    pub(super) fn note_attempt(&self, connection: &Connection, by: &Attribution, verdict: Verdict, message: &str) {
        let is_alike = |row: &&AttemptRow| row.connection_id == connection.row.id && row.code == verdict.code;
        let has_room = || {
            let waiting = self.attempts.lock();
            waiting.len() < WAITING && waiting.iter().filter(is_alike).count() < OF_A_KIND
        };
        if !has_room() {
            return;
        }
        let mut noted = row(self, connection, by, verdict);
        noted.document = trace::redacted(message);
        self.attempts.lock().push(noted);
    }

    /// Writes down what was noted.
    pub(in crate::domain) async fn write_attempts(self: &Arc<Self>) -> Result<(), GatewayError> {
        let noted = std::mem::take(&mut *self.attempts.lock());
        for row in noted {
            let by = self.attribution(Actor::System, None);
            self.store
                .write(row.organization_id, by, move |tx| {
                    Ok::<_, StoreError>(Audited::upkeep(sign_ins::insert(tx, row, KEPT)?))
                })
                .await?;
        }
        Ok(())
    }

    /// Keeps a sign-in that an admin tried out; gives its id.
    pub(super) async fn keep_test(
        self: &Arc<Self>,
        connection: &Connection,
        by: Attribution,
        tester: String,
        message: &str,
        tried: Result<(VerifiedAssertion, Rehearsal), Verdict>,
    ) -> Result<String, GatewayError> {
        let (verdict, outcome) = match tried {
            Err(verdict) => (verdict, None),
            Ok((assertion, rehearsal)) => {
                let told = outcome(&assertion, &rehearsal);
                (rehearsal.barred.map_or_else(Verdict::good, Verdict::from), Some(told.to_string()))
            }
        };
        let mut kept = row(self, connection, &by, verdict);
        (kept.tested_by, kept.outcome, kept.document) = (Some(tester), outcome, trace::redacted(message));
        let id = kept.id.clone();
        self.store
            .write(kept.organization_id, by, move |tx| {
                Ok::<_, StoreError>(Audited::upkeep(sign_ins::insert(tx, kept, KEPT)?))
            })
            .await?;
        Ok(id)
    }

    /// The sign-ins of a connection that failed or were tried out, newest first.
    pub async fn sign_ins(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Vec<AttemptView>, GatewayError> {
        self.show_connection(organization, id).await?;
        let rows = self.store.read(move |conn| sign_ins::of_connection(conn, organization, id, KEPT)).await?;
        Ok::<_, GatewayError>(rows.into_iter().map(view).collect())
    }

    /// One of them.
    pub async fn sign_in_attempt(
        self: &Arc<Self>,
        organization: OrganizationId,
        connection: ConnectionId,
        id: &str,
    ) -> Result<AttemptView, GatewayError> {
        let wanted = id.to_owned();
        let row = self.store.read(move |conn| sign_ins::by_id(conn, organization, connection, &wanted)).await?;
        row.map(view).ok_or_else(|| GatewayError::not_found("sign-in", id))
    }
}

/// Who would have signed in, and with what.
fn outcome(assertion: &VerifiedAssertion, rehearsal: &Rehearsal) -> Value {
    let attributes: Vec<Value> = assertion
        .attributes
        .iter()
        .map(|attribute| json!({ "name": attribute.name, "values": attribute.values }))
        .collect();
    json!({
        "user_name": rehearsal.user_name,
        "groups": rehearsal.groups,
        "roles": rehearsal.roles,
        "name_id": assertion.name_id.value,
        "name_id_format": assertion.name_id.format,
        "authn_context": assertion.authn_context,
        "attributes": attributes,
    })
}

fn view(row: AttemptRow) -> AttemptView {
    AttemptView {
        checks: checks(row.failed_check.as_deref()),
        id: row.id,
        at: row.at.rfc3339(),
        code: row.code,
        reason: row.reason,
        advice: row.advice,
        request_id: row.request_id,
        ip: row.ip,
        test: row.tested_by.is_some(),
        outcome: row.outcome.and_then(|text| serde_json::from_str(&text).ok()),
        document: row.document,
    }
}

/// Each check with its verdict: what comes before the one that failed has passed, what comes after was not reached.
fn checks(failed: Option<&str>) -> Vec<CheckView> {
    let at = failed.map(|failed| CHECKS.iter().position(|(name, _)| *name == failed).unwrap_or_default());
    let verdict = |position: usize| match at {
        None => "passed",
        Some(at) if position < at => "passed",
        Some(at) if position == at => "failed",
        Some(_) => "not reached",
    };
    CHECKS
        .iter()
        .enumerate()
        .map(|(position, &(name, title))| CheckView { name, title, verdict: verdict(position) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_the_check_that_failed_has_passed_and_what_comes_after_was_not_reached() {
        let verdicts = |failed| checks(failed).iter().map(|check| check.verdict).collect::<Vec<_>>();
        assert!(verdicts(None).iter().all(|verdict| *verdict == "passed"));
        assert_eq!(verdicts(Some("structure"))[1..4], ["passed", "failed", "not reached"]);
        assert_eq!(verdicts(Some("person")).last(), Some(&"failed"));
    }

    #[test]
    fn every_check_of_a_message_is_shown() {
        for check in [
            Check::Encoding,
            Check::Bytes,
            Check::Structure,
            Check::SignatureForm,
            Check::Decryption,
            Check::Signature,
            Check::Protocol,
        ] {
            assert!(CHECKS.iter().any(|(name, _)| *name == check.name()), "{check:?}");
        }
    }
}
