//! The mass-change brake of a directory as admins see it: how far it lets the directory go, whom it holds, and their yes
//! or no. Where it stops somebody's departure is in `provisioning/brake`.
//!
//! A yes lifts the brake for a while, so that what is tried again passes; a no forgets whom it holds and counts anew.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, DirectoryId, OrganizationId, Timestamp};
use crate::store::brakes::{self, BrakeRow, DepartureRow};
use crate::store::directories::{self, DirectoryRow};
use crate::store::{Audited, Conn, StoreError, WriteTx};

/// The longest time that departures are counted over, and that a yes holds: a week.
const MOST_MINUTES: i64 = 7 * 24 * 60;

/// The largest number of people that may be said.
const MOST_PEOPLE: i64 = 10_000_000;

/// How many of those held are shown.
const SHOWN: i64 = 100;

const MINUTE: i64 = 60 * 1_000_000;

/// How far a directory may go.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrakeLimits {
    pub enabled: bool,
    /// So many people may be deactivated or deleted within the time; 0 for no such limit.
    pub people: i64,
    /// And no more of a hundred of the directory's people; 0 for no such limit.
    pub percent: i64,
    /// A part of a hundred is looked at only once more than this many have gone.
    pub least: i64,
    /// The time, in minutes.
    pub minutes: i64,
}

impl Default for BrakeLimits {
    fn default() -> Self {
        Self { enabled: true, people: 500, percent: 20, least: 50, minutes: 60 }
    }
}

impl BrakeLimits {
    fn check(&self) -> Result<(), GatewayError> {
        let bounds = [
            ("people", self.people, 0, MOST_PEOPLE),
            ("percent", self.percent, 0, 100),
            ("least", self.least, 0, MOST_PEOPLE),
            ("minutes", self.minutes, 1, MOST_MINUTES),
        ];
        for (name, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                return Err(GatewayError::Invalid(format!("`{name}` is between {least} and {most}")));
            }
        }
        if self.enabled && self.people == 0 && self.percent == 0 {
            return Err(GatewayError::Invalid("a brake needs `people` or `percent`, or is not `enabled`".to_owned()));
        }
        Ok(())
    }
}

/// Which limit is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    People(i64),
    Percent(i64),
}

impl Exceeded {
    pub fn text(self) -> String {
        match self {
            Self::People(most) => format!("{most} people"),
            Self::Percent(most) => format!("{most} %"),
        }
    }
}

/// A directory's brake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brake {
    pub row: BrakeRow,
}

impl Brake {
    /// As it is stored, or as every new directory has it.
    pub fn of(conn: &mut Conn, organization: OrganizationId, directory: DirectoryId) -> Result<Self, StoreError> {
        let limits = BrakeLimits::default();
        let row = brakes::by_directory(conn, organization, directory)?.unwrap_or_else(|| BrakeRow {
            organization_id: organization.to_string(),
            directory_id: directory.to_string(),
            enabled: limits.enabled,
            people: limits.people,
            percent: limits.percent,
            least: limits.least,
            minutes: limits.minutes,
            base: 0,
            base_at: 0,
            engaged_at: None,
            lifted_until: None,
        });
        Ok(Self { row })
    }

    /// Whoever went after this moment counts.
    pub fn window_start(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_micros(now.micros().saturating_sub(self.row.minutes.saturating_mul(MINUTE)))
    }

    /// Whether somebody has said yes.
    pub fn is_lifted(&self, now: Timestamp) -> bool {
        self.row.lifted_until.is_some_and(|until| now.micros() < until)
    }

    /// The limit beyond which it would be if so many had gone.
    pub fn exceeded_by(&self, gone: i64) -> Option<Exceeded> {
        let BrakeRow { people, percent, least, base, .. } = self.row;
        if people > 0 && gone > people {
            return Some(Exceeded::People(people));
        }
        let is_beyond = percent > 0 && gone > least && gone.saturating_mul(100) > base.saturating_mul(percent);
        is_beyond.then_some(Exceeded::Percent(percent))
    }

