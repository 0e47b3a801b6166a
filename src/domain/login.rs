//! Signing in over SAML: sending somebody to their identity provider, and taking them back.
//!
//! A sign-in is bound to the browser that began it (a cookie of which a digest is kept), to the request that was sent
//! (its ID, behind an opaque RelayState), and is used once: the request is consumed and the assertion's ID recorded in
//! the transaction that opens the session, which also looks at whether the person may still come in.
//!
//! Not here: which person it is (`person`), and logging out again (`logout`).

mod person;

use std::sync::Arc;
use std::time::Duration;

use super::connections::{Connection, IdpInitiated};
use super::sessions::SignIn;
use super::{Gateway, GatewayError};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Actor, Attribution, ConnectionId, Digest, Origin, Secret, Timestamp, TokenKind, TokenParts};
use crate::saml::response;
use crate::saml::{Ask, AuthnRequest, Expectation, Outgoing, PendingRequest, Refusal, VerifiedAssertion};
use crate::store::logins::{self, LoginRequestRow};
use crate::store::{Audited, StoreError, connections};

/// For how long a sign-in may be under way.
pub const LOGIN_LIFETIME: Duration = Duration::from_secs(600);

/// A sign-in on its way to the identity provider.
#[derive(Debug)]
pub struct Departure {
    pub outgoing: Outgoing,
    /// To be set as the sign-in cookie.
    pub nonce: Secret,
}

/// A sign-in that came back and was let in.
#[derive(Debug)]
pub struct Arrival {
    /// To be set as the session cookie.
    pub cookie: Secret,
    pub return_to: String,
}

/// What becomes of an answer of the identity provider.
#[derive(Debug)]
pub enum Outcome {
    Arrived(Arrival),
    /// The identity provider began it, and the connection wants it begun by us.
    Restart,
    /// Nobody is let in. The reason is for the admin, in the audit log; the person is told nothing.
    Refused {
        code: &'static str,
    },
}

/// Why a verified person is not let in.
#[derive(Debug)]
struct Barred {
    code: &'static str,
    why: String,
}

