//! People: create, read, replace, patch, delete.

use std::sync::Arc;

use serde_json::{Value, json};

use super::departures::hold;
use super::members::leave_groups;
use super::render::{self, Lens, Names, Rendered};
use super::{brake, check_indexed, check_version, is_own, telling, unique};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::directories::DirectoryClient;
use crate::domain::entitlements::sole_roles;
use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, OrganizationId, Timestamp, UserId, fold};
use crate::scim::{self, Document, Leniency, Mode, PatchRequest, Precondition, Projection, ResourceKind, ScimError};
use crate::store::arrivals::Arrival;
use crate::store::tombstones::{self, TombstoneRow};
use crate::store::users::{self, Departure, UserRow};
use crate::store::{
    Audited, Change, Conn, StoreError, WriteTx, api_keys, assignments, overrides, permission_uses, sessions, shares,
    unique_values,
};

/// How a change of a person came about, for the audit's action.
#[derive(Debug, Clone, Copy)]
enum By {
    Put,
    Patch,
}

impl Gateway {
    pub(super) fn lens(&self, client: &DirectoryClient, projection: &Projection) -> Lens {
        Lens { directory: client.directory, base_url: self.scim_base_url(), projection: projection.clone() }
    }

    /// `POST /Users`
    pub async fn create_user(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        body: Value,
        projection: &Projection,
    ) -> Result<Rendered, GatewayError> {
        let intake = scim::intake(ResourceKind::User, client.dialect, Mode::Create, body)?;
        self.forgave(client, &intake.leniencies);
        let organization = client.organization;
        let id = UserId::new(by.at, self.chance());
        let user_name = required_user_name(&intake.document)?.to_owned();
        let row = new_row(client, id, &user_name, &intake.document, by.at);
        let lens = self.lens(client, projection);
        let names = self.names(&intake.document, &lens, organization).await?;
        let rendered = render::new_user(&row, &intake.document, &names, &lens);
        let arrived = |row: &UserRow| {
            let difference = Difference::created(&intake.document.to_json());
            telling(Event::new(Action::UserCreated, target(row)).with_difference(difference), None, &intake.leniencies)
        };
        if self.has_no_contracts(organization) && unique::values(&intake.document)?.is_empty() {
            let (gateway, event) = (Arc::clone(self), arrived(&row));
            let emails = intake.document.email_values().into_iter().map(str::to_owned).collect();
            let kept = self.kept(organization, &by)?;
            let welcome = move || gateway.has_no_contracts(organization);
            match self.store.admit(&by, kept, Arrival { row, emails }, event, welcome).await {
                // A contract came first: then like any other change.
                Err(StoreError::Stale) => {}
                admitted => return admitted.map(|()| rendered).map_err(|error| taken(error, &user_name)),
            }
        }
        let row = new_row(client, id, &user_name, &intake.document, by.at);
        let event = arrived(&row);
        self.change(organization, by, move |tx| {
            let id = row.id.to_string();
            users::insert(tx, row, &intake.document.email_values()).map_err(|error| taken(error, &user_name))?;
            unique::claim(tx, &id, None, &intake.document)?;
            Ok(Audited::new(rendered, event))
        })
        .await
    }

    /// What those are called to whom somebody new refers. Most refer to nobody, and nothing has to be read.
    async fn names(
        self: &Arc<Self>,
        document: &Document,
        lens: &Lens,
        organization: OrganizationId,
    ) -> Result<Names, GatewayError> {
        if document.references().is_empty() {
            return Ok(Names::new());
        }
        let (document, lens) = (document.clone(), lens.clone());
        self.store.read(move |conn| render::names(conn, organization, std::slice::from_ref(&document), &lens)).await
    }

    /// `GET /Users/{id}`
    pub async fn read_user(
        self: &Arc<Self>,
        client: &DirectoryClient,
        id: UserId,
        projection: &Projection,
    ) -> Result<Rendered, GatewayError> {
        let lens = self.lens(client, projection);
        let client = client.clone();
        self.store
            .read(move |conn| {
                let row = own_user(conn, &client, id)?;
                render::user(conn, &row, &lens)
            })
            .await
    }

