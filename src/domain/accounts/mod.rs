//! Signing in without an identity provider: passwords, second factors, recovery codes, and the links by which somebody
//! chooses a password.
//!
//! A sign-in is one or more steps. Between two of them stands a session that is not open yet: a row like any other, under
//! the digest of a token that is no session cookie, with the [`Step`] that is missing. So whatever ends sessions (a
//! deactivation, signing out everywhere, a connection that goes) ends sign-ins that are under way too, and links as well.
//!
//! | file | what it does |
//! |---|---|
//! | `password` | what a password must be; hashing, off the async threads and not too many at once |
//! | `second_factor` | TOTP, the picture that carries its secret, recovery codes |
//! | `back_off` | for how long an account rests after wrong answers |
//! | `steps` | what a sign-in still needs, and the session at its end |
//! | `signin` | a password, and then a code |
//! | `links` | invitations, and resetting what somebody proves themselves with |
//! | `own` | a person's own password and second factor |

mod back_off;
mod links;
mod own;
mod password;
mod second_factor;
mod signin;
mod steps;

pub use links::{SignInLink, begin};
pub use own::AccountView;
pub use password::Passwords;
pub use second_factor::{Offer, Qr};
pub use steps::{Progress, StepKind, StepView};

pub(super) use steps::{Held, Way, hold_back};

use super::GatewayError;
use crate::audit::{Target, TargetKind};
use crate::model::Timestamp;
use crate::store::credentials::{self, CredentialRow};
use crate::store::users::UserRow;
use crate::store::{Conn, StoreError};

fn target(row: &UserRow) -> Target {
    Target::new(TargetKind::User, row.id).named(&row.user_name)
}

/// What this person proves themselves with; a new, empty one if they have nothing yet.
fn credential_of(conn: &mut Conn, row: &UserRow, now: Timestamp) -> Result<CredentialRow, StoreError> {
    let found = credentials::of_user(conn, row.organization_id, row.id)?;
    Ok(found.unwrap_or_else(|| CredentialRow {
        organization_id: row.organization_id.to_string(),
        user_id: row.id.to_string(),
        name_key: row.user_name_key.clone(),
        password: None,
        totp: None,
        totp_step: 0,
        failures: 0,
        rests_until: None,
        created_at: now,
        changed_at: now,
    }))
}

/// A password is for local accounts alone: whom a directory manages signs in at the directory's identity provider.
fn check_local(row: &UserRow) -> Result<(), GatewayError> {
    if row.directory_id.is_none() && !row.service_account {
        return Ok(());
    }
    Err(GatewayError::Invalid(format!("`{}` is no local account: it has no password here", row.user_name)))
}
