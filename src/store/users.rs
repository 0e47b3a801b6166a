//! The `scim_user` and `user_email` tables: the people. Lists of them are in `selection`.

mod selection;

use diesel::prelude::*;

use super::arrivals::{email_keys, email_row};
use super::dialect::{batch, native, planned_anew};
use super::tables::{scim_user, user_email};
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{DirectoryId, OrganizationId, Timestamp, UserId, fold};

pub use selection::{UserSelection, after, before, count_after, count_selected, of_ids, page};

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = scim_user)]
pub struct UserRow {
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub organization_id: OrganizationId,
    #[diesel(serialize_as = String, deserialize_as = String)]
    pub id: UserId,
    /// The directory that owns this person; none for a local account.
    pub directory_id: Option<String>,
    pub user_name: String,
    pub user_name_key: String,
    pub external_id: Option<String>,
    pub active: bool,
    /// By an admin here; no synchronization lifts it.
    pub suspended: bool,
    /// What the directory asked for of somebody who had to stay, as [`Departure`] writes it.
    pub departure: Option<String>,
    /// The roles for whose sake they stay, and beside which they have nothing; separated by spaces.
    pub departure_roles: Option<String>,
    /// A program, and no person.
    pub service_account: bool,
    /// The client's attributes as `scim::Document` writes them.
    pub document: String,
    /// Sessions of an older epoch are over.
    pub session_epoch: i64,
    pub version: i64,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub created_at: Timestamp,
    #[diesel(serialize_as = i64, deserialize_as = i64)]
    pub changed_at: Timestamp,
}

impl UserRow {
    /// Somebody new, whom nobody manages and of whom no more is known than a name and a document.
    pub fn new(organization: OrganizationId, id: UserId, user_name: &str, document: String, now: Timestamp) -> Self {
        Self {
            organization_id: organization,
            id,
            directory_id: None,
            user_name: user_name.to_owned(),
            user_name_key: fold(user_name).into_string(),
            external_id: None,
            active: true,
            suspended: false,
            departure: None,
            departure_roles: None,
            service_account: false,
            document,
            session_epoch: 0,
            version: 1,
            created_at: now,
            changed_at: now,
        }
    }
}

impl UserRow {
    /// Whether the person may do anything at all: active for their directory, and not suspended here.
    pub fn may_act(&self) -> bool {
        self.active && !self.suspended
    }
}

/// In what way somebody is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    Deactivate,
    Delete,
}

impl Departure {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
        }
    }
}

/// Those whose departure is held, by id.
pub fn departing(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<UserRow>, StoreError> {
    Ok(scim_user::table
        .select(UserRow::as_select())
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::departure.is_not_null())
        .order(scim_user::id)
        .load(conn)?)
}

/// A person without what only their directory cares about, for looking at many.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = scim_user)]
pub struct PersonRow {
    #[diesel(deserialize_as = String)]
    pub id: UserId,
    pub user_name: String,
    pub active: bool,
    pub suspended: bool,
    pub departure: Option<String>,
    pub departure_roles: Option<String>,
    pub service_account: bool,
}

impl PersonRow {
    /// Whether the person may do anything at all.
    pub fn may_act(&self) -> bool {
        self.active && !self.suspended
    }

    /// The only roles that count for somebody who is about to go; `None` for everybody else.
    pub fn kept_roles(&self) -> Option<Vec<&str>> {
        self.departure.as_ref().map(|_| self.departure_roles.as_deref().unwrap_or_default().split(' ').collect())
    }
}

impl From<&UserRow> for PersonRow {
    fn from(row: &UserRow) -> Self {
        Self {
            id: row.id,
            user_name: row.user_name.clone(),
            active: row.active,
            suspended: row.suspended,
            departure: row.departure.clone(),
            departure_roles: row.departure_roles.clone(),
            service_account: row.service_account,
        }
    }
}

/// The next people whose ids come after `after`.
pub fn people_after(
    conn: &mut Conn,
    organization: OrganizationId,
    after: &str,
    limit: i64,
) -> Result<Vec<PersonRow>, StoreError> {
    Ok(scim_user::table
        .select(PersonRow::as_select())
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::id.gt(after.to_owned()))
        .order(scim_user::id)
        .limit(limit)
        .load(conn)?)
}

/// Those of `ids` that are people, in the order of their ids.
pub fn people(conn: &mut Conn, organization: OrganizationId, ids: &[String]) -> Result<Vec<PersonRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(batch(conn)) {
        found.extend(native!(conn, |conn| scim_user::table
            .select(PersonRow::as_select())
            .filter(scim_user::organization_id.eq(organization.to_string()))
            .filter(scim_user::id.eq_any(chunk))
            .filter(planned_anew())
            .load::<PersonRow>(conn))?);
    }
    found.sort_by_key(|person| person.id);
    Ok(found)
}

/// One person.
pub fn by_id(conn: &mut Conn, organization: OrganizationId, id: UserId) -> Result<Option<UserRow>, StoreError> {
    Ok(scim_user::table
        .select(UserRow::as_select())
        .find((organization.to_string(), id.to_string()))
        .first(conn)
        .optional()?)
}

/// The person of that userName, in any case.
pub fn by_user_name(
    conn: &mut Conn,
    organization: OrganizationId,
    user_name: &str,
) -> Result<Option<UserRow>, StoreError> {
    Ok(scim_user::table
        .select(UserRow::as_select())
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::user_name_key.eq(fold(user_name).into_string()))
        .filter(scim_user::service_account.eq(false))
        .first(conn)
        .optional()?)
}

