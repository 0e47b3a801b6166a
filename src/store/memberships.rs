//! The `membership` table: who is in which group, one row each. A member is a person or a group (RFC 7643 §4.2).

use diesel::prelude::*;

use super::dialect::{batch, native, planned_anew};
use super::rows::{Bind, Statement};
use super::tables::membership;
use super::{Change, Conn, StoreError, WriteTx};
use crate::model::{GroupId, OrganizationId, UserId};

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberKind {
    User,
    Group,
}

impl MemberKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// A membership as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = membership, treat_none_as_default_value = false)]
pub struct MembershipRow {
    pub organization_id: String,
    pub group_id: String,
    pub member_id: String,
    pub member_kind: String,
    pub display: Option<String>,
    /// The request that made the member one: where an explanation ends.
    pub request_id: Option<String>,
    pub created_at: i64,
}

impl MembershipRow {
    /// What the membership's change means for memory: one person, or everybody below a nested group.
    fn touches(&self, organization: OrganizationId) -> Change {
        match (self.member_kind == MemberKind::User.as_str(), self.member_id.parse::<UserId>()) {
            (true, Ok(user)) => Change::User(organization, user),
            (true, Err(_)) | (false, _) => Change::Organization(organization),
        }
    }
}

/// All members of a group, in the order of their ids.
pub fn of_group(
    conn: &mut Conn,
    organization: OrganizationId,
    group: GroupId,
) -> Result<Vec<MembershipRow>, StoreError> {
    Ok(membership::table
        .select(MembershipRow::as_select())
        .filter(membership::organization_id.eq(organization.to_string()))
        .filter(membership::group_id.eq(group.to_string()))
        .order(membership::member_id)
        .load(conn)?)
}

/// The next members of a group whose ids come after `after`, for a walk over all of them in bounded memory.
pub fn after(
    conn: &mut Conn,
    organization: OrganizationId,
    group: GroupId,
    after: &str,
    limit: i64,
) -> Result<Vec<MembershipRow>, StoreError> {
    Ok(membership::table
        .select(MembershipRow::as_select())
        .filter(membership::organization_id.eq(organization.to_string()))
        .filter(membership::group_id.eq(group.to_string()))
        .filter(membership::member_id.gt(after.to_owned()))
        .order(membership::member_id)
        .limit(limit)
        .load(conn)?)
}

/// Whether the group has more members than this; costs no more than to count so far.
pub fn has_more_than(
    conn: &mut Conn,
    organization: OrganizationId,
    group: GroupId,
    limit: i64,
) -> Result<bool, StoreError> {
    let beyond: Option<String> = membership::table
        .select(membership::member_id)
        .filter(membership::organization_id.eq(organization.to_string()))
        .filter(membership::group_id.eq(group.to_string()))
        .order(membership::member_id)
        .offset(limit)
        .first(conn)
        .optional()?;
    Ok(beyond.is_some())
}

/// Those of `members` who are in the group.
pub fn among(
    conn: &mut Conn,
    organization: OrganizationId,
    group: GroupId,
    members: &[String],
) -> Result<Vec<MembershipRow>, StoreError> {
    let mut found = Vec::new();
    for chunk in members.chunks(1_000) {
        let rows = native!(conn, |conn| membership::table
            .select(MembershipRow::as_select())
            .filter(membership::organization_id.eq(organization.to_string()))
            .filter(membership::group_id.eq(group.to_string()))
            .filter(membership::member_id.eq_any(chunk))
            .filter(planned_anew())
            .load::<MembershipRow>(conn));
        found.extend(rows?);
    }
    Ok(found)
}

/// The memberships of these members: the groups they are in directly.
pub fn of_members(
    conn: &mut Conn,
    organization: OrganizationId,
    members: &[String],
) -> Result<Vec<MembershipRow>, StoreError> {
    if let [member] = members {
        return of_member(conn, organization, member);
    }
    let mut found = Vec::new();
    for chunk in members.chunks(batch(conn)) {
        found.extend(native!(conn, |conn| membership::table
            .select(MembershipRow::as_select())
            .filter(membership::organization_id.eq(organization.to_string()))
            .filter(membership::member_id.eq_any(chunk))
            .filter(planned_anew())
            .load::<MembershipRow>(conn))?);
    }
    Ok(found)
}

/// The same of one: a statement that stays prepared.
fn of_member(conn: &mut Conn, organization: OrganizationId, member: &str) -> Result<Vec<MembershipRow>, StoreError> {
    Ok(membership::table
        .select(MembershipRow::as_select())
        .filter(membership::organization_id.eq(organization.to_string()))
        .filter(membership::member_id.eq(member.to_owned()))
        .load(conn)?)
}

