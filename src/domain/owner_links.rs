//! One-time links that sign an owner in again who cannot come in over SAML: the connection is broken, or there is none.
//!
//! Such a link gives nobody a role. It is a session that was not opened yet, under the digest of the link's token instead
//! of a cookie's: it is listed with the owner's sessions, ends with them, runs out, and is used once.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::entitlements::facts_of;
use super::organizations::owner_role;
use super::{Gateway, GatewayError};
use crate::access::Assignment;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Actor, Attribution, Digest, OrganizationId, Origin, Secret, Timestamp, TokenKind, TokenParts};
use crate::store::sessions::{self, SessionRow};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, Conn, organizations};

/// For how long a link can be used.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// A link, shown this once.
#[derive(Debug)]
pub struct OwnerLink {
    pub url: Secret,
    /// Whom it signs in.
    pub user_name: String,
    pub expires: Timestamp,
}

/// A link that can still be used.
#[derive(Debug, Clone)]
pub struct OwnerReturn {
    /// The organization's name.
    pub name: String,
    pub user_name: String,
    digest: Digest,
    organization: OrganizationId,
}

impl Gateway {
    /// Makes a link for somebody who holds the owner's role. People make none: they would pass for the owner.
    pub async fn make_owner_link(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        user: &str,
    ) -> Result<OwnerLink, GatewayError> {
        if let Actor::User(_) = by.actor {
            let refused = "only the operator, or a key of the organization itself, makes an owner's link";
            return Err(GatewayError::Forbidden(refused.to_owned()));
        }
        let user = self.user_named(organization, user).await?;
        let token = TokenParts::generate(TokenKind::OwnerSetup, self.chance());
        let (digest, expires) = (token.digest(), by.at.plus(LIFETIME));
        let gateway = Arc::clone(self);
        let user_name = self
            .change(organization, by, move |tx| {
                let row = users::by_id(tx.conn(), organization, user)?;
                let row = row.ok_or_else(|| GatewayError::not_found("user", user))?;
                let now = tx.now();
                check_owner(&gateway, tx.conn(), &row, now)?;
                let by = tx.attribution().clone();
                let (_cookie, session) = gateway.new_session(organization, row.id, row.session_epoch, &by, None);
                let session =
                    SessionRow { digest: digest.hex(), ends_at: expires, ip: None, user_agent: None, ..session };
                let event =
                    Event::new(Action::OwnerLinked, Target::new(TargetKind::User, row.id).named(&row.user_name))
                        .with_detail(json!({ "link": session.id, "expires": expires.rfc3339() }));
                sessions::insert(tx, session)?;
                Ok(Audited::new(row.user_name, event))
            })
            .await?;
        let url = Secret::new(format!("{}/setup/{}", self.public_url(), token.expose()));
        Ok(OwnerLink { url, user_name, expires })
    }

    /// Whom a link signs in, if it still can.
    pub async fn owner_return(self: &Arc<Self>, token: &str) -> Result<Option<OwnerReturn>, GatewayError> {
        if TokenParts::check(TokenKind::OwnerSetup, token).is_err() {
            return Ok(None);
        }
        let (digest, now, gateway) = (Digest::of(token.as_bytes()), self.now(), Arc::clone(self));
        self.store
            .read(move |conn| {
                let Some((link, row)) = live(&gateway, conn, digest, now)? else { return Ok(None) };
                let organization = link.organization_id;
                let name = organizations::by_id(conn, organization)?.map(|found| found.name).unwrap_or_default();
                Ok(Some(OwnerReturn { name, user_name: row.user_name, digest, organization }))
            })
            .await
    }

    /// Uses a link up: opens the owner's session.
    pub async fn return_as_owner(
        self: &Arc<Self>,
        owner: OwnerReturn,
        origin: Option<Origin>,
    ) -> Result<Secret, GatewayError> {
        let by = self.attribution(Actor::Anonymous, origin);
        let gateway = Arc::clone(self);
        self.change(owner.organization, by, move |tx| {
            let used = || GatewayError::Taken("this link has been used, or has run out".to_owned());
            let now = tx.now();
            let (link, row) = live(&gateway, tx.conn(), owner.digest, now)?.ok_or_else(used)?;
            if !sessions::revoke(tx, &link)? {
                return Err(used());
            }
            let by = tx.attribution().clone();
            let (cookie, session) = gateway.new_session(link.organization_id, row.id, row.session_epoch, &by, None);
            let target = Target::new(TargetKind::Session, session.id);
            let detail = json!({ "user": row.id, "link": link.id, "ends": session.ends_at.rfc3339() });
            sessions::insert(tx, session)?;
            let opened = Event::new(Action::SessionOpened, target).with_detail(detail).with_on_behalf_of(row.id);
            Ok(Audited::new(cookie, opened))
        })
        .await
    }
}

/// The link of this token and whom it signs in, if it has not been used, has not run out, and they still are an owner.
fn live(
    gateway: &Gateway,
    conn: &mut Conn,
    digest: Digest,
    now: Timestamp,
) -> Result<Option<(SessionRow, UserRow)>, GatewayError> {
    let link = sessions::by_digest(conn, digest)?.filter(|link| link.revoked_at.is_none() && now < link.ends_at);
    let Some(link) = link else { return Ok(None) };
    let row = users::by_id(conn, link.organization_id, link.user_id)?;
    let Some(row) = row.filter(|row| row.session_epoch == link.epoch) else { return Ok(None) };
    Ok(check_owner(gateway, conn, &row, now).is_ok().then_some((link, row)))
}

/// Refuses somebody who cannot act, or does not hold the owner's role.
fn check_owner(gateway: &Gateway, conn: &mut Conn, row: &UserRow, now: Timestamp) -> Result<(), GatewayError> {
    let policy = gateway.read_policy(conn, row.organization_id)?;
    let role = owner_role(&policy.catalogue);
    let facts = facts_of(conn, row)?;
    let holds = |held: &Assignment| Some(&held.role) == role.as_ref() && held.until.is_none_or(|end| now < end);
    if row.may_act() && facts.assignments.iter().any(holds) {
        return Ok(());
    }
    Err(GatewayError::Invalid(format!("`{}` is no active holder of the owner's role", row.user_name)))
}
