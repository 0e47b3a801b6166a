//! Links by which somebody chooses a password: invitations of new local accounts, and what is left after an admin has reset
//! what somebody proves themselves with.
//!
//! Whoever has such a link can become its person. So to make one for somebody who is there already takes every role's
//! permissions, as opening any other way in does.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::steps::{Held, Missing, Progress, Step, Way, held_back, hold_back, next_session, step_digest, under_way};
use super::{back_off, check_local, credential_of, password, target};
use crate::audit::{Action, Difference, Event};
use crate::domain::entitlements::check_may_open_door;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Actor, Attribution, OrganizationId, Origin, Secret, Timestamp, TokenKind, UserId};
use crate::scim::{self, Dialect, Mode, ResourceKind};
use crate::store::sessions::{self, SessionRow};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, StoreError, WriteTx, credentials};

/// For how long a link can be used.
const LIFETIME: Duration = Duration::from_secs(72 * 60 * 60);

/// A link, shown this once.
#[derive(Debug)]
pub struct SignInLink {
    pub user: UserId,
    pub user_name: String,
    /// None for somebody who signs in at an identity provider.
    pub url: Option<Secret>,
    pub expires: Timestamp,
}

impl Gateway {
    /// Makes a local account, and the link by which its person chooses a password.
    pub async fn invite(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user_name: &str,
    ) -> Result<SignInLink, GatewayError> {
        let row = self.local_account(&by, organization, user_name)?;
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let emails: Vec<&str> =
                Some(row.user_name.as_str()).filter(|name| name.contains('@')).into_iter().collect();
            let told = Difference::created(&serde_json::from_str(&row.document).unwrap_or_default());
            if users::name_with_email(tx.conn(), organization, &row.user_name)?.is_some() {
                return Err(taken(&row.user_name));
            }
            users::insert(tx, row.clone(), &emails)
                .map_err(|error| GatewayError::taken(error, || taken(&row.user_name)))?;
            let created = Event::new(Action::UserCreated, target(&row)).with_difference(told);
            let link = make_link(&gateway, tx, &row)?;
            let invited =
                Event::new(Action::UserInvited, target(&row)).with_detail(json!({ "expires": link.expires.rfc3339() }));
            Ok(Audited::several(link, created, [invited]))
        })
        .await
    }

    /// Takes away what somebody proves themselves with, and ends their sessions. A local account gets a link by which its person
    /// chooses a new password; whom a directory manages has their second factor taken away alone.
    pub async fn reset_signin(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<SignInLink, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_may_open_door(tx, &policy)?;
            let row = users::by_id(tx.conn(), organization, user)?.filter(|row| !row.service_account);
            let mut row = row.ok_or_else(|| GatewayError::not_found("user", user))?;
            credentials::delete(tx, organization, user)?;
            let ended = sessions::revoke_all(tx, user)?;
            row.session_epoch += 1;
            users::update(tx, &row, None)?;
            let event = Event::new(Action::UserSigninReset, target(&row)).with_detail(json!({ "sessions": ended }));
            if check_local(&row).is_err() || !row.may_act() {
                let expires = tx.now();
                return Ok(Audited::new(SignInLink { user, user_name: row.user_name, url: None, expires }, event));
            }
            Ok(Audited::new(make_link(&gateway, tx, &row)?, event))
        })
        .await
    }

    /// Chooses the password of whoever has this link, and signs them in as far as that goes.
    pub async fn choose_password(
        self: &Arc<Self>,
        token: &str,
        new: Secret,
        origin: Option<Origin>,
    ) -> Result<Progress, GatewayError> {
        let Some(digest) = step_digest(token) else { return Ok(Progress::Over) };
        let now = self.now();
        let Some((session, _, row)) = self.store.read(move |conn| under_way(conn, digest, now)).await? else {
            return Ok(Progress::Over);
        };
        let hash = self.hash_of_new(new, &row.user_name).await?;
        let by = self.attribution(Actor::User(row.id), origin);
        let gateway = Arc::clone(self);
        self.store
            .write(session.organization_id, by, move |tx| {
                let found = under_way(tx.conn(), digest, now)?.filter(|(_, step, _)| step.missing == Missing::Password);
                let Some((session, step, row)) = found else { return Ok(Audited::upkeep(Progress::Over)) };
                set_password(tx, &row, hash)?;
                let ended = sessions::revoke_all(tx, row.id)?;
                let fresh = next_session(&gateway, tx, &session, &step);
                let Held { cookie, is_open, session } =
                    hold_back(&gateway, tx, &row, Way::Local, &step.return_to, fresh)?;
                let changed = Event::new(Action::PasswordChanged, target(&row))
                    .with_detail(json!({ "by_link": true, "sessions": ended }));
                if !is_open {
                    sessions::insert(tx, session)?;
                    return Ok(Audited::new(Progress::Step { cookie }, changed));
                }
                let opened = crate::domain::sessions::insert(tx, session)?.with_on_behalf_of(row.id);
                let signed_in = Progress::SignedIn { cookie, return_to: step.return_to, recovery_codes: Vec::new() };
                Ok::<_, GatewayError>(Audited::several(signed_in, changed, [opened]))
            })
            .await
    }

    /// The hash of a password that somebody chooses, if it is a good one.
    pub(in crate::domain) async fn hash_of_new(&self, new: Secret, user_name: &str) -> Result<String, GatewayError> {
        password::check(&new, user_name)?;
        self.passwords.hash(new, self.chance()).await
    }

    /// A local account that is not there yet.
    fn local_account(
        &self,
        by: &Attribution,
        organization: OrganizationId,
        user_name: &str,
    ) -> Result<UserRow, GatewayError> {
        let name = user_name.trim();
        let emails =
            if name.contains('@') { json!([{ "value": name, "type": "work", "primary": true }]) } else { json!([]) };
        let body =
            json!({ "schemas": [ResourceKind::User.schema()], "userName": name, "emails": emails, "active": true });
        let intake = scim::intake(ResourceKind::User, Dialect::Generic, Mode::Create, body)?;
        crate::domain::provisioning::check_indexed([("userName", name)])?;
        Ok(UserRow::new(organization, UserId::new(by.at, self.chance()), name, intake.document.to_stored(), by.at))
    }
}

