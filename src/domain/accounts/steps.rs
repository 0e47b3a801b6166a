//! What a sign-in still needs, and the session at its end.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::second_factor::{Offer, Proof, recovery_codes, recovery_digest};
use super::{credential_of, target};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::domain::entitlements::facts_of;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Actor, Digest, Origin, Secret, Timestamp, TokenKind, TokenParts};
use crate::store::credentials;
use crate::store::sessions::{self, SessionRow};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, Conn, StoreError, WriteTx, organizations};

/// For how long a sign-in may be between two steps.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// By what somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A password, or the link that lets them choose one.
    Local,
    Saml,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missing {
    Password,
    Proof,
    Enrolment,
}

/// What is remembered of a sign-in between its steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Step {
    pub missing: Missing,
    pub return_to: String,
    /// Until when the identity provider lets the session last.
    pub not_on_or_after: Option<Timestamp>,
}

/// How far a sign-in has come.
#[derive(Debug)]
pub enum Progress {
    /// To be set as the session cookie. The recovery codes of a second factor that is new are shown this once.
    SignedIn { cookie: Secret, return_to: String, recovery_codes: Vec<Secret> },
    /// To be set as the cookie of the step.
    Step { cookie: Secret },
    /// It did not fit; the same step may be tried again.
    Wrong,
    /// There is no such sign-in, or not any more.
    Over,
}

/// What the page of a step shows.
#[derive(Debug)]
pub struct StepView {
    pub user_name: String,
    pub organization: String,
    pub kind: StepKind,
}

#[derive(Debug)]
pub enum StepKind {
    Password,
    Proof,
    Enrolment(Offer),
}

/// A session that may be opened or held back.
#[derive(Debug)]
pub struct Held {
    /// To be set as the session cookie, or as that of the step.
    pub cookie: Secret,
    pub is_open: bool,
    pub session: SessionRow,
}

/// Holds a session back if its person still has to prove a second factor, or to get one.
pub fn hold_back(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    row: &UserRow,
    way: Way,
    return_to: &str,
    (cookie, session): (Secret, SessionRow),
) -> Result<Held, GatewayError> {
    let is_needed = is_second_factor_needed(tx.conn(), row, way, session.created_at)?;
    let has_one =
        credentials::of_user(tx.conn(), row.organization_id, row.id)?.is_some_and(|found| found.totp.is_some());
    let missing = match (is_needed, has_one, way) {
        (true, true, Way::Local | Way::Saml) | (false, true, Way::Local) => Missing::Proof,
        (true, false, Way::Local | Way::Saml) => Missing::Enrolment,
        (false, _, Way::Saml) | (false, false, Way::Local) => return Ok(Held { cookie, is_open: true, session }),
    };
    let step = Step { missing, return_to: return_to.to_owned(), not_on_or_after: Some(session.ends_at) };
    let (cookie, session) = held_back(gateway, session, &step, TokenKind::SignInStep, LIFETIME);
    Ok(Held { cookie, is_open: false, session })
}

/// The session as it stands until the step is done.
pub(super) fn held_back(
    gateway: &Gateway,
    session: SessionRow,
    step: &Step,
    kind: TokenKind,
    lifetime: Duration,
) -> (Secret, SessionRow) {
    let token = TokenParts::generate(kind, gateway.chance());
    let session = SessionRow {
        digest: token.digest().hex(),
        ends_at: session.created_at.plus(lifetime),
        step: serde_json::to_string(step).ok(),
        ..session
    };
    (token, session)
}

/// Whether the organization wants a second factor of this person, who comes in this way.
pub(super) fn is_second_factor_needed(
    conn: &mut Conn,
    row: &UserRow,
    way: Way,
    now: Timestamp,
) -> Result<bool, GatewayError> {
    let organization = organizations::by_id(conn, row.organization_id)?
        .ok_or_else(|| GatewayError::not_found("organization", row.organization_id))?;
    Ok(match organization.mfa_policy.as_str() {
        "everybody" => true,
        "local" => way == Way::Local,
        "roles" => {
            let named = |role: &str| organization.mfa_roles.split(' ').any(|named| named == role);
            let held = facts_of(conn, row)?.assignments;
            held.iter().any(|held| named(&held.role) && held.until.is_none_or(|until| now < until))
        }
        _off => false,
    })
}

