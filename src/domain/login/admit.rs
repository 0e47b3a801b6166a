//! Letting a verified person in: everything that must hold for a session, in the one transaction that opens it; and the
//! same tried out, all of it undone.

use std::sync::Arc;

use super::{Arrival, Barred, Stop, groups, person};
use crate::audit::Event;
use crate::domain::accounts::{Held, Way, hold_back};
use crate::domain::connections::Connection;
use crate::domain::entitlements::facts_and_groups_of;
use crate::domain::sessions::SignIn;
use crate::domain::{Gateway, GatewayError};
use crate::model::Attribution;
use crate::saml::VerifiedAssertion;
use crate::store::logins::{self, LoginRequestRow};
use crate::store::users::UserRow;
use crate::store::{Audited, StoreError, WriteTx, connections};

/// What came of trying a sign-in out.
#[derive(Debug, Default)]
pub(super) struct Rehearsal {
    pub user_name: Option<String>,
    pub groups: Vec<String>,
    /// Each role with its scope.
    pub roles: Vec<String>,
    /// Why the person would not be let in.
    pub barred: Option<Barred>,
}

/// A verified sign-in about to be let in.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub connection: Arc<Connection>,
    pub login: Option<LoginRequestRow>,
    pub assertion: VerifiedAssertion,
}

impl Candidate {
    /// Uses the sign-in up, finds the person, puts them into their groups, and sees whether they may come in.
    fn admit(&self, gateway: &Gateway, tx: &mut WriteTx<'_>, with_groups: bool) -> Result<(UserRow, Vec<Event>), Stop> {
        let Self { connection, login, assertion } = self;
        let organization = connection.row.organization_id;
        // It was read before the answer was verified, and may have been taken away meanwhile.
        if !connections::by_id(tx.conn(), connection.row.id)?.is_some_and(|row| row.enabled) {
            return Err(Stop::barred("connection_gone", "the connection was taken away meanwhile"));
        }
        if let Some(login) = login
            && !logins::consume(tx, &login.relay_state)?
        {
            return Err(Stop::barred("login_used", "the sign-in was completed before"));
        }
        let (subject, index) = (assertion.name_id.value.as_str(), assertion.session_index.as_deref());
        if logins::is_void(tx.conn(), organization, connection.row.id, subject, index, assertion.issued_at)? {
            return Err(Stop::barred("logged_out", "the identity provider has logged this person out since"));
        }
        logins::insert_assertion(tx, connection.row.id, &assertion.assertion_id, assertion.replay_until).map_err(
            |error| {
                let is_replay = matches!(error, StoreError::Conflict { .. });
                if is_replay { Stop::barred("replay", "the assertion was used before") } else { error.into() }
            },
        )?;
        let (person, mut events) = person::find(gateway, tx, connection, assertion)?;
        if !person.may_act() {
            return Err(Stop::barred("deactivated", format!("`{}` is deactivated", person.user_name)));
        }
        if person.suspended {
            return Err(Stop::barred("suspended", format!("`{}` is suspended", person.user_name)));
        }
        if with_groups && connection.choices.groups {
            events.extend(groups::follow(gateway, tx, connection, &person, assertion)?);
        }
        crate::domain::contracts::uphold(gateway, tx)?;
        Ok((person, events))
    }

    fn sign_in(&self) -> SignIn {
        SignIn {
            connection: self.connection.row.id,
            name_id: self.assertion.name_id.clone(),
            session_index: self.assertion.session_index.clone(),
            not_on_or_after: self.assertion.session_not_on_or_after,
        }
    }
}

impl Gateway {
    /// Opens the session of a verified person. Groups that would leave a role without the holder it must have stay as they
    /// are: nobody is locked out by signing in.
    pub(super) async fn let_in(self: &Arc<Self>, candidate: Candidate, by: Attribution) -> Result<Arrival, Stop> {
        match self.open_session(candidate.clone(), by.clone(), true).await {
            Err(Stop::Failed(error @ GatewayError::LastHolder(_))) => {
                let organization = candidate.connection.row.organization_id;
                self.request_refused(organization, by.clone(), "groups of a sign-in", &error.to_string());
                self.open_session(candidate, by, false).await
            }
            done => done,
        }
    }

    async fn open_session(
        self: &Arc<Self>,
        candidate: Candidate,
        by: Attribution,
        with_groups: bool,
    ) -> Result<Arrival, Stop> {
        let gateway = Arc::clone(self);
        let organization = candidate.connection.row.organization_id;
        let return_to = candidate.login.as_ref().map_or_else(|| "/".to_owned(), |login| login.return_to.clone());
        let back_to = return_to.clone();
        let opening = self.store.write(organization, by, move |tx| {
            let (person, mut events) = candidate.admit(&gateway, tx, with_groups)?;
            let by = tx.attribution().clone();
            let sign_in = candidate.sign_in();
            let fresh = gateway.new_session(organization, person.id, person.session_epoch, &by, Some(&sign_in));
            let Held { cookie, is_open, session } = hold_back(&gateway, tx, &person, Way::Saml, &back_to, fresh)?;
            if is_open {
                events.push(crate::domain::sessions::insert(tx, session)?.with_on_behalf_of(person.id));
            } else {
                crate::store::sessions::insert(tx, session)?;
            }
            if events.is_empty() {
                return Ok::<_, Stop>(Audited::upkeep((cookie, is_open)));
            }
            let first = events.remove(0);
            Ok(Audited::several((cookie, is_open), first, events))
        });
        let (cookie, is_open) = opening.await?;
        Ok(Arrival { cookie, is_open, return_to })
    }

    /// Does all of it, looks at what came of it, and undoes it.
    pub(super) async fn rehearse(
        self: &Arc<Self>,
        candidate: Candidate,
        by: Attribution,
    ) -> Result<Rehearsal, GatewayError> {
        let gateway = Arc::clone(self);
        let rehearsed = self.store.write(candidate.connection.row.organization_id, by, move |tx| {
            let rehearsal = match candidate.admit(&gateway, tx, true) {
                Ok((person, _)) => {
                    let (facts, groups) = facts_and_groups_of(tx.conn(), &person)?;
                    let held = facts.assignments.iter().map(|held| format!("{} in {}", held.role, held.scope));
                    Rehearsal { user_name: Some(person.user_name), groups, roles: held.collect(), barred: None }
                }
                Err(Stop::Barred(barred)) => Rehearsal { barred: Some(barred), ..Rehearsal::default() },
                Err(other) => return Err(other),
            };
            Err::<Audited<()>, _>(Stop::Rehearsed(Box::new(rehearsal)))
        });
        match rehearsed.await {
            Err(Stop::Rehearsed(rehearsal)) => Ok(*rehearsal),
            Err(Stop::Barred(barred)) => Ok(Rehearsal { barred: Some(barred), ..Rehearsal::default() }),
            Err(Stop::Failed(error)) => Err(error),
            Ok(()) => Ok(Rehearsal::default()),
        }
    }
}