/// What a service account is found by. Its name is no person's userName, so that the two never meet.
pub fn service_account_key(name: &str) -> String {
    format!("service_account:{}", fold(name).into_string())
}

/// The service account of this name, in any case.
pub fn service_account_named(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<UserRow>, StoreError> {
    Ok(scim_user::table
        .select(UserRow::as_select())
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::user_name_key.eq(service_account_key(name)))
        .filter(scim_user::service_account.eq(true))
        .first(conn)
        .optional()?)
}

/// All service accounts, oldest first.
pub fn service_accounts(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<UserRow>, StoreError> {
    Ok(scim_user::table
        .select(UserRow::as_select())
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::service_account.eq(true))
        .order(scim_user::id)
        .load(conn)?)
}

/// Those of `ids` that exist, with their userNames.
pub fn names(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1_000) {
        let rows = native!(conn, |conn| scim_user::table
            .select((scim_user::id, scim_user::user_name))
            .filter(scim_user::organization_id.eq(organization.to_string()))
            .filter(scim_user::id.eq_any(chunk))
            .filter(planned_anew())
            .load::<(String, String)>(conn));
        found.extend(rows?);
    }
    Ok(found)
}

/// The userName of somebody who has this e-mail address, if anybody has.
pub fn name_with_email(
    conn: &mut Conn,
    organization: OrganizationId,
    email: &str,
) -> Result<Option<String>, StoreError> {
    let having = user_email::table
        .select(user_email::user_id)
        .filter(user_email::organization_id.eq(organization.to_string()))
        .filter(user_email::value_key.eq(fold(email).into_string()));
    Ok(scim_user::table
        .select(scim_user::user_name)
        .filter(scim_user::organization_id.eq(organization.to_string()))
        .filter(scim_user::id.eq_any(having))
        .order(scim_user::id)
        .first(conn)
        .optional()?)
}

/// Those of `ids` that the directory owns.
pub fn of_directory(
    conn: &mut Conn,
    organization: OrganizationId,
    directory: DirectoryId,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(1_000) {
        let rows = native!(conn, |conn| scim_user::table
            .select(scim_user::id)
            .filter(scim_user::organization_id.eq(organization.to_string()))
            .filter(scim_user::directory_id.eq(directory.to_string()))
            .filter(scim_user::id.eq_any(chunk))
            .filter(planned_anew())
            .load::<String>(conn));
        found.extend(rows?);
    }
    Ok(found)
}

/// How many people the organization has.
pub fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64, StoreError> {
    count_selected(conn, organization, &UserSelection::default())
}

/// Adds a person.
pub fn insert(tx: &mut WriteTx<'_>, row: UserRow, emails: &[&str]) -> Result<(), StoreError> {
    let (organization, id) = (row.organization_id, row.id);
    diesel::insert_into(scim_user::table).values(row).execute(tx.writing([Change::User(organization, id)])?)?;
    insert_emails(tx, organization, id, emails)
}

/// Writes a person's new state. `row` bears the version that was read; the one that stands is one higher.
pub fn update(tx: &mut WriteTx<'_>, row: &UserRow, emails: Option<&[&str]>) -> Result<(), StoreError> {
    let changed = diesel::update(
        scim_user::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(scim_user::version.eq(row.version)),
    )
    .set((
        scim_user::directory_id.eq(&row.directory_id),
        scim_user::user_name.eq(&row.user_name),
        scim_user::user_name_key.eq(&row.user_name_key),
        scim_user::external_id.eq(&row.external_id),
        scim_user::active.eq(row.active),
        scim_user::suspended.eq(row.suspended),
        scim_user::departure.eq(&row.departure),
        scim_user::departure_roles.eq(&row.departure_roles),
        scim_user::document.eq(&row.document),
        scim_user::session_epoch.eq(row.session_epoch),
        scim_user::version.eq(row.version + 1),
        scim_user::changed_at.eq(row.changed_at.micros()),
    ))
    .execute(tx.writing([Change::User(row.organization_id, row.id)])?)?;
    if changed != 1 {
        return Err(StoreError::Stale);
    }
    match emails {
        Some(emails) => {
            delete_emails(tx, row.organization_id, row.id)?;
            insert_emails(tx, row.organization_id, row.id, emails)
        }
        None => Ok(()),
    }
}

/// Takes a person away. What is left of them is a tombstone.
pub fn delete(tx: &mut WriteTx<'_>, row: &UserRow) -> Result<(), StoreError> {
    let deleted = diesel::delete(
        scim_user::table
            .find((row.organization_id.to_string(), row.id.to_string()))
            .filter(scim_user::version.eq(row.version)),
    )
    .execute(tx.writing([Change::User(row.organization_id, row.id)])?)?;
    if deleted != 1 {
        return Err(StoreError::Stale);
    }
    super::credentials::delete(tx, row.organization_id, row.id)?;
    delete_emails(tx, row.organization_id, row.id)
}

fn insert_emails(
    tx: &mut WriteTx<'_>,
    organization: OrganizationId,
    id: UserId,
    emails: &[&str],
) -> Result<(), StoreError> {
    for key in email_keys(emails) {
        diesel::insert_into(user_email::table).values(email_row(organization, id, key)).execute(tx.writing([])?)?;
    }
    Ok(())
}

fn delete_emails(tx: &mut WriteTx<'_>, organization: OrganizationId, id: UserId) -> Result<(), StoreError> {
    diesel::delete(
        user_email::table
            .filter(user_email::organization_id.eq(organization.to_string()))
            .filter(user_email::user_id.eq(id.to_string())),
    )
    .execute(tx.writing([])?)?;
    Ok(())
}