/// The sign-in of this token and whose it is, if it is still under way.
pub(super) fn under_way(
    conn: &mut Conn,
    digest: Digest,
    now: Timestamp,
) -> Result<Option<(SessionRow, Step, UserRow)>, StoreError> {
    let found = sessions::by_digest(conn, digest)?.filter(|row| row.revoked_at.is_none() && now < row.ends_at);
    let Some(session) = found else { return Ok(None) };
    let Some(step) = session.step.as_deref().and_then(|step| serde_json::from_str::<Step>(step).ok()) else {
        return Ok(None);
    };
    let row = users::by_id(conn, session.organization_id, session.user_id)?;
    let row = row.filter(|row| row.may_act() && row.session_epoch == session.epoch);
    Ok(row.map(|row| (session, step, row)))
}

/// The next session of a sign-in one of whose steps is done: the same, under a secret of its own.
pub(super) fn next_session(
    gateway: &Gateway,
    tx: &WriteTx<'_>,
    done: &SessionRow,
    step: &Step,
) -> (Secret, SessionRow) {
    let by = tx.attribution();
    let (cookie, fresh) = gateway.new_session(done.organization_id, done.user_id, done.epoch, by, None);
    let ends_at = step.not_on_or_after.map_or(fresh.ends_at, |end| end.min(fresh.ends_at));
    let session = SessionRow {
        connection_id: done.connection_id.clone(),
        name_id: done.name_id.clone(),
        session_index: done.session_index.clone(),
        subject: done.subject.clone(),
        ends_at,
        ..fresh
    };
    (cookie, session)
}

impl Gateway {
    /// What the step of this token asks for, if its sign-in is still under way.
    pub async fn sign_in_step(self: &Arc<Self>, token: &str) -> Result<Option<StepView>, GatewayError> {
        let Some(digest) = step_digest(token) else { return Ok(None) };
        let (now, gateway) = (self.now(), Arc::clone(self));
        self.store
            .read(move |conn| {
                let Some((session, step, row)) = under_way(conn, digest, now)? else { return Ok(None) };
                let organization = organizations::by_id(conn, session.organization_id)?
                    .map(|organization| organization.name)
                    .unwrap_or_default();
                let kind = match step.missing {
                    Missing::Password => StepKind::Password,
                    Missing::Proof => StepKind::Proof,
                    Missing::Enrolment => StepKind::Enrolment(gateway.offer(
                        session.organization_id,
                        row.id,
                        &organization,
                        &row.user_name,
                    )?),
                };
                Ok(Some(StepView { user_name: row.user_name, organization, kind }))
            })
            .await
    }

    /// Takes the code of a step: of the second factor there is, or the first of one that is offered.
    pub async fn take_step(
        self: &Arc<Self>,
        token: &str,
        code: String,
        offered: String,
        origin: Option<Origin>,
    ) -> Result<Progress, GatewayError> {
        let Some(digest) = step_digest(token) else { return Ok(Progress::Over) };
        let now = self.now();
        let Some((session, step, row)) = self.store.read(move |conn| under_way(conn, digest, now)).await? else {
            return Ok(Progress::Over);
        };
        let by = self.attribution(Actor::User(row.id), origin);
        let gateway = Arc::clone(self);
        let (done, refusal) = self
            .store
            .write(session.organization_id, by.clone(), move |tx| match step.missing {
                Missing::Password => Ok(Audited::upkeep((Progress::Over, None))),
                Missing::Proof => prove(&gateway, tx, digest, &code),
                Missing::Enrolment => enrol(&gateway, tx, digest, &offered, &code),
            })
            .await?;
        if let Some(why) = refusal {
            self.note_refusal(session.organization_id, by, Event::refused(Action::SigninRefused, target(&row), why));
        }
        Ok(done)
    }
}

/// What the token of a step or a link is found by.
pub(super) fn step_digest(token: &str) -> Option<Digest> {
    let is_ours =
        [TokenKind::SignInStep, TokenKind::Invitation].iter().any(|kind| TokenParts::check(*kind, token).is_ok());
    is_ours.then(|| Digest::of(token.as_bytes()))
}

/// What a step came to, and why it was refused, if it was.
type Taken = Audited<(Progress, Option<String>)>;

