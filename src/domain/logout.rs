//! Logging out at the identity provider too: single logout, both ways (SAML profiles §4.4).
//!
//! A session ends here first, whatever becomes of the message to the identity provider: that is an attempt, and its
//! failure is a line in the log, never a session that goes on.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::connections::Connection;
use super::login::relay_state;
use super::sessions::SignedIn;
use super::{Gateway, GatewayError};
use crate::model::{Actor, Attribution, ConnectionId, OrganizationId, Origin};
use crate::saml::logout::{self, LogoutExpectation, LogoutMessage, LogoutRequest, Received};
use crate::saml::{NameId, Outgoing, Parameter, Refusal};
use crate::store::logins::{self, LogoutRequestRow};
use crate::store::sessions::{self, SessionRow};
use crate::store::{Audited, StoreError};

/// For how long the answer to our own logout request is awaited.
const LOGOUT_LIFETIME: Duration = Duration::from_secs(600);

/// A logout message as it came.
#[derive(Debug)]
pub enum LogoutArrival {
    /// The query string, raw: the signature is over exactly that.
    Redirect(String),
    Post {
        parameter: Parameter,
        message: String,
        relay_state: Option<String>,
    },
}

impl LogoutArrival {
    fn relay_state(&self) -> Option<String> {
        let found = match self {
            Self::Redirect(query) => url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "RelayState")
                .map(|(_, value)| value.into_owned()),
            Self::Post { relay_state, .. } => relay_state.clone(),
        };
        found.filter(|state| !state.is_empty() && state.len() <= 80)
    }

    fn verify(&self, expectation: &LogoutExpectation<'_>) -> Result<Received, Refusal> {
        match self {
            Self::Redirect(query) => logout::verify_redirect(query, expectation),
            Self::Post { parameter, message, relay_state } => {
                logout::verify_post(*parameter, message, relay_state.as_deref(), expectation)
            }
        }
    }
}

/// What becomes of a logout message.
#[derive(Debug)]
pub enum LogoutOutcome {
    /// Our answer, on its way.
    Answer(Outgoing),
    Done,
    Refused,
}

impl Gateway {
    /// Ends the session of whoever is signed in; then, where it was opened at an identity provider that has single
    /// logout, answers the message that ends it there too.
    pub async fn sign_out(self: &Arc<Self>, by: Attribution, who: &SignedIn) -> Result<Option<Outgoing>, GatewayError> {
        let (organization, session) = (who.organization, who.session);
        let row = self.store.read(move |conn| sessions::by_id(conn, organization, session)).await?;
        self.revoke_session(by.clone(), organization, session).await?;
        let Some(row) = row else { return Ok(None) };
        match self.farewell(by, &row).await {
            Ok(outgoing) => Ok(outgoing),
            Err(error) => {
                tracing::warn!(error = %error, "the identity provider cannot be asked to log somebody out: {error}");
                Ok(None)
            }
        }
    }

    /// The message that ends a session at the identity provider, remembered until it is answered.
    async fn farewell(self: &Arc<Self>, by: Attribution, row: &SessionRow) -> Result<Option<Outgoing>, GatewayError> {
        let id = row.connection_id.as_deref().and_then(|id| id.parse::<ConnectionId>().ok());
        let (Some(id), Some(name_id)) = (id, row.name_id.as_deref().and_then(name_id_of)) else { return Ok(None) };
        let connection = self.connection(id).await?;
        if connection.idp.logout().is_none() {
            return Ok(None);
        }
        let (sp, idp, index) = (&connection.sp, &connection.idp, row.session_index.as_deref());
        let handle = relay_state(self.chance());
        let asked = logout::ask(sp, idp, &name_id, index, Some(&handle), by.at, self.chance())
            .map_err(|error| GatewayError::Invalid(format!("no logout can be sent: {error}")))?;
        let waiting = LogoutRequestRow {
            organization_id: row.organization_id,
            relay_state: handle,
            connection_id: id,
            request_id: asked.id,
            expires_at: by.at.plus(LOGOUT_LIFETIME),
        };
        self.store
            .write(row.organization_id, by, move |tx| {
                Ok::<_, StoreError>(Audited::upkeep(logins::insert_logout(tx, waiting)?))
            })
            .await?;
        Ok(Some(asked.outgoing))
    }

