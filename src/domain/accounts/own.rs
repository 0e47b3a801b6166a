//! A person's own password and second factor, changed by themselves. Whoever has a password gives it with each change: a
//! browser that was left open is not enough.

use std::sync::Arc;

use serde_json::json;

use super::links::set_password;
use super::second_factor::Offer;
use super::steps::{Way, is_second_factor_needed, set_recovery_codes, set_second_factor};
use super::{back_off, check_local, credential_of, password, target};
use crate::audit::{Action, Event};
use crate::domain::sessions::SignedIn;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, OrganizationId, Secret, UserId};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, Conn, credentials, sessions};

/// What somebody proves themselves with.
#[derive(Debug, Clone, Default)]
pub struct AccountView {
    pub user_name: String,
    /// Whether they may have a password: no directory manages them.
    pub is_local: bool,
    pub has_password: bool,
    pub has_second_factor: bool,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
}

impl Gateway {
    /// What somebody proves themselves with.
    pub async fn account(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<AccountView, GatewayError> {
        self.store
            .read(move |conn| {
                let row = person(conn, organization, user)?;
                let found = credentials::of_user(conn, organization, user)?;
                Ok(AccountView {
                    is_local: check_local(&row).is_ok(),
                    user_name: row.user_name,
                    has_password: found.as_ref().is_some_and(|found| found.password.is_some()),
                    has_second_factor: found.is_some_and(|found| found.totp.is_some()),
                    recovery_codes: credentials::count_recovery_codes(conn, organization, user)?,
                })
            })
            .await
    }

    /// Offers a second factor to whoever is signed in.
    pub async fn offer_second_factor(self: &Arc<Self>, who: &SignedIn) -> Result<Offer, GatewayError> {
        let issuer = self.organization_name(who.organization).await?;
        self.offer(who.organization, who.user, &issuer, who.identity().user_name)
    }

    /// Changes the own password, and ends all other sessions.
    pub async fn change_own_password(
        self: &Arc<Self>,
        by: Attribution,
        who: &SignedIn,
        current: Secret,
        new: Secret,
    ) -> Result<(), GatewayError> {
        password::check(&new, who.identity().user_name)?;
        self.check_own_password(by.clone(), who, current).await?;
        let hash = self.passwords.hash(new, self.chance()).await?;
        let (organization, user, own) = (who.organization, who.user, who.session);
        self.change(organization, by, move |tx| {
            let row = person(tx.conn(), organization, user)?;
            set_password(tx, &row, hash)?;
            let mut ended = 0;
            let now = tx.now();
            for other in sessions::live_of_user(tx.conn(), organization, user, now)? {
                if other.id != own {
                    ended += u32::from(sessions::revoke(tx, &other)?);
                }
            }
            let changed = Event::new(Action::PasswordChanged, target(&row)).with_detail(json!({ "sessions": ended }));
            Ok(Audited::new((), changed))
        })
        .await
    }

    /// Takes an offered second factor in the place of the one there was; answers fresh recovery codes. None if the code does not
    /// fit.
    pub async fn set_own_second_factor(
        self: &Arc<Self>,
        by: Attribution,
        who: &SignedIn,
        current: Secret,
        offered: String,
        code: String,
    ) -> Result<Option<Vec<Secret>>, GatewayError> {
        self.check_own_password(by.clone(), who, current).await?;
        let (organization, user, gateway) = (who.organization, who.user, Arc::clone(self));
        self.change(organization, by, move |tx| {
            let row = person(tx.conn(), organization, user)?;
            let Some(codes) = set_second_factor(&gateway, tx, &row, &offered, &code)? else {
                return Ok(Audited::unchanged(None));
            };
            let added = Event::new(Action::SecondFactorAdded, target(&row)).with_detail(json!({ "kind": "totp" }));
            Ok(Audited::new(Some(codes), added))
        })
        .await
    }

    /// Puts fresh recovery codes in the place of the old ones.
    pub async fn replace_own_recovery_codes(
        self: &Arc<Self>,
        by: Attribution,
        who: &SignedIn,
        current: Secret,
    ) -> Result<Vec<Secret>, GatewayError> {
        self.check_own_password(by.clone(), who, current).await?;
        let (organization, user, gateway) = (who.organization, who.user, Arc::clone(self));
        self.change(organization, by, move |tx| {
            let row = person(tx.conn(), organization, user)?;
            let now = tx.now();
            if credential_of(tx.conn(), &row, now)?.totp.is_none() {
                return Err(GatewayError::Invalid(
                    "recovery codes stand in for a second factor: set one up first".to_owned(),
                ));
            }
            let codes = set_recovery_codes(&gateway, tx, &row)?;
            Ok(Audited::new(codes, Event::new(Action::RecoveryCodesReplaced, target(&row))))
        })
        .await
    }

    /// Takes the own second factor away, unless the organization wants one.
    pub async fn remove_own_second_factor(
        self: &Arc<Self>,
        by: Attribution,
        who: &SignedIn,
        current: Secret,
    ) -> Result<(), GatewayError> {
        self.check_own_password(by.clone(), who, current).await?;
        let (organization, user) = (who.organization, who.user);
        self.change(organization, by, move |tx| {
            let row = person(tx.conn(), organization, user)?;
            let now = tx.now();
            let mut credential = credential_of(tx.conn(), &row, now)?;
            if credential.totp.is_none() {
                return Ok(Audited::unchanged(()));
            }
            let way = if credential.password.is_some() { Way::Local } else { Way::Saml };
            if is_second_factor_needed(tx.conn(), &row, way, now)? {
                return Err(GatewayError::Invalid(
                    "your organization wants a second factor: replace it instead".to_owned(),
                ));
            }
            credential.totp = None;
            credential.changed_at = now;
            credentials::save(tx, &credential)?;
            credentials::set_recovery_codes(tx, organization, user, &[])?;
            let removed = Event::new(Action::SecondFactorRemoved, target(&row)).with_detail(json!({ "kind": "totp" }));
            Ok(Audited::new((), removed))
        })
        .await
    }

    /// Refuses unless this is the password of whoever is signed in; whoever has none gives none.
    async fn check_own_password(
        self: &Arc<Self>,
        by: Attribution,
        who: &SignedIn,
        current: Secret,
    ) -> Result<(), GatewayError> {
        let (organization, user) = (who.organization, who.user);
        let found = self.store.read(move |conn| credentials::of_user(conn, organization, user)).await?;
        let Some(stored) = found.and_then(|found| found.password) else { return Ok(()) };
        let fits = self.passwords.fits(current, vec![stored.clone()]).await?.contains(&true);
        let may_go_on = self
            .store
            .write(organization, by, move |tx| {
                let now = tx.now();
                let Some(mut row) = credentials::of_user(tx.conn(), organization, user)? else {
                    return Ok(Audited::upkeep(false));
                };
                let is_right = fits && row.password.as_deref() == Some(stored.as_str()) && !back_off::rests(&row, now);
                if !is_right && !back_off::rests(&row, now) {
                    back_off::wrong(&mut row, now);
                    credentials::save(tx, &row)?;
                }
                Ok::<_, GatewayError>(Audited::upkeep(is_right))
            })
            .await?;
        let wrong =
            || GatewayError::Invalid("your password does not fit; after several tries it rests for a while".to_owned());
        if may_go_on { Ok(()) } else { Err(wrong()) }
    }
}

fn person(conn: &mut Conn, organization: OrganizationId, user: UserId) -> Result<UserRow, GatewayError> {
    users::by_id(conn, organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))
}
