//! Browser sessions: opened by a sign-in, looked up by a digest of the cookie, ended by anything that takes the person
//! away.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;

use super::decisions::Evaluation;
use super::subjects::{Identity, Subject};
use super::{Gateway, GatewayError};
use crate::access::{Duty, Question};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{
    Actor, Attribution, ConnectionId, Digest, OrganizationId, Secret, SessionId, Timestamp, TokenKind, TokenParts,
    UserId,
};
use crate::saml::NameId;
use crate::session::{Session, State};
use crate::store::sessions::{self, SessionRow};
use crate::store::{Audited, StoreError, WriteTx, users};

/// A session is written down as seen at most this often, in microseconds.
const SEEN_EVERY: i64 = 60_000_000;

/// What is remembered of a session.
#[derive(Debug)]
pub struct Remembered {
    organization: OrganizationId,
    id: SessionId,
    user: UserId,
    epoch: i64,
    created: Timestamp,
    ends: Timestamp,
    /// Moved by each request; written down now and then.
    last_seen: AtomicI64,
    written: AtomicI64,
}

/// What a session remembers of the sign-in at an identity provider, for single logout.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub connection: ConnectionId,
    pub name_id: NameId,
    pub session_index: Option<String>,
    pub not_on_or_after: Option<Timestamp>,
}

/// Somebody who is signed in now.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub organization: OrganizationId,
    pub session: SessionId,
    pub user: UserId,
    subject: Arc<Subject>,
}

impl SignedIn {
    /// Who acts when this person does.
    pub fn actor(&self) -> Actor {
        Actor::User(self.user)
    }

    /// Who this is, as applications behind a proxy are told.
    pub fn identity(&self) -> Identity<'_> {
        self.subject.identity()
    }
}

/// A session as its owner or an admin sees it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct SessionView {
    pub id: SessionId,
    pub created: String,
    pub last_seen: String,
    pub ends: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl From<SessionRow> for SessionView {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            created: row.created_at.rfc3339(),
            last_seen: row.last_seen_at.rfc3339(),
            ends: row.ends_at.rfc3339(),
            ip: row.ip,
            user_agent: row.user_agent,
        }
    }
}

impl Gateway {
    /// Who is signed in with this cookie, if anybody is.
    pub async fn signed_in(self: &Arc<Self>, cookie: &str) -> Result<Option<SignedIn>, GatewayError> {
        let digest = Digest::of(cookie.as_bytes());
        let session = match self.sessions.recall(digest) {
            Some(session) => session,
            // The checksum saves a look-up in the database. A cookie whose digest is remembered needs none.
            None if TokenParts::check(TokenKind::Session, cookie).is_err() => return Ok(None),
            None => match self.read_session(digest).await? {
                Some(session) => session,
                None => return Ok(None),
            },
        };
        let now = self.now();
        let limits = &self.settings.session;
        let seen = Timestamp::from_micros(session.last_seen.load(Ordering::Relaxed));
        let facts = Session { created: session.created, last_seen: seen, absolute_end: session.ends, revoked: false };
        match facts.state(limits, now) {
            State::Live => {}
            State::Idle | State::Ended => return Ok(None),
        }
        let Some(subject) = self.subject(session.organization, session.user).await? else { return Ok(None) };
        if !subject.is_active() || subject.session_epoch() != session.epoch {
            return Ok(None);
        }
        self.memory_holds()?;
        session.last_seen.fetch_max(now.micros(), Ordering::Relaxed);
        if now.micros().saturating_sub(session.written.load(Ordering::Relaxed)) > SEEN_EVERY {
            session.written.store(now.micros(), Ordering::Relaxed);
            self.seen.lock().insert(digest, now);
        }
        Ok(Some(SignedIn { organization: session.organization, session: session.id, user: session.user, subject }))
    }

    async fn read_session(self: &Arc<Self>, digest: Digest) -> Result<Option<Arc<Remembered>>, GatewayError> {
        let stamp = self.sessions.stamp(digest);
        let row = self.store.read(move |conn| sessions::by_digest(conn, digest)).await?;
        let Some(row) = row.filter(|row| row.revoked_at.is_none() && row.step.is_none()) else { return Ok(None) };
        let session = Arc::new(Remembered {
            organization: row.organization_id,
            id: row.id,
            user: row.user_id,
            epoch: row.epoch,
            created: row.created_at,
            ends: row.ends_at,
            last_seen: AtomicI64::new(row.last_seen_at.micros()),
            written: AtomicI64::new(row.last_seen_at.micros()),
        });
        self.sessions.remember(digest, stamp, Arc::clone(&session));
        Ok(Some(session))
    }

    /// Decides on somebody who is signed in.
    pub fn evaluate_signed_in(
        &self,
        by: &Attribution,
        who: &SignedIn,
        question: &Question<'_>,
    ) -> Result<Evaluation, GatewayError> {
        let evaluation = self.judge(&who.subject, question, false)?;
        match evaluation.decision {
            true => self.note_use(who.organization, &who.subject, question.action),
            false => self.note_refused_decision(by, who.organization, who.user, question, evaluation.reason),
        }
        Ok(evaluation)
    }