    /// Takes a logout message: ends the sessions that the identity provider names and answers it, or takes its answer
    /// to ours.
    pub async fn saml_logout(
        self: &Arc<Self>,
        id: ConnectionId,
        arrival: LogoutArrival,
        origin: Option<Origin>,
    ) -> Result<LogoutOutcome, GatewayError> {
        let connection = Arc::new(self.connection(id).await?);
        let by = self.attribution(Actor::Connection(id), origin);
        let waiting = match arrival.relay_state() {
            Some(handle) => self.store.read(move |conn| logins::logout_by_relay_state(conn, &handle)).await?,
            None => None,
        };
        let waiting = waiting.filter(|row| row.connection_id == id && row.expires_at > by.at);
        let (verifying, pending, now) =
            (Arc::clone(&connection), waiting.as_ref().map(|row| row.request_id.clone()), by.at);
        let verified = tokio::task::spawn_blocking(move || {
            let expectation = LogoutExpectation {
                idp: &verifying.idp,
                sp: &verifying.sp,
                issuer_aliases: &logout_issuers(verifying.idp.entity_id()),
                pending: pending.as_deref(),
                now,
                skew: verifying.skew(),
                allow_cbc: verifying.choices.allow_cbc,
            };
            arrival.verify(&expectation)
        });
        let received = match verified.await.map_err(|error| StoreError::Unavailable(error.to_string()))? {
            Ok(received) => received,
            Err(refusal) => {
                self.signin_refused(&connection, by, refusal.code(), &format!("{refusal}. {}", refusal.advice()));
                return Ok(LogoutOutcome::Refused);
            }
        };
        match received.message {
            LogoutMessage::Request(request) => {
                self.end_named(&connection, by, &request).await?;
                let (sp, idp, state) = (&connection.sp, &connection.idp, received.relay_state.as_deref());
                let answer = logout::answer(sp, idp, &request, true, state, now, self.chance());
                // An identity provider without a logout endpoint wants no answer.
                Ok(answer.map_or(LogoutOutcome::Done, LogoutOutcome::Answer))
            }
            LogoutMessage::Response(_) => {
                if let Some(row) = waiting {
                    self.store
                        .write(row.organization_id, by, move |tx| {
                            Ok::<_, StoreError>(Audited::upkeep(logins::consume_logout(tx, &row.relay_state)?))
                        })
                        .await?;
                }
                Ok(LogoutOutcome::Done)
            }
        }
    }

    /// Ends the sessions that this connection opened and that the request names: by index, or all of the NameID's. An index
    /// that names none of ours may be of a session whose assertion told none: then the NameID's without one end. What
    /// was issued before the request and is still on its way opens nothing any more (SAML core §3.7.3.1).
    async fn end_named(
        self: &Arc<Self>,
        connection: &Connection,
        by: Attribution,
        request: &LogoutRequest,
    ) -> Result<(), GatewayError> {
        let (organization, id): (OrganizationId, ConnectionId) = (connection.row.organization_id, connection.row.id);
        let (subject, indexes) = (request.name_id.value.clone(), request.session_indexes.clone());
        let issued_at = request.issued_at;
        self.store
            .write(organization, by, move |tx| {
                let mut named = Vec::new();
                if indexes.is_empty() {
                    named = sessions::live_of_subject(tx.conn(), organization, id, &subject)?;
                    logins::void_assertions(tx, id, &subject, None, issued_at)?;
                }
                for index in &indexes {
                    named.extend(sessions::live_of_index(tx.conn(), organization, id, index)?);
                    logins::void_assertions(tx, id, &subject, Some(index), issued_at)?;
                }
                if named.is_empty() {
                    named = sessions::live_without_index(tx.conn(), organization, id, &subject)?;
                }
                let mut ended = Vec::new();
                for row in &named {
                    ended.extend(super::sessions::end(tx, row)?);
                }
                let mut ended = ended.into_iter();
                Ok::<_, GatewayError>(match ended.next() {
                    Some(first) => Audited::several((), first, ended),
                    // That a logout came is remembered, although nobody was signed in.
                    None => Audited::upkeep(()),
                })
            })
            .await
    }
}

/// Entra signs people in as `https://sts.windows.net/<tenant>/` and logs them out as
/// `https://login.microsoftonline.com/<tenant>/`.
fn logout_issuers(entity_id: &str) -> Vec<String> {
    let tenant = entity_id.strip_prefix("https://sts.windows.net/");
    tenant.map(|tenant| format!("https://login.microsoftonline.com/{tenant}")).into_iter().collect()
}

/// A NameID as a session keeps it.
pub(super) fn name_id_json(name_id: &NameId) -> String {
    json!({
        "value": name_id.value,
        "format": name_id.format,
        "nameQualifier": name_id.name_qualifier,
        "spNameQualifier": name_id.sp_name_qualifier,
    })
    .to_string()
}

fn name_id_of(json: &str) -> Option<NameId> {
    let json: Value = serde_json::from_str(json).ok()?;
    let text = |member: &str| json.get(member).and_then(Value::as_str).map(str::to_owned);
    Some(NameId {
        value: text("value")?,
        format: text("format"),
        name_qualifier: text("nameQualifier"),
        sp_name_qualifier: text("spNameQualifier"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_id_comes_back_from_a_session_with_all_its_parts() {
        let name_id = NameId {
            value: "ann \"a\" <x>".to_owned(),
            format: Some("urn:x".to_owned()),
            name_qualifier: None,
            sp_name_qualifier: Some("urn:sp".to_owned()),
        };
        assert_eq!(name_id_of(&name_id_json(&name_id)), Some(name_id));
    }

    #[test]
    fn entra_logs_out_under_its_other_name_and_nobody_else_has_one() {
        assert_eq!(logout_issuers("https://sts.windows.net/t1/"), ["https://login.microsoftonline.com/t1/"]);
        assert_eq!(logout_issuers("https://idp.example/sts.windows.net/"), Vec::<String>::new());
    }
}