    fn state(&self, now: Timestamp) -> &'static str {
        match self.row {
            BrakeRow { enabled: false, .. } => "off",
            _ if self.is_lifted(now) => "lifted",
            BrakeRow { engaged_at: Some(_), .. } => "engaged",
            BrakeRow { engaged_at: None, .. } => "ready",
        }
    }

    fn told(&self) -> Value {
        let BrakeRow { enabled, people, percent, least, minutes, .. } = self.row;
        json!({ "brake": { "enabled": enabled, "people": people, "percent": percent, "least": least,
                           "minutes": minutes } })
    }
}

/// Somebody whose departure is held.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct HeldView {
    pub id: String,
    pub user_name: String,
    /// `deactivate` or `delete`.
    pub asked: String,
    /// RFC 3339.
    pub at: String,
}

/// A brake as admins see it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct BrakeView {
    /// `ready`, `engaged` (departures are held), `lifted` (an admin let them pass), `off`.
    pub state: String,
    pub enabled: bool,
    pub people: i64,
    pub percent: i64,
    pub least: i64,
    pub minutes: i64,
    /// How many have gone within the time.
    pub gone: i64,
    /// RFC 3339, while it is engaged.
    pub engaged: Option<String>,
    /// RFC 3339, while it is lifted.
    pub lifted_until: Option<String>,
    /// How many departures are held.
    pub held: i64,
    /// The first hundred of them.
    pub held_people: Vec<HeldView>,
}

impl BrakeView {
    /// Whether somebody has to decide.
    pub fn waits(&self) -> bool {
        self.state == "engaged"
    }
}

/// A directory's brake and whom it holds.
pub(in crate::domain) fn view(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    now: Timestamp,
) -> Result<BrakeView, StoreError> {
    let brake = Brake::of(conn, organization, directory)?;
    let since = brake.window_start(now).micros();
    let is_engaged = brake.state(now) == "engaged";
    let moment = |at: i64| Timestamp::from_micros(at).rfc3339();
    let held = |row: DepartureRow| HeldView {
        id: row.user_id,
        user_name: row.user_name,
        asked: row.asked,
        at: Timestamp::from_micros(row.at).rfc3339(),
    };
    Ok(BrakeView {
        state: brake.state(now).to_owned(),
        enabled: brake.row.enabled,
        people: brake.row.people,
        percent: brake.row.percent,
        least: brake.row.least,
        minutes: brake.row.minutes,
        gone: brakes::count(conn, organization, directory, false, since)?,
        engaged: brake.row.engaged_at.filter(|_| is_engaged).map(moment),
        lifted_until: brake.row.lifted_until.filter(|_| brake.is_lifted(now)).map(moment),
        held: brakes::count(conn, organization, directory, true, 0)?,
        held_people: brakes::held(conn, organization, directory, SHOWN)?.into_iter().map(held).collect(),
    })
}

impl Gateway {
    /// The brake of a directory, and whom it holds.
    pub async fn directory_brake(
        self: &Arc<Self>,
        organization: OrganizationId,
        directory: DirectoryId,
    ) -> Result<BrakeView, GatewayError> {
        let now = self.now();
        self.store
            .read(move |conn| {
                own(conn, organization, directory)?;
                Ok(view(conn, organization, directory, now)?)
            })
            .await
    }

    /// Says how far a directory may go. Whom the brake holds stays held until somebody decides, unless it is off now.
    pub async fn limit_directory(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
        limits: BrakeLimits,
    ) -> Result<(), GatewayError> {
        limits.check()?;
        self.change(organization, by, move |tx| {
            let row = own(tx.conn(), organization, directory)?;
            let before = Brake::of(tx.conn(), organization, directory)?;
            let mut after = before.clone();
            let BrakeLimits { enabled, people, percent, least, minutes } = limits;
            after.row = BrakeRow { enabled, people, percent, least, minutes, base_at: 0, ..after.row };
            let Some(difference) = Difference::between(&before.told(), &after.told()) else {
                return Ok(Audited::unchanged(()));
            };
            if !enabled {
                after.row.engaged_at = None;
                brakes::forget_departures(tx, directory)?;
            }
            brakes::save(tx, &after.row)?;
            let event = Event::new(Action::DirectoryChanged, target(&row)).with_difference(difference);
            Ok(Audited::new((), event))
        })
        .await
    }