    /// Refuses unless whoever is signed in may manage the organization.
    pub async fn check_session_management(self: &Arc<Self>, who: &SignedIn) -> Result<(), GatewayError> {
        self.check_manager(who.organization, who.user).await
    }

    /// Whether whoever is signed in could manage the organization, and whether they could read its log: what they are shown.
    pub fn session_administers(&self, who: &SignedIn) -> Result<(bool, bool), GatewayError> {
        self.administers(&who.subject)
    }

    /// The same for the right to read the audit log.
    pub async fn check_session_audit(self: &Arc<Self>, who: &SignedIn) -> Result<(), GatewayError> {
        self.check_auditor(who.organization, who.user).await
    }

    /// The same for a part of the management.
    pub async fn check_session_duty(self: &Arc<Self>, who: &SignedIn, duty: Duty) -> Result<(), GatewayError> {
        self.check_duty_of(who.organization, who.user, duty).await
    }

    /// A session that is about to be opened, and the cookie that will open it.
    pub(super) fn new_session(
        &self,
        organization: OrganizationId,
        user: UserId,
        epoch: i64,
        by: &Attribution,
        sign_in: Option<&SignIn>,
    ) -> (Secret, SessionRow) {
        let cookie = TokenParts::generate(TokenKind::Session, self.chance());
        let not_on_or_after = sign_in.and_then(|sign_in| sign_in.not_on_or_after);
        let row = SessionRow {
            organization_id: organization,
            id: SessionId::new(by.at, self.chance()),
            digest: cookie.digest().hex(),
            user_id: user,
            epoch,
            connection_id: sign_in.map(|sign_in| sign_in.connection.to_string()),
            name_id: sign_in.map(|sign_in| super::logout::name_id_json(&sign_in.name_id)),
            session_index: sign_in.and_then(|sign_in| sign_in.session_index.clone()),
            subject: sign_in.map(|sign_in| sign_in.name_id.value.clone()),
            ip: by.origin.as_ref().and_then(|origin| origin.ip).map(|ip| ip.to_string()),
            user_agent: by.origin.as_ref().and_then(|origin| origin.user_agent.clone()),
            created_at: by.at,
            last_seen_at: by.at,
            ends_at: self.settings.session.absolute_end(by.at, not_on_or_after),
            revoked_at: None,
            step: None,
        };
        (cookie, row)
    }

    /// Ends one session.
    pub async fn revoke_session(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: SessionId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let row =
                sessions::by_id(tx.conn(), organization, id)?.ok_or_else(|| GatewayError::not_found("session", id))?;
            match end(tx, &row)? {
                Some(event) => Ok(Audited::new((), event)),
                None => Ok(Audited::unchanged(())),
            }
        })
        .await
    }

    /// Signs a person out everywhere; answers how many sessions ended.
    pub async fn revoke_sessions(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<usize, GatewayError> {
        self.change(organization, by, move |tx| {
            let mut row =
                users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
            let ended = sessions::revoke_all(tx, user)?;
            row.session_epoch += 1;
            users::update(tx, &row, None)?;
            let target = Target::new(TargetKind::User, user).named(&row.user_name);
            let event = Event::new(Action::SessionEnded, target).with_detail(json!({ "sessions": ended }));
            Ok(Audited::new(ended, event))
        })
        .await
    }

    /// A person's live sessions, newest first.
    pub async fn list_sessions(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<SessionView>, GatewayError> {
        let now = self.now();
        let rows = self
            .store
            .read(move |conn| {
                users::by_id(conn, organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
                Ok::<_, GatewayError>(sessions::live_of_user(conn, organization, user, now)?)
            })
            .await?;
        Ok(rows.into_iter().map(SessionView::from).collect())
    }

    /// Writes down when sessions were last used.
    pub(super) async fn flush_seen(
        self: &Arc<Self>,
        organization: OrganizationId,
        by: Attribution,
    ) -> Result<(), GatewayError> {
        let seen: HashMap<Digest, Timestamp> = std::mem::take(&mut *self.seen.lock());
        if seen.is_empty() {
            return Ok(());
        }
        let seen: Vec<(Digest, Timestamp)> = seen.into_iter().collect();
        self.store
            .write(organization, by, move |tx| Ok::<_, StoreError>(Audited::upkeep(sessions::touch(tx, &seen)?)))
            .await?;
        Ok(())
    }
}

/// Opens a session; answers the event that tells of it.
pub(super) fn insert(tx: &mut WriteTx<'_>, row: SessionRow) -> Result<Event, GatewayError> {
    let target = Target::new(TargetKind::Session, row.id);
    let detail = json!({ "user": row.user_id, "connection": row.connection_id, "ends": row.ends_at.rfc3339() });
    sessions::insert(tx, row)?;
    Ok(Event::new(Action::SessionOpened, target).with_detail(detail))
}

/// Ends a session; answers the event that tells of it, unless it had ended already.
pub(super) fn end(tx: &mut WriteTx<'_>, row: &SessionRow) -> Result<Option<Event>, GatewayError> {
    let has_ended = sessions::revoke(tx, row)?;
    let event = Event::new(Action::SessionEnded, Target::new(TargetKind::Session, row.id))
        .with_detail(json!({ "user": row.user_id }));
    Ok(has_ended.then_some(event))
}
