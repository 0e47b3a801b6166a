//! Handing over a role that has exactly one holder. The holder offers it, the receiver accepts; both halves of the move
//! are one change, so there is never none and never two.

use std::sync::Arc;

use serde_json::json;

use super::provisioning::finish_departures;
use super::{Gateway, GatewayError};
use crate::access::HolderLimit;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{AssignmentId, Attribution, OrganizationId, Timestamp, UserId};
use crate::store::assignments::{self, AssignmentRow};
use crate::store::ownership_offers::{self, OfferRow};
use crate::store::users::{self, UserRow};
use crate::store::{Audited, WriteTx};

/// For how long an offer can be accepted, in microseconds: a week.
const OPEN_FOR: i64 = 7 * 24 * 3_600 * 1_000_000;

/// An offer as it is shown to the two whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OfferView {
    pub role: String,
    pub from: String,
    pub to: String,
    pub expires: String,
}

impl From<OfferRow> for OfferView {
    fn from(row: OfferRow) -> Self {
        let expires = Timestamp::from_micros(row.expires_at).rfc3339();
        Self { role: row.role, from: row.from_user, to: row.to_user, expires }
    }
}

impl Gateway {
    /// Offers what `from` holds alone to `to`. An earlier offer is void.
    pub async fn offer_ownership(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        from: UserId,
        to: UserId,
    ) -> Result<OfferView, GatewayError> {
        let gateway = Arc::clone(self);
        if from == to {
            return Err(GatewayError::Invalid("it is offered to somebody else".to_owned()));
        }
        self.change(organization, by, move |tx| {
            let held = held_alone(&gateway, tx, from)?;
            let receiver = able(tx, to)?;
            let row = OfferRow {
                organization_id: organization.to_string(),
                role: held.role,
                from_user: from.to_string(),
                to_user: to.to_string(),
                created_at: tx.now().micros(),
                expires_at: tx.now().micros().saturating_add(OPEN_FOR),
            };
            ownership_offers::replace(tx, &row)?;
            let target = Target::new(TargetKind::User, to).named(&receiver.user_name);
            let event = Event::new(Action::OwnerOffered, target)
                .with_detail(json!({ "role": row.role, "from": from, "to": to }));
            Ok::<_, GatewayError>(Audited::new(row.into(), event))
        })
        .await
    }

    /// Accepts what was offered to `to`: at once it is theirs, and no longer the giver's. A giver whose departure was held
    /// for it goes with it.
    pub async fn accept_ownership(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        to: UserId,
    ) -> Result<OfferView, GatewayError> {
        let gateway = Arc::clone(self);
        let id = AssignmentId::new(by.at, self.chance());
        self.change(organization, by, move |tx| {
            let now = tx.now().micros();
            let offer = ownership_offers::of_user(tx.conn(), organization, to)?
                .into_iter()
                .find(|row| row.to_user == to.to_string() && now < row.expires_at)
                .ok_or_else(|| GatewayError::not_found("offer to", to))?;
            let receiver = able(tx, to)?;
            let gone = || GatewayError::Taken("whoever offered it does not hold it any more".to_owned());
            let from = offer.from_user.parse::<UserId>().map_err(|_| gone())?;
            let held = held_alone(&gateway, tx, from).ok().filter(|held| held.role == offer.role);
            let held = held.ok_or_else(gone)?;
            assignments::delete(tx, std::slice::from_ref(&held))?;
            let after = AssignmentRow {
                id: id.to_string(),
                holder_id: to.to_string(),
                created_by: format!("user:{from}"),
                created_at: now,
                ..held
            };
            assignments::insert(tx, &[after])?;
            ownership_offers::delete(tx, &offer)?;
            let target = Target::new(TargetKind::User, to).named(&receiver.user_name);
            let event = Event::new(Action::OwnerTransferred, target)
                .with_detail(json!({ "role": offer.role, "from": from, "to": to, "assignment": id }));
            let departed = finish_departures(&gateway, tx)?;
            Ok::<_, GatewayError>(Audited::several(offer.into(), event, departed))
        })
        .await
    }

    /// Takes back what `from` offered.
    pub async fn withdraw_ownership(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        from: UserId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let offer = ownership_offers::of_user(tx.conn(), organization, from)?
                .into_iter()
                .find(|row| row.from_user == from.to_string())
                .ok_or_else(|| GatewayError::not_found("offer by", from))?;
            ownership_offers::delete(tx, &offer)?;
            let event = Event::new(Action::OwnerWithdrawn, Target::new(TargetKind::User, &offer.to_user))
                .with_detail(json!({ "role": offer.role, "from": from }));
            Ok::<_, GatewayError>(Audited::new((), event))
        })
        .await
    }

    /// The open offers that this person made or may accept.
    pub async fn ownership_offers(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<OfferView>, GatewayError> {
        let now = self.now().micros();
        let rows = self.store.read(move |conn| ownership_offers::of_user(conn, organization, user)).await?;
        Ok(rows.into_iter().filter(|row| now < row.expires_at).map(OfferView::from).collect())
    }
}

/// The assignment of a role with exactly one holder that this person holds.
fn held_alone(gateway: &Gateway, tx: &mut WriteTx<'_>, user: UserId) -> Result<AssignmentRow, GatewayError> {
    let organization = tx.organization();
    let policy = gateway.read_policy(tx.conn(), organization)?;
    let is_alone = |row: &AssignmentRow| {
        policy.catalogue.role(&row.role).is_some_and(|role| role.holders == HolderLimit::ExactlyOne)
    };
    let refused =
        || GatewayError::Forbidden("only the holder of a role with exactly one holder hands it over".to_owned());
    let held = assignments::of_holders(tx.conn(), organization, &[user.to_string()])?;
    held.into_iter().find(is_alone).ok_or_else(refused)
}

/// The person, if they can do anything at all and are not about to go.
fn able(tx: &mut WriteTx<'_>, user: UserId) -> Result<UserRow, GatewayError> {
    let organization = tx.organization();
    users::by_id(tx.conn(), organization, user)?
        .filter(|row| row.may_act() && !row.service_account && row.departure.is_none())
        .ok_or_else(|| GatewayError::not_found("active user", user))
}
