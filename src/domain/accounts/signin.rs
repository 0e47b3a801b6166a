//! Signing in with a user name and a password.
//!
//! Whoever fails learns nothing: a name that nobody has, a wrong password, an account that rests and one that may not come
//! in are answered alike, after a comparison of the same cost and not before [`REFUSED_AFTER`]. The reason is in the audit log.

use std::sync::Arc;
use std::time::Duration;

use super::steps::{Progress, Way, hold_back};
use super::{back_off, target};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::domain::{Gateway, GatewayError};
use crate::model::{Actor, Attribution, OrganizationId, Origin, Secret, fold};
use crate::store::credentials::{self, CredentialRow};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, WriteTx, sessions};

/// No refusal is answered sooner, whatever it took to find out.
const REFUSED_AFTER: Duration = Duration::from_millis(250);
/// In how many organizations somebody may have an account of the same name and be found by it.
const MOST_ACCOUNTS: i64 = 8;

/// What became of a password.
#[derive(Debug)]
enum Tried {
    Fits(Progress),
    /// Why not, for the audit; and whose account it was, if anybody's.
    Refused(&'static str, Option<Box<UserRow>>),
}

impl Gateway {
    /// Takes a user name and a password: the session, or the step before it, or no.
    pub async fn sign_in_with_password(
        self: &Arc<Self>,
        name: &str,
        password: Secret,
        return_to: &str,
        origin: Option<Origin>,
    ) -> Result<Progress, GatewayError> {
        let no_sooner = tokio::time::Instant::now() + REFUSED_AFTER;
        let return_to = crate::session::return_to(return_to).unwrap_or("/").to_owned();
        let key = fold(name.trim()).into_string();
        let found = self.store.read(move |conn| credentials::with_password(conn, &key, MOST_ACCOUNTS)).await?;
        let stored = found.iter().filter_map(|row| row.password.clone()).collect();
        let fits = self.passwords.fits(password, stored).await?;
        let by = self.attribution(Actor::Anonymous, origin);
        let tried: Vec<(CredentialRow, bool)> = found.into_iter().zip(fits).collect();
        if tried.is_empty() {
            self.refuse_unknown(name, &by);
        }
        let any_fits = tried.iter().any(|(_, fits)| *fits);
        // Where the password fits one account, it was not meant for the others.
        for (row, fits) in tried.into_iter().filter(|(_, fits)| *fits || !any_fits) {
            if let Some(progress) = self.take_password(row, fits, return_to.clone(), by.clone()).await? {
                return Ok(progress);
            }
        }
        tokio::time::sleep_until(no_sooner).await;
        Ok(Progress::Wrong)
    }

    /// Notes that somebody came under a name that has no password: in the organization that has such a person, or else in the
    /// oldest.
    fn refuse_unknown(&self, name: &str, by: &Attribution) {
        let Some(home) = self.home.get().copied() else { return };
        let whom = Target::new(TargetKind::User, name.trim().chars().take(128).collect::<String>());
        let event = Event::refused(
            Action::SigninRefused,
            whom,
            "no_password: nobody signs in here with this name and a password",
        );
        self.note_refusal(home, by.clone(), event);
    }

    /// Opens the session or the step after a password that fits, or counts one that does not.
    async fn take_password(
        self: &Arc<Self>,
        tried: CredentialRow,
        fits: bool,
        return_to: String,
        by: Attribution,
    ) -> Result<Option<Progress>, GatewayError> {
        let Ok(organization) = tried.organization_id.parse::<OrganizationId>() else { return Ok(None) };
        let gateway = Arc::clone(self);
        let outcome =
            self.store.write(organization, by.clone(), move |tx| look(&gateway, tx, &tried, fits, &return_to)).await?;
        match outcome {
            Tried::Fits(progress) => Ok(Some(progress)),
            Tried::Refused(why, row) => {
                let whom = row.map_or_else(|| Target::new(TargetKind::User, "unknown"), |row| target(&row));
                self.note_refusal(organization, by, Event::refused(Action::SigninRefused, whom, why));
                Ok(None)
            }
        }
    }
}

/// In one transaction: whether the account may try at all, whether the password is still the one that was compared, and
/// whether its person may come in.
fn look(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    tried: &CredentialRow,
    fits: bool,
    return_to: &str,
) -> Result<Audited<Tried>, GatewayError> {
    let (organization, now) = (tx.organization(), tx.now());
    let refused = |why, row: Option<UserRow>| Ok(Audited::upkeep(Tried::Refused(why, row.map(Box::new))));
    let Ok(user) = tried.user_id.parse() else { return refused("gone: the account is gone", None) };
    let row = users::by_id(tx.conn(), organization, user)?;
    let (Some(row), Some(mut credential)) = (row, credentials::of_user(tx.conn(), organization, user)?) else {
        return refused("gone: the account is gone", None);
    };
    if back_off::rests(&credential, now) {
        return refused("resting: too many wrong answers; nothing is tried until the pause is over", Some(row));
    }
    if !fits || credential.password != tried.password {
        back_off::wrong(&mut credential, now);
        credential.changed_at = now;
        credentials::save(tx, &credential)?;
        return refused("wrong_password: the password does not fit", Some(row));
    }
    if row.directory_id.is_some() || row.service_account || row.user_name_key != credential.name_key {
        return refused("not_local: this is no local account any more", Some(row));
    }
    if !row.may_act() {
        return refused("inactive: the account is deactivated or suspended", Some(row));
    }
    let by = Attribution { actor: Actor::User(row.id), ..tx.attribution().clone() };
    let session = gateway.new_session(organization, row.id, row.session_epoch, &by, None);
    let held = hold_back(gateway, tx, &row, Way::Local, return_to, session)?;
    if !held.is_open {
        // The wrong answers are forgotten with the second factor, so that nobody who has the password guesses it at leisure.
        sessions::insert(tx, held.session)?;
        return Ok(Audited::upkeep(Tried::Fits(Progress::Step { cookie: held.cookie })));
    }
    back_off::right(&mut credential);
    credentials::save(tx, &credential)?;
    let opened = crate::domain::sessions::insert(tx, held.session)?.with_on_behalf_of(row.id);
    let signed_in =
        Progress::SignedIn { cookie: held.cookie, return_to: return_to.to_owned(), recovery_codes: Vec::new() };
    Ok(Audited::new(Tried::Fits(signed_in), opened))
}