/// Why a sign-in fails inside its transaction.
#[derive(Debug)]
enum Stop {
    Barred(Barred),
    Failed(GatewayError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<GatewayError> for Stop {
    fn from(error: GatewayError) -> Self {
        Self::Failed(error)
    }
}

impl Stop {
    fn barred(code: &'static str, why: impl Into<String>) -> Self {
        Self::Barred(Barred { code, why: why.into() })
    }
}

impl Gateway {
    /// Begins a sign-in: `GET /saml/{connection}/login`. `nonce` is the sign-in cookie that the browser has already, from
    /// another tab: all of its sign-ins share one. With `force_authn` the person must sign in anew at the identity provider.
    pub async fn begin_login(
        self: &Arc<Self>,
        id: ConnectionId,
        return_to: &str,
        force_authn: bool,
        nonce: Option<&str>,
        origin: Option<Origin>,
    ) -> Result<Departure, GatewayError> {
        let connection = self.connection(id).await?;
        let by = self.attribution(Actor::Anonymous, origin);
        let unsendable =
            |error: &dyn std::fmt::Display| GatewayError::Invalid(format!("no sign-in can be sent: {error}"));
        let ask = Ask {
            force_authn: force_authn || connection.choices.force_authn,
            name_id_format: None,
            authn_contexts: connection.choices.authn_contexts.clone(),
        };
        let request = AuthnRequest::new(&connection.sp, &connection.idp, &ask, by.at, self.chance())
            .map_err(|e| unsendable(&e))?;
        let relay_state = relay_state(self.chance());
        let outgoing = request.send(&relay_state).map_err(|e| unsendable(&e))?;
        let nonce = match nonce.filter(|nonce| TokenParts::check(TokenKind::LoginNonce, nonce).is_ok()) {
            Some(nonce) => Secret::new(nonce),
            None => TokenParts::generate(TokenKind::LoginNonce, self.chance()),
        };
        let row = LoginRequestRow {
            organization_id: connection.row.organization_id,
            relay_state,
            connection_id: id,
            request_id: request.id().to_owned(),
            nonce_digest: Digest::of(nonce.expose().as_bytes()).hex(),
            return_to: crate::session::return_to(return_to).unwrap_or("/").to_owned(),
            created_at: by.at,
            expires_at: by.at.plus(LOGIN_LIFETIME),
            force_authn: ask.force_authn,
            authn_contexts: serde_json::json!(ask.authn_contexts).to_string(),
        };
        self.store
            .write(connection.row.organization_id, by, move |tx| {
                Ok::<_, StoreError>(Audited::upkeep(logins::insert(tx, row)?))
            })
            .await?;
        Ok(Departure { outgoing, nonce })
    }

    /// Takes the identity provider's answer: `POST /saml/{connection}/acs`.
    pub async fn complete_login(
        self: &Arc<Self>,
        id: ConnectionId,
        saml_response: String,
        relay_state: Option<&str>,
        nonce: Option<&str>,
        origin: Option<Origin>,
    ) -> Result<Outcome, GatewayError> {
        let connection = Arc::new(self.connection(id).await?);
        let by = self.attribution(Actor::Connection(id), origin);
        let refuse = |code: &'static str, why: String| {
            self.signin_refused(&connection, by.clone(), code, &why);
            Ok(Outcome::Refused { code })
        };
        let login = match self.login_under_way(id, relay_state, nonce, by.at).await? {
            Ok(login) => login,
            Err(barred) => return refuse(barred.code, barred.why),
        };
        if login.is_none() && connection.choices.idp_initiated == IdpInitiated::Restart {
            return Ok(Outcome::Restart);
        }
        let verified = self.verify(Arc::clone(&connection), saml_response, login.clone(), by.at).await?;
        let assertion = match verified {
            Ok(assertion) => assertion,
            Err(refusal) => return refuse(refusal.code(), format!("{refusal}. {}", refusal.advice())),
        };
        match self.let_in(Arc::clone(&connection), login, assertion, by.clone()).await {
            Ok(arrival) => Ok(Outcome::Arrived(arrival)),
            Err(Stop::Barred(barred)) => refuse(barred.code, barred.why),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// The sign-in that this answer belongs to, if this browser began it. None for an answer that nobody asked for.
    async fn login_under_way(
        self: &Arc<Self>,
        id: ConnectionId,
        relay_state: Option<&str>,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<Result<Option<LoginRequestRow>, Barred>, GatewayError> {
        let barred = |code, why: &str| Ok(Err(Barred { code, why: why.to_owned() }));
        let Some(relay_state) = relay_state.filter(|state| !state.is_empty() && state.len() <= 80).map(str::to_owned)
        else {
            return Ok(Ok(None));
        };
        let row = self.store.read(move |conn| logins::by_relay_state(conn, &relay_state)).await?;
        // A RelayState that is not ours came with an answer that nobody asked for.
        let Some(row) = row else { return Ok(Ok(None)) };
        if row.connection_id != id {
            return barred("other_connection", "the sign-in was begun with another connection");
        }
        if row.expires_at <= now {
            return barred("login_expired", "the sign-in was begun more than ten minutes ago");
        }
        let is_same_browser = nonce.is_some_and(|nonce| Digest::of(nonce.as_bytes()).hex() == row.nonce_digest);
        if !is_same_browser {
            return barred("other_browser", "the answer came from a browser that did not begin the sign-in");
        }
        Ok(Ok(Some(row)))
    }

    /// Verifies the answer, off the async threads.
    async fn verify(
        self: &Arc<Self>,
        connection: Arc<Connection>,
        saml_response: String,
        login: Option<LoginRequestRow>,
        now: Timestamp,
    ) -> Result<Result<VerifiedAssertion, Refusal>, GatewayError> {
        let verifying = tokio::task::spawn_blocking(move || {
            let pending = login.map(|login| PendingRequest {
                id: login.request_id,
                issued_at: login.created_at,
                force_authn: login.force_authn,
                // What cannot be read was asked for, and is not answered.
                authn_contexts: serde_json::from_str(&login.authn_contexts).unwrap_or_else(|_| vec![String::new()]),
            });
            let expectation = Expectation {
                idp: &connection.idp,
                sp: &connection.sp,
                pending: pending.as_ref(),
                unsolicited_allowed: connection.choices.idp_initiated == IdpInitiated::Allow,
                now,
                skew: connection.skew(),
                allow_cbc: connection.choices.allow_cbc,
                require: connection.choices.require_signed,
            };
            response::verify(&saml_response, &expectation)
        });
        verifying
            .await
            .map_err(|error| StoreError::Unavailable(format!("the verification did not finish: {error}")).into())
    }

    /// Opens the session of a verified person, in one transaction with everything that must hold for it.
    async fn let_in(
        self: &Arc<Self>,
        connection: Arc<Connection>,
        login: Option<LoginRequestRow>,
        assertion: VerifiedAssertion,
        by: Attribution,
    ) -> Result<Arrival, Stop> {
        let gateway = Arc::clone(self);
        let organization = connection.row.organization_id;
        let return_to = login.as_ref().map_or_else(|| "/".to_owned(), |login| login.return_to.clone());
        let cookie = self
            .store
            .write(organization, by, move |tx| {
                // It was read before the answer was verified, and may have been taken away meanwhile.
                if !connections::by_id(tx.conn(), connection.row.id)?.is_some_and(|row| row.enabled) {
                    return Err(Stop::barred("connection_gone", "the connection was taken away meanwhile"));
                }
                if let Some(login) = &login
                    && !logins::consume(tx, &login.relay_state)?
                {
                    return Err(Stop::barred("login_used", "the sign-in was completed before"));
                }
                let (subject, index) = (assertion.name_id.value.as_str(), assertion.session_index.as_deref());
                let (id, issued_at) = (connection.row.id, assertion.issued_at);
                if logins::is_void(tx.conn(), organization, id, subject, index, issued_at)? {
                    return Err(Stop::barred("logged_out", "the identity provider has logged this person out since"));
                }
                logins::insert_assertion(tx, connection.row.id, &assertion.assertion_id, assertion.replay_until)
                    .map_err(|error| {
                        let is_replay = matches!(error, StoreError::Conflict { .. });
                        if is_replay { Stop::barred("replay", "the assertion was used before") } else { error.into() }
                    })?;
                let (person, mut events) = person::find(&gateway, tx, &connection, &assertion)?;
                super::contracts::uphold(&gateway, tx)?;
                if !person.may_act() {
                    return Err(Stop::barred("deactivated", format!("`{}` is deactivated", person.user_name)));
                }
                if person.suspended {
                    return Err(Stop::barred("suspended", format!("`{}` is suspended", person.user_name)));
                }
                let sign_in = SignIn {
                    connection: connection.row.id,
                    name_id: assertion.name_id.clone(),
                    session_index: assertion.session_index.clone(),
                    not_on_or_after: assertion.session_not_on_or_after,
                };
                let by = tx.attribution().clone();
                let (cookie, row) =
                    gateway.new_session(organization, person.id, person.session_epoch, &by, Some(&sign_in));
                let opened = super::sessions::insert(tx, row)?.with_on_behalf_of(person.id);
                events.push(opened);
                let first = events.remove(0);
                Ok(Audited::several(cookie, first, events))
            })
            .await?;
        Ok(Arrival { cookie, return_to })
    }

    pub(super) fn signin_refused(&self, connection: &Connection, by: Attribution, code: &'static str, why: &str) {
        let target = Target::new(TargetKind::Connection, connection.row.id).named(&connection.row.name);
        let event = Event::refused(Action::SigninRefused, target, format!("{code}: {why}"));
        self.note_refusal(connection.row.organization_id, by, event);
    }
}

/// 24 random bytes as text: opaque, and well under the 80 bytes that SAML bindings §3.4.3 allows.
pub(super) fn relay_state(chance: &dyn crate::model::Chance) -> String {
    use base64::Engine;
    let mut bytes = [0_u8; 24];
    chance.fill(&mut bytes);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