/// The ids of everything that is directly in these groups.
pub fn in_groups(conn: &mut Conn, organization: OrganizationId, groups: &[String]) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for chunk in groups.chunks(batch(conn)) {
        let these = membership::table
            .select(membership::member_id)
            .filter(membership::organization_id.eq(organization.to_string()))
            .filter(membership::group_id.eq_any(chunk))
            .filter(planned_anew());
        found.extend(native!(conn, |conn| these.load::<String>(conn))?);
    }
    Ok(found)
}

/// How many direct members each of these groups has; a group without any is left out.
pub fn counts(
    conn: &mut Conn,
    organization: OrganizationId,
    groups: &[String],
) -> Result<Vec<(String, i64)>, StoreError> {
    let mut found = Vec::with_capacity(groups.len());
    for chunk in groups.chunks(1_000) {
        let rows = native!(conn, |conn| membership::table
            .filter(membership::organization_id.eq(organization.to_string()))
            .filter(membership::group_id.eq_any(chunk))
            .filter(planned_anew())
            .group_by(membership::group_id)
            .select((membership::group_id, diesel::dsl::count_star()))
            .load::<(String, i64)>(conn));
        found.extend(rows?);
    }
    Ok(found)
}

/// Adds members. None of them may be in the group already.
pub fn insert(tx: &mut WriteTx<'_>, rows: &[MembershipRow]) -> Result<(), StoreError> {
    let organization = tx.organization();
    let touched: Vec<Change> = rows.iter().map(|row| row.touches(organization)).collect();
    let conn = tx.writing(touched)?;
    match conn {
        Conn::Pg(conn) => {
            joining(rows).execute(conn)?;
        }
        Conn::Sqlite(conn) => {
            for chunk in rows.chunks(1_000) {
                diesel::insert_into(membership::table).values(chunk).execute(conn)?;
            }
        }
    }
    Ok(())
}

fn joining(rows: &[MembershipRow]) -> Statement<'_, ()> {
    Statement::new(
        "INSERT INTO membership (organization_id, group_id, member_id, member_kind, display, request_id, created_at) \
         SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?)",
        vec![
            Bind::texts(rows.iter().map(|row| row.organization_id.as_str())),
            Bind::texts(rows.iter().map(|row| row.group_id.as_str())),
            Bind::texts(rows.iter().map(|row| row.member_id.as_str())),
            Bind::texts(rows.iter().map(|row| row.member_kind.as_str())),
            Bind::OptionalTexts(rows.iter().map(|row| row.display.as_deref()).collect()),
            Bind::OptionalTexts(rows.iter().map(|row| row.request_id.as_deref()).collect()),
            Bind::Numbers(rows.iter().map(|row| row.created_at).collect()),
        ],
    )
}

/// Takes members out of a group.
pub fn delete(tx: &mut WriteTx<'_>, group: GroupId, rows: &[MembershipRow]) -> Result<(), StoreError> {
    let organization = tx.organization();
    let touched: Vec<Change> = rows.iter().map(|row| row.touches(organization)).collect();
    let conn = tx.writing(touched)?;
    let members: Vec<&str> = rows.iter().map(|row| row.member_id.as_str()).collect();
    for chunk in members.chunks(1_000) {
        let leaving = membership::table
            .filter(membership::organization_id.eq(organization.to_string()))
            .filter(membership::group_id.eq(group.to_string()))
            .filter(membership::member_id.eq_any(chunk))
            .filter(planned_anew());
        native!(conn, |conn| diesel::delete(leaving).execute(conn))?;
    }
    Ok(())
}

/// Takes a person or group out of every group they are in.
pub fn delete_member(tx: &mut WriteTx<'_>, member: &str, touches: Change) -> Result<usize, StoreError> {
    let organization = tx.organization();
    Ok(diesel::delete(
        membership::table
            .filter(membership::organization_id.eq(organization.to_string()))
            .filter(membership::member_id.eq(member.to_owned())),
    )
    .execute(tx.writing([touches])?)?)
}

/// Empties a group that is going away.
pub fn delete_group(tx: &mut WriteTx<'_>, group: GroupId) -> Result<usize, StoreError> {
    let organization = tx.organization();
    Ok(diesel::delete(
        membership::table
            .filter(membership::organization_id.eq(organization.to_string()))
            .filter(membership::group_id.eq(group.to_string())),
    )
    .execute(tx.writing([Change::Organization(organization)])?)?)
}