fn prove(gateway: &Gateway, tx: &mut WriteTx<'_>, digest: Digest, code: &str) -> Result<Taken, GatewayError> {
    let now = tx.now();
    let Some((session, step, row)) = under_way(tx.conn(), digest, now)? else {
        return Ok(Audited::upkeep((Progress::Over, None)));
    };
    let mut credential = credential_of(tx.conn(), &row, now)?;
    let refused = |why: &str| Ok(Audited::upkeep((Progress::Wrong, Some(why.to_owned()))));
    match gateway.prove(tx, row.organization_id, row.id, &mut credential, code)? {
        Proof::Wrong => refused("wrong_code: the one-time code or recovery code does not fit, or was used before"),
        Proof::Resting => refused("resting: too many wrong answers; nothing is tried until the pause is over"),
        Proof::Code => {
            let (progress, opened) = open(gateway, tx, &session, &step, "second_factor", Vec::new())?;
            Ok(Audited::new((progress, None), opened))
        }
        Proof::RecoveryCode => {
            let left = credentials::count_recovery_codes(tx.conn(), row.organization_id, row.id)?;
            let used = Event::new(Action::RecoveryCodeUsed, target(&row)).with_detail(json!({ "left": left }));
            let (progress, opened) = open(gateway, tx, &session, &step, "recovery_code", Vec::new())?;
            Ok(Audited::several((progress, None), used, [opened]))
        }
    }
}

fn enrol(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    digest: Digest,
    offered: &str,
    code: &str,
) -> Result<Taken, GatewayError> {
    let now = tx.now();
    let Some((session, step, row)) = under_way(tx.conn(), digest, now)? else {
        return Ok(Audited::upkeep((Progress::Over, None)));
    };
    // It was set up meanwhile, by another sign-in: this one has to prove it, like any that begins now, and replaces nothing.
    if credential_of(tx.conn(), &row, now)?.totp.is_some() {
        return Ok(Audited::upkeep((Progress::Over, None)));
    }
    let Some(codes) = set_second_factor(gateway, tx, &row, offered, code)? else {
        return Ok(Audited::upkeep((Progress::Wrong, None)));
    };
    let added = Event::new(Action::SecondFactorAdded, target(&row)).with_detail(json!({ "kind": "totp" }));
    let (progress, opened) = open(gateway, tx, &session, &step, "second_factor", codes)?;
    Ok(Audited::several((progress, None), added, [opened]))
}

/// Stores an offered secret as somebody's second factor, if the code fits it; with recovery codes of its own.
pub(super) fn set_second_factor(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    row: &UserRow,
    offered: &str,
    code: &str,
) -> Result<Option<Vec<Secret>>, GatewayError> {
    let now = tx.now();
    let Some((sealed, used_step)) = gateway.take_offer(row.organization_id, row.id, offered, code, now)? else {
        return Ok(None);
    };
    let mut credential = credential_of(tx.conn(), row, now)?;
    credential.totp = Some(sealed);
    credential.totp_step = used_step;
    credential.changed_at = now;
    credentials::save(tx, &credential)?;
    Ok(Some(set_recovery_codes(gateway, tx, row)?))
}

/// Puts fresh recovery codes in the place of those there were.
pub(super) fn set_recovery_codes(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    row: &UserRow,
) -> Result<Vec<Secret>, GatewayError> {
    let codes = recovery_codes(gateway.chance());
    let digests: Vec<Digest> = codes.iter().map(|code| recovery_digest(code.expose())).collect();
    credentials::set_recovery_codes(tx, row.organization_id, row.id, &digests)?;
    Ok(codes)
}

/// Opens the session of a sign-in whose last step is done.
fn open(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    done: &SessionRow,
    step: &Step,
    proof: &str,
    recovery_codes: Vec<Secret>,
) -> Result<(Progress, Event), GatewayError> {
    sessions::revoke(tx, done)?;
    let (cookie, session) = next_session(gateway, tx, done, step);
    let detail = json!({ "user": session.user_id, "connection": session.connection_id, "proof": proof,
                         "ends": session.ends_at.rfc3339() });
    let opened = Event::new(Action::SessionOpened, Target::new(TargetKind::Session, session.id))
        .with_detail(detail)
        .with_on_behalf_of(session.user_id);
    sessions::insert(tx, session)?;
    Ok((Progress::SignedIn { cookie, return_to: step.return_to.clone(), recovery_codes }, opened))
}
