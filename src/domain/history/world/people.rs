//! People, service accounts, groups and who is in them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::World;
use crate::domain::GatewayError;
use crate::domain::history::reading::{Reading, texts};
use crate::store::memberships::MembershipRow;
use crate::store::users::PersonRow;

impl World {
    pub(super) fn person_came(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let active = entry.after.get("active") != Some(&Value::Bool(false));
        self.came(entry, entry.text(&entry.after, "userName")?, active, false)
    }

    pub(super) fn account_came(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        self.came(entry, entry.text(&entry.after, "name")?, true, true)
    }

    fn came(
        &mut self,
        entry: &Reading,
        user_name: String,
        active: bool,
        service_account: bool,
    ) -> Result<(), GatewayError> {
        let id = entry.target().parse().map_err(|_| entry.silent("target"))?;
        let row = PersonRow {
            id,
            user_name,
            active,
            suspended: false,
            departure: None,
            departure_roles: None,
            service_account,
        };
        self.people.insert(entry.target().to_owned(), row);
        Ok(())
    }

    fn person(&mut self, entry: &Reading) -> Result<&mut PersonRow, GatewayError> {
        self.people.get_mut(entry.target()).ok_or_else(|| entry.silent("who the person is"))
    }

    pub(super) fn person_changed(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let person = self.person(entry)?;
        if let Some(name) = entry.after.get("userName").and_then(Value::as_str) {
            name.clone_into(&mut person.user_name);
        }
        // Who says nothing about it is active.
        if entry.after.get("active").is_some() || entry.before.get("active").is_some() {
            person.active = entry.after.get("active") != Some(&Value::Bool(false));
        }
        Ok(())
    }

    pub(super) fn person_settled(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        self.person_changed(entry)?;
        let person = self.person(entry)?;
        (person.departure, person.departure_roles) = (None, None);
        Ok(())
    }

    pub(super) fn person_held(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let asked = entry.text(&entry.detail, "asked")?;
        let kept = entry.detail.get("kept").map(texts).unwrap_or_default().join(" ");
        let person = self.person(entry)?;
        (person.departure, person.departure_roles) = (Some(asked), Some(kept));
        Ok(())
    }

    pub(super) fn person_suspended(&mut self, entry: &Reading, suspended: bool) -> Result<(), GatewayError> {
        self.person(entry)?.suspended = suspended;
        Ok(())
    }

    /// With all that they held.
    pub(super) fn holder_gone(&mut self, id: &str) {
        self.people.remove(id);
        self.leave_all(id);
        self.rows.assignments.remove(id);
        self.rows.overrides.remove(id);
        self.rows.shares.remove(id);
    }

    pub(super) fn group_came(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let name = entry.text(&entry.after, "displayName")?;
        self.rows.names.insert(entry.target().to_owned(), name);
        for member in entry.after.get("members").map(texts).unwrap_or_default() {
            self.join(entry, entry.target(), member);
        }
        self.derived(entry, entry.detail.get("derived"))
    }

    /// The person into groups.
    pub(super) fn groups_joined(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        for group in texts(entry.detail.get("groups").ok_or_else(|| entry.silent("groups"))?) {
            self.join(entry, &group, entry.target().to_owned());
        }
        Ok(())
    }

    /// The person out of groups.
    pub(super) fn groups_left(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        for group in texts(entry.detail.get("groups").ok_or_else(|| entry.silent("groups"))?) {
            self.leave(&group, entry.target());
        }
        Ok(())
    }

    pub(super) fn group_changed(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let group = entry.target();
        if let Some(name) = entry.after.get("displayName").and_then(Value::as_str) {
            self.rows.names.insert(group.to_owned(), name.to_owned());
        }
        // One request may take somebody out and in again: what counts is how often.
        let mut moves: BTreeMap<String, i64> = BTreeMap::new();
        for (part, by) in [(&entry.before, -1), (&entry.after, 1)] {
            for member in part.get("members").map(texts).unwrap_or_default() {
                *moves.entry(member).or_default() += by;
            }
        }
        for (member, by) in moves {
            match by.signum() {
                1 => self.join(entry, group, member),
                -1 => self.leave(group, &member),
                _ => {}
            }
        }
        self.derived(entry, entry.detail.get("derived"))
    }

    /// With all that it gave.
    pub(super) fn group_gone(&mut self, id: &str) {
        for member in self.members.remove(id).unwrap_or_default() {
            self.leave(id, &member);
        }
        self.leave_all(id);
        self.rows.names.remove(id);
        self.rows.assignments.remove(id);
        self.rows.shares.remove(id);
    }

    pub(super) fn directory_gone(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        for group in texts(entry.detail.get("groups").ok_or_else(|| entry.silent("groups"))?) {
            self.group_gone(&group);
        }
        for id in texts(entry.detail.get("suspended").ok_or_else(|| entry.silent("suspended"))?) {
            self.people.get_mut(&id).ok_or_else(|| entry.silent("who the person is"))?.suspended = true;
        }
        Ok(())
    }

    fn join(&mut self, entry: &Reading, group: &str, member: String) {
        if !self.members.entry(group.to_owned()).or_default().insert(member.clone()) {
            return;
        }
        let facts = entry.facts();
        let row = MembershipRow {
            organization_id: facts.organization.to_string(),
            group_id: group.to_owned(),
            member_id: member.clone(),
            // Nothing is decided by it.
            member_kind: String::new(),
            display: None,
            request_id: facts.request_id.map(|id| id.to_string()),
            created_at: entry.at().micros(),
        };
        self.rows.memberships.entry(member).or_default().push(row);
    }

    fn leave(&mut self, group: &str, member: &str) {
        if let Some(members) = self.members.get_mut(group) {
            members.remove(member);
        }
        if let Some(rows) = self.rows.memberships.get_mut(member) {
            rows.retain(|row| row.group_id != group);
        }
    }

    fn leave_all(&mut self, member: &str) {
        for row in self.rows.memberships.remove(member).unwrap_or_default() {
            self.leave(&row.group_id, member);
        }
    }
}
