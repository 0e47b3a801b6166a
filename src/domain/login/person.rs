//! Whom an assertion is about: known by the identity provider's own key for them, or by a name that a directory gave them,
//! or new where the connection makes people.
//!
//! Nobody is ever found by an e-mail address that is not their userName, and nobody is made twice: an address that
//! somebody has already, or whose bearer a directory has deleted, makes no account.

use serde_json::json;

use super::Stop;
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::Gateway;
use crate::domain::connections::Connection;
use crate::domain::provisioning::check_indexed;
use crate::model::{UserId, fold};
use crate::saml::VerifiedAssertion;
use crate::scim::{self, Dialect, Mode, ResourceKind};
use crate::store::users::{self, UserRow};
use crate::store::{WriteTx, connections, tombstones};

/// The person, and the events that tell what was made of them.
pub(super) fn find(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    connection: &Connection,
    assertion: &VerifiedAssertion,
) -> Result<(UserRow, Vec<Event>), Stop> {
    check_lengths(connection, assertion)?;
    let organization = connection.row.organization_id;
    let name_id = assertion.name_id.value.as_str();
    let subject = connection.subject_of(assertion).map(str::to_owned);
    // An address or a login name is given to somebody else one day; whoever has it now comes first.
    let lasts = assertion.name_id.is_persistent() || connection.immutable_id(assertion).is_some();
    let was_known = match &subject {
        Some(subject) => connections::identity(tx.conn(), organization, connection.row.id, subject)?,
        None => None,
    };
    if let Some(id) = was_known.as_deref().and_then(|id| id.parse().ok())
        && let Some(row) = users::by_id(tx.conn(), organization, id)?
        && (lasts || users::by_user_name(tx.conn(), organization, name_id)?.is_none_or(|named| named.id == row.id))
    {
        return Ok((row, Vec::new()));
    }
    let email = connection.email_of(assertion);
    for name in [Some(name_id), email].into_iter().flatten() {
        let Some(row) = users::by_user_name(tx.conn(), organization, name)? else { continue };
        // A local account is nobody's to hand out but the owner of its domain.
        let may_link = if row.directory_id.is_some() { connection.takes(name) } else { connection.owns(name) };
        if !may_link {
            return Err(foreign(name));
        }
        return link(tx, connection, subject.as_deref(), row);
    }
    let name = email.unwrap_or(name_id).to_owned();
    if !connection.choices.just_in_time {
        return Err(Stop::barred(
            "unknown_person",
            format!("nobody here is named `{name}`, and this connection makes no accounts"),
        ));
    }
    // A name that is no address is of no domain, and is nobody's yet.
    if name.contains('@') && !connection.takes(&name) {
        return Err(foreign(&name));
    }
    let was_deleted = tombstones::user_was_deleted(tx.conn(), organization, name_id)?
        || tombstones::user_was_deleted(tx.conn(), organization, &name)?;
    if was_known.is_some() || was_deleted {
        return Err(Stop::barred(
            "deleted_by_directory",
            format!("a directory has deleted `{name}`: only a directory can bring them back"),
        ));
    }
    if let Some(other) = users::name_with_email(tx.conn(), organization, &name)? {
        return Err(Stop::barred("address_in_use", format!("`{name}` is an e-mail address of `{other}`")));
    }
    let (row, created) = make(gateway, tx, connection, &name, assertion)?;
    let (row, mut events) = link(tx, connection, subject.as_deref(), row)?;
    events.insert(0, created);
    Ok((row, events))
}

/// Refuses names that are too long to be found again: each of them stands in an index.
fn check_lengths(connection: &Connection, assertion: &VerifiedAssertion) -> Result<(), Stop> {
    let named = [
        ("NameID", Some(assertion.name_id.value.as_str())),
        ("SessionIndex", assertion.session_index.as_deref()),
        ("immutable id", connection.immutable_id(assertion)),
        ("e-mail address", connection.email_of(assertion)),
    ];
    let named = named.into_iter().filter_map(|(what, value)| Some((what, value?)));
    check_indexed(named).map_err(|error| Stop::barred("unusable_name", error.to_string()))
}

fn foreign(name: &str) -> Stop {
    Stop::barred("foreign_domain", format!("`{name}` is not of a domain of this connection"))
}

/// Remembers that this subject of the identity provider is this person. A subject that changes each time is not.
fn link(
    tx: &mut WriteTx<'_>,
    connection: &Connection,
    subject: Option<&str>,
    row: UserRow,
) -> Result<(UserRow, Vec<Event>), Stop> {
    let Some(subject) = subject else { return Ok((row, Vec::new())) };
    if !row.may_act() {
        // Nothing is changed for somebody who is not let in.
        return Ok((row, Vec::new()));
    }
    connections::set_identity(tx, connection.row.id, subject, row.id)?;
    let event = Event::new(Action::UserAdopted, Target::new(TargetKind::User, row.id).named(&row.user_name))
        .with_detail(json!({ "connection": connection.row.id, "subject": subject }));
    Ok((row, vec![event]))
}

/// Makes a person just in time.
fn make(
    gateway: &Gateway,
    tx: &mut WriteTx<'_>,
    connection: &Connection,
    name: &str,
    assertion: &VerifiedAssertion,
) -> Result<(UserRow, Event), Stop> {
    let claim = |short: &str| assertion.attributes.claim(short);
    let body = json!({
        "schemas": [ResourceKind::User.schema()],
        "userName": name,
        "name": { "givenName": claim("givenname"), "familyName": claim("surname").or_else(|| claim("sn")) },
        "emails": if name.contains('@') { json!([{ "value": name, "type": "work", "primary": true }]) } else { json!([]) },
    });
    let intake = scim::intake(ResourceKind::User, Dialect::Generic, Mode::Create, body)
        .map_err(|error| Stop::barred("unusable_name", error.to_string()))?;
    let row = UserRow {
        organization_id: connection.row.organization_id,
        id: UserId::new(tx.now(), gateway.chance()),
        directory_id: None,
        user_name: name.to_owned(),
        user_name_key: fold(name).into_string(),
        external_id: None,
        active: true,
        suspended: false,
        departure: None,
        departure_roles: None,
        service_account: false,
        document: intake.document.to_stored(),
        session_epoch: 0,
        version: 1,
        created_at: tx.now(),
        changed_at: tx.now(),
    };
    users::insert(tx, row.clone(), &intake.document.email_values())?;
    let after = serde_json::from_str(&row.document).unwrap_or_default();
    let event = Event::new(Action::UserCreated, Target::new(TargetKind::User, row.id).named(name))
        .with_difference(Difference::created(&after))
        .with_detail(json!({ "just_in_time": connection.row.id }));
    Ok((row, event))
}