/// Begins the first session of an account that has just been made, with the password that its person chose, if they did.
/// Without one there is nothing that a second factor could be second to: the session is open at once.
pub fn begin(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    row: &UserRow,
    password: Option<String>,
    return_to: &str,
    fresh: (Secret, SessionRow),
) -> Result<(Progress, Option<Event>), GatewayError> {
    let held = match password {
        None => Held { cookie: fresh.0, is_open: true, session: fresh.1 },
        Some(hash) => {
            set_password(tx, row, hash)?;
            hold_back(gateway, tx, row, Way::Local, return_to, fresh)?
        }
    };
    if !held.is_open {
        sessions::insert(tx, held.session)?;
        return Ok((Progress::Step { cookie: held.cookie }, None));
    }
    let opened = crate::domain::sessions::insert(tx, held.session)?;
    let signed_in =
        Progress::SignedIn { cookie: held.cookie, return_to: return_to.to_owned(), recovery_codes: Vec::new() };
    Ok((signed_in, Some(opened)))
}

fn taken(name: &str) -> GatewayError {
    GatewayError::Taken(format!("the name `{name}` is already taken"))
}

/// Makes a link by which this person chooses a password.
fn make_link(gateway: &Gateway, tx: &mut WriteTx<'_>, row: &UserRow) -> Result<SignInLink, StoreError> {
    let by = tx.attribution().clone();
    let (_cookie, session) = gateway.new_session(row.organization_id, row.id, row.session_epoch, &by, None);
    let session = SessionRow { ip: None, user_agent: None, ..session };
    let step = Step { missing: Missing::Password, return_to: "/".to_owned(), not_on_or_after: None };
    let (token, session) = held_back(gateway, session, &step, TokenKind::Invitation, LIFETIME);
    let expires = session.ends_at;
    sessions::insert(tx, session)?;
    let url = Secret::new(format!("{}/invitation/{}", gateway.public_url(), token.expose()));
    Ok(SignInLink { user: row.id, user_name: row.user_name.clone(), url: Some(url), expires })
}

/// Stores a password.
pub(super) fn set_password(tx: &mut WriteTx<'_>, row: &UserRow, hash: String) -> Result<(), GatewayError> {
    check_local(row)?;
    let now = tx.now();
    let mut credential = credential_of(tx.conn(), row, now)?;
    credential.password = Some(hash);
    credential.name_key.clone_from(&row.user_name_key);
    credential.changed_at = now;
    back_off::right(&mut credential);
    credentials::save(tx, &credential)?;
    Ok(())
}