    /// `PUT /Users/{id}`
    pub async fn replace_user(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        id: UserId,
        expected: Precondition,
        body: Value,
        projection: &Projection,
    ) -> Result<Rendered, GatewayError> {
        let (gateway, client, lens) = (Arc::clone(self), client.clone(), self.lens(client, projection));
        self.change(client.organization, by, move |tx| {
            let row = own_user(tx.conn(), &client, id)?;
            check_version("User", &expected, row.version)?;
            let before = render::user_document(&row)?;
            let intake = scim::intake(ResourceKind::User, client.dialect, Mode::Replace { before: &before }, body)?;
            gateway.forgave(&client, &intake.leniencies);
            let returns = row.departure.is_some() && intake.document.says_active() == Some(true);
            let (document, leniencies) = (intake.document, intake.leniencies);
            let change = UserChange { by: By::Put, document, leniencies, returns };
            save(&gateway, tx, &client, &row, &before, change, &lens)
        })
        .await?
    }

    /// `PATCH /Users/{id}`
    pub async fn patch_user(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        id: UserId,
        expected: Precondition,
        request: PatchRequest,
        projection: &Projection,
    ) -> Result<Rendered, GatewayError> {
        let (gateway, client, lens) = (Arc::clone(self), client.clone(), self.lens(client, projection));
        self.change(client.organization, by, move |tx| {
            let row = own_user(tx.conn(), &client, id)?;
            check_version("User", &expected, row.version)?;
            let before = render::user_document(&row)?;
            let patched = request.apply(&before)?;
            gateway.forgave(&client, &patched.leniencies);
            // Whether the request says so itself, or only leaves it as it is.
            let returns = row.departure.is_some()
                && request.apply(&render::inactive(&row)?)?.document.says_active() == Some(true);
            let (document, leniencies) = (patched.document, patched.leniencies);
            let change = UserChange { by: By::Patch, document, leniencies, returns };
            save(&gateway, tx, &client, &row, &before, change, &lens)
        })
        .await?
    }

    /// `DELETE /Users/{id}`
    pub async fn delete_user(
        self: &Arc<Self>,
        client: &DirectoryClient,
        by: Attribution,
        id: UserId,
        expected: Precondition,
    ) -> Result<(), GatewayError> {
        let (gateway, client) = (Arc::clone(self), client.clone());
        self.change(client.organization, by, move |tx| {
            let row = own_user(tx.conn(), &client, id)?;
            check_version("User", &expected, row.version)?;
            if let Some(held) = brake::stops(tx, &client, &row, Departure::Delete)? {
                return Ok(held);
            }
            let sole = sole_roles(&gateway, tx, &row)?;
            if !sole.is_empty() {
                return hold(tx, &row, Departure::Delete, &sole);
            }
            let event = bury(tx, &row)?;
            Ok(Audited::new(Ok(()), event))
        })
        .await?
    }
}

/// The person, if the directory that asks owns them.
fn own_user(conn: &mut Conn, client: &DirectoryClient, id: UserId) -> Result<UserRow, GatewayError> {
    users::by_id(conn, client.organization, id)?
        .filter(|row| is_own(client, row.directory_id.as_deref()))
        .ok_or_else(|| GatewayError::not_found("User", id))
}

/// What a PUT or PATCH makes of a person.
struct UserChange {
    by: By,
    document: Document,
    leniencies: Vec<Leniency>,
    /// Whether the directory takes a departure back that was held.
    returns: bool,
}

