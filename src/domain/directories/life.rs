//! What may become of a directory: renamed, spoken to in another dialect, paused and resumed, deleted.
//!
//! A deletion says what becomes of those who came through it: they stay as accounts of no directory, either as they are or
//! suspended. Its groups go, with all that they gave, for nobody could change them any more.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::entitlements::Floor;
use crate::domain::oauth::forget_clients;
use crate::domain::organizations::checked_name;
use crate::domain::provisioning::leave_tombstone;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, DirectoryId, OrganizationId, fold};
use crate::scim::Dialect;
use crate::store::directories::{self, DirectoryRow};
use crate::store::users::{self, UserSelection};
use crate::store::{Audited, WriteTx, brakes, leaving, leniencies};

/// What a directory is to be from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub name: String,
    pub dialect: Dialect,
}

/// What becomes of the people of a directory that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphans {
    /// They stay as they are, accounts of no directory.
    Keep,
    /// The same, suspended: their sessions end, and nothing is allowed to them until somebody restores them.
    Suspend,
}

impl Orphans {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Suspend => "suspend",
        }
    }
}

impl Gateway {
    /// Renames a directory, or has it spoken to in another dialect.
    pub async fn change_directory(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: DirectoryId,
        to: Changed,
    ) -> Result<(), GatewayError> {
        let name = checked_name("a directory's name", &to.name)?;
        let change = move |row: DirectoryRow| DirectoryRow {
            name_key: fold(&name).into_string(),
            name,
            dialect: to.dialect.to_string(),
            ..row
        };
        self.alter_directory(by, organization, id, change).await
    }

    /// Pauses a directory, so that each of its requests is refused until it is resumed; or resumes it.
    pub async fn pause_directory(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: DirectoryId,
        paused: bool,
    ) -> Result<(), GatewayError> {
        self.alter_directory(by, organization, id, move |row| DirectoryRow { paused, ..row }).await
    }

    async fn alter_directory(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: DirectoryId,
        change: impl FnOnce(DirectoryRow) -> DirectoryRow + Send + 'static,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let before = own(tx, id)?;
            let after = change(before.clone());
            let Some(difference) = Difference::between(&told(&before), &told(&after)) else {
                return Ok(Audited::unchanged(()));
            };
            directories::update(tx, &after).map_err(|error| {
                GatewayError::taken(error, || {
                    GatewayError::Taken(format!("there is already a directory named `{}`", after.name))
                })
            })?;
            let event = Event::new(Action::DirectoryChanged, target(&after)).with_difference(difference);
            Ok(Audited::new((), event))
        })
        .await
    }

    /// Takes a directory away: its tokens open nothing, its groups go, its people become accounts of no directory.
    pub async fn delete_directory(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: DirectoryId,
        orphans: Option<Orphans>,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let row = own(tx, id)?;
            let groups = leaving::groups(tx.conn(), organization, id)?;
            let orphans = chosen(tx, id, orphans, groups.len())?;
            let floor = Floor::whole(&gateway, tx)?;
            for group in &groups {
                leave_tombstone(tx, group)?;
            }
            leaving::delete_groups(tx, id)?;
            let suspended = match orphans {
                Orphans::Suspend => leaving::people(tx.conn(), organization, id)?,
                Orphans::Keep => Vec::new(),
            };
            if !suspended.is_empty() {
                leaving::suspend_people(tx, id)?;
            }
            let people = leaving::release_people(tx, id)?;
            leniencies::forget(tx, id)?;
            brakes::forget(tx, id)?;
            forget_clients(tx, id)?;
            directories::delete(tx, &row)?;
            floor.check(&gateway, tx)?;
            let event = Event::new(Action::DirectoryDeleted, target(&row))
                .with_difference(Difference::deleted(&told(&row)))
                .with_detail(json!({
                    "people": people,
                    "became": orphans.as_str(),
                    "groups_deleted": groups.len(),
                    "groups": groups.iter().map(|group| group.id).collect::<Vec<_>>(),
                    "suspended": suspended,
                }));
            Ok(Audited::new((), event))
        })
        .await
    }
}

fn own(tx: &mut WriteTx<'_>, id: DirectoryId) -> Result<DirectoryRow, GatewayError> {
    let organization = tx.organization();
    directories::by_id(tx.conn(), organization, id)?.ok_or_else(|| GatewayError::not_found("directory", id))
}

/// What is to become of the people: whoever deletes has to say it, unless there are none.
fn chosen(
    tx: &mut WriteTx<'_>,
    id: DirectoryId,
    orphans: Option<Orphans>,
    groups: usize,
) -> Result<Orphans, GatewayError> {
    let organization = tx.organization();
    let of_directory = UserSelection { directory: Some(id), ..UserSelection::default() };
    match orphans {
        Some(orphans) => Ok(orphans),
        None => match users::count_selected(tx.conn(), organization, &of_directory)? {
            0 => Ok(Orphans::Keep),
            people => Err(GatewayError::Invalid(format!(
                "{people} people and {groups} groups came through this directory. Its groups go with it; say what \
                 becomes of the people, who then belong to no directory: `people=keep` leaves them as they are, \
                 `people=suspend` stops them"
            ))),
        },
    }
}

fn target(row: &DirectoryRow) -> Target {
    Target::new(TargetKind::Directory, row.id).named(&row.name)
}

fn told(row: &DirectoryRow) -> Value {
    json!({ "name": row.name, "dialect": row.dialect, "paused": row.paused })
}
