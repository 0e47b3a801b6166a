//! Somebody whom their directory wants gone and who is the last holder of a role that must have one. The refusal says
//! so; all that they have beside that role goes at once, and they go themselves as soon as somebody else has it.

use serde_json::{Value, json};

use super::users::bury;
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::entitlements::{last_holder, sole_roles};
use crate::domain::{Gateway, GatewayError};
use crate::store::users::{self, Departure, UserRow};
use crate::store::{Audited, WriteTx, sessions};

/// Takes from somebody all but `roles`, which nobody else holds; answers the refusal. The same again changes nothing.
pub(super) fn hold<T>(
    tx: &mut WriteTx<'_>,
    row: &UserRow,
    departure: Departure,
    roles: &[String],
) -> Result<Audited<Result<T, GatewayError>>, GatewayError> {
    let refusal = || {
        let last = last_holder(&roles.join("`, `"));
        Err(GatewayError::LastHolder(format!(
            "{last}. All other rights of `{}` are gone and their sessions have ended; they keep that role until \
             somebody else has it",
            row.user_name
        )))
    };
    let mut held = UserRow {
        departure: Some(departure.as_str().to_owned()),
        departure_roles: Some(roles.join(" ")),
        changed_at: tx.now(),
        ..row.clone()
    };
    if held.departure == row.departure && held.departure_roles == row.departure_roles {
        return Ok(Audited::unchanged(refusal()));
    }
    held.session_epoch += 1;
    sessions::revoke_all(tx, row.id)?;
    users::update(tx, &held, None)?;
    let target = Target::new(TargetKind::User, row.id).named(&row.user_name);
    let event = Event::new(Action::UserDepartureHeld, target)
        .with_detail(json!({ "asked": departure.as_str(), "kept": roles }));
    Ok(Audited::new(refusal(), event))
}

/// Lets those go whose departure was held and whose role somebody else has by now.
pub fn finish_departures(gateway: &Gateway, tx: &mut WriteTx<'_>) -> Result<Vec<Event>, GatewayError> {
    let organization = tx.organization();
    let mut events = Vec::new();
    for row in users::departing(tx.conn(), organization)? {
        if !sole_roles(gateway, tx, &row)?.is_empty() {
            continue;
        }
        events.push(match row.departure.as_deref() == Some(Departure::Delete.as_str()) {
            true => bury(tx, &row)?,
            false => deactivate(tx, &row)?,
        });
    }
    Ok(events)
}

fn deactivate(tx: &mut WriteTx<'_>, row: &UserRow) -> Result<Event, GatewayError> {
    let stored = |row: &UserRow| serde_json::from_str::<Value>(&row.document).unwrap_or_default();
    let mut document = stored(row);
    if let Some(attributes) = document.as_object_mut() {
        attributes.insert("active".to_owned(), json!(false));
    }
    let after = UserRow {
        active: false,
        departure: None,
        departure_roles: None,
        document: document.to_string(),
        session_epoch: row.session_epoch + 1,
        changed_at: tx.now(),
        ..row.clone()
    };
    sessions::revoke_all(tx, row.id)?;
    users::update(tx, &after, None)?;
    let target = Target::new(TargetKind::User, row.id).named(&row.user_name);
    Ok(Event::new(Action::UserDeactivated, target)
        .with_difference(Difference::between(&stored(row), &stored(&after)))
        .with_detail(json!({ "departure": "finished" })))
}