/// Writes a person's new document and all that follows from it; the one way in which a directory deactivates somebody. A
/// deactivation that has to be refused takes away all the same what it may.
fn save(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    client: &DirectoryClient,
    row: &UserRow,
    before: &Document,
    change: UserChange,
    lens: &Lens,
) -> Result<Audited<Result<Rendered, GatewayError>>, GatewayError> {
    let UserChange { by, document: after, leniencies, returns } = change;
    if after == *before && !returns {
        return Ok(Audited::unchanged(Ok(render::user(tx.conn(), row, lens)?)));
    }
    let user_name = required_user_name(&after)?;
    let mut new = UserRow {
        user_name: user_name.to_owned(),
        user_name_key: fold(user_name).into_string(),
        external_id: after.external_id().map(str::to_owned),
        active: after.says_active().unwrap_or(row.active),
        document: after.to_stored(),
        changed_at: tx.now(),
        ..row.clone()
    };
    if returns {
        (new.departure, new.departure_roles) = (None, None);
    }
    let action = match (row.active, new.active, by) {
        (true, false, By::Put | By::Patch) => {
            if let Some(held) = brake::stops(tx, client, row, Departure::Deactivate)? {
                return Ok(held);
            }
            let sole = sole_roles(gateway, tx, row)?;
            if !sole.is_empty() {
                return hold(tx, row, Departure::Deactivate, &sole);
            }
            (new.departure, new.departure_roles) = (None, None);
            new.session_epoch += 1;
            sessions::revoke_all(tx, row.id)?;
            Action::UserDeactivated
        }
        (false, true, By::Put | By::Patch) => {
            brake::came_back(tx, client, row)?;
            Action::UserReactivated
        }
        (true, true, By::Put | By::Patch) if returns => Action::UserReactivated,
        (true, true, By::Put) | (false, false, By::Put) => Action::UserReplaced,
        (true, true, By::Patch) | (false, false, By::Patch) => Action::UserPatched,
    };
    let (emails, same_emails) = (after.email_values(), after.email_values() == before.email_values());
    users::update(tx, &new, (!same_emails).then_some(emails.as_slice())).map_err(|error| taken(error, user_name))?;
    unique::claim(tx, &row.id.to_string(), Some(before), &after)?;
    let event = Event::new(action, target(&new)).with_difference(Difference::between(&stored(row), &stored(&new)));
    let event = telling(event, None, &leniencies);
    new.version += 1;
    Ok(Audited::new(Ok(render::user(tx.conn(), &new, lens)?), event))
}

/// Takes a person away with all that they held, and leaves a tombstone.
pub fn bury(tx: &mut WriteTx<'_>, row: &UserRow) -> Result<Event, GatewayError> {
    let id = row.id.to_string();
    let organization = row.organization_id;
    leave_groups(tx, &id, Change::User(organization, row.id))?;
    let held = assignments::of_holders(tx.conn(), organization, std::slice::from_ref(&id))?;
    assignments::delete(tx, &held)?;
    overrides::clear(tx, row.id)?;
    shares::delete_holder(tx, &id, Change::User(organization, row.id))?;
    sessions::revoke_all(tx, row.id)?;
    api_keys::revoke_of_user(tx, row.id)?;
    permission_uses::forget(tx, row.id)?;
    let last_state = stored(row);
    let tombstone = TombstoneRow {
        organization_id: organization.to_string(),
        id,
        kind: "user".to_owned(),
        directory_id: row.directory_id.clone(),
        name_key: row.user_name_key.clone(),
        external_id: row.external_id.clone(),
        last_state: last_state.to_string(),
        deleted_by: super::super::ledger::actor_text(tx.actor()),
        deleted_at: tx.now().micros(),
    };
    tombstones::insert(tx, tombstone)?;
    unique_values::clear(tx, &row.id.to_string())?;
    users::delete(tx, row)?;
    Ok(Event::new(Action::UserDeleted, target(row)).with_difference(Difference::deleted(&last_state)))
}

/// Somebody new, as a directory describes them.
fn new_row(client: &DirectoryClient, id: UserId, user_name: &str, document: &Document, now: Timestamp) -> UserRow {
    UserRow {
        directory_id: Some(client.directory.to_string()),
        external_id: document.external_id().map(str::to_owned),
        active: document.active(),
        ..UserRow::new(client.organization, id, user_name, document.to_stored(), now)
    }
}

fn required_user_name(document: &Document) -> Result<&str, GatewayError> {
    check_indexed(document.user_name().map(|name| ("userName", name)))?;
    check_indexed(document.external_id().map(|id| ("externalId", id)))?;
    check_indexed(document.email_values().into_iter().map(|email| ("emails.value", email)))?;
    let missing = || ScimError::InvalidValue("`userName` is required and must not be empty".to_owned());
    Ok(document.user_name().ok_or_else(missing)?)
}

fn target(row: &UserRow) -> Target {
    Target::new(TargetKind::User, row.id).named(&row.user_name)
}

/// The stored document as JSON, for the audit's difference.
fn stored(row: &UserRow) -> Value {
    serde_json::from_str(&row.document).unwrap_or_else(|_| json!({ "document": row.document }))
}

fn taken(error: StoreError, user_name: &str) -> GatewayError {
    GatewayError::taken(error, || {
        ScimError::Uniqueness(format!(
            "the userName `{}` is already taken",
            user_name.chars().take(80).collect::<String>()
        ))
        .into()
    })
}
