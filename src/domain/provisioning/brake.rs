//! The mass-change brake: a directory that lets go of more people at once than it ever should is stopped there, until
//! somebody says that it is meant.
//!
//! A departure that is held is answered as not done, and nothing of its request is done: an identity provider tries it
//! again. Each person counts once, whether they are deactivated, deleted, or both; whoever is taken back counts no more.
//! What admins decide is in `domain/directories/brakes`.

use serde_json::json;

use crate::audit::{Action, Event, Target, TargetKind};
use crate::domain::GatewayError;
use crate::domain::directories::DirectoryClient;
use crate::domain::directories::brakes::{Brake, Exceeded};
use crate::model::Timestamp;
use crate::store::brakes::{self, DepartureRow};
use crate::store::users::{self, Departure, UserRow, UserSelection};
use crate::store::{Audited, StoreError, WriteTx, directories};

/// Lets somebody go and notes it, or answers the refusal.
pub(super) fn stops<T>(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    row: &UserRow,
    asked: Departure,
) -> Result<Option<Audited<Result<T, GatewayError>>>, GatewayError> {
    let (organization, directory, now) = (tx.organization(), client.directory, tx.now());
    let mut brake = Brake::of(tx.conn(), organization, directory)?;
    if !brake.row.enabled {
        return Ok(None);
    }
    let known = brakes::of_person(tx.conn(), organization, directory, &row.id.to_string())?;
    let since = brake.window_start(now);
    if known.as_ref().is_some_and(|known| !known.held && known.at > since.micros()) {
        return Ok(None);
    }
    if brake.is_lifted(now) {
        return Ok(None);
    }
    if brake.row.engaged_at.is_some() {
        if known.is_some_and(|known| known.held) {
            return Ok(Some(Audited::unchanged(refusal())));
        }
        note(tx, client, row, asked, true)?;
        return Ok(Some(Audited::upkeep(refusal())));
    }
    count_people(tx, client, &mut brake, now)?;
    brakes::forget_before(tx, directory, since.micros())?;
    let gone = brakes::count(tx.conn(), organization, directory, false, since.micros())?;
    let Some(exceeded) = brake.exceeded_by(gone + 1) else {
        note(tx, client, row, asked, false)?;
        return Ok(None);
    };
    note(tx, client, row, asked, true)?;
    brake.row.engaged_at = Some(now.micros());
    brakes::save(tx, &brake.row)?;
    Ok(Some(Audited::new(refusal(), engaged(tx, client, &brake, exceeded)?)))
}

/// Somebody was taken back.
pub(super) fn came_back(tx: &mut WriteTx<'_>, client: &DirectoryClient, row: &UserRow) -> Result<(), StoreError> {
    brakes::came_back(tx, client.directory, &row.id.to_string())
}

fn refusal<T>() -> Result<T, GatewayError> {
    Err(GatewayError::Braked)
}

fn note(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    row: &UserRow,
    asked: Departure,
    held: bool,
) -> Result<(), StoreError> {
    let departure = DepartureRow {
        organization_id: client.organization.to_string(),
        directory_id: client.directory.to_string(),
        user_id: row.id.to_string(),
        user_name: row.user_name.clone(),
        asked: asked.as_str().to_owned(),
        held,
        at: tx.now().micros(),
    };
    brakes::note(tx, departure)
}

/// Counts the directory's people, once in a while: what a part of a hundred is of.
fn count_people(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    brake: &mut Brake,
    now: Timestamp,
) -> Result<(), StoreError> {
    if brake.row.percent == 0 || brake.row.base_at > brake.window_start(now).micros() {
        return Ok(());
    }
    let selection = UserSelection { directory: Some(client.directory), ..UserSelection::default() };
    brake.row.base = users::count_selected(tx.conn(), client.organization, &selection)?;
    brake.row.base_at = now.micros();
    brakes::save(tx, &brake.row)
}

fn engaged(
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    brake: &Brake,
    exceeded: Exceeded,
) -> Result<Event, StoreError> {
    let named = directories::by_id(tx.conn(), client.organization, client.directory)?;
    let target = Target::new(TargetKind::Directory, client.directory);
    let target = named.map_or(target.clone(), |row| target.named(&row.name));
    Ok(Event::new(Action::DirectoryBrakeEngaged, target).with_detail(json!({
        "limit": exceeded.text(),
        "minutes": brake.row.minutes,
        "people": brake.row.base,
    })))
}