    /// Yes: what is tried again passes, and whatever else the directory lets go of in the next `minutes`.
    pub async fn release_brake(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
        minutes: Option<i64>,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let (row, mut brake, held) = engaged(tx, directory)?;
            let minutes = minutes.unwrap_or(brake.row.minutes);
            if !(1..=MOST_MINUTES).contains(&minutes) {
                return Err(GatewayError::Invalid(format!("`minutes` is between 1 and {MOST_MINUTES}")));
            }
            brake.row.engaged_at = None;
            brake.row.lifted_until = Some(tx.now().micros().saturating_add(minutes.saturating_mul(MINUTE)));
            brakes::forget_departures(tx, directory)?;
            brakes::save(tx, &brake.row)?;
            let event = Event::new(Action::DirectoryBrakeReleased, target(&row))
                .with_detail(json!({ "held": held, "minutes": minutes }));
            Ok(Audited::new((), event))
        })
        .await
    }

    /// No: those whom it holds stay as they are, and the directory begins anew, under the same limits.
    pub async fn reset_brake(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let (row, mut brake, held) = engaged(tx, directory)?;
            (brake.row.engaged_at, brake.row.lifted_until, brake.row.base_at) = (None, None, 0);
            brakes::forget_departures(tx, directory)?;
            brakes::save(tx, &brake.row)?;
            let event = Event::new(Action::DirectoryBrakeReset, target(&row)).with_detail(json!({ "held": held }));
            Ok(Audited::new((), event))
        })
        .await
    }
}

/// The directory, its brake, and how many it holds.
fn engaged(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<(DirectoryRow, Brake, i64), GatewayError> {
    let organization = tx.organization();
    let row = own(tx.conn(), organization, directory)?;
    let brake = Brake::of(tx.conn(), organization, directory)?;
    if brake.row.engaged_at.is_none() {
        return Err(GatewayError::Taken("the brake of this directory holds nobody".to_owned()));
    }
    let held = brakes::count(tx.conn(), organization, directory, true, 0)?;
    Ok((row, brake, held))
}

fn own(conn: &mut Conn, organization: OrganizationId, id: DirectoryId) -> Result<DirectoryRow, GatewayError> {
    directories::by_id(conn, organization, id)?.ok_or_else(|| GatewayError::not_found("directory", id))
}

fn target(row: &DirectoryRow) -> Target {
    Target::new(TargetKind::Directory, row.id).named(&row.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brake(people: i64, percent: i64, least: i64, base: i64) -> Brake {
        let (organization_id, directory_id) = (String::new(), String::new());
        let (enabled, minutes, base_at) = (true, 60, 0);
        let (engaged_at, lifted_until) = (None, None);
        let row = BrakeRow {
            organization_id,
            directory_id,
            enabled,
            people,
            percent,
            least,
            minutes,
            base,
            base_at,
            engaged_at,
            lifted_until,
        };
        Brake { row }
    }

    #[test]
    fn so_many_people_may_go_and_no_more() {
        assert_eq!(brake(5, 0, 0, 1_000).exceeded_by(5), None);
        assert_eq!(brake(5, 0, 0, 1_000).exceeded_by(6), Some(Exceeded::People(5)));
    }

    #[test]
    fn a_part_of_a_hundred_counts_once_the_least_have_gone() {
        assert_eq!(brake(0, 20, 0, 10).exceeded_by(2), None);
        assert_eq!(brake(0, 20, 0, 10).exceeded_by(3), Some(Exceeded::Percent(20)));
        assert_eq!(brake(0, 20, 50, 10).exceeded_by(10), None);
        assert_eq!(brake(0, 20, 50, 200).exceeded_by(51), Some(Exceeded::Percent(20)));
    }
}
