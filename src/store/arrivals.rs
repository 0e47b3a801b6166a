//! People who arrive: added several at once, with what they are found by.

use std::collections::HashSet;
use std::sync::LazyLock;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::audit::{APPENDED, EntryRow, Head, append_binds};
use super::rows::{Bind, Statement};
use super::tables::{scim_user, user_email};
use super::users::UserRow;
use super::{Conn, StoreError};
use crate::model::{OrganizationId, UserId, fold};

/// Somebody new, of whom all is known before anything is asked of the database.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub row: UserRow,
    pub emails: Vec<String>,
}

/// Adds people and their e-mail addresses; `arrived` are those whose names were free.
const ARRIVED: &str = "arrived AS (\
     INSERT INTO scim_user (organization_id, id, directory_id, user_name, user_name_key, external_id, active, suspended, \
     document, session_epoch, version, created_at, changed_at) \
     SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING organization_id, id\
     ), reached AS (\
     INSERT INTO user_email (organization_id, user_id, value_key) \
     SELECT organization_id, id, value_key FROM unnest(?, ?) AS email (user_id, value_key) \
     JOIN arrived ON id = user_id\
     )";

/// The statement that adds people and answers the ids of those who were added.
static ARRIVE: LazyLock<String> = LazyLock::new(|| format!("WITH {ARRIVED} SELECT id FROM arrived"));

/// The statement that adds people together with their audit entries, and fails, as a whole, unless everybody was added
/// and the log's head was where it must be. (Nothing but an error undoes a statement; a division is one that needs no
/// function of ours.)
static ARRIVE_AUDITED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH {ARRIVED}, {APPENDED} \
         SELECT 1 / ((SELECT count(*) FROM arrived) = ? AND (SELECT count(*) FROM moved) = 1)::int"
    )
});

/// Adds people, one after the other; says of each whether they were added. Nobody is whose name is already taken.
pub(super) fn arrive(conn: &mut Conn, arrivals: &[&Arrival]) -> Result<Vec<bool>, StoreError> {
    match conn {
        Conn::Pg(conn) => {
            let arrived: HashSet<String> =
                Statement::<Text>::new(&ARRIVE, arrival_binds(arrivals)).load(conn)?.into_iter().collect();
            Ok(arrivals.iter().map(|arrival| arrived.contains(&arrival.row.id.to_string())).collect())
        }
        Conn::Sqlite(conn) => arrivals.iter().map(|arrival| arrive_alone(conn, arrival)).collect(),
    }
}

/// Adds people with their audit entries in one statement, which is a transaction of its own: all or nobody.
pub(super) fn arrive_audited(
    conn: &mut PgConnection,
    arrivals: &[&Arrival],
    head: &Head,
    entries: &[EntryRow],
) -> Result<(), StoreError> {
    let mut binds = arrival_binds(arrivals);
    binds.extend(append_binds(head, entries));
    binds.push(Bind::Number(i64::try_from(arrivals.len()).unwrap_or(i64::MAX)));
    Statement::<Integer>::new(&ARRIVE_AUDITED, binds).get_result::<i32>(conn)?;
    Ok(())
}

fn arrival_binds<'a>(arrivals: &[&'a Arrival]) -> Vec<Bind<'a>> {
    let rows = || arrivals.iter().map(|arrival| &arrival.row);
    let emails: Vec<(String, String)> = arrivals
        .iter()
        .flat_map(|arrival| email_keys(&arrival.emails).into_iter().map(|key| (arrival.row.id.to_string(), key)))
        .collect();
    let (email_owners, email_keys): (Vec<_>, Vec<_>) =
        emails.into_iter().map(|(owner, key)| (owner.into(), key.into())).unzip();
    vec![
        Bind::Texts(rows().map(|row| row.organization_id.to_string().into()).collect()),
        Bind::Texts(rows().map(|row| row.id.to_string().into()).collect()),
        Bind::OptionalTexts(rows().map(|row| row.directory_id.as_deref()).collect()),
        Bind::texts(rows().map(|row| row.user_name.as_str())),
        Bind::texts(rows().map(|row| row.user_name_key.as_str())),
        Bind::OptionalTexts(rows().map(|row| row.external_id.as_deref()).collect()),
        Bind::Flags(rows().map(|row| row.active).collect()),
        Bind::Flags(rows().map(|row| row.suspended).collect()),
        Bind::texts(rows().map(|row| row.document.as_str())),
        Bind::Numbers(rows().map(|row| row.session_epoch).collect()),
        Bind::Numbers(rows().map(|row| row.version).collect()),
        Bind::Numbers(rows().map(|row| row.created_at.micros()).collect()),
        Bind::Numbers(rows().map(|row| row.changed_at.micros()).collect()),
        Bind::Texts(email_owners),
        Bind::Texts(email_keys),
    ]
}

fn arrive_alone(conn: &mut SqliteConnection, arrival: &Arrival) -> Result<bool, StoreError> {
    let (organization, id) = (arrival.row.organization_id, arrival.row.id);
    let added =
        diesel::insert_into(scim_user::table).values(arrival.row.clone()).on_conflict_do_nothing().execute(conn)?;
    if added == 1 {
        for key in email_keys(&arrival.emails) {
            diesel::insert_into(user_email::table).values(email_row(organization, id, key)).execute(conn)?;
        }
    }
    Ok(added == 1)
}

pub(super) type EmailRow = (
    diesel::dsl::Eq<user_email::organization_id, String>,
    diesel::dsl::Eq<user_email::user_id, String>,
    diesel::dsl::Eq<user_email::value_key, String>,
);

pub(super) fn email_row(organization: OrganizationId, id: UserId, key: String) -> EmailRow {
    (
        user_email::organization_id.eq(organization.to_string()),
        user_email::user_id.eq(id.to_string()),
        user_email::value_key.eq(key),
    )
}

/// What addresses are found by, each once.
pub(super) fn email_keys(emails: &[impl AsRef<str>]) -> Vec<String> {
    let mut keys: Vec<String> = emails.iter().map(|email| fold(email.as_ref()).into_string()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
